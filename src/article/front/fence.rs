//! Finds the front matter of a text: the fences, the language between them, and where the body begins.

use super::{json, tolerant};

/// Byte order marks and white space: nothing of a text, before its front matter and around it.
const NOTHING: [char; 5] = ['\u{feff}', ' ', '\t', '\n', '\r'];

/// The language of a front matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Between lines of `---`.
    Yaml,
    /// Between lines of `+++`, or from `---toml` to `---`.
    Toml,
    /// Between lines of `;;;`, from `---json` to `---`, or an object without fences.
    Json,
}

/// Where the front matter of a text is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'t> {
    /// The language of the lines.
    pub language: Language,
    /// The lines between the fences.
    pub lines: &'t str,
    /// Byte offset of these lines in the text.
    pub start: usize,
    /// Byte offset of the body in the text.
    pub body: usize,
    /// Whether fences stand around it; only JSON does without.
    pub is_fenced: bool,
    /// Whether it has an end.
    pub is_closed: bool,
}

/// The front matter of a text.
pub(super) fn locate(text: &str) -> Option<Block<'_>> {
    let opening = text.trim_start_matches(NOTHING);
    if opening.starts_with('{') {
        return object(text, text.len() - opening.len());
    }
    let line = opening.find('\n').map(|end| &opening[..end])?;
    let (language, closing) = fence(line)?;
    let start = text.len() - opening.len() + line.len() + 1;
    let start = start + marks(&text[start..]);
    let block = |end: usize, body: usize, is_closed: bool| {
        let body = body + marks(&text[body..]);
        Block { language, lines: &text[start..end], start, body, is_fenced: true, is_closed }
    };
    let mut at = start;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        if text[at..].starts_with(closing[0]) || text[at..].starts_with(closing[1]) {
            // All fences have three characters.
            if text[at + 3..end].trim_ascii_end().is_empty() {
                return Some(block(at, text.len().min(end + 1), true));
            }
        }
        at = end + 1;
    }
    let end = match language {
        Language::Yaml => start + tolerant::leading_keys(&text[start..], ':')?,
        Language::Toml => start + tolerant::leading_keys(&text[start..], '=')?,
        Language::Json => start + json::object_length(&text[start..])?,
    };
    Some(block(end, end, false))
}

/// The language that a line opens, and the two fences that close it.
fn fence(line: &str) -> Option<(Language, [&'static str; 2])> {
    let line = line.trim_ascii_end();
    match line {
        "---" => return Some((Language::Yaml, ["---", "..."])),
        "+++" => return Some((Language::Toml, ["+++"; 2])),
        ";;;" => return Some((Language::Json, [";;;"; 2])),
        _ => {}
    }
    match line.strip_prefix("---")?.trim_ascii_start().to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Some((Language::Yaml, ["---", "..."])),
        "toml" => Some((Language::Toml, ["---"; 2])),
        "json" => Some((Language::Json, ["---"; 2])),
        _ => None,
    }
}

/// The front matter that is an object of JSON without fences, from byte `start` of a text to the brace that ends a line. A
/// text follows it: a file that is one object only is no article with a front matter.
fn object(text: &str, start: usize) -> Option<Block<'_>> {
    let end = start + json::object_length(&text[start..])?;
    let (line, rest) = text[end..].split_once('\n')?;
    let is_front_matter = line.trim().is_empty() && !rest.trim_matches(NOTHING).is_empty();
    let body = end + line.len() + 1;
    is_front_matter.then(|| Block {
        language: Language::Json,
        lines: &text[start..end],
        start,
        body: body + marks(&text[body..]),
        is_fenced: false,
        is_closed: true,
    })
}

/// The length in bytes of the byte order marks at the start of a text.
fn marks(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}
