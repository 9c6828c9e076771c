//! Fixture session.
use cluster::SourceFile;
use topology::{Fabric, Map, Seating};
use trace::Place;

use super::fixture;
use crate::protocol::{Command, Told, Update, View, NodeTables, EventLine};
use crate::standin::Applied;

#[derive(Default)]
pub struct Session { inventory: Option<topology::Inventory>, seating: Seating, next: u8 }

impl Session {
    pub fn answer(&mut self, command: Command) -> Update {
        match command {
            Command::Open => { self.inventory = Some(fixture::inventory()); Update::Opened { files: cluster::EXAMPLES[0].files(), view: Box::new(self.view()) } }
            Command::Check(files) => Update::Checked(check(&files)),
            Command::Apply(files) => Update::Applied { applied: check(&files), view: Box::new(self.view()) },
            Command::Delete(pod) => {
                let inv = self.inventory.as_mut().unwrap();
                let old = inv.pod(&pod).unwrap().clone();
                inv.pods.retain(|p| p.reference != pod);
                self.next += 1;
                inv.pods.push(fixture::pod(&format!("web-app-6d9f7c5b8-new{:02}", self.next), "web-app", &old.node, [10,244,1,12+self.next]));
                Update::Changed { said: format!("pod \"{}\" deleted", pod.name), view: Box::new(self.view()) } }
            Command::Send { .. } => Update::Sent { told: Box::new(Told { journey: fixture::journey(), sources: vec![] }), view: Box::new(self.view()) },
        }
    }
    fn view(&mut self) -> View {
        let map = Map::of(self.inventory.as_ref().unwrap(), Fabric::of("flannel-vxlan"), &self.seating);
        self.seating = map.seating.clone();
        View { title: "A web app behind a Service".into(), kube_proxy: "iptables".into(), senders: self.inventory.as_ref().unwrap().pods.iter().filter(|p| !p.system).map(|p| Place::Pod(p.reference.clone())).collect(), targets: vec!["http://web-service".into()], events: vec![EventLine{when:"12.034".into(),who:"deployment".into(),what:"scaled up replica set web-app-6d9f7c5b8 to 3".into()}], nodes: vec![NodeTables{node:"node-1".into(), rules: "*nat".into(), conntrack: vec![]}], map }
    }
}
fn check(files: &[SourceFile]) -> Applied {
    let findings = files.iter().map(|file| crate::standin::FileFindings { file: file.name.clone(), diagnostics: manifest::read(&file.text).diagnostics }).collect();
    Applied { results: vec![], findings }
}
