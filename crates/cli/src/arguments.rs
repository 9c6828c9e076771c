//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Kubernetes networking, simulated packet by packet.
#[derive(Parser)]
#[command(name = "podhop", version)]
pub struct Podhop {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Send a request and print every packet of it, hop by hop.
    Trace(Trace),
    /// Open a terminal on the cluster.
    Shell(Cluster),
    /// Run one line of shell on the cluster: `podhop run -f web.yaml -- kubectl get pods`.
    Run(Run),
    /// Apply the files and say what happened to each object.
    Apply(Cluster),
    /// Say what is wrong with the files, without applying them.
    Check(Cluster),
    /// Print the rules that kube-proxy writes on a node.
    Rules(Rules),
    /// Begin, check or walk through lessons.
    #[command(subcommand)]
    Lesson(Lessons),
}

/// `podhop lesson`.
#[derive(Subcommand)]
pub enum Lessons {
    /// Write a template that explains itself: `podhop lesson new my-first-lesson`.
    New {
        /// The lesson's id, which names its file.
        id: String,
        /// `lesson`, `fault`, `card` or `task`.
        #[arg(long, default_value = "lesson")]
        kind: String,
    },
    /// Do what CI does: starts fail their checks, solutions pass them, commands print what is said.
    /// `UPDATE_EXPECT=1` writes what commands print into the files.
    Check {
        /// Files or folders; `lessons` if none is named.
        paths: Vec<PathBuf>,
    },
    /// Walk through a lesson in the terminal.
    Run {
        /// The lesson's file.
        file: PathBuf,
    },
}

/// The cluster to work on.
#[derive(Args, Clone)]
pub struct Cluster {
    /// A manifest, or `-` for standard input; may be given more than once. Without any, the
    /// scenario's own files are applied.
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub files: Vec<String>,
    /// The scenario to begin with: its name, or a file.
    #[arg(long, default_value = "opening")]
    pub scenario: String,
    /// Where random choices come from.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Another network plugin: `calico-vxlan`, `cilium`, `none` …
    #[arg(long)]
    pub cni: Option<::cluster::Cni>,
    /// Another mode of kube-proxy: `iptables`, `nftables`, `ipvs`, `none`.
    #[arg(long)]
    pub kube_proxy: Option<::cluster::ProxyMode>,
    /// Who makes load balancers: `none`, `aws`, `azure`, `google`, `metallb`.
    #[arg(long)]
    pub load_balancer: Option<::cluster::LoadBalancer>,
    /// Who answers for Ingresses: `none`, `nginx`, `traefik`, `haproxy`, `kong`, `alb`.
    #[arg(long)]
    pub ingress: Option<::cluster::IngressController>,
    /// Who answers for Gateways: `none`, `nginx`.
    #[arg(long)]
    pub gateway: Option<::cluster::GatewayController>,
}

/// `podhop trace`.
#[derive(Args)]
pub struct Trace {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// Who asks: a Pod (`pod/default/frontend`), a node (`node/node-1`) or a machine on the internet
    /// (`internet/laptop`).
    #[arg(long, value_name = "pod/NAMESPACE/NAME")]
    pub from: String,
    /// What it asks for: `http://web-service`.
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// Print the journey as JSON, as `trace::Journey` is serialised.
    #[arg(long)]
    pub json: bool,
    /// Also write every packet, as each device saw it, to a pcapng file.
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    /// Only the capture point of that name goes into the file: `node-1 cni0`.
    #[arg(long, value_name = "POINT", requires = "pcap")]
    pub at: Option<String>,
}

/// `podhop run`.
#[derive(Args)]
pub struct Run {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The command and its arguments, after `--`; or one word that is a whole line, with pipes.
    #[arg(required = true, trailing_var_arg = true)]
    pub words: Vec<String>,
}

/// `podhop rules`.
#[derive(Args)]
pub struct Rules {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The node.
    #[arg(long)]
    pub node: String,
}
