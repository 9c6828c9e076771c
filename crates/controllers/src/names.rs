//! Names that controllers make up: random suffixes and template hashes.
//!
//! Models `k8s.io/apimachinery/pkg/util/rand` (alphabet, `SafeEncodeString`) and
//! `controller.ComputeHash` (FNV-32a). The hash is taken over the template's JSON, not over Go's
//! printing of the struct, so its value differs from a real cluster's; its shape does not.

use k8s_openapi::api::core::v1::PodTemplateSpec;

const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH: usize = 5;
/// `names.maxGeneratedNameLength`: a longer base is cut before the suffix is put on.
const MAX_BASE_LENGTH: usize = 63 - SUFFIX_LENGTH;

/// `base` and five random characters which `taken` does not know yet. The randomness is `seed` and
/// what distinguishes the object (`salt`), so the same session makes the same names.
pub fn random_name(base: &str, seed: u64, salt: &str, taken: impl Fn(&str) -> bool) -> String {
    let base = &base[..base.len().min(MAX_BASE_LENGTH)];
    let mut state = mix(seed ^ fnv64(base) ^ fnv64(salt).rotate_left(17));
    loop {
        let suffix: String = (0..SUFFIX_LENGTH)
            .map(|_| {
                state = mix(state);
                char::from(ALPHABET[(state % ALPHABET.len() as u64) as usize])
            })
            .collect();
        let name = format!("{base}{suffix}");
        if !taken(&name) {
            return name;
        }
    }
}

/// The `pod-template-hash` of a template; `collisions` makes it another one.
pub fn template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let json = manifest::to_json(template).to_string();
    let mut hash = fnv32(json.as_bytes(), 0x811c_9dc5);
    if let Some(count) = collisions {
        hash = fnv32(&count.to_le_bytes(), hash);
    }
    safe_encode(&hash.to_string())
}

/// `rand.SafeEncodeString`: digits and letters that make no words.
pub fn safe_encode(text: &str) -> String {
    text.bytes().map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}

fn fnv32(bytes: &[u8], basis: u32) -> u32 {
    bytes.iter().fold(basis, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn fnv64(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// splitmix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_upstream() {
        // The codes of `0`–`9` are 48–57, which is 21–30 modulo the alphabet's 27 characters.
        assert_eq!(safe_encode("0123456789"), "456789bcdf");
    }

    #[test]
    fn avoids_taken_names() {
        let first = random_name("web-", 1, "salt", |_| false);
        assert_eq!(first, random_name("web-", 1, "salt", |_| false));
        assert_ne!(first, random_name("web-", 1, "salt", |name| name == first));
    }
}
