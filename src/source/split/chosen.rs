//! Which objects of a file are handed on.
//!
//! Until the first that has a title or a text, the others wait: if there is none at all, that is said of the file and not
//! of each of its records.

use super::{CUT_OFF, Piece, Place, SplitError};
use crate::article::{Keys, Outline};

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
    /// The place of the first of those that did not wait any more, and their number.
    more: Option<(Place, u64)>,
}

impl<'e> Chosen<'e> {
    pub(super) fn new(keys: &'e Keys, each: &'e mut dyn FnMut(Place, Piece<'_>)) -> Self {
        Self { keys, each, has_article: false, waiting: Vec::new(), first: None, more: None }
    }

    /// Takes an object.
    pub(super) fn record(&mut self, place: Place, bytes: &[u8]) {
        if !self.has_article {
            match Outline::of(bytes, self.keys) {
                Ok(outline) if !outline.is_article() => {
                    let reason = outline.complaint(self.keys);
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
            self.more.get_or_insert((place, 0)).1 += 1;
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
        if let Some((place, number)) = self.more.take() {
            let reason =
                format!("this record and {} more before the first article cannot be read", number - 1);
            (self.each)(place, Piece::Broken { code: "bad-record", reason });
        }
    }
}
