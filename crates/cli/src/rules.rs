//! `podhop rules`: what kube-proxy writes on a node.

use crate::{arguments, load};

/// Prints the rules of a node.
pub fn run(arguments: &arguments::Rules) -> Result<u8, String> {
    let cluster = load::cluster(&arguments.cluster)?;
    let node = arguments.node.as_str();
    if !cluster.scenario().nodes.iter().any(|known| known.name == node) {
        return Err(format!("there is no node `{node}`"));
    }
    print!("{}", cluster.data_plane().network.rules(node));
    Ok(0)
}
