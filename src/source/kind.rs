//! How a file is read, which its extension says, or the user. Of a file that the user has named, the beginning may say it.

use super::{split::Splitter, user_text};
use crate::article::{Format, begins_with_tag};
use std::{fmt, path::Path, str::FromStr};

/// What the files of a source are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputFormat {
    /// What the extension of each file says.
    #[default]
    Auto,
    /// Markdown or plain text: a file is one article.
    Markdown,
    /// A web page: a file is one article.
    Html,
    /// JSON: an object, or an array of objects.
    Json,
    /// JSON lines: one object a line.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// RSS, Atom or JSON Feed.
    Feed,
}

/// The extensions of each format, in lower case.
const EXTENSIONS: [(InputFormat, &[&str]); 7] = [
    (InputFormat::Markdown, &["md", "markdown", "txt"]),
    (InputFormat::Json, &["json"]),
    (InputFormat::Jsonl, &["jsonl", "ndjson"]),
    (InputFormat::Csv, &["csv"]),
    (InputFormat::Tsv, &["tsv"]),
    (InputFormat::Html, &["html", "htm", "xhtml"]),
    (InputFormat::Feed, &["xml", "rss", "atom"]),
];

/// The extensions of compressed files, which follow that of the format.
const PACKED: [&str; 3] = ["gz", "zst", "xz"];

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// What it holds.
    pub contents: Contents,
    /// Whether it may be compressed, which its name tells, or what was read of it. Its first bytes say whether and how.
    pub may_be_packed: bool,
    /// Whether the user has said what it holds.
    pub is_chosen: bool,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contents {
    /// One article.
    Whole(Format),
    /// Records, each of which is an article.
    Records(Splitter),
}

impl InputFormat {
    /// Every format.
    pub const ALL: [Self; 8] =
        [Self::Auto, Self::Markdown, Self::Html, Self::Json, Self::Jsonl, Self::Csv, Self::Tsv, Self::Feed];

    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Feed => "feed",
        }
    }

    /// The format in which a file holds this; `None` if there is none.
    #[must_use]
    pub fn of(contents: Contents) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.contents() == Some(contents))
    }

    /// What a file in this format holds; `None` for [`InputFormat::Auto`].
    #[must_use]
    pub fn contents(self) -> Option<Contents> {
        match self {
            Self::Auto => None,
            Self::Markdown => Some(Contents::Whole(Format::Markdown)),
            Self::Html => Some(Contents::Whole(Format::Html)),
            Self::Json => Some(Contents::Records(Splitter::Json)),
            Self::Jsonl => Some(Contents::Records(Splitter::JsonLines)),
            Self::Csv => Some(Contents::Records(Splitter::Csv)),
            Self::Tsv => Some(Contents::Records(Splitter::Tsv)),
            Self::Feed => Some(Contents::Records(Splitter::Feed)),
        }
    }

    fn of_extension(extension: &[u8]) -> Option<Self> {
        let is_of = |known: &&str| extension.eq_ignore_ascii_case(known.as_bytes());
        let (format, _) = EXTENSIONS.iter().find(|(_, all)| all.iter().any(is_of))?;
        Some(*format)
    }
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for InputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|format| format.as_str() == name);
        named.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            format!("`{name}` is no input format; there are {all}")
        })
    }
}

impl Kind {
    /// The kind that the name of a file says; `None` if it is none that is read.
    pub(super) fn of_name(name: &[u8]) -> Option<Self> {
        let (stem, extension, may_be_packed) = split_name(name);
        let contents = InputFormat::of_extension(extension).filter(|_| !stem.is_empty())?.contents()?;
        Some(Self { contents, may_be_packed, is_chosen: false })
    }

    /// The kind of a file that is read whatever its name: in the given format, else as its name says, else as a text.
    #[must_use]
    pub fn of_chosen(path: &Path, format: InputFormat) -> Self {
        Self::of_named(path, format, || (Contents::TEXT, false))
    }

    /// The kind of a file that is read whatever its name: in the given format, else as its name says, else as what
    /// `of_start` finds in its beginning, and whether that is compressed.
    pub(super) fn of_named(
        path: &Path,
        format: InputFormat,
        of_start: impl FnOnce() -> (Contents, bool),
    ) -> Self {
        let name = super::name_of(path);
        let (.., may_be_packed) = split_name(name);
        let by_name = || Self::of_name(name).map(|kind| kind.contents);
        if let Some(contents) = format.contents() {
            return Self { contents, may_be_packed, is_chosen: true };
        }
        let Some(contents) = by_name() else {
            let (contents, is_packed) = of_start();
            // Its name does not tell that it is a web page, so the index has to.
            let is_chosen = matches!(contents, Contents::Whole(Format::Html));
            return Self { contents, may_be_packed: may_be_packed || is_packed, is_chosen };
        };
        Self { contents, may_be_packed, is_chosen: false }
    }

    /// What a file holds, if the user has said it.
    #[must_use]
    pub fn chosen(self) -> Option<Contents> {
        self.is_chosen.then_some(self.contents)
    }
}

impl Contents {
    /// One text: what a file holds of which nothing says more.
    const TEXT: Self = Self::Whole(Format::Markdown);

    /// What a file or stream of the given format holds that begins with these bytes. They tell [`InputFormat::Auto`]: JSON, a
    /// feed or a web page, else a text. Some KiB are enough.
    #[must_use]
    pub fn of_start(start: &[u8], format: InputFormat) -> Self {
        let is_page = || begins_with_tag(user_text::without_mark(&String::from_utf8_lossy(start)));
        let told = || match Splitter::of_start(start) {
            Some(splitter) => Self::Records(splitter),
            None if is_page() => Self::Whole(Format::Html),
            None => Self::TEXT,
        };
        format.contents().unwrap_or_else(told)
    }
}

/// Stem and extension of a file name without the extension of a compression, and whether it has one.
fn split_name(name: &[u8]) -> (&[u8], &[u8], bool) {
    let (stem, extension) = split_last(name);
    if PACKED.iter().any(|packed| extension.eq_ignore_ascii_case(packed.as_bytes())) {
        let (stem, extension) = split_last(stem);
        (stem, extension, true)
    } else {
        (stem, extension, false)
    }
}

/// The parts of a name before and after its last dot; a name without one has no stem.
fn split_last(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(dot) => (&name[..dot], &name[dot + 1..]),
        None => (&[], name),
    }
}

/// The extension of a file name in lower case, as a report shows it: `.pdf`, `.tar.gz`; `None` if it has none.
pub(super) fn shown_extension(name: &[u8]) -> Option<String> {
    /// A name with a dot may be a sentence.
    const MAX_BYTES: usize = 12;
    let (stem, extension) = split_last(name);
    let is_word =
        |word: &[u8]| (1..=MAX_BYTES).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric);
    if stem.is_empty() || !is_word(extension) {
        return None;
    }
    let (inner_stem, inner, packed) = split_name(name);
    let shown = if packed && !inner_stem.is_empty() && is_word(inner) {
        [b".", inner, b".", extension].concat()
    } else {
        [b".", extension].concat()
    };
    Some(String::from_utf8_lossy(&shown).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Contents, Format, InputFormat, Kind, Splitter, shown_extension};
    use std::path::Path;

    const TEXT: Contents = Contents::Whole(Format::Markdown);
    const LINES: Contents = Contents::Records(Splitter::JsonLines);

    #[test]
    fn the_extension_says_how_a_file_is_read() {
        for (name, contents, may_be_packed) in [
            ("a.md", TEXT, false),
            ("A.MARKDOWN", TEXT, false),
            ("a.b.txt", TEXT, false),
            ("a.jsonl", LINES, false),
            ("a.ndjson.GZ", LINES, true),
            ("a.jsonl.zst", LINES, true),
            ("a.md.xz", TEXT, true),
        ] {
            assert_eq!(
                Kind::of_name(name.as_bytes()),
                Some(Kind { contents, may_be_packed, is_chosen: false }),
                "{name}"
            );
        }
        for name in ["md", ".md", "a.pdf", "a.gz", "md.gz", ".md.gz", "a.md.gz.gz", "a.md.bz2", ""] {
            assert_eq!(Kind::of_name(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn a_file_that_was_chosen_is_read_whatever_its_name() {
        let kind = |path: &str, format| {
            let Kind { contents, may_be_packed, is_chosen } = Kind::of_chosen(Path::new(path), format);
            assert_eq!(is_chosen, format != InputFormat::Auto);
            (contents, may_be_packed)
        };
        assert_eq!(kind("/news/a.jsonl", InputFormat::Auto), (LINES, false));
        assert_eq!(kind("/news/a.log", InputFormat::Auto), (TEXT, false));
        assert_eq!(kind("/news/a.log.gz", InputFormat::Jsonl), (LINES, true));
        assert_eq!(kind("/news/a.jsonl", InputFormat::Markdown), (TEXT, false));
    }

    #[test]
    fn the_beginning_says_what_nothing_else_says() {
        for (start, contents) in [
            ("{\"title\": \"a\"}\n{\"title\": \"b\"}\n", LINES),
            ("[{\"title\": \"a\"}]", Contents::Records(Splitter::Json)),
            ("<?xml version=\"1.0\"?><rss><channel>", Contents::Records(Splitter::Feed)),
            ("\u{feff}<!DOCTYPE html>\n<html>", Contents::Whole(Format::Html)),
            ("<p>Copper rose.</p>", Contents::Whole(Format::Html)),
            ("---\ntitle: Copper\n---\n{\"a\": 1}", TEXT),
            ("<https://example.com> is a link", TEXT),
            ("2 < 3", TEXT),
        ] {
            assert_eq!(Contents::of_start(start.as_bytes(), InputFormat::Auto), contents, "{start}");
            assert_eq!(Contents::of_start(start.as_bytes(), InputFormat::Markdown), TEXT);
        }
    }

    #[test]
    fn a_format_is_known_by_its_name() {
        for format in InputFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "yaml".parse::<InputFormat>().expect_err("there is no reader of YAML");
        assert!(error.starts_with("`yaml` is no input format; there are auto, markdown, "), "{error}");
    }

    #[test]
    fn an_extension_is_shown_in_lower_case() {
        for (name, shown) in [
            ("a.PDF", Some(".pdf")),
            ("backup.tar.gz", Some(".tar.gz")),
            ("a.gz", Some(".gz")),
            ("Makefile", None),
            ("a.", None),
            ("Vol. 2 of the report", None),
            ("图.图片", None),
        ] {
            assert_eq!(shown_extension(name.as_bytes()).as_deref(), shown, "{name}");
        }
    }
}
