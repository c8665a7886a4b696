//! The front matter: where it is, and its keys with their values.
//!
//! YAML has three readers, each more tolerant than the one before. `fast` reads the usual shape of pages without
//! a YAML parser (which would cost more than all the rest of reading). `yaml` reads valid YAML, after quoting
//! the Markdown links in its lists. `tolerant` reads the rest key by key, and never refuses. `toml` and `json`
//! each read valid front matter, and what can be told of any other. All keep the spelling of every scalar.

mod fast;
mod fence;
mod json;
mod scalar;
mod tolerant;
mod toml;
mod yaml;

pub(super) use json::{Object, from_json, owned};
pub(crate) use yaml::as_written as yaml_as_written;

use std::{borrow::Cow, collections::BTreeSet};

use crate::problem::{Message, Problem, message};
use fence::{Block, Language};
use jiff::Timestamp;

/// Maximum number of lines of YAML that are read. Each may be a value, which takes some 200 bytes until it is indexed. The list
/// of an article is far shorter, even of all securities of a market.
const MAX_YAML_LINES: usize = 1 << 16;

/// What a key of the front matter holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'t> {
    /// Nothing: an empty value or a YAML null.
    Null,
    /// A text, or any other scalar as the file has it: `3.10` is neither 3.1 nor a number.
    Text(Cow<'t, str>),
    /// A list; only its scalars are kept, as text.
    List(Vec<Cow<'t, str>>),
    /// A map; only its scalars and lists of scalars are kept.
    Map(Children),
    /// A list with a map in it; a scalar in it becomes a child with an empty name.
    Maps(Vec<Children>),
}

/// The kept children of a map: names and texts.
pub(super) type Children = Vec<(String, Vec<String>)>;

/// A key with its value.
pub(super) type Entry<'t> = (Cow<'t, str>, Value<'t>);

/// The keys by which the extended JSON of `MongoDB` says of what type a scalar is: `{"$numberLong": "3"}`.
const EXTENDED: [&str; 7] =
    ["$date", "$oid", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$uuid"];

/// The text of a scalar under a key of [`EXTENDED`]; `None` for any other key. A number of a `$date` is milliseconds since 1970.
fn extended<'t>(key: &str, text: Cow<'t, str>) -> Option<Cow<'t, str>> {
    let milliseconds = || text.parse().ok().filter(|_| key == "$date");
    let instant = milliseconds().and_then(|number| Timestamp::from_millisecond(number).ok());
    let is_known = EXTENDED.contains(&key);
    is_known.then(|| instant.map_or(text, |instant| Cow::Owned(instant.to_string())))
}

/// The keys and values of a text's front matter, and the byte offset of its body.
///
/// `None` if there is no front matter. `whole_line` tells the keys of the title and the summary, whose plain value is text to
/// the end of its line, even where YAML would begin a comment. Problems: `front-matter-unterminated`,
/// `front-matter-repaired`, `front-matter-tolerant`, `merge-key`, `duplicate-key`, `invalid-escape`.
pub(super) fn read<'t>(
    text: &'t str,
    whole_line: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Option<(Vec<Entry<'t>>, usize)> {
    let block = fence::locate(text)?;
    if !block.is_closed {
        problems.push(
            Problem::new(
                "front-matter-unterminated",
                block.start..block.body,
                message!("the front matter has no closing fence"),
            )
            .hint(message!("end it with a line like the first one")),
        );
    }
    let (mut entries, body) = values(block, whole_line, problems);
    // A block without a key is not front matter: the article begins with a horizontal rule.
    let is_blank = |line: &str| line.trim().is_empty() || line.starts_with('#');
    if block.language == Language::Yaml && entries.is_empty() && !block.lines.lines().all(is_blank) {
        return None;
    }
    // Nor is an object without a title or a summary: the article begins with an example.
    if !block.is_fenced && !entries.iter().any(|(key, _)| whole_line(key)) {
        return None;
    }
    drop_repeats(&mut entries, block, problems);
    (!entries.is_empty()).then_some((entries, body)).or(Some((Vec::new(), body)))
}

fn values<'t>(
    block: Block<'t>,
    whole_line: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> (Vec<Entry<'t>>, usize) {
    match block.language {
        Language::Yaml => yaml_values(block, whole_line, problems),
        Language::Toml => {
            let (lines, cut) = within_bound(block);
            let (entries, mistake) = toml::read(lines);
            if let Some(cut) = cut {
                problems.push(cut);
            } else if let Some(mistake) = mistake {
                let span = block.start + mistake.start..block.start + mistake.end;
                let message = message!("the front matter is not valid TOML; what can be read of it was read");
                problems.push(Problem::new("front-matter-tolerant", span, message));
            }
            (entries, block.body)
        }
        Language::Json => {
            let (lines, cut) = within_bound(block);
            let (entries, is_valid) = json::read(lines);
            if let Some(cut) = cut {
                problems.push(cut);
            } else if !is_valid {
                let message = message!("the front matter is not valid JSON; it was read line by line");
                problems.push(Problem::new("front-matter-tolerant", block.start..block.body, message));
            }
            (entries, block.body)
        }
    }
}

/// The lines of a block that are read, where a parser keeps much more than their bytes in memory; and the problem if these
/// are not all.
fn within_bound(block: Block<'_>) -> (&str, Option<Problem>) {
    let Some(some) = block.lines.as_bytes().get(..yaml::MAX_BLOCK_BYTES) else { return (block.lines, None) };
    let end = some.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let kib = yaml::MAX_BLOCK_BYTES >> 10;
    let message = message!("the front matter is longer than {} KiB; only its beginning was read", kib);
    let cut = Problem::new("front-matter-tolerant", block.start + end..block.body, message);
    (&block.lines[..end], Some(cut))
}

fn yaml_values<'t>(
    block: Block<'t>,
    whole_line: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> (Vec<Entry<'t>>, usize) {
    if end_of_bound(block.lines).is_some() {
        return yaml_by_keys(block, problems);
    }
    if let Some(entries) = fast::read(block.lines) {
        return (entries, block.body);
    }
    if let Some(read) = yaml::read(block.lines, whole_line) {
        if read.is_repaired {
            let message = message!("a value contains ` #`, which begins a YAML comment; it was kept as text");
            problems.push(
                Problem::new("front-matter-repaired", block.start..block.body, message)
                    .hint(message!("put the value in quotes")),
            );
        }
        if !read.is_merged {
            problems.push(not_merged(block));
        }
        return (read.entries, block.body);
    }
    yaml_by_keys(block, problems)
}

/// The byte offset of the first line of YAML that is not read; `None` if all are.
fn end_of_bound(lines: &str) -> Option<usize> {
    // A block of no more bytes has no more lines.
    if lines.len() <= MAX_YAML_LINES {
        return None;
    }
    let (at, _) = lines.match_indices('\n').nth(MAX_YAML_LINES - 1)?;
    Some(at + 1).filter(|end| *end < lines.len())
}

/// The entries of a block that is long or not YAML, and where its body begins.
fn yaml_by_keys<'t>(block: Block<'t>, problems: &mut Vec<Problem>) -> (Vec<Entry<'t>>, usize) {
    let (end, is_cut) =
        tolerant::interruption(block.lines).map_or((block.lines.len(), false), |end| (end, true));
    let span = block.start..block.start + end;
    if is_cut {
        let message =
            message!("text stands before the closing fence of the front matter; it was read as body");
        problems.push(Problem::new("front-matter-unterminated", span.clone(), message));
    }
    let mut lines = &block.lines[..end];
    if let Some(bound) = end_of_bound(lines) {
        lines = &lines[..bound];
        let span = block.start + bound..span.end;
        let message =
            message!("the front matter has more than {} lines; only its beginning was read", MAX_YAML_LINES);
        problems.push(Problem::new("front-matter-tolerant", span, message));
    } else {
        let message = message!("the front matter is not valid YAML; it was read key by key");
        problems.push(
            Problem::new("front-matter-tolerant", span, message)
                .hint(message!("put titles in double quotes")),
        );
    }
    if lines.lines().any(|line| line.starts_with("<<:")) {
        problems.push(not_merged(block));
    }
    let entries = tolerant::read(lines, block.start, problems);
    (entries, if is_cut { block.start + end } else { block.body })
}

/// The problem of a merge key that could not be merged.
fn not_merged(block: Block<'_>) -> Problem {
    let message = message!("the merge key `<<` does not name a map; it was left out");
    Problem::new("merge-key", block.start..block.body, message)
}

/// The byte range of a key's line, for problems; the whole front matter if the key is not found.
pub(super) fn place(text: &str, body: usize, key: &str) -> std::ops::Range<usize> {
    let line_with = |ends: &dyn Fn(&str) -> bool| {
        let mut at = 0;
        text[..body].split_inclusive('\n').find_map(|line| {
            let start = at;
            at += line.len();
            ends(line).then(|| start..start + line.trim_end().len())
        })
    };
    let in_yaml = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let in_others = |line: &str| {
        let rest = line.trim_start_matches([' ', '\t', '{', '"']).strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', ' ']).starts_with([':', '=']))
    };
    line_with(&in_yaml).or_else(|| line_with(&in_others)).unwrap_or(0..body)
}

/// Keeps the first entry of each key.
fn drop_repeats(entries: &mut Vec<Entry<'_>>, block: Block<'_>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let repeated: Vec<usize> = entries
        .iter()
        .enumerate()
        .filter(|(_, (key, _))| !seen.insert(key.as_ref()))
        .map(|(at, _)| at)
        .collect();
    if repeated.is_empty() {
        return;
    }
    let message = match repeated.as_slice() {
        [one] => format!("duplicate key {:?}; its first value was used", shorten(&entries[*one].0)),
        _ => format!("{} duplicate keys; their first values were used", repeated.len()),
    };
    problems.push(Problem::new("duplicate-key", block.start..block.body, Message::verbatim(message)));
    let mut skipped = repeated.into_iter().peekable();
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        skipped.next_if_eq(&(at - 1)).is_none()
    });
}

/// The first 60 characters of an untrusted text, for a message.
pub(super) fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}
