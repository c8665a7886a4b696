//! Makes untrusted text safe for a terminal.

use crate::text::is_bidi_control;
use std::borrow::Cow;

/// The text without characters that a terminal would obey. Control characters become spaces; bidi controls,
/// which can make a line read as something else, and line separators are removed.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| !c.is_control() && !steers(c);
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !steers(*c));
    Cow::Owned(kept.map(|c| if c.is_control() { ' ' } else { c }).collect())
}

/// Whether a character changes the direction of text, or is an invisible line separator.
fn steers(c: char) -> bool {
    is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}')
}
