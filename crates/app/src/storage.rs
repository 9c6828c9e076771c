//! What the page remembers between visits: the learner's texts, and how the screen was set.
//!
//! Storage may be full or forbidden. Reading then finds nothing; writing says so, once.

use cluster::SourceFile;
use gloo::storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};

const FILES: &str = "podhop.files";
const TYPED: &str = "podhop.typed";
const SCREEN: &str = "podhop.screen";
/// Plain text, not JSON, because `www/theme.js` reads it before the page is there.
const THEME: &str = "podhop.theme";

/// How the screen was set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// Width of the left side, in rem.
    pub left: f64,
    /// Width of the right side, in rem.
    pub right: f64,
    /// Height of the lower side, in rem.
    pub below: f64,
    /// How much larger than usual text is, in percent.
    pub text: u32,
}

impl Default for Screen {
    fn default() -> Self {
        Self { left: 23.0, right: 25.0, below: 13.0, text: 100 }
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
    LocalStorage::get(FILES).ok().filter(|files: &Vec<SourceFile>| !files.is_empty())
}

/// Remembers the learner's texts.
///
/// # Errors
/// If the browser does not let the page remember anything, or no more.
pub fn remember_files(files: &[SourceFile]) -> Result<(), ()> {
    LocalStorage::set(FILES, files).map_err(|_| ())
}

/// The lines typed in the terminal on earlier visits, the oldest first.
pub fn typed_lines() -> Vec<String> {
    LocalStorage::get(TYPED).unwrap_or_default()
}

/// Remembers the newest of the lines typed in the terminal; it is no loss if that cannot be.
pub fn remember_typed_lines(lines: &[String]) {
    const MOST: usize = 200;
    let _ = LocalStorage::set(TYPED, &lines[lines.len().saturating_sub(MOST)..]);
}

/// How the screen was set.
pub fn screen() -> Screen {
    LocalStorage::get(SCREEN).unwrap_or_default()
}

/// Remembers how the screen is set; it is no loss if that cannot be.
pub fn remember_screen(screen: Screen) {
    let _ = LocalStorage::set(SCREEN, screen);
}

/// The chosen theme.
pub fn theme() -> Theme {
    let word = local_storage().and_then(|storage| storage.get_item(THEME).ok().flatten());
    match word.as_deref() {
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

/// The storage itself, without the panic of `LocalStorage::raw` where a browser forbids it.
fn local_storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}
