//! Free keys: names under which articles have values and that no schema maps. An index says which it has.

use super::value;

/// Maximum length of a key in bytes; the rest is cut off.
const MAX_KEY: usize = 256;

/// The keys that a query may name beside the fields, in order.
pub type FreeKeys<'k> = &'k [(String, u64)];

/// The name by which queries call a key: in lower case, with `_` for each character that is neither a letter, a digit nor one
/// of `._-`, and at most 256 bytes. `None` if it has no letter, or has another meaning in a query.
#[must_use]
pub fn key_name(key: &str) -> Option<String> {
    let is_kept = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let kept = key.trim().chars().flat_map(char::to_lowercase).map(|c| if is_kept(c) { c } else { '_' });
    let mut name = String::new();
    for c in kept.skip_while(|c| !c.is_alphanumeric()) {
        if name.len() + c.len_utf8() > MAX_KEY {
            break;
        }
        name.push(c);
    }
    (name.contains(char::is_alphabetic) && !value::is_reserved(&name)).then_some(name)
}

/// The key of a name, if it is among them.
pub(super) fn find(name: &str, keys: FreeKeys<'_>) -> Option<String> {
    let name = key_name(name).filter(|known| known.chars().eq(name.chars().flat_map(char::to_lowercase)))?;
    keys.binary_search_by(|(key, _)| key.as_str().cmp(&name)).is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{find, key_name};

    #[test]
    fn a_name_can_be_typed_before_a_colon() {
        for (key, name) in [
            ("tags", Some("tags")),
            ("Stock Symbol", Some("stock_symbol")),
            ("author.name", Some("author.name")),
            ("og:title", Some("og_title")),
            ("\"a\"(b)|c", Some("a__b__c")),
            ("a\0b", Some("a_b")),
            ("关键词", Some("关键词")),
            ("--x", Some("x")),
            ("52w", Some("52w")),
            // A clock and a ratio have no letter.
            ("10", None),
            ("!", None),
            ("", None),
            // What asks for something else.
            ("Market", None),
            ("query", None),
        ] {
            assert_eq!(key_name(key).as_deref(), name, "{key:?}");
        }
        assert_eq!(key_name(&"é".repeat(300)).map(|name| name.len()), Some(256));
    }

    #[test]
    fn only_keys_that_are_known_are_found() {
        let keys = [("author.name", 1), ("tags", 2)].map(|(key, count)| (key.to_owned(), count));
        assert_eq!(find("Tags", &keys).as_deref(), Some("tags"));
        assert_eq!(find("author.name", &keys).as_deref(), Some("author.name"));
        assert_eq!(find("author name", &keys), None);
        assert_eq!(find("tag", &keys), None);
    }
}
