//! The cluster of one visit, and the answer to each command.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Cluster, Request, RequestKind, Scenario, SourceFile};
use kubectl::Shell;
use manifest::ObjectRef;
use packet::Protocol;
use topology::{Fabric, Inventory, Map, Seating};
use trace::{Journey, Place};

use super::course::Desk;
use super::fields::{fields_of, located};
use super::{controls, events, form, inspect, matrix, panels, suggest};
use crate::js;
use crate::protocol::{Command, Completions, Told, Update, View};

/// The engine before and after the scenario runs.
#[derive(Default)]
pub struct Engine(Option<Session>);

/// The cluster of one visit.
pub(super) struct Session {
    pub(super) shell: Shell,
    seating: Seating,
    columns: usize,
    /// The snapshot that the page has last been shown, by its version.
    shown: u64,
    /// The lesson that was begun.
    pub(super) desk: Option<Desk>,
    /// Lessons that were begun before, each by its id, with its cluster.
    pub(super) desks: BTreeMap<String, (Shell, Desk)>,
    /// Whether a session is repeated, of which only the end is told.
    pub(super) repeats: bool,
}

/// As many nodes side by side as a map ever shows.
const WIDE: usize = 4;

impl Engine {
    /// Does what a command asks for.
    pub fn answer(&mut self, command: Command) -> Update {
        match (command, &mut self.0) {
            (Command::Open, session) => {
                let scenario = Scenario::opening();
                let files = scenario.files.clone();
                let session = session.insert(Session::new(scenario));
                Update::Opened { files, view: session.view() }
            }
            (Command::Restore(commands), session) => {
                let scenario = Scenario::opening();
                let files = scenario.files.clone();
                let columns = session.as_ref().map_or(WIDE, |before| before.columns);
                let session = session.insert(Session { columns, ..Session::new(scenario) });
                let (told, failed) = session.repeat(commands);
                let files = session.lesson_files().unwrap_or(files);
                Update::Restored { files, told, failed, view: session.view() }
            }
            (_, None) => Update::Refused("the cluster is not running yet".into()),
            (command, Some(session)) => session.answer(command),
        }
    }
}

impl Session {
    fn new(scenario: Scenario) -> Self {
        let mut shell = Shell::new(Cluster::new(scenario));
        shell.descriptions = js::schema_of;
        Self {
            shell,
            seating: Seating::default(),
            columns: WIDE,
            shown: 0,
            repeats: false,
            desk: None,
            desks: BTreeMap::new(),
        }
    }

    pub(super) fn answer(&mut self, command: Command) -> Update {
        match command {
            Command::Open | Command::Restore(_) => Update::Drawn(self.view()),
            Command::Check(files) => {
                let findings = self.shell.cluster.check(&files);
                self.shell.files.extend(files.into_iter().map(|file| (file.name, file.text)));
                Update::Checked(findings)
            }
            Command::Apply(files) => {
                let applied = self.shell.cluster.apply(&files);
                self.shell.files.extend(files.into_iter().map(|file| (file.name, file.text)));
                Update::Applied { applied, view: self.view() }
            }
            Command::Delete(object) => self.delete(&object),
            Command::Configure(settings) => self.configure(settings),
            Command::Choose(part, settings) => {
                // The page that chose may have shown an earlier state.
                let present = self.shell.cluster.scenario().settings();
                self.configure(present.with(part, settings))
            }
            Command::Fault(fault) => {
                let done = self.shell.cluster.fault(&fault);
                self.changed(done.map(|()| fault.state()))
            }
            Command::AddNode => {
                let added = self.shell.cluster.add_node();
                self.changed(added.map(|name| format!("node/{name} joined")))
            }
            Command::RemoveNode(name) => {
                let removed = self.shell.cluster.remove_node(&name);
                self.changed(removed.map(|()| format!("node \"{name}\" deleted")))
            }
            Command::Undo => self.step("undone", Cluster::can_undo, Cluster::undo),
            Command::Redo => self.step("done again", Cluster::can_redo, Cluster::redo),
            Command::Inspect(object, round) => {
                Update::Inspected(Box::new(inspect::inspect(&self.shell, object, round)))
            }
            Command::Unfold(node, seat) => {
                self.seating.unfold(&node, &seat);
                Update::Drawn(self.view())
            }
            Command::Arrange { columns } => {
                self.columns = columns;
                Update::Drawn(self.view())
            }
            Command::Run(line) => self.run(&line),
            Command::Interrupt => {
                self.shell.stop_watching();
                Update::Done
            }
            Command::Complete(line) => {
                let found = self.shell.complete(&line);
                let start = line[..found.start].chars().count();
                Update::Completions(Completions { start, words: found.candidates })
            }
            Command::Suggest { text, at } => {
                Update::Suggested(suggest::at(&self.shell.cluster, &text, at))
            }
            Command::Describe { text, at } => Update::Suggested(suggest::field_at(&text, at)),
            Command::Send { from, target } => {
                let journey = self.shell.cluster.send(&Request::get(from, target));
                let told = Box::new(self.told(journey));
                Update::Sent { told, view: self.view() }
            }
            Command::Stream { from, target, pause, times } => {
                self.stream(&from, &target, pause, times)
            }
            Command::Connect { from, to, protocol, port } => {
                self.connect(&from, &to, protocol, port)
            }
            Command::Tables(node) => Update::Tables(panels::tables(&self.shell.cluster, &node)),
            Command::Matrix { protocol, port } => {
                Update::Matrix(matrix::matrix(&self.shell.cluster, protocol, port))
            }
            Command::Explain(pair) => Update::Explained(matrix::explain(&self.shell.cluster, pair)),
            Command::Past(round) => {
                let past = panels::past(&self.shell.cluster, round, &self.seating, self.columns);
                past.map_or_else(
                    || Update::Refused("that round is no longer kept".into()),
                    |past| Update::Past(Box::new(past)),
                )
            }
            Command::Lesson(command) => self.lesson(command),
        }
    }

    fn stream(&mut self, from: &Place, target: &str, pause: u32, times: u32) -> Update {
        let cluster = &mut self.shell.cluster;
        let mut last = None;
        for _ in 0..times {
            cluster.advance(Duration::from_millis(pause.into()));
            last = Some(cluster.send(&Request::get(from.clone(), target)));
        }
        let Some(journey) = last else { return Update::Drawn(self.view()) };
        let told = Box::new(self.told(journey));
        let changed = self.shell.cluster.snapshot().resource_version() != self.shown;
        Update::Streamed { told, view: changed.then(|| self.view()) }
    }

    fn connect(&mut self, from: &Place, to: &Place, protocol: Protocol, port: u16) -> Update {
        let cluster = &mut self.shell.cluster;
        let Some(address) = cluster.data_plane().network.address_of(to) else {
            return Update::Refused(format!("`{to}` has no address"));
        };
        let kind =
            RequestKind::Connect { host: address.to_string(), port, protocol, source_port: None };
        let from = from.clone();
        let journey = cluster.send(&Request { from, kind, timeout: None, resolver: None });
        let told = Box::new(self.told(journey));
        Update::Sent { told, view: self.view() }
    }

    fn delete(&mut self, object: &ObjectRef) -> Update {
        if let Err(refusal) = self.shell.cluster.delete(object) {
            return Update::Refused(refusal.message);
        }
        let said = format!(
            "{} \"{}\" deleted from {} namespace",
            object.kind.resource().singular,
            object.name,
            object.namespace
        );
        Update::Changed { said, view: self.view() }
    }

    fn run(&mut self, line: &str) -> Update {
        let mut ran = self.shell.run(line, None);
        let printed = ran.output.stdout + &ran.output.stderr;
        let opened = ran.opened.map(|name| {
            let text = self.shell.files.get(&name).cloned().unwrap_or_default();
            SourceFile { name, text }
        });
        let told = ran.journeys.drain(..).map(|journey| self.told(journey)).collect();
        Update::Ran { printed, opened, told, view: self.view() }
    }

    /// Another cluster: whoever was seen before has no seat in it.
    pub(super) fn forget_seating(&mut self) {
        self.seating = Seating::default();
        self.shown = 0;
    }

    /// A journey as it is told: of a session that is repeated, without its lines.
    pub(super) fn told(&self, journey: Journey) -> Told {
        match self.repeats {
            true => Told { journey, sources: Vec::new() },
            false => told(&self.shell.cluster, journey),
        }
    }

    pub(super) fn view(&mut self) -> Box<View> {
        let version = self.shell.cluster.snapshot().resource_version();
        if self.repeats && version == self.shown {
            return Box::default();
        }
        let watched = self.shell.watched();
        let cluster = &self.shell.cluster;
        let scenario = cluster.scenario();
        let inventory = Inventory::of(&cluster.snapshot(), &cluster.data_plane().network);
        let map = Map::of(&inventory, Fabric::of(scenario.cni.key()), &self.seating, self.columns);
        self.seating = map.seating.clone();
        self.shown = version;
        // Each change gives its Pods their seats, even where nobody looks.
        if self.repeats {
            return Box::default();
        }
        Box::new(View {
            watched,
            prompt: self.shell.prompt().to_owned(),
            title: scenario.title.clone(),
            kube_proxy: scenario.kube_proxy.to_string(),
            senders: form::senders(&inventory),
            targets: form::targets(&inventory),
            events: events::lines(cluster),
            controls: controls::of(cluster),
            map,
        })
    }
}

/// A journey with the lines that its causes stand in.
pub(super) fn told(cluster: &Cluster, journey: Journey) -> Told {
    let sources = located(cluster, fields_of(&journey));
    Told { journey, sources }
}
