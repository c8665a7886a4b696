//! Makes untrusted text safe for a terminal.

use crate::text::is_bidi_control;
use std::borrow::Cow;

/// The text without characters that a terminal would obey. Control characters and separators of lines and paragraphs become
/// spaces; bidi controls, which can make a line read as something else, are removed.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| divides(c) || is_bidi_control(c)) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !is_bidi_control(*c));
    Cow::Owned(kept.map(|c| if divides(c) { ' ' } else { c }).collect())
}

/// Whether a character stands between others without a sign of its own.
fn divides(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}
