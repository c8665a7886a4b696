//! Reads front matter in TOML. The parser recovers from mistakes, so that the keys around one are read.

use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use serde_yaml::Value as Yaml;

use super::{Entry, yaml};

/// The entries of a block, and the byte range of the first mistake in it.
pub(super) fn read(block: &str) -> (Vec<Entry<'static>>, Option<std::ops::Range<usize>>) {
    let (table, errors) = DeTable::parse_recoverable(block);
    let mistake = errors.first().map(|error| error.span().unwrap_or(0..block.len()));
    (yaml::entries(members(block, table.get_ref())), mistake)
}

fn members<'t>(block: &'t str, table: &'t DeTable<'_>) -> impl Iterator<Item = (Yaml, Yaml)> + 't {
    table.iter().map(|(key, value)| (Yaml::from(key.get_ref().as_ref()), tree(block, value)))
}

/// A value as a YAML parser would give it, with numbers and times as they are written. The parser has a limit
/// for how deep they are nested.
fn tree(block: &str, value: &Spanned<DeValue<'_>>) -> Yaml {
    match value.get_ref() {
        DeValue::String(text) => Yaml::from(text.as_ref()),
        DeValue::Array(items) => Yaml::Sequence(items.iter().map(|item| tree(block, item)).collect()),
        DeValue::Table(table) => Yaml::Mapping(members(block, table).collect()),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            Yaml::from(block.get(value.span()).unwrap_or_default())
        }
    }
}
