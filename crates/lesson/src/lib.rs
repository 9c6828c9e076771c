//! Lessons: one Markdown file each, read, run and checked by the same code in the page, on the
//! command line and in CI.
//!
//! [`read()`] never fails. [`run`] opens a lesson's cluster and goes through its steps, [`check()`]
//! says what holds, on a copy of the cluster. [`verify()`] is what CI asks of a lesson: its start fails
//! its checks and its solution passes them. It decides nothing about Kubernetes or packets.

mod catalogue;
mod check;
mod lesson;
mod probe;
pub mod prose;
mod read;
pub mod run;
mod score;
mod template;
mod transcript;
mod verify;

pub use catalogue::{Catalogue, Entry};
pub use check::{Checked, check};
pub use lesson::{
    About, Action, Answer, Attempt, Bare, Block, Check, Finding, Kind, Lesson, Pause, Predict,
    Setup, Step, Watch,
};
pub use prose::{Element, Inline};
pub use read::{about, read};
pub use score::Score;
pub use template::template;
pub use transcript::{Transcript, Tried};
pub use verify::{Verified, verify};
