//! Writes JSON for scripts: the wire types, versioned by `schema/answer.json`.

use super::ResultPage;
use crate::{
    article::MentionPlace,
    index::{Copies, Facet, Status, StoredArticle},
    ingest::{Notes, Report},
    problem::Note,
    search::{Analysis, Completion, Hit, Suggestion},
    symbol::Symbol,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    ops::Range,
};

#[derive(Serialize)]
struct AnswerJson<'a> {
    version: u32,
    total: usize,
    stories: Option<usize>,
    articles: usize,
    pages: usize,
    took_ms: f64,
    query: &'a str,
    hits: Vec<HitJson<'a>>,
    facets: BTreeMap<&'a str, Vec<CountJson<'a>>>,
    notes: Vec<String>,
    suggestions: Vec<SuggestionJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<&'a str>,
}

#[derive(Serialize)]
struct SuggestionJson<'a> {
    kind: &'a str,
    asked: &'a str,
    instead: Option<&'a str>,
    count: u64,
}

#[derive(Serialize)]
struct HitJson<'a> {
    rank: usize,
    #[serde(flatten)]
    article: ArticleJson<'a>,
    also: &'a [String],
    #[serde(skip_serializing_if = "is_zero")]
    more_locales: usize,
    copies: Option<CopiesJson>,
    score: Option<f32>,
    snippets: Vec<SnippetJson<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    explanation: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    relaxed: bool,
}

#[derive(Serialize)]
struct CopiesJson {
    count: usize,
    first: String,
    last: String,
}

#[derive(Serialize)]
struct ArticleJson<'a> {
    key: &'a str,
    id: &'a str,
    locale: Option<&'a str>,
    kind: Option<&'a str>,
    title: &'a str,
    url: Option<&'a str>,
    path: &'a str,
    /// The line on which the record begins, in a file of many; null if the file no longer has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "a whole file has no such line, a record may have lost its own"
    )]
    record_line: Option<Option<u32>>,
    published: Option<String>,
    symbols: Vec<String>,
    sources: BTreeMap<String, Vec<&'a str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ambiguous: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

#[derive(Serialize)]
struct SnippetJson<'a> {
    text: &'a str,
    marks: Vec<[usize; 2]>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct CountJson<'a> {
    value: &'a str,
    count: u64,
}

/// Writes an answer as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn answer(out: &mut dyn Write, shown: &ResultPage<'_>) -> io::Result<()> {
    let answer = shown.answer;
    let json = AnswerJson {
        version: 3,
        total: answer.total,
        stories: answer.stories,
        articles: answer.articles,
        pages: answer.pages,
        took_ms: (answer.took.as_secs_f64() * 1e6).round() / 1e3,
        query: shown.query,
        hits: numbered(shown).collect(),
        facets: counts(&answer.facets),
        notes: told(shown.notes),
        suggestions: shown.suggestions.iter().map(suggestion_json).collect(),
        next_cursor: shown.next_cursor,
    };
    line(out, &json)
}

/// Notes as their English texts.
fn told(notes: &[Note]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}

fn suggestion_json(suggestion: &Suggestion) -> SuggestionJson<'_> {
    SuggestionJson {
        kind: suggestion.kind.as_str(),
        asked: &suggestion.asked,
        instead: suggestion.instead.as_deref(),
        count: suggestion.count,
    }
}

/// Writes how a query was read as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn analysis(out: &mut dyn Write, query: &str, analysis: &Analysis, notes: &[Note]) -> io::Result<()> {
    #[derive(Serialize)]
    struct NodeJson<'a> {
        label: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        words: Vec<Vec<CountJson<'a>>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        parts: Vec<NodeJson<'a>>,
    }
    #[derive(Serialize)]
    struct AnalysisJson<'a> {
        query: &'a str,
        tree: NodeJson<'a>,
        notes: Vec<String>,
    }
    fn counts(words: &[(String, u64)]) -> Vec<CountJson<'_>> {
        words.iter().map(|(value, count)| CountJson { value, count: *count }).collect()
    }
    fn node(analysis: &Analysis) -> NodeJson<'_> {
        NodeJson {
            label: &analysis.label,
            detail: analysis.detail.as_deref(),
            words: analysis.words.iter().map(|words| counts(words)).collect(),
            parts: analysis.parts.iter().map(node).collect(),
        }
    }
    line(out, &AnalysisJson { query, tree: node(analysis), notes: told(notes) })
}

/// Writes the hits of an answer, one object per line.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn hits(out: &mut dyn Write, shown: &ResultPage<'_>) -> io::Result<()> {
    numbered(shown).try_for_each(|hit| line(out, &hit))
}

/// Writes counts as one object, with a list for each name.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn facets(out: &mut dyn Write, total: usize, facets: &[Facet], notes: &[Note]) -> io::Result<()> {
    #[derive(Serialize)]
    struct FacetsJson<'a> {
        total: usize,
        facets: BTreeMap<&'a str, Vec<CountJson<'a>>>,
        notes: Vec<String>,
    }
    line(out, &FacetsJson { total, facets: counts(facets), notes: told(notes) })
}

/// Writes a whole article as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn article(out: &mut dyn Write, kept: &StoredArticle) -> io::Result<()> {
    #[derive(Serialize)]
    struct WholeJson<'a> {
        #[serde(flatten)]
        article: ArticleJson<'a>,
        description: &'a str,
        body: &'a str,
        body_line: Option<u32>,
        related: &'a [String],
        keys: BTreeMap<&'a str, &'a [String]>,
        hash: String,
    }
    line(
        out,
        &WholeJson {
            article: article_json(kept),
            description: &kept.description,
            body: &kept.body,
            body_line: kept.line_at(0),
            related: &kept.related,
            keys: kept.keys.iter().map(|(key, values)| (key.as_str(), values.as_slice())).collect(),
            hash: format!("{:016x}", kept.hash),
        },
    )
}

/// Writes an article without its texts, on one line.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn header(out: &mut dyn Write, kept: &StoredArticle) -> io::Result<()> {
    line(out, &article_json(kept))
}

/// Writes one article of a listing, on one line.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn listing(out: &mut dyn Write, kept: &StoredArticle) -> io::Result<()> {
    #[derive(Serialize)]
    struct ListingJson<'a> {
        key: &'a str,
        path: &'a str,
        published: Option<String>,
        hash: String,
    }
    let published = kept.published.map(|at| at.to_string());
    line(
        out,
        &ListingJson { key: &kept.key, path: &kept.path, published, hash: format!("{:016x}", kept.hash) },
    )
}

/// Writes what an ingest did as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn report(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    #[derive(Serialize)]
    struct NoteJson<'a> {
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        code: &'a str,
        reason: &'a str,
    }
    #[derive(Serialize)]
    struct EmptyRootJson<'a> {
        path: &'a str,
        files: u64,
    }
    #[derive(Serialize)]
    struct IgnoredJson<'a> {
        total: u64,
        by_extension: BTreeMap<&'a str, u64>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        files: &'a [String],
    }
    #[derive(Serialize)]
    struct ReportJson<'a> {
        indexed: u64,
        updated: u64,
        unchanged: u64,
        removed: u64,
        repaired: Vec<NoteJson<'a>>,
        repaired_files: u64,
        skipped: Vec<NoteJson<'a>>,
        skipped_files: u64,
        ignored: IgnoredJson<'a>,
        emptied: Vec<EmptyRootJson<'a>>,
        bytes: u64,
        seconds: f64,
        stopped: bool,
    }
    fn named(notes: &Notes) -> Vec<NoteJson<'_>> {
        let note = notes.named().iter();
        note.map(|note| NoteJson {
            path: &note.path,
            line: note.line,
            code: &note.code,
            reason: &note.reason,
        })
        .collect()
    }
    line(
        out,
        &ReportJson {
            indexed: report.indexed,
            updated: report.updated,
            unchanged: report.unchanged,
            removed: report.removed,
            repaired: named(&report.repaired),
            repaired_files: report.repaired.files(),
            skipped: named(&report.skipped),
            skipped_files: report.skipped.files(),
            ignored: IgnoredJson {
                total: report.ignored.total(),
                by_extension: report.ignored.by_extension().into_iter().collect(),
                files: report.ignored.named(),
            },
            emptied: report
                .emptied
                .iter()
                .map(|root| EmptyRootJson { path: &root.path, files: root.files })
                .collect(),
            bytes: report.bytes,
            seconds: report.took.as_secs_f64(),
            stopped: report.stopped,
        },
    )
}

/// Writes the number of files read as of a commit, on one line, and flushes `out`.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn commit_jsonl(out: &mut dyn Write, read: u64) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line {
        event: &'static str,
        read: u64,
    }
    line(out, &Line { event: "commit", read })?;
    out.flush()
}

/// Writes one object per line for each file that was repaired or skipped, or ignored if those are listed.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn report_files(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    #[derive(Serialize)]
    struct FileJson<'a> {
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        line: Option<u32>,
        status: &'a str,
        code: &'a str,
        reason: &'a str,
        warnings: Vec<&'a str>,
    }
    for (status, notes) in [("indexed", &report.repaired), ("skipped", &report.skipped)] {
        for of_file in notes.named().chunk_by(|a, b| (&a.path, a.line) == (&b.path, b.line)) {
            let Some(first) = of_file.first() else { continue };
            let warnings = of_file.iter().map(|note| note.code.as_str()).collect();
            line(
                out,
                &FileJson {
                    path: &first.path,
                    line: first.line,
                    status,
                    code: &first.code,
                    reason: &first.reason,
                    warnings,
                },
            )?;
        }
    }
    let (code, reason) = ("unknown-extension", "nothing reads files with its extension");
    for path in report.ignored.named() {
        line(out, &FileJson { path, line: None, status: "ignored", code, reason, warnings: Vec::new() })?;
    }
    Ok(())
}

/// Writes the completions of a query as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn completions(out: &mut dyn Write, completions: &[Completion]) -> io::Result<()> {
    #[derive(Serialize)]
    struct CompletionJson<'a> {
        kind: &'a str,
        query: &'a str,
        shown: &'a str,
        name: Option<&'a str>,
        count: Option<u64>,
    }
    #[derive(Serialize)]
    struct CompletionsJson<'a> {
        completions: Vec<CompletionJson<'a>>,
    }
    fn one(completion: &Completion) -> CompletionJson<'_> {
        CompletionJson {
            kind: completion.kind.as_str(),
            query: &completion.query,
            shown: &completion.shown,
            name: completion.name.as_deref(),
            count: completion.count,
        }
    }
    line(out, &CompletionsJson { completions: completions.iter().map(one).collect() })
}

/// Writes the status of an index as one object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn status(out: &mut dyn Write, status: &Status) -> io::Result<()> {
    #[derive(Serialize)]
    struct StatusJson<'a> {
        location: &'a str,
        articles: u64,
        pages: u64,
        set_aside: u64,
        locales: BTreeMap<&'a str, u64>,
        keys: BTreeMap<&'a str, u64>,
        first: Option<String>,
        last: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        segments: Option<usize>,
        bytes: u64,
        fields: Vec<(&'a str, u64)>,
        ingested: Option<String>,
        version: &'a str,
    }
    line(
        out,
        &StatusJson {
            location: &status.location,
            articles: status.articles,
            pages: status.pages,
            set_aside: status.excluded,
            locales: status.locales.iter().map(|(name, count)| (name.as_str(), *count)).collect(),
            keys: status.keys.iter().map(|(key, count)| (key.as_str(), *count)).collect(),
            first: status.published.map(|(first, _)| first.to_string()),
            last: status.published.map(|(_, last)| last.to_string()),
            segments: status.segments,
            bytes: status.bytes,
            fields: status.fields.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect(),
            ingested: status.ingested.map(|at| at.to_string()),
            version: &status.version,
        },
    )
}

/// Writes how a notation of a security is read, on one line.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn symbol(out: &mut dyn Write, notation: &str, name: Option<&str>, symbol: &Symbol) -> io::Result<()> {
    #[derive(Serialize)]
    struct SymbolJson<'a> {
        notation: &'a str,
        symbol: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        market: &'a str,
        venue: &'a str,
        code: &'a str,
        kind: &'a str,
        confidence: &'a str,
        alternatives: Vec<String>,
        notations: BTreeMap<&'a str, String>,
    }
    line(
        out,
        &SymbolJson {
            notation,
            symbol: symbol.canonical(),
            name,
            market: symbol.market(),
            venue: symbol.venue(),
            code: symbol.code(),
            kind: symbol.kind().as_str(),
            confidence: symbol.confidence().as_str(),
            alternatives: symbol.alternatives().iter().map(Symbol::canonical).collect(),
            notations: symbol.notations().into_iter().collect(),
        },
    )
}

pub(super) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

fn numbered<'a>(shown: &'a ResultPage<'_>) -> impl Iterator<Item = HitJson<'a>> {
    (shown.answer.skipped + 1..).zip(&shown.answer.hits).map(|(rank, hit)| hit_json(rank, hit))
}

fn hit_json(rank: usize, hit: &Hit) -> HitJson<'_> {
    let snippets = hit.snippets.iter().map(|snippet| SnippetJson {
        text: &snippet.text,
        marks: characters(&snippet.text, &snippet.marks),
        line: snippet.line,
    });
    HitJson {
        rank,
        article: article_json(&hit.article),
        also: &hit.also,
        more_locales: hit.more_locales,
        copies: hit.copies.map(|Copies { count, first, last }| CopiesJson {
            count,
            first: first.to_string(),
            last: last.to_string(),
        }),
        score: hit.score,
        snippets: snippets.collect(),
        explanation: &hit.explanation,
        relaxed: hit.relaxed,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn article_json(kept: &StoredArticle) -> ArticleJson<'_> {
    fn some(text: &str) -> Option<&str> {
        (!text.is_empty()).then_some(text)
    }
    ArticleJson {
        key: &kept.key,
        id: &kept.id,
        locale: some(&kept.locale),
        kind: some(&kept.kind),
        title: &kept.title,
        url: some(&kept.url),
        path: &kept.path,
        record_line: kept.is_record().then(|| kept.line_at(0)),
        published: kept.published.map(|at| at.to_string()),
        symbols: kept.symbols.iter().map(|(symbol, _)| symbol.canonical()).collect(),
        ambiguous: kept
            .symbols
            .iter()
            .filter(|(symbol, _)| !symbol.alternatives().is_empty())
            .map(|(symbol, _)| {
                (symbol.canonical(), symbol.alternatives().iter().map(Symbol::canonical).collect())
            })
            .collect(),
        sources: kept
            .symbols
            .iter()
            .map(|(symbol, sources)| (symbol.canonical(), sources.iter().map(MentionPlace::as_str).collect()))
            .collect(),
        stale: kept.stale,
    }
}

fn counts(facets: &[Facet]) -> BTreeMap<&str, Vec<CountJson<'_>>> {
    fn of(facet: &Facet) -> Vec<CountJson<'_>> {
        facet.counts.iter().map(|(value, count)| CountJson { value, count: *count }).collect()
    }
    facets.iter().map(|facet| (facet.by.name.as_str(), of(facet))).collect()
}

/// Converts byte ranges of a text to ranges of code points, which scripting languages count.
fn characters(text: &str, marks: &[Range<usize>]) -> Vec<[usize; 2]> {
    let (mut at, mut count) = (0, 0);
    let mut character = |byte: usize| {
        count += text[at..byte].chars().count();
        at = byte;
        count
    };
    marks.iter().map(|mark| [character(mark.start), character(mark.end)]).collect()
}
