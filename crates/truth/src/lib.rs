//! Judges of the engine by reference data: what real Kubernetes v1.36 answered, case by case.
//!
//! To judge another file, add a module under `judges` with a `run` function, and its line to [`judges::all`].

pub mod judge;
pub mod judges;
pub mod normalise;
pub mod report;
