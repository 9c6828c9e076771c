//! `podhop trace`: one request, every packet of it.

use apiserver::Snapshot;
use cluster::Request;
use manifest::{Kind, ObjectRef};
use trace::Place;

use crate::{arguments, load};

/// Sends the request and prints the journey; 1 if it was not answered.
pub fn run(arguments: &arguments::Trace) -> Result<u8, String> {
    let mut cluster = load::cluster(&arguments.cluster)?;
    let from = place(&arguments.from, &cluster.snapshot())?;
    let journey = cluster.send(&Request::get(from, arguments.to.as_str()));
    if let Some(path) = &arguments.pcap {
        let point = arguments.at.as_deref();
        let file = journey.pcapng(|name| point.is_none_or(|point| point == name));
        std::fs::write(path, file).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if arguments.json {
        let json = serde_json::to_string_pretty(&journey).map_err(|error| error.to_string())?;
        println!("{json}");
    } else {
        print!("{}", trace::explain::render(&journey));
    }
    Ok(u8::from(!journey.outcome.is_success()))
}

/// `pod/default/frontend` or `frontend`, `node/node-1`, `internet/laptop`.
fn place(text: &str, snapshot: &Snapshot) -> Result<Place, String> {
    let object = match text.split('/').collect::<Vec<_>>().as_slice() {
        ["pod", namespace, name] => ObjectRef::new(Kind::Pod, *namespace, *name),
        ["pod", name] | [name] => ObjectRef::new(Kind::Pod, "default", *name),
        ["node", name] => ObjectRef::cluster(Kind::Node, *name),
        ["internet", name] => return Ok(Place::Internet((*name).to_owned())),
        _ => {
            return Err(format!(
                "`{text}` is nobody: `pod/NAMESPACE/NAME`, `node/NAME` or `internet/NAME` is expected"
            ));
        }
    };
    if snapshot.get(&object).is_none() {
        return Err(format!("there is no {} `{}`", object.kind, object.namespaced_name()));
    }
    Ok(match object.kind {
        Kind::Node => Place::Node(object.name),
        _ => Place::Pod(object),
    })
}
