//! `podhop trace`: one request, every packet of it.

use cluster::Request;

use crate::{arguments, load};

/// Sends the request and prints the journey; 1 if it was not answered.
pub fn run(arguments: &arguments::Trace) -> Result<u8, String> {
    let mut cluster = load::cluster(&arguments.cluster)?;
    let from = cluster.place(&arguments.from)?;
    let journey = cluster.send(&Request::to(from, &arguments.to)?);
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
