//! The front matter: where it is, and its keys with their values.
//!
//! Three readers, each more tolerant than the one before. `fast` reads the usual shape of pages without a
//! YAML parser (which would cost more than all the rest of reading). `yaml` reads valid YAML, after quoting
//! the Markdown links in its lists. `tolerant` reads the rest key by key, and never refuses.

mod fast;
mod scalar;
mod tolerant;
mod yaml;

pub(crate) use yaml::as_written as yaml_as_written;

use std::{borrow::Cow, collections::BTreeSet};

use crate::problem::{Message, Problem, message};

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

/// Where the front matter of a text is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'t> {
    /// The lines between the fences.
    pub yaml: &'t str,
    /// Byte offset of these lines in the text.
    pub start: usize,
    /// Byte offset of the body in the text.
    pub body: usize,
}

/// The keys and values of a text's front matter, and the byte offset of its body.
///
/// `None` if there is no front matter. `whole_line` tells the keys whose plain value is text to the end of
/// its line, even where YAML would begin a comment. Problems: `front-matter-unterminated`,
/// `front-matter-repaired`, `front-matter-tolerant`, `duplicate-key`, `invalid-escape`.
pub(super) fn read<'t>(
    text: &'t str,
    whole_line: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Option<(Vec<Entry<'t>>, usize)> {
    let (block, is_closed) = locate(text)?;
    if !is_closed {
        problems.push(
            Problem::new(
                "front-matter-unterminated",
                block.start..block.body,
                message!("the front matter has no closing fence"),
            )
            .hint(message!("end it with a line of ---")),
        );
    }
    let (mut entries, body) = values(block, whole_line, problems);
    // A block without a key is not front matter: the article begins with a horizontal rule.
    if entries.is_empty() && !block.yaml.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
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
    if let Some(entries) = fast::read(block.yaml) {
        return (entries, block.body);
    }
    if let Some((entries, is_repaired)) = yaml::read(block.yaml, whole_line) {
        if is_repaired {
            let message = message!("a value contains ` #`, which begins a YAML comment; it was kept as text");
            problems.push(
                Problem::new("front-matter-repaired", block.start..block.body, message)
                    .hint(message!("put the value in quotes")),
            );
        }
        return (entries, block.body);
    }
    let (end, is_cut) =
        tolerant::interruption(block.yaml).map_or((block.yaml.len(), false), |end| (end, true));
    let span = block.start..block.start + end;
    if is_cut {
        let message =
            message!("text stands before the closing fence of the front matter; it was read as body");
        problems.push(Problem::new("front-matter-unterminated", span.clone(), message));
    }
    let message = message!("the front matter is not valid YAML; it was read key by key");
    problems.push(
        Problem::new("front-matter-tolerant", span, message).hint(message!("put titles in double quotes")),
    );
    let entries = tolerant::read(&block.yaml[..end], block.start, problems);
    (entries, if is_cut { block.start + end } else { block.body })
}

/// The byte range of a key's line, for problems; the whole front matter if the key is not found.
pub(super) fn place(text: &str, body: usize, key: &str) -> std::ops::Range<usize> {
    let mut at = 0;
    for line in text[..body].split_inclusive('\n') {
        if line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')) {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    0..body
}

/// The block between the fences, and whether it has a closing fence.
fn locate(text: &str) -> Option<(Block<'_>, bool)> {
    let opening = text.trim_start();
    let after = opening.strip_prefix("---")?;
    let line = after.find('\n').map_or(after, |end| &after[..end]);
    if !line.trim().is_empty() || line.len() == after.len() {
        return None;
    }
    let start = text.len() - after.len() + line.len() + 1;
    let block = |end: usize, body: usize| Block { yaml: &text[start..end], start, body };
    let mut at = start;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        if (text[at..].starts_with("---") || text[at..].starts_with("..."))
            && text[at + 3..end].trim_ascii_end().is_empty()
        {
            return Some((block(at, text.len().min(end + 1)), true));
        }
        at = end + 1;
    }
    let end = start + tolerant::leading_keys(&text[start..])?;
    Some((block(end, end), false))
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
