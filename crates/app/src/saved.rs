//! A session as it is kept in the browser and as a link holds it: everything that was done, the
//! texts, and what is on show.
//!
//! It is JSON, whose names outlive a change of the code better than positions in bytes. What a newer
//! Podhop no longer understands is refused whole, in a sentence, rather than understood wrongly.

use cluster::SourceFile;
use manifest::ObjectRef;
use serde::{Deserialize, Serialize};
use trace::Place;
use wasm_bindgen::prelude::*;

use crate::js;
use crate::protocol::Command;

/// How links of this version begin, after the `#`.
const VERSION: &str = "v1/";

/// Some mail and chat programs cut links that are longer than this.
const LONG: usize = 8_000;

const INCOMPLETE: &str = "A part of the page could not be loaded. Please reload it.";

/// A session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Saved {
    /// What changed the cluster, in order.
    pub done: Vec<Command>,
    /// The texts in the editor.
    pub files: Vec<SourceFile>,
    /// Whether the texts differ from what was last applied.
    pub unapplied: bool,
    /// Which text the editor shows.
    pub active: usize,
    /// Who sends the next request.
    pub from: Option<Place>,
    /// What the next request is for.
    pub target: String,
    /// The object whose card is open.
    pub selected: Option<ObjectRef>,
    /// How many requests after it the one on show was made, and the step on show.
    pub shown: Option<(usize, usize)>,
}

/// A link that was made.
pub struct Published {
    /// What to tell.
    pub said: String,
    /// Whether something is wrong with it.
    pub bad: bool,
}

/// Makes a link of a session, puts it into the address bar and on the clipboard.
pub async fn share(saved: &Saved) -> Published {
    let bad = |said: &str| Published { said: said.into(), bad: true };
    let Ok(text) = serde_json::to_string(saved) else {
        return bad("This session could not be written down. That is our mistake.");
    };
    let Some(module) = share_module().await else { return bad(INCOMPLETE) };
    let packed = module.pack(&text).await.ok().and_then(|packed| packed.as_string());
    let Some(packed) = packed else {
        return bad("This browser cannot compress, which a link needs. A newer one can.");
    };
    let hash = format!("#{VERSION}{packed}");
    crate::storage::remember_link(&hash);
    let copied = module.publish(&hash).await.is_ok_and(|copied| copied.is_truthy());
    let mut said = match copied {
        true => "The link is copied. It holds this whole session, down to the step on show.",
        false => "The link is in the address bar: copy it there. The browser gave no clipboard.",
    }
    .to_owned();
    if hash.len() > LONG {
        said +=
            &format!(" It is {} characters long: some mail and chat programs cut it.", hash.len());
    }
    Published { said, bad: !copied }
}

/// Whether an address ends in a link to a session.
pub fn is_link(hash: &str) -> bool {
    let Some(rest) = hash.strip_prefix("#v") else { return false };
    rest.split_once('/').is_some_and(|(version, _)| version.parse::<u32>().is_ok())
}

/// Reads the session out of a link.
///
/// # Errors
/// A sentence for the person who followed it.
pub async fn open(hash: &str) -> Result<Saved, String> {
    let usual = "Here is the usual start.";
    let Some(packed) = hash.strip_prefix('#').and_then(|hash| hash.strip_prefix(VERSION)) else {
        return Err(format!(
            "This link was made by another version of Podhop and cannot be read by this one. {usual}"
        ));
    };
    let module = share_module().await.ok_or(INCOMPLETE)?;
    let text = module.unpack(packed).await.map_err(|error| match reason(&error).as_str() {
        "cut" => format!("This link is not complete: its end was cut off. {usual}"),
        "unable" => format!("This browser cannot read compressed links; a newer one can. {usual}"),
        "long" => format!("This link holds more than any session does. {usual}"),
        _ => format!("This link is damaged: some of it was changed on the way. {usual}"),
    })?;
    let text = text.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(|_| {
        format!("This link holds something that this version of Podhop does not know. {usual}")
    })
}

async fn share_module() -> Option<js::ShareModule> {
    js::load_share().await.ok().map(JsCast::unchecked_into)
}

fn reason(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok();
    message.and_then(|message| message.as_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use cluster::{Fault, Settings};

    use super::*;

    /// What stands in links that people keep: no change of the code may make it unreadable.
    const OF_VERSION_1: &str = r#"{"done":[
        {"Apply":[{"name":"a.yaml","text":"kind: Pod"}]},
        {"Delete":{"kind":"Pod","namespace":"default","name":"web"}},
        {"Configure":{"cni":"CalicoVxlan","kube_proxy":"Ipvs","load_balancer":"MetalLb","ingress":"Traefik"}},
        {"Fault":{"Link":{"node":"node-1","up":false}}},
        "AddNode",{"RemoveNode":"node-3"},"Undo","Redo",
        {"Run":"kubectl get pods"},
        {"Send":{"from":{"Pod":{"kind":"Pod","namespace":"default","name":"frontend"}},"target":"http://web"}}
        ],"files":[],"unapplied":true,"active":0,"from":{"Internet":"laptop"},"target":"http://web",
        "selected":null,"shown":[0,7]}"#;

    #[test]
    fn a_session_of_version_1_can_be_read() {
        let saved: Saved = serde_json::from_str(OF_VERSION_1).expect("it is of version 1");
        assert_eq!(saved.done.len(), 10);
        let link = Fault::Link { node: "node-1".into(), up: false };
        assert!(saved.done.contains(&Command::Fault(link)));
        assert_eq!(saved.shown, Some((0, 7)));
    }

    #[test]
    fn a_session_reads_as_it_was_written() {
        let done = vec![Command::Configure(Settings::default()), Command::AddNode];
        let saved = Saved { done, target: "http://é".into(), ..Saved::default() };
        let text = serde_json::to_string(&saved).expect("it is plain data");
        assert_eq!(serde_json::from_str::<Saved>(&text).expect("as written"), saved);
    }

    #[test]
    fn only_a_version_and_a_slash_make_a_link() {
        assert!(is_link("#v1/abc") && is_link("#v9/abc"));
        assert!(!is_link("#vision") && !is_link("#lesson") && !is_link(""));
    }
}
