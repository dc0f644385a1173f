//! Merkle trees, hashed as RFC 9162 (section 2.1) and RFC 6962 have it.
//!
//! A tree whose leaves are cut into parts of the same power of two, the last one
//! perhaps shorter, has the root of the tree whose leaves are the parts' roots: it
//! can be built, and proofs can be made, with no more than one part at hand.

use crate::Digest;

/// The hash of a leaf that holds this.
#[must_use]
pub fn leaf(data: &[u8]) -> Digest {
    Digest::of(&[&[0], data])
}

fn node(left: Digest, right: Digest) -> Digest {
    Digest::of(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of the tree with these leaves' hashes (RFC 9162, section 2.1.1).
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [one] => *one,
        several => {
            let (left, right) = several.split_at(half(several.len()));
            node(root(left), root(right))
        }
    }
}

/// What shows that the leaf at this position, from 0, is in the tree: the hashes
/// beside the way from it to the root, the lowest first (RFC 9162, section 2.1.3.1).
/// None if there is no such position.
#[must_use]
pub fn path(leaves: &[Digest], position: usize) -> Option<Vec<Digest>> {
    if leaves.len() <= 1 {
        return (position < leaves.len()).then(Vec::new);
    }
    let middle = half(leaves.len());
    let (left, right) = leaves.split_at(middle);
    let (mut way, beside) = if position < middle {
        (path(left, position)?, root(right))
    } else {
        (path(right, position - middle)?, root(left))
    };
    way.push(beside);
    Some(way)
}

/// The root of the tree of `size` leaves that has this leaf at this position, as its
/// path says (RFC 9162, section 2.1.3.2). None if no tree has such a path.
#[must_use]
pub fn root_by_path(leaf: Digest, position: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    if position >= size {
        return None;
    }
    let (mut place, mut last, mut hash) = (position, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return None;
        }
        if place % 2 == 1 || place == last {
            hash = node(*beside, hash);
            // The last of its row may have nobody beside it for some rows.
            while place % 2 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(hash, *beside);
        }
        place >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The largest power of two that is smaller than this length of two at least.
fn half(length: usize) -> usize {
    length.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::from_hex;
    use proptest::prelude::*;

    /// What Certificate Transparency's own tests put into the leaves
    /// (certificate-transparency-go, merkle_tree_test).
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];

    /// The roots of the trees of the first, the first two, … of them.
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn known() -> Vec<Digest> {
        LEAVES
            .iter()
            .map(|data| leaf(&from_hex(data).unwrap()))
            .collect()
    }

    #[test]
    fn the_known_trees_have_their_known_roots() {
        let leaves = known();
        for (at, expected) in ROOTS.iter().enumerate() {
            assert_eq!(root(&leaves[..=at]).to_string(), *expected);
        }
        assert_eq!(
            root(&[]).to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn the_known_paths_are_found() {
        let leaves = known();
        let cases: [(usize, usize, &[&str]); 5] = [
            (0, 1, &[]),
            (
                0,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                2,
                3,
                &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
            ),
            (
                1,
                5,
                &[
                    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        for (position, size, expected) in cases {
            let found = path(&leaves[..size], position).unwrap();
            let found: Vec<String> = found.iter().map(Digest::to_string).collect();
            assert_eq!(found, expected, "{position} of {size}");
        }
        assert_eq!(path(&leaves, 8), None);
        assert_eq!(path(&[], 0), None);
    }

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|at| leaf(&at.to_be_bytes())).collect()
    }

    proptest! {
        #[test]
        fn every_path_leads_to_the_root_and_no_other_does(
            (size, position) in (1_usize..200).prop_flat_map(|size| (Just(size), 0..size)),
            other in 0_usize..200,
            flipped in 0_usize..8,
        ) {
            let all = leaves(size);
            let way = path(&all, position).unwrap();
            let by_path = |leaf, position: usize, size: usize, way: &[Digest]| {
                root_by_path(leaf, position as u64, size as u64, way)
            };
            let top = root(&all);
            prop_assert_eq!(by_path(all[position], position, size, &way), Some(top));
            if other != position {
                prop_assert_ne!(by_path(all[position], other, size, &way), Some(top));
                prop_assert_ne!(by_path(leaf(&other.to_be_bytes()), position, size, &way), Some(top));
            }
            let longer = [&way[..], &[top]].concat();
            prop_assert_ne!(by_path(all[position], position, size, &longer), Some(top));
            if let Some(shorter) = way.len().checked_sub(1) {
                prop_assert_ne!(by_path(all[position], position, size, &way[..shorter]), Some(top));
                let mut changed = way.clone();
                let at = flipped % way.len();
                let mut bytes = *changed[at].as_bytes();
                bytes[flipped] ^= 1;
                changed[at] = Digest::new(bytes);
                prop_assert_ne!(by_path(all[position], position, size, &changed), Some(top));
            }
        }

        #[test]
        fn a_tree_in_parts_is_the_same_tree(size in 1_usize..300, power in 0_u32..6) {
            let all = leaves(size);
            let part = 1 << power;
            let roots: Vec<Digest> = all.chunks(part).map(root).collect();
            prop_assert_eq!(root(&roots), root(&all));
            for position in 0..size {
                let (at, within) = (position / part, position % part);
                let mut way = path(all.chunks(part).nth(at).unwrap(), within).unwrap();
                way.extend(path(&roots, at).unwrap());
                prop_assert_eq!(Some(way), path(&all, position));
            }
        }
    }
}
