//! Names and zones: how they nest, and the names of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `name` is `zone` or below it; both with their last dot, in any case.
pub fn is_within(name: &str, zone: &str) -> bool {
    let (name, zone) = (name.to_ascii_lowercase(), zone.to_ascii_lowercase());
    zone == "." || name == zone || name.ends_with(&format!(".{zone}"))
}

/// A name with its last dot.
pub fn fully_qualified(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

/// A zone, or the reverse zones of a network, in lower case with the last dot.
pub(super) fn normalize(name: &str) -> Vec<String> {
    let name = if name.is_empty() { "." } else { name };
    if let Ok(network) = name.parse::<ipnet::Ipv4Net>() {
        let octets = usize::from(network.prefix_len().div_ceil(8));
        let whole = u8::try_from(octets * 8).expect("at most 32");
        let subnets = network.subnets(whole).into_iter().flatten();
        return subnets
            .map(|subnet| {
                let octet = subnet.network().octets();
                let labels: Vec<String> = octet[..octets].iter().rev().map(u8::to_string).collect();
                format!("{}.in-addr.arpa.", labels.join("."))
            })
            .collect();
    }
    if let Ok(network) = name.parse::<ipnet::Ipv6Net>() {
        let nibbles = usize::from(network.prefix_len() / 4);
        let mut digits: Vec<String> = Vec::new();
        for byte in network.network().octets() {
            digits.push(format!("{:x}", byte >> 4));
            digits.push(format!("{:x}", byte & 15));
        }
        let labels: Vec<String> = digits[..nibbles].iter().rev().cloned().collect();
        return vec![format!("{}.ip6.arpa.", labels.join("."))];
    }
    vec![fully_qualified(&name.to_ascii_lowercase())]
}

/// The address of a reverse name, `5.1.244.10.in-addr.arpa.`, if it is a whole one.
pub fn address_of_reverse(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa.") {
        let octets: Vec<u8> =
            labels.split('.').rev().map(|o| o.parse().ok()).collect::<Option<_>>()?;
        let octets: [u8; 4] = octets.try_into().ok()?;
        return Some(Ipv4Addr::from(octets).into());
    }
    let nibbles: Vec<u8> = name
        .strip_suffix(".ip6.arpa.")?
        .split('.')
        .rev()
        .map(|digit| u8::from_str_radix(digit, 16).ok().filter(|n| *n < 16))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    Some(Ipv6Addr::from(bytes).into())
}

/// The reverse name of an address.
pub fn reverse_of_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let mut name = String::new();
            for byte in address.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", byte & 15, byte >> 4));
            }
            name + "ip6.arpa."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_addresses_into_names_and_back() {
        for text in ["10.96.0.10", "1234:abcd::1"] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(address_of_reverse(&reverse_of_address(address)), Some(address));
        }
        assert_eq!(address_of_reverse("96.10.in-addr.arpa."), None);
    }
}
