//! Who may connect to whom: every Pod against every Pod, on one port.
//!
//! Policies only: a pair that is open here may still meet a closed port. Pods on their node's network
//! have no policies of their own and are left out.

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use trace::PolicyDirection;

use super::{Facts, Peer, PolicyIndex, allows};
use crate::network::{Network, is_on_host_network};

/// The whole cluster's answers for one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    pods: Vec<ObjectRef>,
    /// Row by row: the sender's row, the receiver's column.
    open: Vec<bool>,
}

/// A pair whose answer differs from an earlier moment's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixChange {
    /// Who sends.
    pub from: ObjectRef,
    /// Who receives.
    pub to: ObjectRef,
    /// Whether the connection may be made now.
    pub open: bool,
}

impl Network {
    /// Whether the network plugin asks NetworkPolicies at all.
    pub fn enforces_policy(&self) -> bool {
        self.profile().enforces_policy
    }
}

impl Matrix {
    /// Asks the policies about every pair. With `index` absent, nobody enforces policies and every
    /// pair is open.
    pub fn of(
        snapshot: &Snapshot,
        index: Option<&PolicyIndex>,
        protocol: Protocol,
        port: u16,
    ) -> Self {
        let facts: Vec<Facts<'_>> = snapshot
            .objects_of(Kind::Pod)
            .filter(|pod| pod.as_typed::<Pod>().is_some_and(|pod| !is_on_host_network(pod)))
            .filter_map(|pod| Facts::of(snapshot, &pod.reference()))
            .collect();
        let peers: Vec<Peer<'_>> = facts.iter().cloned().map(Peer::Pod).collect();
        let mut open = Vec::with_capacity(facts.len() * facts.len());
        for (row, from) in facts.iter().enumerate() {
            for (column, to) in facts.iter().enumerate() {
                // A Pod always reaches itself.
                open.push(
                    row == column
                        || index.is_none_or(|index| {
                            let (egress, ingress) =
                                (PolicyDirection::Egress, PolicyDirection::Ingress);
                            allows(index, egress, from, &peers[column], protocol, port)
                                && allows(index, ingress, to, &peers[row], protocol, port)
                        }),
                );
            }
        }
        Self { pods: facts.into_iter().map(|facts| facts.pod).collect(), open }
    }

    /// The Pods, in the order of rows and columns: by namespace, then name.
    pub fn pods(&self) -> &[ObjectRef] {
        &self.pods
    }

    /// Whether the Pod of one row may connect to the Pod of one column.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn is_open(&self, row: usize, column: usize) -> bool {
        assert!(column < self.pods.len(), "a matrix has a column for each Pod");
        self.open[row * self.pods.len() + column]
    }

    /// The pairs of Pods of both moments whose answer changed.
    pub fn changes_since(&self, earlier: &Matrix) -> Vec<MatrixChange> {
        let places: Vec<Option<usize>> =
            self.pods.iter().map(|pod| earlier.pods.binary_search(pod).ok()).collect();
        let mut changes = Vec::new();
        for (row, from) in self.pods.iter().enumerate() {
            for (column, to) in self.pods.iter().enumerate() {
                let (Some(old_row), Some(old_column)) = (places[row], places[column]) else {
                    continue;
                };
                let open = self.is_open(row, column);
                if open != earlier.is_open(old_row, old_column) {
                    changes.push(MatrixChange { from: from.clone(), to: to.clone(), open });
                }
            }
        }
        changes
    }
}
