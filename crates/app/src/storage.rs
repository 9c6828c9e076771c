//! What the page remembers between visits: the learner's texts, and how the screen was set.
//!
//! Storage may be full or forbidden. Reading then finds nothing; writing says so, once.

use cluster::SourceFile;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::course::{ExamSaved, Progress};
use crate::saved::Saved;

const FILES: &str = "podhop.files";
const TYPED: &str = "podhop.typed";
const SESSION: &str = "podhop.session";
/// The session that was here before a link was followed.
const OWN: &str = "podhop.own";
/// The link that the kept session goes on from.
const LINK: &str = "podhop.link";
/// The session that was here before a lesson was opened.
const PLAYGROUND: &str = "podhop.playground";
const PROGRESS: &str = "podhop.progress";
const EXAM: &str = "podhop.exam";
const SCREEN: &str = "podhop.screen";
/// Plain text, not JSON, because `www/theme.js` reads it before the page is there.
const THEME: &str = "podhop.theme";

/// How the screen was set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Screen {
    /// Width of the left side, in rem.
    pub left: f64,
    /// Width of the right side, in rem.
    pub right: f64,
    /// Height of the lower side, in rem.
    pub below: f64,
    /// Height of the lesson above the editor, in rem.
    pub lesson: f64,
    /// How much larger than usual text is, in percent.
    pub text: u32,
}

impl Screen {
    /// The size of text after this one.
    pub fn next_text(self) -> u32 {
        match self.text {
            100 => 150,
            150 => 200,
            _ => 100,
        }
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self { left: 23.0, right: 25.0, below: 13.0, lesson: 33.0, text: 100 }
    }
}

/// Light, dark, or as the system is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// The word it is remembered by.
    pub fn word(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The next one, in the order the button goes through them.
    pub fn next(self) -> Self {
        match self {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }
    }
}

/// The learner's texts, if there are any.
pub fn files() -> Option<Vec<SourceFile>> {
    read(FILES).filter(|files: &Vec<SourceFile>| !files.is_empty())
}

/// Remembers the learner's texts.
///
/// # Errors
/// If the browser does not let the page remember anything, or no more.
pub fn remember_files(files: &[SourceFile]) -> Result<(), ()> {
    write(FILES, &files)
}

/// The session as it was left, with the texts as they were left.
pub fn session() -> Option<Saved> {
    let session: Option<Saved> = read(SESSION);
    // The texts are kept with every key, the rest a moment later.
    match files() {
        Some(files) if session.as_ref().is_none_or(|it| it.files != files) => {
            Some(Saved { files, unapplied: true, ..session.unwrap_or_default() })
        }
        _ => session,
    }
}

/// Remembers the session.
///
/// # Errors
/// If the browser does not let the page remember anything, or no more.
pub fn remember_session(saved: &Saved) -> Result<(), ()> {
    write(SESSION, saved)
}

/// Puts the session of this browser by, because a link's takes its place; true if there is one.
pub fn put_own_by() -> bool {
    let Some(own) = session().filter(|own| !own.done.is_empty()) else { return false };
    write(OWN, &own).is_ok()
}

/// Whether a session was put by.
pub fn has_own() -> bool {
    read_text(OWN).is_some()
}

/// Takes the session that was put by.
pub fn take_own() -> Option<Saved> {
    let own = read(OWN);
    remove(OWN);
    own
}

/// Whether the kept session goes on from this link.
pub fn goes_on_from(link: &str) -> bool {
    read_text(LINK).is_some_and(|known| known == link)
}

/// Remembers that the kept session goes on from this link; it is no loss if that cannot be.
pub fn remember_link(link: &str) {
    if let Some(storage) = local_storage() {
        let _ = storage.set_item(LINK, link);
    }
}

/// The session that was here before a lesson was opened.
pub fn playground() -> Option<Saved> {
    read(PLAYGROUND)
}

/// Remembers it.
///
/// # Errors
/// If the browser does not let the page remember anything, or no more.
pub fn remember_playground(own: &Saved) -> Result<(), ()> {
    write(PLAYGROUND, own)
}

/// It is back.
pub fn forget_playground() {
    remove(PLAYGROUND);
}

/// How far the learner has come.
pub fn progress() -> Progress {
    read(PROGRESS).unwrap_or_default()
}

/// Remembers how far the learner has come.
///
/// # Errors
/// If the browser does not let the page remember anything, or no more.
pub fn remember_progress(progress: &Progress) -> Result<(), ()> {
    write(PROGRESS, progress)
}

/// The exam that is being taken.
pub fn exam() -> Option<ExamSaved> {
    read(EXAM)
}

/// Remembers it; the page still knows it if that cannot be.
pub fn remember_exam(exam: &ExamSaved) {
    let _ = write(EXAM, exam);
}

/// The exam is left.
pub fn forget_exam() {
    remove(EXAM);
}

/// The lines typed in the terminal on earlier visits, the oldest first.
pub fn typed_lines() -> Vec<String> {
    read(TYPED).unwrap_or_default()
}

/// Remembers the newest of the lines typed in the terminal; it is no loss if that cannot be.
pub fn remember_typed_lines(lines: &[String]) {
    const MOST: usize = 200;
    let _ = write(TYPED, &&lines[lines.len().saturating_sub(MOST)..]);
}

/// How the screen was set.
pub fn screen() -> Screen {
    read(SCREEN).unwrap_or_default()
}

/// Remembers how the screen is set; it is no loss if that cannot be.
pub fn remember_screen(screen: Screen) {
    let _ = write(SCREEN, &screen);
}

/// The chosen theme.
pub fn theme() -> Theme {
    match read_text(THEME).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::Auto,
    }
}

/// Remembers the theme; it is no loss if that cannot be.
pub fn remember_theme(theme: Theme) {
    if let Some(storage) = local_storage() {
        let _ = storage.set_item(THEME, theme.word());
    }
}

fn remove(key: &str) {
    if let Some(storage) = local_storage() {
        let _ = storage.remove_item(key);
    }
}

fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    serde_json::from_str(&read_text(key)?).ok()
}

fn read_text(key: &str) -> Option<String> {
    local_storage()?.get_item(key).ok().flatten()
}

fn write<T: Serialize>(key: &str, value: &T) -> Result<(), ()> {
    let text = serde_json::to_string(value).map_err(|_| ())?;
    local_storage().ok_or(())?.set_item(key, &text).map_err(|_| ())
}

/// The storage itself; a browser may forbid it.
fn local_storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}
