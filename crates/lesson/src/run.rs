//! Going through a lesson: its cluster, and what is done to it at each step.
//!
//! The state flows: a step begins where the one before it ended. The page holds the shell and calls
//! [`open`], then [`enter`] for each step; [`jump`] goes straight to one, by way of the steps before.

use cluster::{Cluster, Request, Scenario, Settings, SourceFile};
use kubectl::Shell;
use serde::{Deserialize, Serialize};
use trace::{Action as Did, Evidence, Flight, Journey, Purpose, Stage};

use crate::lesson::{Action, Bare, Block, Lesson, Pause, Setup, Step, Watch};

/// The lesson's cluster as it begins, and what went wrong on the way there.
pub fn open(lesson: &Lesson) -> (Shell, Vec<String>) {
    let mut shell = Shell::new(Cluster::new(scenario(&lesson.about.cluster)));
    let problems = perform(&mut shell, &lesson.start);
    (shell, problems)
}

/// Does what stands at the beginning of a step; says what went wrong.
pub fn enter(shell: &mut Shell, lesson: &Lesson, step: usize) -> Vec<String> {
    lesson.steps.get(step).map(|step| perform(shell, &step.start)).unwrap_or_default()
}

/// Solves a step; says what went wrong.
pub fn solve(shell: &mut Shell, lesson: &Lesson, step: usize) -> Vec<String> {
    lesson.steps.get(step).map(|step| perform(shell, &step.solution)).unwrap_or_default()
}

/// A shell that has arrived at a step, as if every step before it had been done and solved.
pub fn jump(lesson: &Lesson, step: usize) -> Shell {
    let (mut shell, _) = open(lesson);
    for (at, earlier) in lesson.steps.iter().enumerate().take(step) {
        enter(&mut shell, lesson, at);
        earlier.blocks_before_checks().iter().for_each(|block| try_out(&mut shell, block));
        solve(&mut shell, lesson, at);
        earlier.blocks_after_checks().iter().for_each(|block| try_out(&mut shell, block));
    }
    enter(&mut shell, lesson, step);
    shell
}

/// Applies files and runs commands in order; says what went wrong.
pub fn perform(shell: &mut Shell, actions: &[Action]) -> Vec<String> {
    let mut problems = Vec::new();
    for action in actions {
        match action {
            Action::File(file) => {
                shell.files.insert(file.name.clone(), file.text.clone());
                problems.extend(apply(shell, file));
            }
            Action::Hidden(file) => problems.extend(apply(shell, file)),
            Action::Draft(file) => {
                shell.files.insert(file.name.clone(), file.text.clone());
            }
            Action::Command(line) => {
                let output = shell.run(line, None).output;
                if output.code != 0 {
                    let said = output.stderr + &output.stdout;
                    problems.push(format!("`{line}` fails: {}", said.trim_end()));
                }
            }
        }
    }
    problems
}

/// Sends the request that is to be watched.
///
/// # Errors
/// A sentence about who or what cannot be found.
pub fn watch(shell: &mut Shell, watch: &Watch) -> Result<Journey, String> {
    let from = shell.cluster.place(&watch.from)?;
    Ok(shell.cluster.send(&Request::to(from, &watch.to)?))
}

/// A step of a packet in a journey, each by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The packet.
    pub packet: usize,
    /// The hop of its trace.
    pub hop: usize,
    /// The step of the hop.
    pub step: usize,
}

/// Where an animation halts: the first place of that kind; of those where policies are asked, the first
/// where one forbids, else the first where one decides.
pub fn halt(journey: &Journey, pause: Pause) -> Option<Halt> {
    let mut found: Option<(u8, Halt)> = None;
    for (packet, flight) in journey.packets.iter().enumerate() {
        for (hop, visited) in flight.trace.hops().iter().enumerate() {
            for (step, done) in visited.steps().iter().enumerate() {
                let rank = rank(done, pause);
                let is_better = found.is_none_or(|(best, _)| rank < best);
                if is_better && is_there(journey, flight, done, pause) {
                    found = Some((rank, Halt { packet, hop, step }));
                }
            }
        }
    }
    found.map(|(_, halt)| halt)
}

/// How little a place decides, compared with others of its kind.
fn rank(step: &trace::Step, pause: Pause) -> u8 {
    let asked = step.evidence.iter().filter(|_| pause == Pause::Policy);
    let ranks = asked.map(|each| match each {
        Evidence::Policy(decision) if !decision.allowed => 0,
        Evidence::Policy(decision) if !decision.isolating.is_empty() => 1,
        _ => 2,
    });
    ranks.min().unwrap_or(2)
}

fn is_there(journey: &Journey, flight: &Flight, step: &trace::Step, pause: Pause) -> bool {
    let resolves = journey
        .exchanges
        .get(flight.exchange)
        .is_some_and(|exchange| matches!(exchange.purpose, Purpose::Resolve(_)));
    // A lookup is packets too; what is meant is the request itself.
    if resolves && !matches!(pause, Pause::Dns | Pause::Drop) {
        return false;
    }
    match pause {
        Pause::Nat => step.action == Did::Translated,
        Pause::Policy => step
            .evidence
            .iter()
            .any(|each| matches!(each, Evidence::Policy(_) | Evidence::PolicyNotEnforced { .. })),
        Pause::Route => step.action == Did::Routed,
        Pause::Tunnel => step.action == Did::Encapsulated,
        Pause::Filter => step.stage == Stage::Filter && step.action != Did::Passed,
        Pause::Dns => resolves,
        Pause::Drop => matches!(step.action, Did::Dropped(_) | Did::Rejected(_)),
    }
}

/// Runs what a learner would try out in a block.
fn try_out(shell: &mut Shell, block: &Block) {
    match block {
        Block::Try(transcript) => {
            for tried in &transcript.tried {
                tried.run(shell);
            }
        }
        Block::Watch(request) => drop(watch(shell, request)),
        Block::Prose(_) | Block::Predict(_) | Block::Recall(_) | Block::Checks | Block::Note(_) => {
        }
    }
}

impl Step {
    /// The blocks that stand before the checks; all of them if there are none.
    pub fn blocks_before_checks(&self) -> &[Block] {
        &self.blocks[..self.checks_at()]
    }

    /// The blocks that stand after the checks: for when the step is solved.
    pub fn blocks_after_checks(&self) -> &[Block] {
        &self.blocks[self.checks_at()..]
    }

    fn checks_at(&self) -> usize {
        let checks = self.blocks.iter().position(|block| *block == Block::Checks);
        checks.unwrap_or(self.blocks.len())
    }
}

fn apply(shell: &mut Shell, file: &SourceFile) -> Option<String> {
    let applied = shell.cluster.apply(std::slice::from_ref(file));
    applied.is_refused().then(|| {
        let said: String = applied
            .findings
            .iter()
            .map(|found| kubectl::findings::text(found, &file.text))
            .collect();
        said.trim_end().to_owned()
    })
}

fn scenario(setup: &Setup) -> Scenario {
    let named = setup.scenario.as_deref().and_then(Scenario::named);
    let mut scenario = named.unwrap_or_else(Scenario::opening);
    match setup.bare {
        Bare::No => {}
        Bare::Files => scenario.files.clear(),
        Bare::Yes => scenario = scenario.bare(),
    }
    if let Some(nodes) = setup.nodes {
        scenario = scenario.with_nodes(nodes);
    }
    if let Some(seed) = setup.seed {
        scenario.seed = seed;
    }
    let chosen = scenario.settings();
    scenario.with(Settings {
        cni: setup.cni.unwrap_or(chosen.cni),
        kube_proxy: setup.kube_proxy.unwrap_or(chosen.kube_proxy),
        load_balancer: setup.load_balancer.unwrap_or(chosen.load_balancer),
        ingress: setup.ingress.unwrap_or(chosen.ingress),
        gateway: setup.gateway.unwrap_or(chosen.gateway),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_at_policies_is_where_one_decides() {
        let text = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\ncluster: {cni: calico-vxlan}\n---\n# A\n\
            ```yaml start file=deny.yaml\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  \
            name: deny\nspec:\n  podSelector:\n    matchLabels:\n      app: web-app\n```\n## B\nProse.\n";
        let (lesson, findings) = crate::read("a.md", text);
        assert_eq!(findings, []);
        let (mut shell, _) = open(&lesson);
        let from = shell.cluster.place("pod/default/frontend").expect("it is in the scenario");
        let request = Request::to(from, "http://10.244.1.10:8080").expect("it can be read");
        let journey = shell.cluster.send(&request);
        let policy = halt(&journey, Pause::Policy).expect("policies are asked on both sides");
        assert_eq!(Some(policy), halt(&journey, Pause::Drop));
    }
}
