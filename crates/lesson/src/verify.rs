//! What CI asks of a lesson: what it says is true, its start fails its checks, its solution passes
//! them, and a wrong attempt fails with the sentence that the lesson foretells.

use kubectl::Shell;

use crate::check::{check, judge};
use crate::lesson::{Block, Finding, Lesson, Step};
use crate::probe::Probe;
use crate::run;

/// What came of going through a lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verified {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The file with what its commands print now, if they print something else.
    pub updated: Option<String>,
}

/// Goes through a lesson from beginning to end. `text` is the file it was read from.
pub fn verify(lesson: &Lesson, text: &str) -> Verified {
    let mut visit = Visit { findings: Vec::new(), edits: Vec::new() };
    let (mut shell, problems) = run::open(lesson);
    visit.problems(1, "the start", problems);
    for (at, step) in lesson.steps.iter().enumerate() {
        visit.step(&mut shell, lesson, at, step);
    }
    let updated = (!visit.edits.is_empty()).then(|| {
        let mut updated = text.to_owned();
        for (place, printed) in visit.edits.iter().rev() {
            updated.replace_range(place.clone(), printed);
        }
        updated
    });
    Verified { findings: visit.findings, updated }
}

struct Visit {
    findings: Vec<Finding>,
    edits: Vec<(std::ops::Range<usize>, String)>,
}

impl Visit {
    fn step(&mut self, shell: &mut Shell, lesson: &Lesson, at: usize, step: &Step) {
        let problems = run::enter(shell, lesson, at);
        self.problems(step.line, "the start of the step", problems);
        let start = shell.cluster.snapshot();
        for (check, found) in step.checks.iter().zip(check(shell, lesson, at, &start)) {
            if found.passed != check.control {
                let message = if check.control {
                    format!(
                        "the control `{}` does not hold at the start: {}",
                        check.text, found.observed
                    )
                } else {
                    format!(
                        "the check `{}` holds at the start already: {}",
                        check.text, found.observed
                    )
                };
                let mut finding = Finding::new(check.line, message);
                if !check.control {
                    finding = finding.hint("add `control: true` if it must hold all the time");
                }
                self.findings.push(finding);
            }
        }
        for attempt in &step.wrong {
            let mut shell = shell.clone();
            run::perform(&mut shell, &attempt.actions);
            let found = check(&shell, lesson, at, &start);
            let failed: Vec<String> =
                found.into_iter().filter(|each| !each.passed).map(|each| each.observed).collect();
            if failed.is_empty() {
                let message = "the wrong attempt passes every check";
                self.findings.push(Finding::new(attempt.line, message));
            } else if !failed.iter().any(|said| said.contains(&attempt.says)) {
                let message = format!(
                    "after the wrong attempt no check says `{}`; they say: {}",
                    attempt.says,
                    failed.join(" | ")
                );
                self.findings.push(Finding::new(attempt.line, message));
            }
        }
        self.blocks(shell, step.blocks_before_checks());
        let problems = run::solve(shell, lesson, at);
        self.problems(step.line, "the solution", problems);
        for (wanted, found) in step.checks.iter().zip(check(shell, lesson, at, &start)) {
            if !found.passed {
                let message = format!("solved, `{}` still fails: {}", wanted.text, found.observed);
                self.findings.push(Finding::new(wanted.line, message));
            }
        }
        self.blocks(shell, step.blocks_after_checks());
    }

    fn blocks(&mut self, shell: &mut Shell, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Try(transcript) => {
                    for tried in &transcript.tried {
                        let (printed, fits) = tried.run(shell);
                        if !fits {
                            let message =
                                format!("`{}` prints\n{}", tried.command, printed.trim_end());
                            let finding = Finding::new(tried.line, message);
                            self.findings
                                .push(finding.hint("`UPDATE_EXPECT=1` writes it into the file"));
                            self.edits.push((tried.place.clone(), printed));
                        }
                    }
                }
                Block::Watch(watch) => match run::watch(shell, watch) {
                    Ok(journey) => {
                        if let Some(Probe::Send(_, expected)) = &watch.expect {
                            let observed = judge(expected, &journey);
                            if !observed.passed {
                                self.findings.push(Finding::new(watch.line, observed.said));
                            }
                        }
                        if let Some(pause) = watch.pause
                            && run::halt(&journey, pause).is_none()
                        {
                            let message = "the packet passes no such place to pause at";
                            self.findings.push(Finding::new(watch.line, message));
                        }
                    }
                    Err(problem) => self.findings.push(Finding::new(watch.line, problem)),
                },
                Block::Prose(_)
                | Block::Predict(_)
                | Block::Recall(_)
                | Block::Checks
                | Block::Note(_) => {}
            }
        }
    }

    fn problems(&mut self, line: usize, what: &str, problems: Vec<String>) {
        let findings =
            problems.into_iter().map(|problem| Finding::new(line, format!("{what}: {problem}")));
        self.findings.extend(findings);
    }
}
