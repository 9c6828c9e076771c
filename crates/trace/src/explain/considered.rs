//! What else was looked at before a step did what it did, and why it was not that.

use manifest::ObjectRef;

use super::{Fragment, Sentence, kernel};
use crate::{Evidence, PolicyDecision, Step};

/// One sentence for each thing that was looked at and did not decide; nearest first.
pub fn considered(step: &Step) -> Vec<Vec<Fragment>> {
    step.evidence.iter().flat_map(of).map(Sentence::finish).collect()
}

/// What NetworkPolicy says about one side of a connection, and why.
pub fn decision(decision: &PolicyDecision) -> Vec<Fragment> {
    kernel::decided(decision).finish()
}

/// That these policies select a Pod, but the network plugin asks none of them.
pub fn unenforced(cni: &str, policies: &[ObjectRef]) -> Vec<Fragment> {
    kernel::not_enforced(cni, policies).finish()
}

/// That whatever policies there are, every Pod reaches every Pod.
pub fn open_to_all(cni: &str, policies: &[ObjectRef]) -> Vec<Fragment> {
    let start = format!("{cni} does not enforce NetworkPolicies, so every Pod reaches every Pod");
    match policies {
        [] => Sentence::default().text(start).text("."),
        [policy] => {
            let name = policy.namespaced_name();
            Sentence::default().text(start).text(": ").code(name).text(" has no effect here.")
        }
        several => Sentence::default()
            .text(start)
            .text(format!(": the {} policies have no effect here.", several.len())),
    }
    .finish()
}

fn of(evidence: &Evidence) -> Vec<Sentence> {
    match evidence {
        // The nearest of a refusal is in the reason already.
        Evidence::Policy(decision) => {
            let told = usize::from(!decision.allowed);
            decision.failed.iter().skip(told).map(kernel::failure).collect()
        }
        Evidence::Search { tried, position, candidates, .. } => candidates
            .iter()
            .enumerate()
            .filter(|(_, name)| *name != tried)
            .map(|(at, name)| {
                let when =
                    if at < *position { " was asked for before." } else { " would be next." };
                Sentence::default().code(name).text(when)
            })
            .collect(),
        Evidence::Rule { .. }
        | Evidence::Targets { .. }
        | Evidence::Route { .. }
        | Evidence::Neighbour { .. }
        | Evidence::Conntrack { .. }
        | Evidence::Endpoint { .. }
        | Evidence::PolicyNotEnforced { .. }
        | Evidence::Field { .. }
        | Evidence::Listener { .. }
        | Evidence::DnsAnswer { .. }
        | Evidence::HttpRule { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use manifest::{FieldPath, Kind};

    use super::super::plain;
    use super::*;
    use crate::{ClauseFailure, FailedRule, FieldRef, PolicyDirection};

    fn refusal() -> PolicyDecision {
        let policy = ObjectRef::new(Kind::NetworkPolicy, "default", "web");
        let clause = |field: &str| {
            FieldRef::new(policy.clone(), FieldPath::of("spec.ingress").index(0).child(field))
        };
        PolicyDecision {
            direction: PolicyDirection::Ingress,
            subject: ObjectRef::new(Kind::Pod, "default", "web-1"),
            allowed: false,
            isolating: vec![policy.clone()],
            allowed_by: None,
            failed: vec![
                FailedRule { clause: clause("ports"), reason: ClauseFailure::Port },
                FailedRule { clause: clause("from"), reason: ClauseFailure::PodSelector },
            ],
        }
    }

    #[test]
    fn a_refusal_names_the_nearest_clause_and_leaves_the_others_to_be_considered() {
        let told = plain(&decision(&refusal()));
        assert!(told.contains("isolates `web-1` for ingress"), "{told}");
        assert!(told.contains("the port is not listed"), "{told}");
        let others: Vec<String> =
            of(&Evidence::Policy(refusal())).into_iter().map(|it| plain(&it.finish())).collect();
        assert_eq!(others.len(), 1);
        assert!(others[0].contains("labels do not match"), "{others:?}");
    }
}
