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
            print!("{}", shell.prompt());
            std::io::stdout().flush().map_err(|error| error.to_string())?;
        }
        let Some(line) = lines.next() else { break };
        let mut line = line.map_err(|error| error.to_string())?;
        // A loop or a here-document goes on over several lines.
        while kubectl::goes_on(&line) {
            let Some(below) = lines.next() else { break };
            line.push('\n');
            line.push_str(&below.map_err(|error| error.to_string())?);
        }
        if matches!(line.trim(), "exit" | "logout") && shell.prompt() == "$ " {
            break;
        }
        let ran = shell.run(&line, None);
        print(&ran.output);
        code = ran.output.code;
        if let (Some(name), true) = (ran.opened, prompts) {
            let output = edit(&mut shell, &name)?;
            print(&output);
            code = output.code;
        }
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

/// Opens one of the shell's files in `$EDITOR`, and applies what was made of it.
fn edit(shell: &mut Shell, name: &str) -> Result<Output, String> {
    let editor = std::env::var("EDITOR").unwrap_or_else(|_| "vi".into());
    let file = name.replace('/', "-");
    let path = std::env::temp_dir().join(format!("podhop-{}-{file}", std::process::id()));
    let before = shell.files.get(name).cloned().unwrap_or_default();
    std::fs::write(&path, &before).map_err(|error| error.to_string())?;
    let ended = std::process::Command::new(&editor).arg(&path).status();
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let _ = std::fs::remove_file(&path);
    ended.map_err(|error| format!("cannot start `{editor}`: {error}"))?;
    let text = text?;
    if text == before {
        return Ok(Output::printed("Edit cancelled, no changes made.\n"));
    }
    shell.files.insert(name.to_owned(), text);
    Ok(shell.run(&format!("kubectl apply -f {name}"), None).output)
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
