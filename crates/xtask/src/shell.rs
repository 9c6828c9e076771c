//! Running other programs, so that every failure ends in a sentence that says what to do.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What went wrong, ending in what to do about it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A program to run in the project's root.
pub struct Run {
    command: Command,
    line: String,
}

/// The program `name` with `arguments`.
pub fn program<A: AsRef<OsStr>>(
    name: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Run {
    let mut command = Command::new(&name);
    command.current_dir(project_root());
    let line = name.as_ref().to_string_lossy().into_owned();
    Run { command, line }.args(arguments)
}

/// cargo, the same one that runs this program.
pub fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

impl Run {
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        for argument in arguments {
            self.line.push(' ');
            self.line.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn envs<N: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut self,
        all: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.command.envs(all);
        self
    }

    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The command itself, for a caller that wants to watch it run.
    pub fn command(self) -> Command {
        self.command
    }

    /// Runs it with its output shown.
    pub fn run(mut self, advice: &str) -> Result<(), Failure> {
        let status = self.command.status().map_err(|error| self.missing(&error, advice))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("`{}` failed ({status}): {advice}", self.line)))
    }

    /// Runs it with its output shown only when it fails, and returns what it wrote to its standard output.
    pub fn quiet(mut self, advice: &str) -> Result<String, Failure> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.missing(&error, advice))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let lines: Vec<_> = said.lines().collect();
        let tail = lines[lines.len().saturating_sub(40)..].join("\n");
        Err(Failure::new(format!("{tail}\n`{}` failed ({}): {advice}", self.line, output.status)))
    }

    /// Whether it ends well within `limit`, without showing anything.
    pub fn succeeds_within(mut self, limit: Duration) -> bool {
        let silent = self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut child) = silent.spawn() else { return false };
        let started = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) if started.elapsed() < limit => {
                    std::thread::sleep(Duration::from_millis(50))
                }
                Ok(None) | Err(_) => {
                    // It may have ended in the meantime, which is just as good.
                    let _ = child.kill();
                    let _ = child.wait();
                    return false;
                }
            }
        }
    }

    fn missing(&self, error: &std::io::Error, advice: &str) -> Failure {
        Failure::new(format!("`{}` did not start ({error}): {advice}", self.line))
    }
}

/// The first line a program prints about its version, when it is there at all.
pub fn version_of(program_name: impl AsRef<OsStr>) -> Option<String> {
    let output = Command::new(program_name).arg("--version").stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Where the program `name` lies on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The folder that holds the workspace's `Cargo.toml`.
pub fn project_root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let crate_folder = PathBuf::from(manifest);
    crate_folder.ancestors().nth(2).map_or_else(|| crate_folder.clone(), Path::to_path_buf)
}

/// Adds what was being done to an error of the file system.
pub fn file_error(doing: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let sentence = format!("could not {doing} `{}`", path.display());
    move |error| {
        Failure::new(format!(
            "{sentence} ({error}): check that the folder is writable and the disk not full"
        ))
    }
}
