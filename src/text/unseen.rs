//! Characters that a reader does not see, by Unicode's own tables.

/// Whether a character has Unicode's property `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt` of Unicode 16,
/// 4,174 code points): it shows nothing by itself. Among them are joiners, variation selectors, tags,
/// fillers of hangul, and the controls of direction.
#[must_use]
pub fn is_default_ignorable(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character has Unicode's property `Bidi_Control` (`PropList.txt`, 12 code points): it turns the direction of
/// the text around it.
#[must_use]
pub fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{is_bidi_control, is_default_ignorable};

    /// The totals that Unicode's files state at the end of each property.
    #[test]
    fn there_are_as_many_as_unicode_counts() {
        let all = || '\0'..=char::MAX;
        assert_eq!(all().filter(|c| is_default_ignorable(*c)).count(), 4174);
        assert_eq!(all().filter(|c| is_bidi_control(*c)).count(), 12);
        assert!(all().filter(|c| is_bidi_control(*c)).all(is_default_ignorable));
    }

    #[test]
    fn what_is_seen_is_none_of_them() {
        let seen = "a é 钙 \u{1F1E8} \u{301} \u{3000} \u{A0} \u{FFFD}";
        assert!(!seen.chars().any(is_default_ignorable));
    }
}
