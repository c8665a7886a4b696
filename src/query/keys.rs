//! Free keys: names under which articles have values and that no schema maps. An index says which it has.

use super::{distance, value};
use std::cmp::Reverse;

/// Maximum length of a key in bytes; the rest is cut off.
const MAX_KEY: usize = 256;

/// Well-known keys, each with the others under which files write the same. A query for the first asks for all of them.
const SPELLINGS: [(&str, &[&str]); 5] = [
    (
        "author",
        &[
            "authors",
            "author.name",
            "authors.name",
            "creator",
            "dc_creator",
            "byline",
            "by",
            "writer",
            "article_author",
            "作者",
            "记者",
            "記者",
        ],
    ),
    (
        "source",
        &[
            "source.name",
            "source.title",
            "source_name",
            "publisher",
            "publisher.name",
            "provider",
            "provider.name",
            "site",
            "site_name",
            "og_site_name",
            "来源",
            "來源",
            "文章来源",
            "新闻来源",
            "媒体",
        ],
    ),
    ("tags", &["tag", "keywords", "news_keywords", "article_tag", "标签", "標籤"]),
    (
        "section",
        &[
            "sections",
            "category",
            "categories",
            "article_section",
            "section_name",
            "栏目",
            "欄目",
            "分类",
            "分類",
        ],
    ),
    (
        "category",
        &[
            "categories",
            "section",
            "sections",
            "article_section",
            "section_name",
            "栏目",
            "欄目",
            "分类",
            "分類",
        ],
    ),
];

/// The keys that the name of a key asks for: itself, and if it is the well-known one of several, the others.
pub fn key_spellings(name: &str) -> impl Iterator<Item = &str> {
    let others = SPELLINGS.iter().find(|(known, _)| *known == name).map(|(_, others)| *others);
    std::iter::once(name).chain(others.unwrap_or_default().iter().copied())
}

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

/// The key of a name, if it or another spelling of it is among them.
#[must_use]
pub fn find(name: &str, keys: FreeKeys<'_>) -> Option<String> {
    let name = key_name(name).filter(|known| known.chars().eq(name.chars().flat_map(char::to_lowercase)))?;
    let is_known = |name: &str| keys.binary_search_by(|(key, _)| key.as_str().cmp(name)).is_ok();
    let is_any_known = key_spellings(&name).any(is_known);
    is_any_known.then_some(name)
}

/// Maximum number of keys that a message names.
const MAX_LIKELY: usize = 10;
/// Longer names, in bytes, are not compared by their spelling.
const MAX_COMPARED: usize = 64;

/// The keys that a misspelt name may mean: those of about its spelling, or of which a part behind a dot has it, the nearest
/// first; then those that most pages have.
#[must_use]
pub fn likely<'k>(name: &str, keys: FreeKeys<'k>) -> Vec<&'k str> {
    let name = key_name(name).filter(|name| name.len() <= MAX_COMPARED).unwrap_or_default();
    let most = 1 + name.len() / 4;
    let apart = |known: &str| {
        let may_be_near = !name.is_empty() && known.len().abs_diff(name.len()) <= most;
        may_be_near.then(|| distance(known, &name)).filter(|distance| *distance <= most).unwrap_or(usize::MAX)
    };
    // A part is not the whole name.
    let of_part = |part: &str| apart(part).saturating_add(1);
    let near = |key: &str| key.split('.').map(of_part).min().unwrap_or(usize::MAX).min(apart(key));
    let mut ranked: Vec<_> =
        keys.iter().map(|(key, pages)| (near(key), Reverse(*pages), key.as_str())).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, _, key)| key).take(MAX_LIKELY).collect()
}

#[cfg(test)]
mod tests {
    use super::{SPELLINGS, find, key_name, key_spellings, likely};

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
    fn the_likeliest_keys_are_the_nearest_then_the_most_used() {
        let keys = [("author.name", 1), ("section", 5), ("stats.likes", 2), ("tags", 9), ("targets", 3)]
            .map(|(key, pages)| (key.to_owned(), pages));
        // `tgas` is two edits from `tags`, but five from `targets`, of which four letters allow two.
        assert_eq!(likely("tgas", &keys), ["tags", "section", "targets", "stats.likes", "author.name"]);
        assert_eq!(likely("likes", &keys)[0], "stats.likes");
        assert_eq!(likely("Author", &keys)[0], "author.name");
        assert_eq!(likely("zzz", &keys), ["tags", "section", "targets", "stats.likes", "author.name"]);
        let many: Vec<_> = (0..50).map(|number| (format!("k{number:02}"), 1)).collect();
        assert_eq!(likely("zzzz", &many).len(), 10);
    }

    #[test]
    fn only_keys_that_are_known_are_found() {
        let keys = [("author.name", 1), ("tags", 2), ("来源", 3)].map(|(key, count)| (key.to_owned(), count));
        assert_eq!(find("Tags", &keys).as_deref(), Some("tags"));
        assert_eq!(find("author.name", &keys).as_deref(), Some("author.name"));
        assert_eq!(find("author name", &keys), None);
        assert_eq!(find("tag", &keys), None);
        // A well-known key asks for its other spellings, but none of them for the others.
        assert_eq!(find("Author", &keys).as_deref(), Some("author"));
        assert_eq!(find("source", &keys).as_deref(), Some("source"));
        assert_eq!(find("section", &keys), None);
        assert_eq!(find("publisher", &keys), None);
    }

    /// What queries call a key is its name, so that every spelling can be met.
    #[test]
    fn spellings_are_names_of_keys() {
        for (known, others) in SPELLINGS {
            for name in others.iter().chain([&known]) {
                assert_eq!(key_name(name).as_deref(), Some(*name));
            }
            assert_eq!(key_spellings(known).count(), others.len() + 1);
        }
        assert_eq!(key_spellings("tag").collect::<Vec<_>>(), ["tag"]);
    }
}
