//! The line with which an item of an index page opens: a link to the article, its time and its source around it.
//!
//! ```text
//! - 2024-05-01 [Title](https://news.example/1) — a summary
//! 1. **[Title](https://news.example/1)** - Reuters, 08:30
//! | May 1, 2024 | [Title](https://news.example/1) | Reuters |
//! ### [Title](https://news.example/1) (2024年5月1日)
//! ```
//!
//! Any other words before the link, or words behind it that no mark parts from it, make a sentence of the line, which
//! then opens nothing.

use crate::article::{Moment, address::Target, date};

/// A time with a source is written in at most this many bytes.
const MAX_NOTE_BYTES: usize = 90;
/// Such a note has at most this many parts.
const MAX_NOTE_PARTS: usize = 6;

/// Parts a title from what is said of it.
const SEPARATORS: [char; 14] = ['-', '–', '—', ':', '：', '|', '｜', '·', '•', ',', '，', ';', '；', '/'];

/// Where the link of an opening stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::article::record) enum Shape {
    /// In an item of a list.
    Bullet,
    /// At the beginning of a paragraph.
    Paragraph,
    /// In a row of a table.
    Row,
    /// In a heading.
    Heading,
}

impl Shape {
    /// Every shape.
    pub(in crate::article::record) const ALL: [Self; 4] =
        [Self::Bullet, Self::Paragraph, Self::Row, Self::Heading];

    /// The shape of a line, and the line without its mark.
    fn of(line: &str) -> (Self, &str) {
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with([' ', '\t']) {
            return (Self::Heading, heading);
        }
        match without_bullet(line) {
            Some(rest) => (Self::Bullet, rest),
            None => (Self::Paragraph, line),
        }
    }
}

/// What is behind the mark of an item of a list: `- `, `1. `, `1、`.
pub(in crate::article::record) fn without_bullet(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix(['-', '*', '+']) {
        return rest.starts_with([' ', '\t']).then_some(rest);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let is_number = (1..=4).contains(&digits);
    let in_latin = || rest.strip_prefix(['.', ')']).filter(|rest| rest.starts_with([' ', '\t']));
    rest.strip_prefix('、').or_else(in_latin).filter(|_| is_number)
}

/// The line that opens an item.
#[derive(Clone, Debug)]
pub(in crate::article::record) struct Opening<'t> {
    pub shape: Shape,
    pub title: &'t str,
    pub url: &'t str,
    pub note: Note<'t>,
    /// Empty if there is none on the line.
    pub summary: &'t str,
    /// The other cells of a row, each with its number.
    pub cells: Vec<(usize, &'t str)>,
}

impl<'t> Opening<'t> {
    /// Of a line; `None` if it opens no item.
    pub(in crate::article::record) fn of(line: &'t str) -> Option<Self> {
        let line = line.trim();
        if !line.contains("](") {
            return None;
        }
        if line.starts_with('|') {
            return Self::of_row(line);
        }
        let (shape, line) = Shape::of(line);
        let (before, (title, url), behind) = first_link(line)?;
        let mut note = match trimmed(before) {
            "" => Note::default(),
            before => Note::of(before)?,
        };
        let (more, summary) = self::behind(behind)?;
        note.add(more);
        is_page(url).then(|| Self { shape, title, url, note, summary, cells: Vec::new() })
    }

    fn of_row(line: &'t str) -> Option<Self> {
        let cells = cells(line);
        let whole_link = |cell: &&'t str| {
            let (before, found, behind) = first_link(cell)?;
            (trimmed(before).is_empty() && trimmed(behind).is_empty() && is_page(found.1)).then_some(found)
        };
        let (at, (title, url)) =
            cells.iter().enumerate().find_map(|(at, cell)| Some((at, whole_link(cell)?)))?;
        let others = cells.into_iter().enumerate().filter(|(other, cell)| *other != at && !cell.is_empty());
        let cells = others.collect();
        Some(Self { shape: Shape::Row, title, url, note: Note::default(), summary: "", cells })
    }
}

/// The cells of a row of a table.
pub(in crate::article::record) fn cells(row: &str) -> Vec<&str> {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    let mut cells = Vec::new();
    let mut start = 0;
    for (at, _) in row.match_indices('|').filter(|(at, _)| !row[..*at].ends_with('\\')) {
        cells.push(row[start..at].trim());
        start = at + 1;
    }
    cells.push(row[start..].trim());
    cells
}

/// What is told of an article in a few words: when it was published, and by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::article::record) struct Note<'t> {
    /// A day, perhaps with its time.
    pub date: Option<&'t str>,
    /// A time without its day.
    pub time: Option<&'t str>,
    pub source: Option<&'t str>,
}

impl<'t> Note<'t> {
    /// Of a text that tells a date or a time, and nothing more than a source; `None` of any other.
    pub(in crate::article::record) fn of(text: &'t str) -> Option<Self> {
        let text = trimmed(text);
        if text.len() > MAX_NOTE_BYTES || !text.contains(char::is_numeric) {
            return None;
        }
        let parts = parts(text);
        if parts.len() > MAX_NOTE_PARTS {
            return None;
        }
        // A date may have a comma in it: the longest run of parts that is one.
        let runs = (1..=parts.len())
            .rev()
            .flat_map(|length| (0..=parts.len() - length).map(move |first| first..first + length));
        let run_of = |run: &std::ops::Range<usize>| text[parts[run.start].0..parts[run.end - 1].1].trim();
        let dated = runs.clone().find(|run| is_date(run_of(run)));
        let mut note = Self { date: dated.as_ref().map(run_of), ..Self::default() };
        for (index, (start, end)) in parts.iter().enumerate() {
            let part = trimmed(&text[*start..*end]);
            if part.is_empty() || dated.as_ref().is_some_and(|run| run.contains(&index)) {
                continue;
            }
            if note.time.is_none() && is_time(part) {
                note.time = Some(part);
            } else if note.date.is_none()
                && let Some((source, date)) = dated_end(part)
            {
                (note.source, note.date) = (Some(source), Some(date));
            } else if note.source.is_none() {
                note.source = Some(part);
            } else {
                return None;
            }
        }
        (note.date.is_some() || note.time.is_some()).then_some(note)
    }

    /// Adds what another note tells that this one does not.
    pub(in crate::article::record) fn add(&mut self, other: Self) {
        self.date = self.date.or(other.date);
        self.time = self.time.or(other.time);
        self.source = self.source.or(other.source);
    }
}

/// Where the parts of a note begin and end.
fn parts(text: &str) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, mark) in text.char_indices() {
        let behind = &text[at + mark.len_utf8()..];
        let is_spaced = text[..at].ends_with(char::is_whitespace) && behind.starts_with(char::is_whitespace);
        let parts_here = match mark {
            '-' | '–' | '—' | '/' => is_spaced,
            ',' | '，' | '|' | '｜' | '·' | '•' | ';' | '；' | '、' => true,
            _ => false,
        };
        if parts_here {
            parts.push((start, at));
            start = at + mark.len_utf8();
        }
    }
    parts.push((start, text.len()));
    parts
}

/// A source and the date that ends a text: `新华社 2024-05-01`.
fn dated_end(text: &str) -> Option<(&str, &str)> {
    let digit = text.find(|c: char| c.is_ascii_digit())?;
    let (source, date) = text.split_at(digit);
    (source.ends_with(char::is_whitespace) && is_date(date)).then(|| (trimmed(source), date))
}

/// Whether a text is a date, and no mere number.
pub(in crate::article::record) fn is_date(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 8;
    !is_number && date::published(text).is_ok()
}

/// Whether a text is a time of the day.
fn is_time(text: &str) -> bool {
    let has_clock = text.contains([':', '：', '点', '點', '时', '時']);
    has_clock && matches!(date::published(&format!("2000-01-01 {text}")), Ok(Moment::Instant(_)))
}

/// A text without marks of Markdown, brackets and separators around it.
pub(in crate::article::record) fn trimmed(text: &str) -> &str {
    let is_mark = |c: char| c.is_whitespace() || "*_~`()[]（）【】".contains(c) || SEPARATORS.contains(&c);
    text.trim_matches(is_mark)
}

/// The note and the summary in what stands behind a link; `None` if the link is in a sentence.
fn behind(text: &str) -> Option<(Note<'_>, &str)> {
    let mut rest = text.trim_start_matches(['*', '_', '`', '~']).trim();
    let mut note = Note::default();
    let in_brackets = bracketed(rest).filter(|(inner, _)| inner.len() <= MAX_NOTE_BYTES);
    if let Some((inner, behind)) = in_brackets {
        note = Note::of(inner).unwrap_or(Note { source: Some(trimmed(inner)), ..Note::default() });
        rest = behind.trim();
    }
    if trimmed(rest).trim_matches(['.', '。']).is_empty() {
        return Some((note, ""));
    }
    if let Some(more) = Note::of(rest) {
        note.add(more);
        return Some((note, ""));
    }
    let said = rest.trim_start_matches(SEPARATORS).trim_start();
    let is_parted = said.len() < rest.len();
    if !is_parted && in_brackets.is_none() {
        return None;
    }
    // A date before the summary, or in brackets behind it.
    if let Some((first, more, summary)) =
        divisions(said).find_map(|(first, second)| Some((first, Note::of(first)?, second)))
        && !first.is_empty()
    {
        note.add(more);
        return Some((note, summary));
    }
    if let Some((summary, inner)) = ends_in_brackets(said)
        && let Some(more) = Note::of(inner)
    {
        note.add(more);
        return Some((note, summary));
    }
    // A comma goes on with the sentence.
    let is_sentence = rest.starts_with([',', '，', '/']) && in_brackets.is_none();
    (!is_sentence).then_some((note, said))
}

/// A text in two at each of the marks that may part a date from a summary.
fn divisions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let marks = [" — ", " – ", " - ", "——", "—", "：", ": ", " | ", " "];
    marks
        .into_iter()
        .filter_map(|mark| text.split_once(mark))
        .map(|(first, second)| (first.trim(), second.trim()))
}

/// What stands in brackets at the beginning of a text, and what is behind.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let close = match text.chars().next()? {
        '(' => ')',
        '（' => '）',
        '[' => ']',
        '【' => '】',
        _ => return None,
    };
    let (open, close) = (text.chars().next()?.len_utf8(), (text.find(close)?, close.len_utf8()));
    Some((text.get(open..close.0)?, &text[close.0 + close.1..]))
}

/// What stands before the brackets at the end of a text, and what in them.
fn ends_in_brackets(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_suffix([')', '）'])?;
    let at = inside.rfind(['(', '（'])?;
    Some((text[..at].trim(), inside[at..].trim_start_matches(['(', '（'])))
}

/// The first link in a text that stands near its beginning: what is before it, its text and URL, and what is behind it.
pub(in crate::article::record) fn first_link(text: &str) -> Option<(&str, (&str, &str), &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find('[').map(|at| from + at).filter(|at| *at <= MAX_NOTE_BYTES) {
        if let Some((title, url, end)) = link(&text[at..]) {
            let is_image = text[..at].ends_with('!') || title.starts_with("![") || title.is_empty();
            return (!is_image).then(|| (&text[..at], (title, url), &text[at + end..]));
        }
        from = at + 1;
    }
    None
}

/// The text and the URL of a link at the beginning of a text, and where it ends.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let close = closing(text, b'[', b']')?;
    let target = text[close + 1..].strip_prefix('(').map(|_| &text[close + 1..])?;
    let end = closing(target, b'(', b')')?;
    let url = target[1..end].split_whitespace().next().unwrap_or_default();
    let url = url.strip_prefix('<').and_then(|url| url.strip_suffix('>')).unwrap_or(url);
    let title = text[1..close].trim().trim_matches(['*', '_', '`']).trim();
    Some((title, url, close + 1 + end + 1))
}

/// Where the bracket that opens a text is closed.
fn closing(text: &str, open: u8, close: u8) -> Option<usize> {
    let (mut depth, mut is_escaped) = (0_usize, false);
    for (at, byte) in text.bytes().enumerate() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match byte {
            b'\\' => is_escaped = true,
            _ if byte == open => depth += 1,
            _ if byte == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a URL may be that of an article: it has a path, and names no security.
fn is_page(url: &str) -> bool {
    if matches!(Target::of(url), Some(Target::Security(_))) {
        return false;
    }
    let path = match url.split_once("://") {
        Some(("http" | "https", rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None if !url.contains(':') => url,
        _ => "",
    };
    !path.starts_with('#') && !path.trim_matches('/').is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Opening, Shape};

    #[test]
    fn a_line_with_a_link_and_its_time_opens_an_item() {
        let day = Some("2024-05-01");
        let cases = [
            (
                "- 2024-05-01 [A b](https://x.example/1) — It rose.",
                Shape::Bullet,
                day,
                None,
                None,
                "It rose.",
            ),
            (
                "* [A b](https://x.example/1) (May 1, 2024)",
                Shape::Bullet,
                Some("May 1, 2024"),
                None,
                None,
                "",
            ),
            (
                "1. **[A b](https://x.example/1)** - Reuters, 08:30",
                Shape::Bullet,
                None,
                Some("08:30"),
                Some("Reuters"),
                "",
            ),
            ("### [A b](https://x.example/1)", Shape::Heading, None, None, None, ""),
            ("[A b](https://x.example/1)：铜价上涨。", Shape::Paragraph, None, None, None, "铜价上涨。"),
            (
                "2、[A b](https://x.example/1)（新华社 2024-05-01）",
                Shape::Bullet,
                day,
                None,
                Some("新华社"),
                "",
            ),
            (
                "- [A b](https://x.example/1) | Wire | May 1, 2024 | 08:30",
                Shape::Bullet,
                Some("May 1, 2024 | 08:30"),
                None,
                Some("Wire"),
                "",
            ),
            ("- **2024-05-01** | [A b](https://x.example/1)", Shape::Bullet, day, None, None, ""),
            ("- [2024-05-01] [A b](https://x.example/1 \"tip\")", Shape::Bullet, day, None, None, ""),
            (
                "- [A b](https://x.example/1) — 2024-05-01: It rose.",
                Shape::Bullet,
                day,
                None,
                None,
                "It rose.",
            ),
            ("- [A b](https://x.example/1): It rose (2024-05-01)", Shape::Bullet, day, None, None, "It rose"),
            (
                "- [A b](https://x.example/1) 2024年5月1日",
                Shape::Bullet,
                Some("2024年5月1日"),
                None,
                None,
                "",
            ),
            (
                "- [A b](https://x.example/1) (Wire) — It rose.",
                Shape::Bullet,
                None,
                None,
                Some("Wire"),
                "It rose.",
            ),
        ];
        for (line, shape, date, time, source, summary) in cases {
            let opening = Opening::of(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(
                (opening.title, opening.url, opening.shape),
                ("A b", "https://x.example/1", shape),
                "{line}"
            );
            let note = opening.note;
            assert_eq!(
                (note.date, note.time, note.source, opening.summary),
                (date, time, source, summary),
                "{line}"
            );
        }
        let row = Opening::of("| 2024-05-01 | [A \\| b](/1_(2)) | Wire |").expect("a row");
        assert_eq!(
            (row.title, row.url, row.cells),
            ("A \\| b", "/1_(2)", vec![(0, "2024-05-01"), (2, "Wire")])
        );
    }

    #[test]
    fn a_sentence_with_a_link_opens_nothing() {
        for line in [
            "- See [A b](https://x.example/1) — it rose.",
            "- [A b](https://x.example/1) said that it rose.",
            "- [A b](https://x.example/1), which rose, fell.",
            "[A b](https://x.example/1) said: it rose.",
            "Smith, J. [A b](https://x.example/1), 2024-05-01.",
            "- ![A b](https://x.example/1.png) — it rose.",
            "- [![A b](https://x.example/1.png)](https://x.example/1)",
            "- [A b](#part)",
            "- [A b](mailto:a@x.example)",
            "- [A b](https://x.example/)",
            "- [AAPL](https://longbridge.com/en/quote/AAPL.US.md)",
            "[^1]: [A b](https://x.example/1), 2024-05-01",
            "- [ ] buy [A b](https://x.example/1)",
            "| see [A b](https://x.example/1) | x |",
            "- [A b] (https://x.example/1)",
            "- [A b](https://x.example/1",
        ] {
            assert!(Opening::of(line).is_none(), "{line}");
        }
    }
}
