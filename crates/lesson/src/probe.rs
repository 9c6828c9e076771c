//! How a check is made: what is asked of the cluster, and what must come of it.

use manifest::ObjectRef;
use packet::dns::RecordType;

/// What a check asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// A request is sent.
    Send(Ask, Expected),
    /// A name is looked up.
    Resolves {
        /// Who asks.
        from: String,
        /// The name.
        name: String,
        /// The type of record.
        record_type: Option<RecordType>,
        /// Addresses, `service/NAMESPACE/NAME` or `pods/SELECTOR`.
        to: Vec<String>,
    },
    /// Requests are sent, and who answers them is counted.
    RoutesTo {
        /// The request.
        ask: Ask,
        /// `app=web`, or the beginning of a name with `*`.
        pods: String,
        /// The part of the answers that must come from these Pods.
        share: Option<(f64, f64)>,
    },
    /// The endpoints of a Service are counted.
    Endpoints {
        /// The Service.
        service: ObjectRef,
        /// How many are ready.
        ready: usize,
        /// The port that they have.
        port: Option<u16>,
    },
    /// A field is read.
    Field {
        /// The object.
        object: ObjectRef,
        /// A JSONPath.
        path: String,
        /// What its value must be.
        relation: Relation,
    },
    /// A condition of an object's status is read.
    Condition {
        /// The object.
        object: ObjectRef,
        /// The condition's type.
        condition: String,
        /// Its status.
        status: String,
        /// Its reason.
        reason: Option<String>,
    },
    /// The object is there.
    Exists(ObjectRef),
    /// The object is not there.
    Absent(ObjectRef),
    /// The object's spec, labels and selector are as at the start.
    Unchanged(ObjectRef),
    /// A command is run.
    Prints {
        /// The command.
        run: String,
        /// What its output must contain, with `…` for any text.
        matches: String,
    },
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ask {
    /// Who asks, as `Cluster::place` reads it.
    pub from: String,
    /// What for, as `Request::to` reads it.
    pub to: String,
    /// The `Host` header, if not the URL's.
    pub host: Option<String>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// How often; all must agree.
    pub times: Option<u16>,
}

/// What must come of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// An answer: below 400 if no status is named.
    Answer {
        /// The status.
        status: Option<u16>,
        /// A text that the body contains.
        body: Option<String>,
    },
    /// `connection refused`.
    Refused,
    /// Silence.
    TimesOut,
    /// A router says that nobody is there.
    Unreachable,
    /// The name is not found.
    Unresolved,
    /// A NetworkPolicy stops it: that one, or any.
    BlockedBy(Option<ObjectRef>),
    /// The server sees this client.
    SeesSource(String),
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Relation {
    /// This.
    Is(String),
    /// Anything but this.
    Isnt(String),
    /// Has this in it.
    Contains(String),
    /// Fits this, with `…` for any text.
    Matches(String),
    /// Is there, or is not.
    Exists(bool),
}

impl Probe {
    /// What the learner reads where the author wrote nothing.
    pub fn sentence(&self) -> String {
        match self {
            Probe::Send(ask, expected) => {
                let (from, to) = (short(&ask.from), &ask.to);
                match expected {
                    Expected::Answer { status: None, .. } => format!("`{from}` reaches `{to}`"),
                    Expected::Answer { status: Some(status), .. } => {
                        format!("`{from}` gets status {status} from `{to}`")
                    }
                    Expected::Refused => format!("`{to}` refuses `{from}`"),
                    Expected::TimesOut => format!("`{from}` gets no answer from `{to}`"),
                    Expected::Unreachable => format!("`{from}` is told that nobody is at `{to}`"),
                    Expected::Unresolved => format!("`{from}` finds no address for `{to}`"),
                    Expected::BlockedBy(Some(policy)) => {
                        format!("policy `{}` keeps `{from}` from `{to}`", policy.name)
                    }
                    Expected::BlockedBy(None) => {
                        format!("a NetworkPolicy keeps `{from}` from `{to}`")
                    }
                    Expected::SeesSource(source) => {
                        format!("`{to}` sees `{from}` as `{source}`")
                    }
                }
            }
            Probe::Resolves { from, name, to, .. } => {
                format!("`{}` resolves `{name}` to `{}`", short(from), to.join(", "))
            }
            Probe::RoutesTo { ask, pods, share: None } => {
                format!("`{}` is answered by `{pods}`", ask.to)
            }
            Probe::RoutesTo { ask, pods, share: Some((least, most)) } => {
                let (least, most) = (least * 100.0, most * 100.0);
                format!("`{pods}` answers {least:.0} to {most:.0} % of requests for `{}`", ask.to)
            }
            Probe::Endpoints { service, ready, port } => {
                let port = port.map(|port| format!(" on port {port}")).unwrap_or_default();
                let s = if *ready == 1 { "" } else { "s" };
                format!("Service `{}` has {ready} ready endpoint{s}{port}", service.name)
            }
            Probe::Field { object, path, relation } => {
                let field = path.trim_matches(['{', '}', '.']);
                let what = match relation {
                    Relation::Is(value) => format!("is `{value}`"),
                    Relation::Isnt(value) => format!("is not `{value}`"),
                    Relation::Contains(value) => format!("contains `{value}`"),
                    Relation::Matches(value) => format!("fits `{value}`"),
                    Relation::Exists(true) => "is set".to_owned(),
                    Relation::Exists(false) => "is not set".to_owned(),
                };
                format!("`{field}` of {} `{}` {what}", object.kind, object.name)
            }
            Probe::Condition { object, condition, status, .. } => {
                format!("{} `{}` has {condition} {status}", object.kind, object.name)
            }
            Probe::Exists(object) => format!("{} `{}` exists", object.kind, object.name),
            Probe::Absent(object) => format!("{} `{}` is gone", object.kind, object.name),
            Probe::Unchanged(object) => {
                format!("{} `{}` stays as it was", object.kind, object.name)
            }
            Probe::Prints { run, matches } => format!("`{run}` prints `{matches}`"),
        }
    }
}

/// `frontend` for `pod/default/frontend`.
pub(crate) fn short(from: &str) -> &str {
    from.rsplit('/').next().unwrap_or(from)
}
