//! What a text of shell is made of: lists, pipelines, loops, and words with what is put in their places.

/// A text taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub list: List,
    /// The here-documents, in order.
    pub documents: Vec<Word>,
}

/// Pipelines, one after the other.
pub type List = Vec<Pipeline>;

/// Commands joined by pipes, and when they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pipeline {
    pub stages: Vec<Stage>,
    /// When it runs, seen from the one before.
    pub when: When,
    /// Whether `!` turns its exit code round.
    pub negated: bool,
}

/// When a pipeline runs, seen from the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// After `;` or at the beginning.
    #[default]
    Always,
    /// After `&&`.
    Succeeded,
    /// After `||`.
    Failed,
}

/// A command, and where its streams go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub command: Command,
    pub redirections: Vec<Redirection>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `NAME=value program words`.
    Simple { assignments: Vec<(String, Word)>, words: Vec<Word> },
    /// `for name in words; do body; done`.
    For { name: String, words: Vec<Word>, body: List },
    /// `while condition; do body; done`.
    While { until: bool, condition: List, body: List },
    /// `if`, each `elif`, and `else`.
    If { branches: Vec<(List, List)>, otherwise: List },
    /// `{ …; }` or `( … )`.
    Group(List),
    /// `(( … ))`.
    Arithmetic(String),
}

/// Where a stream goes, or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirection {
    /// `< file`.
    Input(Word),
    /// `<<< word`.
    Text(Word),
    /// `<< WORD`: the here-document of this number.
    Document(usize),
    /// `> file`, `>> file`.
    Output { file: Word, append: bool },
    /// `2> file`.
    Errors { file: Word, append: bool },
    /// `&> file`.
    Both(Word),
    /// `2>&1`.
    ErrorsToOutput,
    /// `>&2`.
    OutputToErrors,
}

/// A word: pieces that stand beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(pub Vec<Piece>);

/// A piece of a word. What is quoted is never split at its spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text {
        text: String,
        quoted: bool,
    },
    /// `$name`, `${name:-otherwise}`.
    Variable {
        name: String,
        otherwise: String,
        quoted: bool,
    },
    /// `$( … )`.
    Output {
        list: List,
        quoted: bool,
    },
    /// `$(( … ))`.
    Arithmetic(String),
}

/// Why a text is no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It goes on in the next line.
    Unfinished(String),
    /// It is wrong.
    Wrong(String),
}

impl Problem {
    /// What a shell says of it.
    pub fn text(&self) -> &str {
        match self {
            Problem::Unfinished(text) | Problem::Wrong(text) => text,
        }
    }
}
