//! Which objects of a file are handed on.
//!
//! Until the first that has a title or a text, the others wait: if there is none at all, that is said of the file and not
//! of each of its records.

use super::{CUT_OFF, Piece, Place, SplitError};
use crate::article::{Keys, Outline};
use std::collections::BTreeMap;

/// At most this many records wait; of those after them only the number is kept.
const MAX_WAITING: usize = 1_000;

/// The records of a file on their way to the caller.
pub(super) struct Chosen<'e> {
    keys: &'e Keys,
    each: &'e mut dyn FnMut(Place, Piece<'_>),
    has_article: bool,
    waiting: Vec<(Place, &'static str, String)>,
    /// The first of those that waited for want of a title and a text.
    first: Option<String>,
    /// The place of the first of those that did not wait any more, and their number, by code.
    more: BTreeMap<&'static str, (Place, u64)>,
}

impl<'e> Chosen<'e> {
    pub(super) fn new(keys: &'e Keys, each: &'e mut dyn FnMut(Place, Piece<'_>)) -> Self {
        Self { keys, each, has_article: false, waiting: Vec::new(), first: None, more: BTreeMap::new() }
    }

    /// Takes an object.
    pub(super) fn record(&mut self, place: Place, bytes: &[u8]) {
        if !self.has_article {
            match Outline::of(bytes, self.keys) {
                Ok(outline) if !outline.is_article() => {
                    let reason = outline.complaint;
                    self.first.get_or_insert_with(|| reason.clone());
                    return self.broken(place, "no-title-or-text", reason);
                }
                Ok(_) => self.flush(),
                Err(unread) => return self.broken(place, unread.code, unread.reason),
            }
            self.has_article = true;
        }
        (self.each)(place, Piece::Record(bytes));
    }

    /// Takes a record that cannot be read.
    pub(super) fn broken(&mut self, place: Place, code: &'static str, reason: String) {
        if self.has_article {
            (self.each)(place, Piece::Broken { code, reason });
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push((place, code, reason));
        } else {
            self.more.entry(code).or_insert((place, 0)).1 += 1;
        }
    }

    /// Takes a record of `length` bytes that is over the limit.
    pub(super) fn too_large(&mut self, place: Place, length: u64, limit: usize) {
        let reason = format!("a record of {length} bytes, over the limit of {limit}");
        self.broken(place, "too-large", reason);
    }

    /// Ends a file that is cut off. Whether it has an article is not known then.
    pub(super) fn cut_off(mut self, place: Place, reason: String) {
        self.flush();
        (self.each)(place, Piece::Broken { code: CUT_OFF, reason });
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// [`SplitError::NoRecords`] if there were objects, but none with a title or a text.
    pub(super) fn finish(mut self) -> Result<(), SplitError> {
        if let Some(reason) = self.first.take().filter(|_| !self.has_article) {
            return Err(SplitError::NoRecords { code: "no-title-or-text", reason });
        }
        self.flush();
        Ok(())
    }

    fn flush(&mut self) {
        for (place, code, reason) in self.waiting.drain(..) {
            (self.each)(place, Piece::Broken { code, reason });
        }
        for (code, (place, number)) in std::mem::take(&mut self.more) {
            let reason = format!("one of {number} more records before the first article");
            // Each is told, so that the caller counts all.
            for _ in 0..number {
                (self.each)(place, Piece::Broken { code, reason: reason.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Chosen, Keys, MAX_WAITING, Piece, Place};

    #[test]
    fn all_records_before_the_first_article_are_counted() {
        let (keys, mut bad, mut empty, mut articles) = (Keys::default(), 0, 0, 0);
        let mut each = |_, piece: Piece<'_>| match piece {
            Piece::Record(_) => articles += 1,
            Piece::Broken { code: "bad-record", .. } => bad += 1,
            Piece::Broken { .. } => empty += 1,
        };
        let mut chosen = Chosen::new(&keys, &mut each);
        for _ in 0..MAX_WAITING + 500 {
            chosen.record(Place::default(), b"{\"colour\": \"red\"}");
            chosen.record(Place::default(), b"{\"colour\": ");
        }
        chosen.record(Place::default(), b"{\"title\": \"Copper\"}");
        chosen.finish().expect("it has an article");
        assert_eq!((bad, empty, articles), (1_500, 1_500, 1));
    }
}
