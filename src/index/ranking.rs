//! What ranking weighs, the same in every engine.

use crate::{
    query::{Query, TermSet},
    text::is_han_like,
};

/// Scores added if the title equals what was typed, and (times the score of a part) if the article is about the
/// security that was typed. They outweigh any words.
pub(super) const TITLE_BOOST: f32 = 10_000.0;
pub(super) const SYMBOL_BOOST: f32 = 1_000.0;
/// The scores of `about:` for a security in the title, in the lead, and first in the list.
pub(super) const PART_BOOSTS: [f32; 3] = [3.0, 2.0, 1.0];
/// A name counts among the first words or Han characters of a description or body: behind these a name, unlike a code, is
/// mostly one of a round-up (`benches/about`).
pub(super) const NAME_LEAD: u32 = 40;
/// What a synonym counts for each point of what was typed. Chosen by half of 2,000 English titles that ask for their bodies
/// (`benches/known_item`): with 0.8 instead of 0.5, nDCG@10 rose from 0.744 to 0.746 on that half, from 0.761 to 0.762 on
/// the other (p 0.045), and from 0.761 to 0.764 on 2,000 other titles (p below 0.001). Public sets do not tell them apart.
const SYNONYM_BOOST: f32 = 0.8;
/// The same for a synonym in the other script, Han or Latin. With more, an English query shows the Chinese page of an
/// article that has an English one.
const OTHER_SCRIPT_BOOST: f32 = 0.5;

/// What a synonym counts for each point of what was typed.
pub(super) fn synonym_boost(typed: &Query, synonym: &Query) -> f32 {
    if has_han(synonym) == has_han(typed) { SYNONYM_BOOST } else { OTHER_SCRIPT_BOOST }
}

/// Whether a query has a term in Han, kana or hangul.
fn has_han(query: &Query) -> bool {
    let mut found = false;
    query.each_words(&mut |words| {
        found |= words.slots.iter().any(|slot| match &slot.terms {
            TermSet::Exact(word) | TermSet::Forms(word) | TermSet::Prefix(word) => {
                word.chars().any(is_han_like)
            }
            TermSet::Pattern(_) | TermSet::Any(_) => false,
        });
    });
    found
}
