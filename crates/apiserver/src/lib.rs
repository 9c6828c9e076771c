//! Admission, allocation, the store and its immutable snapshots.
//!
//! `ApiServer` answers writes as `kube-apiserver` v1.36 does: it fills defaults, validates, allocates
//! addresses and ports, and stores. Every state it has been in is an immutable [`Snapshot`] that shares
//! structure with its neighbours. It reconciles nothing; that is `controllers`. It reads no text; that
//! is `manifest`.

mod admission;
mod allocator;
mod apply;
mod bootstrap;
mod config;
mod defaults;
mod omit_empty;
mod options;
mod random;
mod refusal;
mod server;
mod snapshot;
mod status;
mod time;
mod validation;
mod warnings;

pub use config::Config;
pub use options::{DeleteOptions, Deleted, Effect, Propagation, WriteOptions, Written};
pub use refusal::{Cause, Reason, Refusal};
pub use server::ApiServer;
pub use snapshot::{Change, Snapshot};
pub use time::{Time, Timestamps};
