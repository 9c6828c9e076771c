//! Where lessons come from: the folder beside the page, or a person's own files and addresses.

use js_sys::Array;
use lesson::{Catalogue, Entry};
use wasm_bindgen::prelude::*;

use super::Sheet;
use crate::js;
use crate::shared::Shared;

/// The folder of the lessons that come with Podhop.
const FOLDER: &str = "./lessons/";

/// The lessons that come with Podhop.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shelf {
    /// Nobody asked for them yet.
    #[default]
    Unasked,
    /// They are on their way.
    Loading,
    /// They could not be had.
    Failed(String),
    /// Here they are.
    Ready(Shared<Catalogue>),
}

/// A lesson that a person brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// What the catalogue says of it.
    pub entry: Entry,
    /// Where its text is.
    pub source: Source,
}

/// Where the text of a lesson is.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Here.
    Text(String),
    /// At an address.
    Address(String),
}

impl Own {
    /// A lesson from a file.
    pub fn file(name: String, text: String) -> Self {
        let about = lesson::read(&name, &text).0.about;
        Self { entry: Entry { path: name, about }, source: Source::Text(text) }
    }
}

/// The catalogue of the lessons that come with Podhop.
///
/// # Errors
/// A sentence for the person who opened it.
pub async fn catalogue() -> Result<Catalogue, String> {
    let text = fetch(&format!("{FOLDER}index.json")).await?;
    Catalogue::read(&text).map_err(|error| format!("The list of lessons cannot be read: {error}."))
}

/// The file of an entry of that catalogue.
///
/// # Errors
/// A sentence for the person who opened it.
pub async fn sheet(entry: &Entry) -> Result<Sheet, String> {
    let text = fetch(&format!("{FOLDER}{}", entry.path)).await?;
    Ok(Sheet { name: entry.path.clone(), text })
}

/// The file of a lesson that a person brought.
///
/// # Errors
/// A sentence for the person who opened it.
pub async fn own_sheet(own: &Own) -> Result<Sheet, String> {
    let text = match &own.source {
        Source::Text(text) => text.clone(),
        Source::Address(address) => fetch(address).await?,
    };
    Ok(Sheet { name: own.entry.path.clone(), text })
}

/// The lessons at an address: one file, or an `index.json` with what stands beside it.
///
/// # Errors
/// A sentence for the person who named the address.
pub async fn at_address(address: &str) -> Result<Vec<Own>, String> {
    let text = fetch(address).await?;
    let folder = address.rsplit_once('/').map_or("", |(folder, _)| folder);
    if !address.ends_with(".json") {
        let name = address.rsplit('/').next().unwrap_or(address);
        return Ok(vec![Own::file(name.to_owned(), text)]);
    }
    let catalogue = Catalogue::read(&text)
        .map_err(|error| format!("The list of lessons at {address} cannot be read: {error}."))?;
    let own = |entry: Entry| {
        let source = Source::Address(format!("{folder}/{}", entry.path));
        Own { entry, source }
    };
    Ok(catalogue.entries.into_iter().map(own).collect())
}

/// Lets a person choose files, or a folder; what was read, and a sentence for each that was not.
pub async fn pick(folder: bool) -> (Vec<Sheet>, Vec<String>) {
    let Some(module) = module().await else { return Default::default() };
    module.pick(folder, ".md").await.map(|found| sheets(&found)).unwrap_or_default()
}

/// Lets a person choose the file that progress was written to; its text.
pub async fn pick_progress() -> Option<String> {
    let found = module().await?.pick(false, ".json").await.ok()?;
    sheets(&found).0.pop().map(|sheet| sheet.text)
}

/// Hands a person a file to keep.
pub async fn hand_out(name: &str, text: &str) {
    if let Some(module) = module().await {
        module.save(name, text);
    }
}

fn sheets(found: &JsValue) -> (Vec<Sheet>, Vec<String>) {
    let (mut sheets, mut refused) = (Vec::new(), Vec::new());
    for file in Array::from(found) {
        match (js::text(&file, "name"), js::text(&file, "text")) {
            (Some(name), Some(text)) => sheets.push(Sheet { name, text }),
            _ => refused.extend(js::text(&file, "refused")),
        }
    }
    (sheets, refused)
}

async fn fetch(address: &str) -> Result<String, String> {
    let module =
        module().await.ok_or("A part of the page could not be loaded. Please reload it.")?;
    let found = module.fetch_text(address).await.map_err(|error| reason(&error))?;
    found.as_string().ok_or_else(|| format!("{address} is not text."))
}

async fn module() -> Option<js::LessonsModule> {
    js::load_lessons().await.ok().map(JsCast::unchecked_into)
}

fn reason(error: &JsValue) -> String {
    js::text(error, "message").unwrap_or_else(|| "It could not be loaded.".to_owned())
}
