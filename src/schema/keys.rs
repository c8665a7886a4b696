//! Free keys: what an article says under keys that no row of the table maps.

use super::{
    Schema, Value,
    values::{cut, number},
};
use crate::{
    article::{Article, read_date},
    query,
};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of free keys of an article, the first by name; further ones are not kept.
pub const MAX_KEYS: usize = 64;
/// Maximum number of values of a key of an article; further ones are not kept.
pub const MAX_KEY_VALUES: usize = 32;
/// Maximum length of a value in bytes; the rest is cut off.
pub const MAX_KEY_VALUE: usize = 1024;

/// The key under which each page of an archive lists its translations.
const TRANSLATIONS: &str = "locales";

impl Schema {
    /// The free keys of an article by [name](query::key_name), each with its different values. A key is not free if a row has
    /// its name or takes values from it.
    #[must_use]
    pub fn free_keys<'a>(&self, article: &'a Article) -> BTreeMap<String, BTreeSet<&'a str>> {
        let mut keys: BTreeMap<String, BTreeSet<&'a str>> = BTreeMap::new();
        for (key, values) in &article.extra {
            let Some(name) = self.free_key(key) else { continue };
            let values = values.iter().map(|value| cut(value.trim(), MAX_KEY_VALUE).trim_end());
            let mut values = values.filter(|value| !value.is_empty()).peekable();
            if values.peek().is_none() || keys.len() == MAX_KEYS && !keys.contains_key(&name) {
                continue;
            }
            let kept = keys.entry(name).or_default();
            for value in values {
                if kept.len() == MAX_KEY_VALUES {
                    break;
                }
                kept.insert(value);
            }
        }
        keys
    }

    /// The name of a key, if it is free.
    fn free_key(&self, key: &str) -> Option<String> {
        // Every page of an archive lists its translations, which is nothing to search for.
        if key == TRANSLATIONS {
            return None;
        }
        let of_user = |field: &&super::FieldDef| field.built_in().is_none();
        let taken = self.fields.iter().filter(of_user).flat_map(|field| &field.from).any(|from| from == key);
        let name = query::key_name(key).filter(|_| !taken)?;
        let is_field = self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(&name));
        (!is_field).then_some(name)
    }
}

/// The number and the moment that a value of a free key is, for comparing.
pub fn comparable(value: &str) -> impl Iterator<Item = Value<'static>> {
    number(value).map(Value::Number).into_iter().chain(read_date(value).map(Value::Date))
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEY_VALUE, MAX_KEY_VALUES, MAX_KEYS, comparable};
    use crate::{
        article::Article,
        schema::{Schema, Value},
    };

    fn article(extra: impl IntoIterator<Item = (String, Vec<String>)>) -> Article {
        Article { extra: extra.into_iter().collect(), ..Article::default() }
    }

    fn keys(schema: &Schema, article: &Article) -> Vec<(String, Vec<String>)> {
        let all = schema.free_keys(article).into_iter();
        all.map(|(key, values)| (key, values.into_iter().map(str::to_owned).collect())).collect()
    }

    #[test]
    fn what_the_schema_maps_is_not_free() {
        let own = "version: 1\nfields:\n  writer: {kind: keyword, from: [author]}\n";
        let schema = Schema::extended_by(own).expect("it is sound");
        let one = |key: &str| (key.to_owned(), vec!["x".to_owned()]);
        let article = article(["author", "Writer", "title", "market", "Tags", "summary"].map(one));
        let names: Vec<String> = keys(&schema, &article).into_iter().map(|(key, _)| key).collect();
        // `summary` was left over by a description; `market:` asks for securities.
        assert_eq!(names, ["summary", "tags"]);
    }

    #[test]
    fn keys_and_values_have_limits() {
        let schema = Schema::built_in().expect("it is sound");
        let many = (0..5000).map(|number| (format!("k{number:04}"), vec!["x".to_owned()]));
        let found = keys(&schema, &article(many));
        assert_eq!((found.len(), found[MAX_KEYS - 1].0.as_str()), (64, "k0063"));
        let values = (0..100).map(|number| format!("v{number}")).collect();
        assert_eq!(keys(&schema, &article([("k".into(), values)]))[0].1.len(), MAX_KEY_VALUES);
        let long = keys(&schema, &article([("k".into(), vec!["é".repeat(2000)])]));
        assert_eq!(long[0].1, ["é".repeat(MAX_KEY_VALUE / 2)]);
        let none = article([("k".into(), vec![" ".into(), String::new()]), ("j".into(), Vec::new())]);
        assert_eq!(keys(&schema, &none), []);
    }

    #[test]
    fn spellings_of_one_key_are_one() {
        let schema = Schema::built_in().expect("it is sound");
        let article = article([
            ("Stock Symbol".to_owned(), vec!["b".to_owned(), "a".to_owned()]),
            ("stock_symbol".to_owned(), vec!["b".to_owned()]),
        ]);
        assert_eq!(keys(&schema, &article), [("stock_symbol".into(), vec!["a".into(), "b".into()])]);
    }

    #[test]
    fn values_compare_as_numbers_and_as_dates() {
        let is_number = |text| comparable(text).any(|value| matches!(value, Value::Number(_)));
        let is_date = |text| comparable(text).any(|value| matches!(value, Value::Date(_)));
        for (text, number, date) in
            [("12.5", true, false), ("2025-01-03", false, true), ("NaN", false, false), ("x", false, false)]
        {
            assert_eq!((is_number(text), is_date(text)), (number, date), "{text}");
        }
    }
}
