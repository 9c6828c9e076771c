//! `podhop trace`: one request, every packet of it.

use cluster::Request;
use manifest::{Kind, ObjectRef};
use trace::Place;

use crate::{arguments, load};

/// Sends the request and prints the journey; 1 if it was not answered.
pub fn run(arguments: &arguments::Trace) -> Result<u8, String> {
    let from = pod(&arguments.from)?;
    let mut cluster = load::cluster(&arguments.cluster)?;
    if cluster.snapshot().get(&from).is_none() {
        return Err(format!("there is no Pod `{}` in namespace `{}`", from.name, from.namespace));
    }
    let journey = cluster.send(&Request::get(Place::Pod(from), arguments.to.as_str()));
    if arguments.json {
        let json = serde_json::to_string_pretty(&journey).map_err(|error| error.to_string())?;
        println!("{json}");
    } else {
        print!("{}", trace::explain::render(&journey));
    }
    Ok(u8::from(!journey.outcome.is_success()))
}

/// `pod/default/frontend`, or `frontend`.
fn pod(text: &str) -> Result<ObjectRef, String> {
    let (namespace, name) = match text.split('/').collect::<Vec<_>>().as_slice() {
        ["pod", namespace, name] => (*namespace, *name),
        ["pod", name] | [name] => ("default", *name),
        _ => return Err(format!("`{text}` is no Pod: `pod/NAMESPACE/NAME` is expected")),
    };
    Ok(ObjectRef::new(Kind::Pod, namespace, name))
}
