//! The one source of chance: SplitMix64 from the seed.
//!
//! Names follow `k8s.io/apimachinery/pkg/util/rand` (`SafeEncodeString`, `String`), uids are version 4.

/// A deterministic stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

/// Letters and digits that cannot spell a word, as upstream's generated names use them.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which must not be zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// The suffix of a generated name, as `ReplicaSet`s give it to their Pods.
    pub(crate) fn suffix(&mut self) -> String {
        (0..5).map(|_| char::from(ALPHABET[self.below(ALPHABET.len() as u64) as usize])).collect()
    }

    /// A version 4 uid.
    pub(crate) fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream() {
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        assert_eq!(one.uid(), two.uid());
        assert_eq!(one.suffix(), two.suffix());
        assert_eq!(one.uid().len(), 36);
    }
}
