//! Everything about one object: what kubectl prints of it, and who can reach it.

use cluster::{Cluster, SourceSpan};
use kubectl::Shell;
use manifest::{FieldPath, ObjectRef};
use topology::{Inventory, Reach};
use trace::FieldRef;

use crate::protocol::Inspection;

/// Everything about an object, as it is or as it was after a round that is still kept.
pub fn inspect(shell: &Shell, object: ObjectRef, round: Option<usize>) -> Inspection {
    // A shell of its own, so that nothing stands in the learner's history.
    let mut aside = shell.clone();
    let rounds = shell.cluster.rounds();
    let round = round.and_then(|round| rounds.iter().find(|kept| kept.records == round));
    if let Some(round) = round {
        aside.cluster = shell.cluster.as_of(round);
    }
    let cluster = aside.cluster.clone();
    let (snapshot, network) = (cluster.snapshot(), &cluster.data_plane().network);
    let inventory = Inventory::of(&snapshot, network);
    let mut run = |verb: &str, rest: &str| {
        let kind = object.kind.resource().singular;
        let namespace = match object.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" -n {namespace}"),
        };
        let line = format!("kubectl {verb} {kind} {}{namespace}{rest}", object.name);
        let output = aside.run(&line, None).output;
        output.stdout + &output.stderr
    };
    Inspection {
        yaml: run("get", " -o yaml"),
        describe: run("describe", ""),
        reach: Reach::of(&snapshot, network, &inventory, &object),
        source: source(&cluster, &object),
        round: round.map(|round| round.records),
        object,
    }
}

/// The lines of an object that somebody wrote, or else of what made it.
fn source(cluster: &Cluster, object: &ObjectRef) -> Option<SourceSpan> {
    cluster.locate(&FieldRef::new(object.clone(), FieldPath::of("metadata.name")))
}
