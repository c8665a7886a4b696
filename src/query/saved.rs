//! Queries that a user keeps under names, as a YAML file.

use super::FileError;
use std::collections::BTreeMap;

/// A name has at most so many characters.
const LONGEST_NAME: usize = 64;

/// Reads the queries of a file by their names.
///
/// # Errors
///
/// What is wrong with the file, and in which of its lines.
pub fn read_saved(text: &str) -> Result<BTreeMap<String, String>, FileError> {
    let saved: Option<BTreeMap<String, String>> = serde_yaml::from_str(text)
        .map_err(|error| FileError::new(&error, "expected lines such as `name: query`"))?;
    Ok(saved.unwrap_or_default())
}

/// The queries as a file; reading it gives the same queries.
///
/// # Errors
///
/// Never for texts; the writer of YAML may refuse other values.
pub fn write_saved(saved: &BTreeMap<String, String>) -> Result<String, FileError> {
    serde_yaml::to_string(saved).map_err(|error| FileError::new(&error, "cannot write the saved queries"))
}

/// Whether a query may be saved under a name: letters, digits, `-` and `_`, at most 64.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(plain)
}
