//! The user's saved queries, a YAML file of names and queries.

use super::FileError;
use std::collections::BTreeMap;

/// Maximum length of a name, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Reads the saved queries, by name.
///
/// # Errors
///
/// [`FileError`] with the line, if the file is not a YAML map of texts.
pub fn read_saved(text: &str) -> Result<BTreeMap<String, String>, FileError> {
    let saved: Option<BTreeMap<String, String>> = serde_yaml::from_str(text)
        .map_err(|error| FileError::new(&error, "expected lines such as `name: query`"))?;
    Ok(saved.unwrap_or_default())
}

/// The content of a file with these queries, which [`read_saved`] reads back.
///
/// # Errors
///
/// [`FileError`] if the YAML writer refuses a value, which it does not for texts.
pub fn write_saved(saved: &BTreeMap<String, String>) -> Result<String, FileError> {
    serde_yaml::to_string(saved).map_err(|error| FileError::new(&error, "cannot write the saved queries"))
}

/// Whether a name is valid for a saved query: 1 to 64 letters, digits, `-` and `_`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && name.chars().all(plain)
}
