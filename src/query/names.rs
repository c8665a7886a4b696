//! The user's names of securities, a YAML file.

use super::FileError;
use crate::{
    article::yaml_as_written,
    symbol::{Symbol, name_key},
};
use serde_yaml::Value;
use std::{collections::BTreeMap, sync::Arc};

/// Names of securities that the user has chosen. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<BTreeMap<String, Vec<Symbol>>>);

impl Names {
    /// Reads a YAML map from names to notations, or to lists of them: `茅台: 600519.SH`.
    ///
    /// # Errors
    ///
    /// [`FileError`] with the line, if the file is not such a map, or has a value that is no notation.
    pub fn read(text: &str) -> Result<Self, FileError> {
        let expected = "expected lines such as `茅台: 600519.SH`";
        let read: Option<BTreeMap<String, Value>> = yaml_as_written(text)
            .and_then(serde_yaml::from_value)
            .map_err(|error| FileError::new(&error, expected))?;
        let mut names = BTreeMap::new();
        for (name, value) in read.unwrap_or_default() {
            let line = text.lines().position(|line| line.contains(&name)).map_or(1, |index| index + 1);
            let wrong = |message: String| FileError { line, message };
            let notations = match &value {
                Value::Sequence(several) => several.iter().map(Value::as_str).collect(),
                one => one.as_str().map(|one| vec![one]),
            };
            let notations: Vec<&str> = notations.ok_or_else(|| wrong(format!("`{name}`: {expected}")))?;
            let key = name_key(&name).ok_or_else(|| wrong(format!("`{name}` cannot be a name")))?;
            let symbols = notations.iter().map(|notation| {
                // The user is sure.
                let symbol = Symbol::parse(notation).and_then(|symbol| Symbol::from_facet(&symbol.facet()));
                symbol.ok_or_else(|| wrong(format!("`{notation}` is not a security notation")))
            });
            names.insert(key, symbols.collect::<Result<_, _>>()?);
        }
        Ok(Self(Arc::new(names)))
    }

    /// The securities of a name, however it is written.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[Symbol]> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&name_key(name)?).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_read_however_they_are_written() {
        let text = "茅台: 600519.SH\nGoogle: [GOOG, GOOGL]\n招商银行: 600036\n平安银行: 0.000001\n";
        let names = Names::read(text).expect("it is a map");
        let codes =
            |name| names.get(name).map(|symbols| symbols.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(codes("茅台"), Some(vec!["600519.SH".to_owned()]));
        assert_eq!(codes("google inc"), Some(vec!["GOOG.US".to_owned(), "GOOGL.US".to_owned()]));
        assert_eq!(codes("招商银行"), Some(vec!["600036.SH".to_owned()]));
        assert_eq!(codes("平安银行"), Some(vec!["000001.SZ".to_owned()]));
        assert_eq!(codes("apple"), None);
        assert!(Names::read("").is_ok_and(|names| names.get("x").is_none()));
        for (text, line) in [("a1: x\nFord: no such!\n", 2), ("- a\n", 1), ("Ford: {a: b}\n", 1)] {
            let error = Names::read(&text.replace("a1: x\n", "Apple: AAPL\n")).expect_err(text);
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }
}
