//! The registry of judges, in the order in which they report: one module a kind of file, one line here.

mod controller_scenarios;
mod kubectl_session;
mod manifests;
mod netpol;
mod netpol_recipes;
mod npguard;
mod printers;
mod proxy_rules;

use crate::judge::Judge;

mod dns;
mod dns_cases;
mod gateway_conformance;
mod http;
mod ingress;

/// Every judge there is.
#[must_use]
pub fn all() -> Vec<Judge> {
    vec![
        Judge { file: "validation.json", run: manifests::validation },
        Judge { file: "manifest_corpus.jsonl", run: manifests::corpus },
        Judge { file: "controller_scenarios.json", run: controller_scenarios::run },
        Judge { file: "kubectl_session.json", run: kubectl_session::run },
        Judge { file: "printers.jsonl", run: printers::run },
        Judge { file: "netpol.jsonl", run: netpol::matrices },
        Judge { file: "netpol_e2e.jsonl", run: netpol::end_to_end },
        Judge { file: "cyclonus_compact.jsonl", run: netpol::matrices },
        Judge { file: "netpol_recipes.json", run: netpol_recipes::run },
        Judge { file: "npguard_connlist.json", run: npguard::run },
        Judge { file: "npguard_exposure.json", run: npguard::run },
        Judge { file: "ipt.jsonl", run: proxy_rules::iptables },
        Judge { file: "nft.jsonl", run: proxy_rules::nftables },
        Judge { file: "live_boutique.iptables", run: proxy_rules::boutique_iptables },
        Judge { file: "live_boutique.nft", run: proxy_rules::boutique_nftables },
        Judge { file: "dns.json", run: dns::run },
        Judge { file: "dns_cases.json", run: dns_cases::run },
        Judge { file: "http.json", run: http::run },
        Judge { file: "ingress_conformance.json", run: ingress::conformance },
        Judge { file: "ingress_path_table.json", run: ingress::path_table },
        Judge { file: "gateway_conformance.json", run: gateway_conformance::run },
    ]
}
