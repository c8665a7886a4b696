//! Writes answers for people at a terminal.

use super::{Look, ResultPage, safe, wrap};
use crate::{
    article::{BuiltIn, MentionPlace, Moment},
    index::{Copies, Facet, Status, StoredArticle},
    problem::Note,
    search::{Analysis, Answer, Hit, Suggestion, SuggestionKind},
    source::{file_of, text_of},
    symbol::Symbol,
};
use anstyle::{AnsiColor, Style};
use std::{
    cmp::Reverse,
    fmt,
    io::{self, Write},
    ops::Range,
    path::Path,
};

/// The widest bar of a histogram, in columns.
const BAR: u64 = 40;
/// Columns by which the lines below the title of a hit are indented, past its rank.
const INDENT: usize = 5;
/// A histogram of more months than this is shown by year.
const MAX_MONTHS: usize = 24;

struct Styles {
    title: Style,
    mark: Style,
    meta: Style,
    symbol: Style,
}

impl Styles {
    fn new(look: &Look) -> Self {
        if !look.color {
            return Self {
                title: Style::new(),
                mark: Style::new(),
                meta: Style::new(),
                symbol: Style::new(),
            };
        }
        Self {
            title: Style::new().bold(),
            mark: AnsiColor::Yellow.on_default().bold(),
            meta: Style::new().dimmed(),
            symbol: AnsiColor::Cyan.on_default(),
        }
    }
}

/// Writes the hits with their snippets, the requested counts and the total.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn answer(out: &mut dyn Write, shown: &ResultPage<'_>, look: &Look) -> io::Result<()> {
    let styles = Styles::new(look);
    for note in shown.notes {
        writeln!(out, "note: {}", safe(&note.to_string()))?;
    }
    let mut relaxed = false;
    for (rank, hit) in (shown.answer.skipped + 1..).zip(&shown.answer.hits) {
        if hit.relaxed && !std::mem::replace(&mut relaxed, true) {
            writeln!(out, "{}{RELAXED}{:#}\n", styles.meta, styles.meta)?;
        }
        write_hit(out, rank, hit, &styles, look)?;
    }
    if !shown.answer.facets.is_empty() {
        facets(out, &shown.answer.facets, &|_| None)?;
        writeln!(out)?;
    }
    for line in suggested(shown.suggestions) {
        writeln!(out, "{}", safe(&line))?;
    }
    let Answer { total, stories, articles, pages, skipped, hits, took, .. } = shown.answer;
    let meta = styles.meta;
    let range = if hits.len() < *total && !hits.is_empty() {
        format!("{}–{} of ", skipped + 1, skipped + hits.len())
    } else {
        String::new()
    };
    let line = match (articles == pages, articles == total) {
        _ if stories.is_some() && !range.is_empty() => format!("{total} stories, {articles} articles"),
        _ if stories.is_some() => in_stories(*articles, *total),
        (true, _) => counted(*articles, "article"),
        (false, true) => format!("{} on {}", counted(*articles, "article"), counted(*pages, "page")),
        (false, false) => format!("{} of {}", counted(*pages, "page"), counted(*articles, "article")),
    };
    writeln!(out, "{meta}{range}{line}, {:.1} ms{meta:#}", took.as_secs_f64() * 1e3)
}

/// `37 articles in 12 stories`.
#[must_use]
pub fn in_stories(articles: usize, stories: usize) -> String {
    let what = if stories == 1 { "story" } else { "stories" };
    format!("{} in {stories} {what}", counted(articles, "article"))
}

/// `+7 near-duplicates, first 09:31, last 14:02`, with dates if these are on different days.
fn near_copies(copies: &Copies, look: &Look) -> String {
    let Copies { count, first, last } = copies;
    let one_day = first.date(&look.zone) == last.date(&look.zone);
    let form = if one_day { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let [first, last] = [first, last].map(|at| match at {
        Moment::Instant(at) => at.to_zoned(look.zone.clone()).strftime(form).to_string(),
        Moment::Day(day) => day.to_string(),
    });
    format!("+{count} near-duplicate{}, first {first}, last {last}", if *count == 1 { "" } else { "s" })
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The suggestions as lines; those for the same word or symbol share a line.
fn suggested(suggestions: &[Suggestion]) -> Vec<String> {
    let mut lines = Vec::new();
    let same = |a: &Suggestion, b: &Suggestion| a.kind == b.kind && a.asked == b.asked;
    for about_one in suggestions.chunk_by(same) {
        let Some(Suggestion { kind, asked, count, .. }) = about_one.first() else { continue };
        let near =
            about_one.iter().filter_map(|near| Some(format!("{} ({})", near.instead.as_ref()?, near.count)));
        let near = near.collect::<Vec<_>>().join(", ");
        lines.push(match kind {
            SuggestionKind::Word => format!("did you mean {near}?"),
            SuggestionKind::Symbol => format!("no article names {asked}; did you mean {near}?"),
            SuggestionKind::Without => format!("without {asked}: {count} articles"),
        });
    }
    lines
}

/// At most this many free keys of an index are named, most frequent first.
const MAX_KEYS: usize = 100;
/// At most this many locales of an index are named.
const MAX_LOCALES: usize = 20;
/// The mark above the hits that have only some of the words.
const RELAXED: &str = "── some of the words ──";
/// Shown instead of a text that is kept only in its file, if the file is gone or has changed.
const STALE: &str = "(no text: the file is gone, or has changed since it was indexed)";

fn write_hit(out: &mut dyn Write, rank: usize, hit: &Hit, styles: &Styles, look: &Look) -> io::Result<()> {
    let article = &hit.article;
    let title = if article.title.is_empty() { &article.key } else { &article.title };
    let marks: &[Range<usize>] = if article.title.is_empty() { &[] } else { &hit.title_marks };
    let room = look.width.map(|width| width.saturating_sub(INDENT).max(20));
    write!(out, "{rank:>3}. ")?;
    wrap::write(out, &marked(title, marks, styles.title, styles.mark), INDENT, room)?;
    let mut facts = Vec::new();
    facts.extend(article.published.map(|at| time(at, look)));
    facts.push(safe(&article.key).into_owned());
    if !hit.also.is_empty() {
        facts.push(format!("also {}{}", safe(&hit.also.join(", ")), more(hit.more_locales)));
    }
    facts.extend(hit.score.map(|score| format!("{score:.2}")));
    let meta = styles.meta;
    write!(out, "     {meta}{}{meta:#}", facts.join("  "))?;
    for (symbol, _) in article.symbols.iter().take(8) {
        write!(out, "  {}{}{:#}", styles.symbol, all_readings(symbol), styles.symbol)?;
    }
    if article.symbols.len() > 8 {
        write!(out, "  {meta}+{}{meta:#}", article.symbols.len() - 8)?;
    }
    writeln!(out)?;
    if let Some(copies) = &hit.copies {
        writeln!(out, "     {meta}{}{meta:#}", near_copies(copies, look))?;
    }
    writeln!(out, "     {meta}{}{meta:#}", Link { article, look })?;
    if article.stale {
        writeln!(out, "     {meta}{STALE}{meta:#}")?;
    }
    for snippet in &hit.snippets {
        let pieces = marked(&snippet.text, &snippet.marks, Style::new(), styles.mark);
        write!(out, "{:INDENT$}", "")?;
        wrap::write(out, &pieces, INDENT, room)?;
    }
    for line in &hit.explanation {
        writeln!(out, "     {meta}{}{meta:#}", safe(line))?;
    }
    writeln!(out)
}

/// The end of a list that lacks so many.
fn more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" and {count} more") }
}

/// A security in canonical spelling, with the other readings of an ambiguous notation.
fn all_readings(symbol: &Symbol) -> String {
    symbol.alternatives().iter().fold(symbol.canonical(), |text, other| format!("{text}|{other}"))
}

/// An instant to the minute, in the zone of the reader; a day as it is.
fn time(at: Moment, look: &Look) -> String {
    let Moment::Instant(at) = at else { return at.to_string() };
    let zoned = at.to_zoned(look.zone.clone());
    let offset = if zoned.offset().is_zero() { "Z".into() } else { zoned.strftime("%:z").to_string() };
    zoned.strftime("%Y-%m-%d %H:%M").to_string() + &offset
}

/// The URL of an article, else its file; a hyperlink if the terminal supports it.
struct Link<'a> {
    article: &'a StoredArticle,
    look: &'a Look,
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StoredArticle { url, path, .. } = self.article;
        let (target, shown) = if url.is_empty() {
            (format!("file://{}", percent_encoded(&file_of(path))), shown_path(path, self.look))
        } else {
            (url.clone(), url.clone())
        };
        if self.look.hyperlinks {
            write!(f, "\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", safe(&target), safe(&shown))
        } else {
            f.write_str(&safe(&shown))
        }
    }
}

fn percent_encoded(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut encoded = String::with_capacity(bytes.len());
    for byte in bytes {
        match *byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                encoded.push(char::from(*byte));
            }
            other => {
                let _ = fmt::Write::write_fmt(&mut encoded, format_args!("%{other:02X}"));
            }
        }
    }
    encoded
}

/// A path relative to the user's folder, if it is below that.
pub(super) fn shown_path(path: &str, look: &Look) -> String {
    let below = look.here.as_ref().and_then(|here| Path::new(path).strip_prefix(text_of(here)).ok());
    match below.and_then(Path::to_str) {
        Some(below) if !below.is_empty() => below.to_owned(),
        _ => path.to_owned(),
    }
}

/// A text with its marks: in a style, or in brackets if there is none.
fn marked(text: &str, marks: &[Range<usize>], plain: Style, mark: Style) -> Vec<(Style, String)> {
    let mut pieces = Vec::with_capacity(2 * marks.len() + 1);
    let mut at = 0;
    for range in marks {
        pieces.push((plain, safe(&text[at..range.start]).into_owned()));
        let inside = safe(&text[range.clone()]);
        let inside = if mark == Style::new() { format!("[{inside}]") } else { inside.into_owned() };
        pieces.push((mark, inside));
        at = range.end;
    }
    pieces.push((plain, safe(&text[at..]).into_owned()));
    pieces
}

/// Writes counts: years, months and days as a histogram, other values as a list, securities with the name that `name_of`
/// has for their canonical notation.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn facets(
    out: &mut dyn Write,
    facets: &[Facet],
    name_of: &dyn Fn(&str) -> Option<String>,
) -> io::Result<()> {
    for facet in facets {
        writeln!(out, "{}:", facet.by.name)?;
        let by_year;
        let counts = if facet.by.name == "month" && facet.counts.len() > MAX_MONTHS {
            by_year = years(&facet.counts);
            &by_year
        } else {
            &facet.counts
        };
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
        let width = counts.iter().map(|(value, _)| value.chars().count()).max().unwrap_or(0);
        for (value, count) in counts {
            let name = Some(value).filter(|_| facet.by.name == BuiltIn::Symbol.name());
            let name = name.and_then(|value| name_of(value)).map(|name| format!("  {}", safe(&name)));
            let value = safe(value);
            if facet.by.is_calendar() {
                let bar = "█".repeat(usize::try_from((count * BAR).div_ceil(most)).unwrap_or(0));
                writeln!(out, "  {value:width$}  {count:>8}  {bar}")?;
            } else {
                writeln!(out, "  {value:width$}  {count:>8}{}", name.unwrap_or_default())?;
            }
        }
        if facet.distinct > facet.counts.len() {
            writeln!(out, "  and {} more", facet.distinct - facet.counts.len())?;
        }
    }
    Ok(())
}

/// Sums counts by month to counts by year.
fn years(months: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut years: Vec<(String, u64)> = Vec::new();
    for (month, count) in months {
        let year = month.split('-').next().unwrap_or(month);
        match years.last_mut() {
            Some((known, sum)) if known == year => *sum += count,
            _ => years.push((year.to_owned(), *count)),
        }
    }
    years
}

/// Writes one line per hit: its file, and the line of the file with the first match, unless the file no longer has the record.
/// Paths below the user's folder are relative to it.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn paths(out: &mut dyn Write, shown: &ResultPage<'_>, look: &Look) -> io::Result<()> {
    for hit in &shown.answer.hits {
        let path = shown_path(&hit.article.path, look);
        let line =
            hit.snippets.iter().filter(|snippet| !snippet.marks.is_empty()).find_map(|snippet| snippet.line);
        let of_article = || if hit.article.is_record() { hit.article.line_at(0) } else { Some(1) };
        match line.or_else(of_article) {
            Some(line) => writeln!(out, "{}:{line}", safe(&path))?,
            None => writeln!(out, "{}", safe(&path))?,
        }
    }
    Ok(())
}

/// Writes how a query was read.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn analysis(out: &mut dyn Write, query: &str, analysis: &Analysis, notes: &[Note]) -> io::Result<()> {
    for note in notes {
        writeln!(out, "note: {}", safe(&note.to_string()))?;
    }
    writeln!(out, "{}", safe(query))?;
    writeln!(out)?;
    write_node(out, analysis, 0)
}

/// Maximum number of terms of the index that are shown for a word of the query.
const MAX_SHOWN_WORDS: usize = 20;

fn write_node(out: &mut dyn Write, node: &Analysis, depth: usize) -> io::Result<()> {
    writeln!(out, "{:width$}{}", "", safe(&node.label), width = 2 * depth)?;
    let width = 2 * depth + 4;
    if let Some(detail) = &node.detail {
        writeln!(out, "{:width$}{}", "", safe(detail))?;
    }
    for words in &node.words {
        let shown = words.iter().take(MAX_SHOWN_WORDS).map(|(word, count)| format!("{} {count}", safe(word)));
        let line = shown.collect::<Vec<_>>().join(", ");
        let more = match words.len().saturating_sub(MAX_SHOWN_WORDS) {
            0 if words.is_empty() => "no term of the index".into(),
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        writeln!(out, "{:width$}{line}{more}", "")?;
    }
    node.parts.iter().try_for_each(|part| write_node(out, part, depth + 1))
}

/// Writes a whole article.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn article(out: &mut dyn Write, kept: &StoredArticle, look: &Look) -> io::Result<()> {
    let styles = Styles::new(look);
    writeln!(out, "{}{}{:#}", styles.title, safe(&kept.title), styles.title)?;
    writeln!(out)?;
    let published = kept.published.map(|at| time(at, look)).unwrap_or_default();
    let named = kept.symbols.iter().map(|(symbol, sources)| {
        let places: Vec<_> = sources.iter().map(MentionPlace::as_str).collect();
        format!("{} ({})", all_readings(symbol), places.join(", "))
    });
    let facts = [
        ("key", kept.key.as_str()),
        ("published", published.as_str()),
        ("kind", &kept.kind),
        ("symbols", &named.collect::<Vec<_>>().join("  ")),
        ("url", &kept.url),
        ("path", &kept.path),
        ("related", &kept.related.join(" ")),
    ];
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{}{name:>10}{:#}  {}", styles.meta, styles.meta, safe(value))?;
    }
    if !kept.keys.is_empty() {
        writeln!(out)?;
    }
    for (key, values) in &kept.keys {
        writeln!(out, "{}{:>10}{:#}  {}", styles.meta, safe(key), styles.meta, safe(&values.join(", ")))?;
    }
    if kept.stale {
        writeln!(out, "\n{}{STALE}{:#}", styles.meta, styles.meta)?;
    }
    for part in [&kept.description, &kept.body].into_iter().filter(|part| !part.is_empty()) {
        writeln!(out)?;
        for line in part.lines() {
            writeln!(out, "{}", safe(line))?;
        }
    }
    Ok(())
}

/// Writes the status of an index.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn status(out: &mut dyn Write, status: &Status, look: &Look) -> io::Result<()> {
    writeln!(out, "index     {}", safe(&status.location))?;
    if status.articles == status.pages {
        writeln!(out, "articles  {}", status.articles)?;
    } else {
        writeln!(out, "articles  {} on {} pages", status.articles, status.pages)?;
    }
    if status.excluded > 0 {
        writeln!(out, "excluded  {} files and records (duplicates, or no text)", status.excluded)?;
    }
    let locales = status.locales.iter().take(MAX_LOCALES);
    let locales: Vec<_> = locales.map(|(name, count)| format!("{} {count}", safe(name))).collect();
    let rest = more(status.locales.len().saturating_sub(MAX_LOCALES));
    writeln!(out, "locales   {}{rest}", locales.join(", "))?;
    if !status.keys.is_empty() {
        let mut keys: Vec<_> = status.keys.iter().collect();
        keys.sort_by_key(|(_, count)| Reverse(*count));
        let shown: Vec<_> =
            keys.iter().take(MAX_KEYS).map(|(key, count)| format!("{} {count}", safe(key))).collect();
        let rest = more(keys.len().saturating_sub(MAX_KEYS));
        writeln!(out, "keys      {}{rest}", shown.join(", "))?;
    }
    if let Some((first, last)) = status.published {
        writeln!(out, "published {} to {}", time(first, look), time(last, look))?;
    }
    if let Some(segments) = status.segments {
        writeln!(out, "segments  {segments}")?;
    }
    writeln!(out, "size      {}", Bytes(status.bytes))?;
    for (name, bytes) in &status.fields {
        writeln!(out, "  {:<16} {}", safe(name), Bytes(*bytes))?;
    }
    if let Some(at) = status.ingested {
        writeln!(out, "ingested  {}, by newsdex {}", time(Moment::Instant(at), look), safe(&status.version))?;
    }
    Ok(())
}

/// Writes how a notation of a security is read, and how other services write it.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn symbol(
    out: &mut dyn Write,
    typed: &str,
    name: Option<&str>,
    symbol: &Symbol,
    look: &Look,
) -> io::Result<()> {
    let styles = Styles::new(look);
    let code = styles.symbol;
    let (kind, confidence) = (symbol.kind().as_str(), symbol.confidence().as_str());
    let name = name.map(|name| format!("  {}", safe(name))).unwrap_or_default();
    writeln!(
        out,
        "{} → {code}{symbol}{code:#}{name}  {kind}, market {}, {confidence}",
        safe(typed),
        symbol.market()
    )?;
    for other in symbol.alternatives() {
        writeln!(out, "  or {code}{other}{code:#}  {}", other.kind().as_str())?;
    }
    for (who, spelling) in symbol.notations() {
        writeln!(out, "  {}{who:<16}{:#}  {spelling}", styles.meta, styles.meta)?;
    }
    Ok(())
}

/// Writes the segments and the size of an index before and after it was merged into one segment.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn optimized(out: &mut dyn Write, before: &Status, after: &Status) -> io::Result<()> {
    if let (Some(before), Some(after)) = (before.segments, after.segments) {
        writeln!(out, "segments  {before} → {after}")?;
    }
    writeln!(out, "size      {} → {}", Bytes(before.bytes), Bytes(after.bytes))
}

struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "a size is shown with two digits")]
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{} B", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kB", bytes / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.1} MB", bytes / 1e6),
            _ => write!(f, "{:.2} GB", bytes / 1e9),
        }
    }
}
