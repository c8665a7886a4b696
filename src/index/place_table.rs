//! Tables of the places of records, in parts. Every engine keeps each part in a document of its own.

use crate::source::Place;

/// The value of the column of records for what is known of a file of many. The places of its records are in documents of the
/// numbers that follow; the ids of records are greater than all of these.
pub(super) const RECORDS_FILE: u64 = 0;
/// The number that all those documents of a file share, by which they are removed together.
pub(super) const TABLE: u64 = u64::MAX >> 1;

/// The number of records in a part, about.
const PART: usize = 4096;
/// Bytes of an entry: the id, the offset, the length and the line.
const ENTRY: usize = 24;

/// So few records have their places in the document of their file.
const FEW: usize = 64;

/// The number of documents of parts of so many places.
pub(super) fn count(places: usize) -> usize {
    if places <= FEW { 0 } else { places.div_ceil(PART).next_power_of_two() }
}

/// The places of a file that has no documents of parts; empty if it has.
pub(super) fn few(places: &[(u64, Place)]) -> Vec<u8> {
    if count(places.len()) == 0 { written(places) } else { Vec::new() }
}

fn written(places: &[(u64, Place)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(places.len() * ENTRY);
    for (id, Place { offset, bytes: length, line }) in places {
        bytes.extend(id.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(line.to_le_bytes());
    }
    bytes
}

/// The parts of some places, which are ordered by id.
pub(super) fn parts(places: &[(u64, Place)]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let (count, mut rest) = (count(places.len()), places);
    (0..count).map(move |part| {
        let (of_part, after) = rest.split_at(rest.partition_point(|(id, _)| part_of(*id, count) <= part));
        rest = after;
        written(of_part)
    })
}

/// The part that holds an id, of a number of parts. The first bit of all ids is the same.
pub(super) fn part_of(id: u64, count: usize) -> usize {
    let place = (u128::from(id << 1) * count as u128) >> 64;
    usize::try_from(place).unwrap_or_default()
}

/// The place of a record in the part that holds its id.
pub(super) fn find(part: &[u8], id: u64) -> Option<Place> {
    let (entries, _) = part.as_chunks::<ENTRY>();
    let long =
        |entry: &[u8; ENTRY], from: usize| u64::from_le_bytes(std::array::from_fn(|at| entry[from + at]));
    let short =
        |entry: &[u8; ENTRY], from: usize| u32::from_le_bytes(std::array::from_fn(|at| entry[from + at]));
    let at = entries.binary_search_by_key(&id, |entry| long(entry, 0)).ok()?;
    let entry = &entries[at];
    Some(Place { offset: long(entry, 8), bytes: short(entry, 16), line: short(entry, 20) })
}

#[cfg(test)]
mod tests {
    use super::{Place, count, few, find, part_of, parts};
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn every_place_is_found_in_the_part_of_its_id() {
        for total in [0_u32, 1, 64, 65, 4096, 4097, 20_000] {
            let mut places: Vec<(u64, Place)> = (0..total)
                .map(|n| {
                    let id = xxh3_64(&n.to_le_bytes()) | 1 << 63;
                    (id, Place { offset: u64::from(n) << 33, bytes: n, line: n + 1 })
                })
                .collect();
            places.sort_unstable_by_key(|(id, _)| *id);
            let parts: Vec<Vec<u8>> = parts(&places).collect();
            assert_eq!(parts.len(), count(places.len()));
            let inside = few(&places);
            assert_eq!(inside.len(), if total <= 64 { total as usize * 24 } else { 0 });
            for (id, place) in &places {
                let part = parts.get(part_of(*id, parts.len())).unwrap_or(&inside);
                assert_eq!(find(part, *id), Some(*place));
                assert_eq!(find(part, *id ^ 1), None);
            }
        }
    }
}
