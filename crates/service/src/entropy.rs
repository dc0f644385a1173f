//! Randomness.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Gives random bytes. Whatever depends on them takes one, so that a test's run
/// can be repeated.
pub trait Entropy {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's randomness: fit for keys, salts and ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the system has no randomness to give; every host and system that
    /// Duebell runs on has.
    #[expect(
        clippy::expect_used,
        reason = "a key or a salt that is not random must never be used, so there is no way on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}

/// The same bytes for the same seed, for tests: `SplitMix64`, no secret at all.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// The bytes that belong to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

/// A random UUID (version 4, RFC 9562).
pub fn uuid_v4(entropy: &dyn Entropy) -> Uuid {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Sixteen random bits, for the tail of an id.
pub fn random_u16(entropy: &dyn Entropy) -> u16 {
    let mut bytes = [0; 2];
    entropy.fill(&mut bytes);
    u16::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_another_one_others() {
        let ids = |seed| {
            let entropy = SeededEntropy::new(seed);
            [uuid_v4(&entropy), uuid_v4(&entropy)]
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        let [first, second] = ids(1);
        assert_ne!(first, second);
        assert_eq!(first.get_version_num(), 4);
    }

    #[test]
    fn the_systems_ids_differ() {
        assert_ne!(uuid_v4(&SystemEntropy), uuid_v4(&SystemEntropy));
    }
}
