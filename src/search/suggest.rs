//! Suggests what a query without matches may have meant.

use super::pages;
use crate::{
    index::{IndexError, Snapshot},
    query::{Pattern, Query, Role, Security, Slot, TermSet, Words, distance},
    search::Request,
    symbol::Symbol,
};
use std::collections::HashSet;

/// At most this many suggestions per word or security.
const MAX_NEAR: usize = 3;
/// At most this many words, securities and parts of a query are tried: each costs a search.
const MAX_ASKED: usize = 4;
/// Words with fewer letters have too many similar ones.
const MIN_LETTERS: usize = 3;
/// Words with at least this many letters may have two wrong ones.
const LONG: usize = 6;

/// Something to search for instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What kind of change it suggests.
    pub kind: SuggestionKind,
    /// The part of the query that may be wrong, in query syntax.
    pub asked: String,
    /// The replacement; `None` to leave the part out.
    pub instead: Option<String>,
    /// How many pages match the replacement, or how many articles match the query without the part.
    pub count: u64,
}

/// The kind of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionKind {
    /// A word that differs by one or two letters.
    Word,
    /// A security with a similar notation.
    Symbol,
    /// The query without one of its parts.
    Without,
}

impl SuggestionKind {
    /// The lower-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Symbol => "symbol",
            Self::Without => "without",
        }
    }
}

/// Suggestions for a query without matches.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word has too many similar ones; else as every method of [`Snapshot`].
pub fn suggest(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<Suggestion>, IndexError> {
    let mut suggestions = near_words(snapshot, query)?;
    suggestions.extend(near_symbols(snapshot, query)?);
    suggestions.extend(without_a_part(snapshot, query)?);
    Ok(suggestions)
}

/// For each word that no article has, the most similar words. Skips numbers, and synonyms, which were not typed.
fn near_words(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<Suggestion>, IndexError> {
    let mut asked: Vec<(Option<&str>, &str)> = Vec::new();
    query.each_leaf(&mut |leaf| {
        let typed = match leaf {
            Query::Words(words) => Some(words),
            Query::Synonyms(several) => several.first(),
            _ => None,
        };
        for slot in typed.iter().flat_map(|words| &words.slots) {
            let field = typed.and_then(|words| words.field.as_deref());
            if let TermSet::Exact(word) | TermSet::Forms(word) = &slot.terms {
                let letters =
                    word.len() >= MIN_LETTERS && word.bytes().all(|byte| byte.is_ascii_alphabetic());
                if letters && !asked.contains(&(field, word)) {
                    asked.push((field, word));
                }
            }
        }
    });
    let mut suggestions = Vec::new();
    for (field, word) in asked.into_iter().take(MAX_ASKED) {
        if pages_with(snapshot, field, TermSet::Forms(word.to_owned()))? > 0 {
            continue;
        }
        let mut near = near(snapshot, field, word, 1)?;
        if near.is_empty() && word.len() >= LONG {
            near = self::near(snapshot, field, word, 2)?;
        }
        suggestions.extend(near.into_iter().map(|(instead, count)| Suggestion {
            kind: SuggestionKind::Word,
            asked: word.to_owned(),
            instead: Some(instead),
            count,
        }));
    }
    Ok(suggestions)
}

/// The most frequent words that differ by at most `edits` letters, with their page counts. Counts by search: a
/// dictionary may still have words of removed pages.
fn near(
    snapshot: &dyn Snapshot,
    field: Option<&str>,
    word: &str,
    edits: u8,
) -> Result<Vec<(String, u64)>, IndexError> {
    let candidates = snapshot.doc_freqs(field, &[TermSet::Pattern(Pattern::fuzzy(word, edits))])?;
    let mut near = Vec::new();
    for (candidate, _) in candidates.into_iter().flatten().take(2 * MAX_NEAR) {
        let count = pages_with(snapshot, field, TermSet::Exact(candidate.clone()))?;
        if count > 0 && near.len() < MAX_NEAR {
            near.push((candidate, count));
        }
    }
    Ok(near)
}

fn pages_with(snapshot: &dyn Snapshot, field: Option<&str>, wanted: TermSet) -> Result<u64, IndexError> {
    let slots = vec![Slot { offset: 0, unit: 0, terms: wanted }];
    pages(
        snapshot,
        Query::Words(Words { field: field.map(str::to_owned), slots, slop: 0, span: 0..0, plain: false }),
    )
}

/// For each security that no article names, those with the same code at another venue, or a similar code at the
/// same one.
fn near_symbols(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<Suggestion>, IndexError> {
    let mut asked: Vec<Symbol> = Vec::new();
    query.clone().each_security(&mut |security| asked.extend(security.readings.iter().cloned()));
    asked.truncate(MAX_ASKED);
    let mut unknown = Vec::new();
    for symbol in asked {
        if pages(snapshot, naming(&symbol))? == 0 {
            unknown.push((symbol, HashSet::new()));
        }
    }
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    for symbol in snapshot.symbols()? {
        for (asked, near) in &mut unknown {
            let elsewhere = symbol.code() == asked.code();
            let close = symbol.venue() == asked.venue()
                && symbol.code().len().abs_diff(asked.code().len()) <= 1
                && distance(symbol.code(), asked.code()) == 1;
            if elsewhere || close {
                near.insert(symbol.clone());
            }
        }
    }
    let mut suggestions = Vec::new();
    for (asked, near) in unknown {
        let mut near: Vec<Symbol> = near.into_iter().collect();
        let elsewhere = |symbol: &Symbol| symbol.code() == asked.code();
        near.sort_by(|a, b| elsewhere(b).cmp(&elsewhere(a)).then(a.cmp(b)));
        let mut counted = Vec::new();
        for symbol in near.into_iter().take(4 * MAX_NEAR) {
            counted.push((pages(snapshot, naming(&symbol))?, symbol));
        }
        counted.retain(|(count, _)| *count > 0);
        counted.sort_by(|(n, a), (m, b)| elsewhere(b).cmp(&elsewhere(a)).then(m.cmp(n)).then(a.cmp(b)));
        suggestions.extend(counted.into_iter().take(MAX_NEAR).map(|(count, symbol)| Suggestion {
            kind: SuggestionKind::Symbol,
            asked: asked.canonical(),
            instead: Some(symbol.canonical()),
            count,
        }));
    }
    Ok(suggestions)
}

/// The query for articles that name a security.
pub(super) fn naming(symbol: &Symbol) -> Query {
    Query::Security(Security {
        typed: symbol.canonical(),
        readings: vec![symbol.clone()],
        names: Vec::new(),
        role: Role::Any,
    })
}

/// The parts of a conjunction without which it has matches: filters first, then exclusions, then words.
fn without_a_part(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<Suggestion>, IndexError> {
    let Query::And(parts) = query else { return Ok(Vec::new()) };
    let mut asked: Vec<usize> = (0..parts.len()).collect();
    asked.sort_by_key(|index| match &parts[*index] {
        Query::Not(_) => 1,
        part => 2 * u8::from(snapshot.schema().ranks(part)),
    });
    let mut suggestions = Vec::new();
    let mut leave_out = |left_out: &[usize]| {
        let is_left = |index: &usize| left_out.contains(index);
        let rest = parts.iter().enumerate().filter(|(index, _)| !is_left(index));
        let mut request = Request::new(Query::and(rest.map(|(_, part)| part.clone())));
        request.limit = 0;
        let count = super::search(snapshot, &request)?.articles as u64;
        if count > 0 {
            let asked = Query::and(left_out.iter().map(|index| parts[*index].clone())).to_string();
            suggestions.push(Suggestion { kind: SuggestionKind::Without, asked, instead: None, count });
        }
        Ok(count > 0)
    };
    let mut any = false;
    for left_out in asked.iter().take(MAX_ASKED) {
        any |= leave_out(&[*left_out])?;
    }
    let filters: Vec<usize> =
        (0..parts.len()).filter(|index| !snapshot.schema().ranks(&parts[*index])).collect();
    if !any && filters.len() > 1 && filters.len() < parts.len() {
        leave_out(&filters)?;
    }
    Ok(suggestions)
}

#[cfg(test)]
mod tests {
    use super::{SuggestionKind, naming, suggest};
    use crate::{
        article::{Article, MentionPlace, MentionPlaces, Named},
        index::{Location, Snapshot, WriterOptions},
        query::{Clock, Language, Query},
        schema::Schema,
        source::File,
        symbol::Symbol,
    };
    use std::sync::Arc;
    use tempfile::TempDir;

    /// A snapshot of some articles, in a folder that lives as long.
    fn snapshot(articles: impl IntoIterator<Item = Article>) -> (Arc<dyn Snapshot>, TempDir) {
        let folder = tempfile::tempdir().expect("there is room");
        let schema = Schema::built_in().expect("it is sound");
        let index = Location::from(folder.path()).create_or_open(&schema).expect("the folder is empty");
        let mut writer = index.writer(WriterOptions { threads: 1, memory: 0 }).expect("nobody writes");
        for (number, article) in articles.into_iter().enumerate() {
            let file = File { path: format!("/{number}.md"), modified: 0, size: 0, hash: 0 };
            writer.put(&Article { id: format!("a{number}"), ..article }, &file).expect("it can be written");
        }
        writer.commit().expect("it can be written");
        writer.finish(true).expect("it can be written");
        (index.snapshot().expect("it can be read"), folder)
    }

    fn article(body: &str, kind: &str, codes: &[&str]) -> Article {
        let sources = MentionPlaces::default().with(MentionPlace::Listed);
        let symbols = codes.iter().filter_map(|code| Symbol::parse(code));
        Article {
            body: body.into(),
            kind: kind.into(),
            locale: "en".into(),
            symbols: symbols.map(|symbol| Named { symbol, sources }).collect(),
            ..Article::default()
        }
    }

    /// What is suggested of a kind: the part that was asked, what instead, and the count.
    fn suggested(
        snapshot: &dyn Snapshot,
        query: &Query,
        kind: SuggestionKind,
    ) -> Vec<(String, Option<String>, u64)> {
        let suggestions = suggest(snapshot, query).expect("it can be read").into_iter();
        let of_kind = suggestions.filter(|suggestion| suggestion.kind == kind);
        of_kind.map(|suggestion| (suggestion.asked, suggestion.instead, suggestion.count)).collect()
    }

    fn parsed(text: &str) -> Query {
        let schema = Schema::built_in().expect("it is sound");
        Query::parse(text, &Language::new(schema.query_fields(), Clock::utc())).value
    }

    #[test]
    fn words_with_one_other_letter_are_suggested_before_those_with_two() {
        let bodies =
            ["battery glass", "battery perovskite", "buttery prices 1234", "bettery bittery", "batters"];
        let (snapshot, _folder) = snapshot(bodies.map(|body| article(body, "", &[])));
        let cases: [(&str, &[(&str, u64)]); 8] = [
            ("batterx", &[("battery", 2), ("batters", 1)]),
            // Of four words with one other letter, the three most frequent; equally frequent ones by name.
            ("bxttery", &[("battery", 2), ("bettery", 1), ("bittery", 1)]),
            // Two other letters, in a word of six or more.
            ("perovskxtx", &[("perovskite", 1)]),
            ("glxsx", &[]),
            // A number, a word of two letters, and a word that articles have in another form.
            ("1235", &[]),
            ("pr", &[]),
            ("price", &[]),
            // A phrase is wrong in one word.
            ("\"battery glxss\"", &[("glass", 1)]),
        ];
        for (text, expected) in cases {
            let found = suggested(&*snapshot, &parsed(text), SuggestionKind::Word);
            let found: Vec<_> =
                found.iter().map(|(_, instead, count)| (instead.as_deref().unwrap_or(""), *count)).collect();
            assert_eq!(found, expected, "{text}");
        }
        let title = suggested(&*snapshot, &parsed("title:batterx"), SuggestionKind::Word);
        assert_eq!(title, [], "no title has a similar word");
    }

    #[test]
    fn the_same_code_elsewhere_is_suggested_before_a_similar_one() {
        let (snapshot, _folder) = snapshot([
            article("", "", &["600586.SH", "600580.SZ"]),
            article("", "", &["600580.SZ", "600500.SZ"]),
            article("", "", &["600581.SZ", "60058.HK"]),
        ]);
        let wrong = Symbol::parse("600586.SZ").expect("a notation");
        let found = suggested(&*snapshot, &naming(&wrong), SuggestionKind::Symbol);
        let expected = [("600586.SH", 1), ("600580.SZ", 2), ("600581.SZ", 1)];
        let expected = expected.map(|(code, count)| ("600586.SZ".to_owned(), Some(code.to_owned()), count));
        assert_eq!(found, expected);
        let known = Symbol::parse("600580.SZ").expect("a notation");
        assert_eq!(suggested(&*snapshot, &naming(&known), SuggestionKind::Symbol), []);
    }

    #[test]
    fn filters_are_left_out_before_exclusions_and_words() {
        let (snapshot, _folder) = snapshot([
            article("wind solar", "report", &[]),
            article("wind", "news", &[]),
            article("wind", "news", &[]),
            article("glass", "report", &[]),
        ]);
        let without = |text: &str| -> Vec<(String, u64)> {
            let found = suggested(&*snapshot, &parsed(text), SuggestionKind::Without);
            assert!(found.iter().all(|(_, instead, _)| instead.is_none()), "{text}");
            found.into_iter().map(|(asked, _, count)| (asked, count)).collect()
        };
        let as_written = |text: &str, count| (parsed(text).to_string(), count);
        assert_eq!(
            without("wind -solar kind:report"),
            [as_written("kind:report", 2), as_written("-solar", 1), as_written("wind", 1)]
        );
        // Only without both filters is there a match.
        assert_eq!(without("solar kind:news locale:de"), [as_written("kind:news locale:de", 1)]);
        assert_eq!(
            without("solar kind:news locale:en"),
            [as_written("kind:news", 1), as_written("solar", 2),]
        );
        assert_eq!(without("solar"), [], "nothing is left without it");
    }
}
