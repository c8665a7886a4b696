//! Makes untrusted text safe for a terminal.

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
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}')
}
