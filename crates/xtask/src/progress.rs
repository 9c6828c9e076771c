//! Progress lines: what is being done, how far along it is, how it ended and how long it took.

use std::io::Write;
use std::time::Instant;

use crate::shell::Failure;

/// A known number of steps, printed as `▸ 2/6 name … ending (1.3 s)`.
pub struct Progress {
    step: usize,
    steps: usize,
}

impl Progress {
    /// Counts to `steps`.
    pub fn of(steps: usize) -> Self {
        Self { step: 0, steps }
    }

    /// Runs the next step, which ends in a word or two about how: `found (rustup)`.
    pub fn step<T>(
        &mut self,
        name: &str,
        run: impl FnOnce() -> Result<(T, String), Failure>,
    ) -> Result<T, Failure> {
        self.step += 1;
        print!("▸ {}/{} {name} … ", self.step, self.steps);
        // A closed standard output is no reason to stop installing.
        let _ = std::io::stdout().flush();
        let started = Instant::now();
        match run() {
            Ok((value, ending)) => {
                println!("{ending} ({})", seconds(started));
                Ok(value)
            }
            Err(failure) => {
                println!("failed ({})", seconds(started));
                Err(failure)
            }
        }
    }

    /// Runs the next step, which prints lines of its own.
    pub fn loud_step(
        &mut self,
        name: &str,
        run: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.step += 1;
        println!("▸ {}/{} {name}", self.step, self.steps);
        let started = Instant::now();
        run()?;
        println!("  {name}: done ({})", seconds(started));
        Ok(())
    }

    /// Leaves the next step out.
    pub fn skip(&mut self, name: &str) {
        self.step += 1;
        println!("▸ {}/{} {name}: left out", self.step, self.steps);
    }
}

/// Says that something slow begins, in the middle of a step's line.
pub fn installing(what: &str) {
    println!("\n    {what}");
}

/// The time since `started`, in seconds below two minutes and in minutes above.
pub fn seconds(started: Instant) -> String {
    let elapsed = started.elapsed().as_secs_f64();
    if elapsed < 120.0 { format!("{elapsed:.1} s") } else { format!("{:.1} min", elapsed / 60.0) }
}
