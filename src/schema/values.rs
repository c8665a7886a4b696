//! The values of each field of an article.

use super::{FieldDef, FieldKind, Schema};
use crate::article::{Article, BuiltIn, Moment, bare, read_date, same_key};
use std::borrow::Cow;

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Of a text or keyword field.
    Text(Cow<'a, str>),
    /// Of a facet field: a path that begins with a slash.
    Path(String),
    /// Of a date field.
    Date(Moment),
    /// Of a number field.
    Number(f64),
}

impl Schema {
    /// Calls `take` with each value that the article has for the field; empty texts are left out.
    pub fn values<'a>(field: &FieldDef, article: &'a Article, mut take: impl FnMut(Value<'a>)) {
        let mut text = |value: &'a str| {
            if !value.is_empty() {
                take(Value::Text(Cow::Borrowed(value)));
            }
        };
        match field.built_in() {
            Some(BuiltIn::Title) => text(&article.title),
            Some(BuiltIn::Description) => text(&article.description),
            Some(BuiltIn::Body) => text(&article.body),
            Some(BuiltIn::Id) => text(&article.id),
            Some(BuiltIn::Locale) => text(&article.locale),
            Some(BuiltIn::Kind) => text(&article.kind),
            Some(BuiltIn::Url) => text(&article.url),
            Some(BuiltIn::Related) => article.related.iter().for_each(|id| text(id)),
            Some(BuiltIn::Published) => article.published.into_iter().for_each(|at| take(Value::Date(at))),
            Some(BuiltIn::Symbol) => {
                article.symbols.iter().for_each(|named| take(Value::Path(named.symbol.facet())));
            }
            Some(BuiltIn::Nsymbols) => take(Value::Number(count(article.symbols.len()))),
            None => front_matter(field, article, take),
        }
    }
}

/// The values of a field that a user's schema adds.
fn front_matter<'a>(field: &FieldDef, article: &'a Article, mut take: impl FnMut(Value<'a>)) {
    let named = |name: &String| {
        let is_named = |(key, _): &(&String, _)| same_key(key, bare(name));
        article.extra.get(name).or_else(|| article.extra.iter().find(is_named).map(|(_, values)| values))
    };
    let Some(values) = field.from.iter().find_map(named) else { return };
    for value in values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()) {
        match field.kind {
            FieldKind::Text => take(Value::Text(Cow::Borrowed(value))),
            FieldKind::Keyword => take(Value::Text(Cow::Borrowed(cut(value, MAX_KEYWORD)))),
            FieldKind::Facet => path(value).into_iter().for_each(|path| take(Value::Path(path))),
            FieldKind::Date => read_date(value).into_iter().for_each(|at| take(Value::Date(at))),
            FieldKind::Number => number(value).into_iter().for_each(|number| take(Value::Number(number))),
        }
    }
}

/// The finite number that a value of the front matter is, as YAML or TOML write it: `8.50`, `1e3`, `0x1F`, `1_000`.
pub(super) fn number(value: &str) -> Option<f64> {
    let value = value.replace('_', "");
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, value.strip_prefix('+').unwrap_or(&value)),
    };
    let with_radix = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find_map(|(prefix, radix)| {
        u32::from_str_radix(digits.strip_prefix(prefix)?, radix).ok().map(f64::from)
    });
    let number = with_radix.map(|number| sign * number).or_else(|| value.parse().ok());
    // -0 is 0: an index orders them.
    number.filter(|number| number.is_finite()).map(|number| number + 0.0)
}

/// Maximum length of a keyword in bytes: columns hold no longer values.
const MAX_KEYWORD: usize = 65_000;

/// Cuts a text to so many bytes, at a character boundary.
pub(super) fn cut(value: &str, most: usize) -> &str {
    let mut end = value.len().min(most);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

/// Maximum number of levels of a user's facet. Each level is a term that repeats the levels above it, so the
/// cost is quadratic.
const MAX_LEVELS: usize = 16;
/// Maximum length of a level of a user's facet, in characters.
const MAX_LEVEL: usize = 100;

/// The path of a user's facet: its parts between slashes without empty ones, cut to the limits; `None` if
/// nothing is left.
fn path(value: &str) -> Option<String> {
    let parts = value.split('/').map(str::trim).filter(|part| !part.is_empty()).take(MAX_LEVELS);
    let path: String = parts.flat_map(|part| "/".chars().chain(part.chars().take(MAX_LEVEL))).collect();
    (!path.is_empty()).then_some(path)
}

#[expect(clippy::cast_precision_loss, reason = "an article has at most a thousand symbols")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_read_as_yaml_and_toml_write_them() {
        for (value, expected) in [
            ("8.50", Some(8.5)),
            ("1e3", Some(1000.0)),
            ("+.5", Some(0.5)),
            ("0x1F", Some(31.0)),
            ("-0x1F", Some(-31.0)),
            ("0o17", Some(15.0)),
            ("0b11", Some(3.0)),
            ("1_000", Some(1000.0)),
            ("007", Some(7.0)),
            ("1,000", None),
            ("0x", None),
            ("yes", None),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
    }
}
