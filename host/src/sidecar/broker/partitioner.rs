//! Which partition a key belongs to.

/// The partition of a key, as the Kafka client of Dapr (sarama) chooses it: FNV-1a
/// of the key, 32 bits, taken as a signed number, modulo the partitions, without sign.
pub(crate) fn of_key(key: &[u8], partitions: u32) -> u32 {
    let hash = key.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    let signed = i64::from(hash.cast_signed());
    u32::try_from((signed % i64::from(partitions.max(1))).unsigned_abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_in_its_partition() {
        for key in ["alice", "bob", "", "a much longer key than these"] {
            let partition = of_key(key.as_bytes(), 4);
            assert!(partition < 4);
            assert_eq!(partition, of_key(key.as_bytes(), 4));
        }
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // FNV-1a of "foobar" is 0xbf9cf968; as a signed number -1080231576.
        assert_eq!(of_key(b"foobar", 1_000), 576);
    }
}
