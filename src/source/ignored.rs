//! The files of folders that are not read, as nothing says how.

use std::collections::BTreeMap;

/// Maximum number of extensions to count apart.
const MAX_EXTENSIONS: usize = 100;

/// Maximum number of paths to keep; more are only counted.
const MAX_NAMED: usize = 100_000;

/// What a walk passed over without a look, because of its extension. Hidden files and folders are not among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    total: u64,
    by_extension: BTreeMap<String, u64>,
    lists: bool,
    named: Vec<String>,
}

impl Ignored {
    /// Stands for the extension of files without one.
    pub const NONE: &str = "none";
    /// Stands for all extensions beyond the hundredth.
    pub const OTHER: &str = "other";

    /// Nothing yet; `lists` keeps the paths too.
    pub(super) fn new(lists: bool) -> Self {
        Self { lists, ..Self::default() }
    }

    /// Counts a file with an extension, such as `.pdf`.
    pub(super) fn add(&mut self, extension: Option<String>, path: impl FnOnce() -> String) {
        self.total += 1;
        let mut name = extension.unwrap_or_else(|| Self::NONE.into());
        if self.by_extension.len() >= MAX_EXTENSIONS && !self.by_extension.contains_key(&name) {
            name = Self::OTHER.into();
        }
        *self.by_extension.entry(name).or_default() += 1;
        if self.lists && self.named.len() < MAX_NAMED {
            self.named.push(path());
        }
    }

    /// The number of files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The extensions with the numbers of their files, most first: `.pdf`, `.tar.gz`, [`Ignored::NONE`] or
    /// [`Ignored::OTHER`].
    #[must_use]
    pub fn by_extension(&self) -> Vec<(&str, u64)> {
        let mut counts: Vec<_> = self.by_extension.iter().map(|(name, count)| (&**name, *count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        counts
    }

    /// The absolute paths as text of the first hundred thousand files, in the order of the walk, if they were to be listed.
    #[must_use]
    pub fn named(&self) -> &[String] {
        &self.named
    }
}

#[cfg(test)]
mod tests {
    use super::Ignored;

    #[test]
    fn extensions_are_counted_most_first_and_within_bounds() {
        let mut ignored = Ignored::new(false);
        let mut add = |extension: Option<&str>| ignored.add(extension.map(str::to_owned), || unreachable!());
        add(Some(".png"));
        add(Some(".pdf"));
        add(Some(".pdf"));
        add(None);
        assert_eq!(ignored.by_extension(), [(".pdf", 2), (".png", 1), ("none", 1)]);
        for number in 0..200 {
            ignored.add(Some(format!(".x{number}")), || unreachable!());
        }
        // 3 and 97 have names of their own.
        assert_eq!(ignored.by_extension()[0], ("other", 103));
        assert_eq!((ignored.by_extension().len(), ignored.total()), (101, 204));
    }
}
