//! `podhop lesson run`: a lesson walked through in the terminal.

use std::io::{BufRead, Write};
use std::path::Path;

use kubectl::Shell;
use lesson::prose::plain;
use lesson::{Block, Element, Lesson, Predict, run as steps};

const HELP: &str = "\
next        the next step
check       what holds already
hint        the next hint
solution    solve the step
quit        leave
Anything else is run in the lesson's terminal: kubectl, podhop send, ls, cat …
";

/// Walks through a lesson, reading lines until its end or that of the input.
pub fn run(file: &Path) -> Result<u8, String> {
    let (_, lesson, findings) = crate::lesson::read(file)?;
    if let Some(finding) = findings.first() {
        return Err(format!("{}:{}: {}", file.display(), finding.line, finding.message));
    }
    println!("{}\n", lesson.about.title);
    lesson.introduction.iter().for_each(show);
    let (shell, problems) = steps::open(&lesson);
    problems.iter().for_each(|problem| println!("! {problem}"));
    let mut walk = Walk { lesson: &lesson, shell };
    let mut lines = std::io::stdin().lock().lines();
    for step in 0..lesson.steps.len() {
        if !walk.step(step, &mut lines)? {
            break;
        }
    }
    Ok(0)
}

struct Walk<'l> {
    lesson: &'l Lesson,
    shell: Shell,
}

impl Walk<'_> {
    /// False if the learner leaves.
    fn step(
        &mut self,
        at: usize,
        lines: &mut impl Iterator<Item = std::io::Result<String>>,
    ) -> Result<bool, String> {
        let step = &self.lesson.steps[at];
        println!("\n── {} of {}: {} ──\n", at + 1, self.lesson.steps.len(), step.title);
        for problem in steps::enter(&mut self.shell, self.lesson, at) {
            println!("! {problem}");
        }
        let start = self.shell.cluster.snapshot();
        for block in &step.blocks {
            match block {
                Block::Predict(predict) | Block::Recall(predict) => {
                    show(block);
                    let Some(line) = read(lines, "your answer (a number, or return to skip)> ")?
                    else {
                        return Ok(false);
                    };
                    answer(predict, line.trim().parse().ok());
                }
                Block::Watch(watch) => match steps::watch(&mut self.shell, watch) {
                    Ok(journey) => println!("{}", trace::explain::render(&journey)),
                    Err(problem) => println!("! {problem}"),
                },
                Block::Checks => self.check(at, &start),
                other => show(other),
            }
        }
        let mut hints = step.hints.iter();
        loop {
            let Some(line) = read(lines, "$ ")? else { return Ok(false) };
            match line.trim() {
                "" => {}
                "quit" | "exit" => return Ok(false),
                "next" => return Ok(true),
                "check" => self.check(at, &start),
                "hint" => match hints.next() {
                    Some(hint) => elements(hint, ""),
                    None => println!("there is no further hint; `solution` solves the step"),
                },
                "solution" => {
                    for problem in steps::solve(&mut self.shell, self.lesson, at) {
                        println!("! {problem}");
                    }
                    self.check(at, &start);
                }
                "help" => print!("{HELP}"),
                line => {
                    let output = self.shell.run(line, None).output;
                    print!("{}{}", output.stdout, output.stderr);
                }
            }
        }
    }

    fn check(&self, at: usize, start: &apiserver::Snapshot) {
        for checked in lesson::check(&self.shell, self.lesson, at, start) {
            let tick = if checked.passed { "✓" } else { "·" };
            println!("{tick} {}\n    {}", checked.text, checked.observed);
        }
    }
}

fn read(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    prompt: &str,
) -> Result<Option<String>, String> {
    print!("{prompt}");
    std::io::stdout().flush().map_err(|error| error.to_string())?;
    lines.next().transpose().map_err(|error| error.to_string())
}

fn answer(predict: &Predict, number: Option<usize>) {
    for (at, option) in predict.options.iter().enumerate() {
        let mark = if option.right { "✓" } else { "✗" };
        let yours = if number == Some(at + 1) { " (your answer)" } else { "" };
        println!("{mark} {}{yours}\n    {}", plain(&option.text), plain(&option.because));
    }
    println!();
}

fn show(block: &Block) {
    match block {
        Block::Prose(prose) => elements(prose, ""),
        Block::Predict(predict) | Block::Recall(predict) => {
            println!("? {}", plain(&predict.question));
            for (at, option) in predict.options.iter().enumerate() {
                println!("  {} {}", at + 1, plain(&option.text));
            }
        }
        Block::Try(transcript) => {
            println!("Try:");
            transcript.tried.iter().for_each(|tried| println!("    {}", tried.command));
            println!();
        }
        Block::Watch(_) | Block::Checks | Block::Note(_) => {}
    }
}

fn elements(prose: &[Element], indent: &str) {
    for element in prose {
        match element {
            Element::Heading(_, text) | Element::Paragraph(text) => {
                println!("{indent}{}\n", plain(text));
            }
            Element::List(first, items) => {
                for (at, item) in items.iter().enumerate() {
                    match first {
                        Some(first) => print!("{indent}{}. ", first + at as u64),
                        None => print!("{indent}• "),
                    }
                    elements(item, indent);
                }
            }
            Element::Code(_, text) => {
                text.lines().for_each(|each| println!("{indent}    {each}"));
                println!();
            }
            Element::Quote(inner) => elements(inner, &format!("{indent}> ")),
            Element::Table(head, rows) => {
                for row in std::iter::once(head).chain(rows) {
                    let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                    println!("{indent}{}", cells.join(" | "));
                }
                println!();
            }
            Element::Rule => println!("{indent}───"),
        }
    }
}
