//! The records of one file: what identifies each, and where it is.
//!
//! A record without an id of its own has no other name than what it says, so it is identified by the hash of its bytes, and
//! by an occurrence number where the file repeats it. A record that moves in its file stays the same record.

use super::split::{Place, Shape, Splitter};
use crate::article::RecordContext;
use xxhash_rust::xxh3::xxh3_64;

/// Set in every id of a record, so that smaller numbers are free for other uses.
const RECORD: u64 = 1 << 63;

/// The records of a file with their places, ordered by id. Takes 24 bytes a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// How the file was split.
    pub splitter: Splitter,
    /// How each is to be parsed.
    pub shape: Shape,
    /// What the ids depend on beside the bytes of the records: what the head of the file makes of them.
    context: RecordContext,
    places: Vec<(u64, Place)>,
}

/// Collects the records of a file, in any order.
#[derive(Debug, Default)]
pub struct RecordsBuilder {
    found: Vec<(u64, Place)>,
}

impl RecordsBuilder {
    /// Adds a record by the XXH3 of its bytes.
    pub fn add(&mut self, hash: u64, place: Place) {
        self.found.push((hash, place));
    }

    /// Numbers the occurrences of equal records in the order of their places, and orders all by id.
    #[must_use]
    pub fn finish(mut self, splitter: Splitter, shape: Shape) -> Records {
        let context = RecordContext::new(shape.format, &shape.head);
        self.found.sort_unstable_by_key(|(hash, place)| (*hash, place.offset));
        let (mut last, mut occurrence) = (None, 0_u64);
        for (hash, _) in &mut self.found {
            occurrence = if last == Some(*hash) { occurrence + 1 } else { 0 };
            last = Some(*hash);
            *hash = id_of(context.with(*hash), occurrence);
        }
        self.found.sort_unstable_by_key(|(id, _)| *id);
        // Two records whose ids are equal by chance are one in 10^19: the first stands for both.
        self.found.dedup_by_key(|(id, _)| *id);
        Records { splitter, shape, context, places: self.found }
    }
}

impl Records {
    /// The ids with their places, ordered by id.
    #[must_use]
    pub fn places(&self) -> &[(u64, Place)] {
        &self.places
    }

    /// Whether some record has bytes with this XXH3.
    #[must_use]
    pub fn has_bytes(&self, hash: u64) -> bool {
        self.place(id_of(self.context.with(hash), 0)).is_some()
    }

    /// The place of a record.
    #[must_use]
    pub fn place(&self, id: u64) -> Option<Place> {
        let at = self.places.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(self.places[at].1)
    }
}

/// The id of a record in its file, by the XXH3 of its bytes and the number of equal records before it.
fn id_of(hash: u64, occurrence: u64) -> u64 {
    let mixed = match occurrence {
        0 => hash,
        nth => xxh3_64(&[hash.to_le_bytes(), nth.to_le_bytes()].concat()),
    };
    mixed | RECORD
}

#[cfg(test)]
mod tests {
    use super::{Place, RECORD, RecordsBuilder};
    use crate::{
        article::Format,
        source::{Shape, Splitter},
    };

    fn shape() -> Shape {
        Shape { format: Format::Json, head: Vec::new() }
    }

    fn ids(hashes: &[u64]) -> Vec<u64> {
        let mut builder = RecordsBuilder::default();
        for (offset, hash) in (0..).zip(hashes) {
            builder.add(*hash, Place { offset, bytes: 1, line: 1 });
        }
        builder.finish(Splitter::JsonLines, shape()).places().iter().map(|(id, _)| *id).collect()
    }

    #[test]
    fn equal_records_have_ids_of_their_own_wherever_they_stand() {
        let both = ids(&[5, 9, 5]);
        assert_eq!(both.len(), 3);
        assert!(both.contains(&(5 | RECORD)) && both.contains(&(9 | RECORD)));
        assert_eq!(both, ids(&[9, 5, 5]), "moving a record changes no id");
        let fewer = ids(&[5, 9]);
        assert!(fewer.iter().all(|id| both.contains(id)), "one more takes one id more");
    }

    #[test]
    fn a_place_is_found_by_id() {
        let mut builder = RecordsBuilder::default();
        for number in (0..1000_u32).rev() {
            let place = Place { offset: u64::from(number) * 10, bytes: 9, line: number + 1 };
            builder.add(u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15), place);
        }
        let records = builder.finish(Splitter::JsonLines, shape());
        assert_eq!(records.places().len(), 1000);
        for &(id, place) in records.places() {
            assert_eq!(records.place(id), Some(place));
        }
        assert_eq!(records.place(RECORD | 0x3039), None);
    }
}
