//! `podhop shell` and `podhop run`: the terminal of the page, natively.

use std::io::{BufRead, IsTerminal, Read, Write};

use kubectl::{Output, Shell};

use crate::{arguments, load};

/// Reads lines until the end of the input.
pub fn interactive(arguments: &arguments::Cluster) -> Result<u8, String> {
    let mut shell = open(arguments)?;
    let stdin = std::io::stdin();
    let prompts = stdin.is_terminal();
    let mut code = 0;
    let mut lines = stdin.lock().lines();
    loop {
        if prompts {
            print!("$ ");
            std::io::stdout().flush().map_err(|error| error.to_string())?;
        }
        let Some(line) = lines.next() else { break };
        let mut line = line.map_err(|error| error.to_string())?;
        // A here-document goes on until its word stands alone on a line.
        if let Some((_, after)) = line.clone().split_once("<<") {
            let word =
                after.split_whitespace().next().unwrap_or_default().trim_matches(['\'', '"']);
            for below in lines.by_ref() {
                let below = below.map_err(|error| error.to_string())?;
                line.push('\n');
                line.push_str(&below);
                if below.trim() == word {
                    break;
                }
            }
        }
        if matches!(line.trim(), "exit" | "logout") {
            break;
        }
        let output = shell.run(&line, None).output;
        print(&output);
        code = output.code;
    }
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Runs one line, quoted again so that its words stay what they were.
pub fn once(arguments: &arguments::Run) -> Result<u8, String> {
    let mut shell = open(&arguments.cluster)?;
    let line = match arguments.words.as_slice() {
        // One word is a whole line, with pipes and all.
        [line] => line.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    let mut stdin = String::new();
    let reads = arguments.words.iter().any(|word| word == "-");
    if reads && !arguments.cluster.files.iter().any(|file| file == "-") {
        std::io::stdin().read_to_string(&mut stdin).map_err(|error| error.to_string())?;
    }
    let output = shell.run(&line, Some(&stdin)).output;
    print(&output);
    Ok(u8::try_from(output.code).unwrap_or(1))
}

fn open(arguments: &arguments::Cluster) -> Result<Shell, String> {
    let (_, files) = load::read(&arguments::Cluster {
        files: arguments.files.iter().filter(|file| *file != "-").cloned().collect(),
        ..arguments.clone()
    })?;
    let mut shell = Shell::new(load::cluster(arguments)?);
    shell.files.extend(files.into_iter().map(|file| (file.name, file.text)));
    Ok(shell)
}

fn print(output: &Output) {
    print!("{}", output.stdout);
    eprint!("{}", output.stderr);
}

fn quoted(word: &str) -> String {
    if matches!(word, "|" | "&&" | "||" | ";") {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
