//! Suggests what a query without matches may have meant.

use super::{articles, pages};
use crate::{
    index::{FieldTerms, IndexError, Snapshot},
    query::{Pattern, Query, Role, Security, TermSet, distance},
    search::Request,
    symbol::Symbol,
    text::{english, is_han_like, tokens},
};
use std::{collections::HashSet, slice};

/// At most this many corrected queries, and at most this many suggestions per security.
const MAX_NEAR: usize = 3;
/// At most this many words, securities and parts of a query are tried: each costs a search.
const MAX_ASKED: usize = 4;
/// At most this many words of a query are looked up.
const MAX_WORDS: usize = 64;
/// At most this many spellings of a word are tried, and at most this many corrected queries are counted.
const MAX_SPELLINGS: usize = 6;
const MAX_COUNTED: usize = 16;
/// A word may be misspelt, though an article has it, if at most one in this many documents does.
const RARE: u64 = 10_000;
/// A wrong letter makes a spelling less likely by e to this power, about 150.
const EDIT_COST: f64 = 5.0;
/// What is less likely than the best by more than e to this power, about 20, is not suggested.
const MARGIN: f64 = 3.0;
/// Words with fewer letters have too many similar ones.
const MIN_LETTERS: usize = 3;
/// Words with at least this many letters may have two wrong ones.
const LONG: usize = 6;

/// Something to search for instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What kind of change it suggests.
    pub kind: SuggestionKind,
    /// The part of the query that may be wrong, in query syntax; for misspelt words, all of the text.
    pub asked: String,
    /// The replacement; `None` to leave the part out.
    pub instead: Option<String>,
    /// How many articles match the query with its words corrected or without the part, or how many pages name the
    /// security.
    pub count: u64,
}

/// The kind of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionKind {
    /// The query with its misspelt words corrected.
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

/// Suggestions for a query without matches; `typed` is its text without filters. `found_by` tells how many articles a
/// corrected text finds, which may be read otherwise than the text with its errors.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word has too many similar ones; else as every method of [`Snapshot`].
pub fn suggest(
    snapshot: &dyn Snapshot,
    query: &Query,
    typed: &str,
    found_by: &dyn Fn(&str) -> Result<u64, IndexError>,
) -> Result<Vec<Suggestion>, IndexError> {
    let mut suggestions = respelt(snapshot, query, typed, found_by)?;
    suggestions.extend(near_symbols(snapshot, query)?);
    suggestions.extend(without_a_part(snapshot, query, typed)?);
    Ok(suggestions)
}

/// A word of a query.
struct QueryWord {
    /// The field in which it is searched; `None` for all fields that plain words search.
    field: Option<String>,
    word: String,
    /// How many pages have it in any form; an upper bound.
    doc_freq: u64,
}

/// The words and numbers of a query, each once. Leaves out synonyms, which were not typed, and bigrams.
fn query_words(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<QueryWord>, IndexError> {
    let mut found: Vec<FieldTerms> = Vec::new();
    query.each_leaf(&mut |leaf| {
        let typed = match leaf {
            Query::Synonyms(several) => several.first(),
            leaf => Some(leaf),
        };
        let Some(typed) = typed else { return };
        typed.each_words(&mut |words| {
            for slot in &words.slots {
                if let TermSet::Exact(word) | TermSet::Forms(word) = &slot.terms {
                    let terms =
                        FieldTerms { field: words.field.clone(), terms: TermSet::Forms(word.clone()) };
                    if found.len() < MAX_WORDS && !word.chars().any(is_han_like) && !found.contains(&terms) {
                        found.push(terms);
                    }
                }
            }
        });
    });
    let doc_freqs = snapshot.live_doc_freqs(&found)?;
    let words = found.into_iter().zip(doc_freqs).filter_map(|(FieldTerms { field, terms }, doc_freq)| {
        let TermSet::Forms(word) = terms else { return None };
        Some(QueryWord { field, word, doc_freq })
    });
    Ok(words.collect())
}

/// The words of a query that no article has, as in `title:layofs`.
///
/// # Errors
///
/// As every method of [`Snapshot`].
pub fn unknown_words(snapshot: &dyn Snapshot, query: &Query) -> Result<Vec<String>, IndexError> {
    let unknown = query_words(snapshot, query)?.into_iter().filter(|word| word.doc_freq == 0);
    let written = unknown.map(|QueryWord { field, word, .. }| match field {
        Some(field) => format!("{field}:{word}"),
        None => word,
    });
    Ok(written.collect())
}

/// A spelling of a word that the index has.
#[derive(Clone)]
struct Spelling {
    text: String,
    edits: u8,
    doc_freq: u64,
}

/// The natural logarithm of the likelihood of a spelling that so many pages or articles have.
fn likelihood(edits: u8, count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a likelihood needs few digits")]
    let count = count.max(1) as f64;
    count.ln() - EDIT_COST * f64::from(edits)
}

/// The query with its unknown and very rare words corrected, all of them together: each suggestion is the whole query
/// and finds something. The most likely ones come first, by the number of articles that have the words together.
fn respelt(
    snapshot: &dyn Snapshot,
    query: &Query,
    typed: &str,
    found_by: &dyn Fn(&str) -> Result<u64, IndexError>,
) -> Result<Vec<Suggestion>, IndexError> {
    let docs = snapshot.statistics(&[])?.docs;
    let mut asked = query_words(snapshot, query)?;
    asked.retain(|QueryWord { word, doc_freq, .. }| {
        let letters = word.len() >= MIN_LETTERS && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        letters && doc_freq.saturating_mul(RARE) <= docs
    });
    asked.sort_by_key(|word| word.doc_freq);
    asked.truncate(MAX_ASKED);
    // Every way to choose a spelling of each word.
    let mut ways: Vec<Vec<Spelling>> = vec![Vec::new()];
    for word in &asked {
        let spellings = spellings(snapshot, word)?;
        let with_each = |way: &Vec<Spelling>| -> Vec<Vec<Spelling>> {
            spellings.iter().map(|spelling| [way.as_slice(), slice::from_ref(spelling)].concat()).collect()
        };
        ways = ways.iter().flat_map(with_each).collect();
    }
    ways.retain(|way| way.iter().any(|spelling| spelling.edits > 0));
    let apart = |way: &[Spelling]| way.iter().map(|one| likelihood(one.edits, one.doc_freq)).sum::<f64>();
    ways.sort_by(|a, b| apart(b).total_cmp(&apart(a)));
    let mut found: Vec<(f64, Suggestion)> = Vec::new();
    for way in ways.into_iter().take(MAX_COUNTED) {
        let edits = way.iter().map(|spelling| spelling.edits).sum();
        let wrong = asked.iter().zip(way).filter(|(_, spelling)| spelling.edits > 0);
        let changes: Vec<(&QueryWord, String)> =
            wrong.map(|(word, spelling)| (word, spelling.text)).collect();
        let (asked, instead) = written(typed, &changes);
        let count = if asked == typed {
            found_by(&instead)?
        } else {
            articles(snapshot, with_changes(query.clone(), &changes))?
        };
        if count > 0 {
            let suggestion = Suggestion { kind: SuggestionKind::Word, asked, instead: Some(instead), count };
            found.push((likelihood(edits, count), suggestion));
        }
    }
    found.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.instead.cmp(&y.instead)));
    let best = found.first().map_or(0.0, |(best, _)| *best);
    found.retain(|(likelihood, _)| *likelihood >= best - MARGIN);
    found.truncate(MAX_NEAR);
    Ok(found.into_iter().map(|(_, suggestion)| suggestion).collect())
}

/// The likeliest spellings of a word: itself if the index has it, and words that differ by a letter, or by two if it is
/// long. Forms of one word count once.
fn spellings(snapshot: &dyn Snapshot, asked: &QueryWord) -> Result<Vec<Spelling>, IndexError> {
    let QueryWord { field, word, doc_freq } = asked;
    let mut stems = HashSet::from([english::stem(word).into_owned()]);
    let mut spellings = Vec::new();
    if *doc_freq > 0 {
        spellings.push(Spelling { text: word.clone(), edits: 0, doc_freq: *doc_freq });
    }
    for edits in 1..=if word.len() >= LONG { 2 } else { 1 } {
        let near = snapshot.doc_freqs(field.as_deref(), &[TermSet::Pattern(Pattern::fuzzy(word, edits))])?;
        let mut near: Vec<_> = near.into_iter().flatten().collect();
        near.retain(|(text, _)| stems.insert(english::stem(text).into_owned()));
        let near = near.into_iter().take(MAX_SPELLINGS);
        spellings.extend(near.map(|(text, doc_freq)| Spelling { text, edits, doc_freq }));
    }
    spellings.sort_by(|a, b| likelihood(b.edits, b.doc_freq).total_cmp(&likelihood(a.edits, a.doc_freq)));
    spellings.truncate(MAX_SPELLINGS);
    Ok(spellings)
}

/// The query with some words replaced.
fn with_changes(mut query: Query, changes: &[(&QueryWord, String)]) -> Query {
    query.each_words_mut(&mut |words| {
        for slot in &mut words.slots {
            if let TermSet::Exact(text) | TermSet::Forms(text) = &mut slot.terms
                && let Some((_, instead)) =
                    changes.iter().find(|(asked, _)| asked.field == words.field && asked.word == *text)
            {
                text.clone_from(instead);
            }
        }
    });
    query
}

/// What to replace, and by what: the query as typed, in which only the words change. Words of a filter stand for
/// themselves.
fn written(typed: &str, changes: &[(&QueryWord, String)]) -> (String, String) {
    let (mut instead, mut end) = (String::new(), 0);
    let mut replaced = HashSet::new();
    for token in tokens(typed) {
        if let Some((asked, text)) = changes.iter().find(|(asked, _)| asked.word == token.text) {
            instead.extend([&typed[end..token.span.start], text]);
            end = token.span.end;
            replaced.insert(&asked.word);
        }
    }
    if changes.iter().all(|(asked, _)| replaced.contains(&asked.word)) {
        instead.push_str(&typed[end..]);
        return (typed.to_owned(), instead);
    }
    let asked: Vec<&str> = changes.iter().map(|(asked, _)| asked.word.as_str()).collect();
    let instead: Vec<&str> = changes.iter().map(|(_, text)| text.as_str()).collect();
    (asked.join(" "), instead.join(" "))
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
fn without_a_part(
    snapshot: &dyn Snapshot,
    query: &Query,
    typed: &str,
) -> Result<Vec<Suggestion>, IndexError> {
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
            let asked: Vec<String> = left_out.iter().map(|index| as_typed(&parts[*index], typed)).collect();
            let asked = asked.join(" AND ");
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

/// A part of the query: plain words as they were typed, anything else in query syntax.
fn as_typed(part: &Query, typed: &str) -> String {
    let words = part.is_plain().then(|| typed.get(part.span())).flatten();
    words.map_or_else(|| part.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{SuggestionKind, articles, naming, suggest, unknown_words};
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
            let file = File { path: format!("/{number}.md"), ..File::default() };
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
        typed: &str,
        kind: SuggestionKind,
    ) -> Vec<(String, Option<String>, u64)> {
        let found_by = |text: &str| articles(snapshot, parsed(text));
        let suggestions = suggest(snapshot, query, typed, &found_by).expect("it can be read").into_iter();
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
            ("\"battery glxss\"", &[("\"battery glass\"", 1)]),
        ];
        for (text, expected) in cases {
            let found = suggested(&*snapshot, &parsed(text), text, SuggestionKind::Word);
            let found: Vec<_> =
                found.iter().map(|(_, instead, count)| (instead.as_deref().unwrap_or(""), *count)).collect();
            assert_eq!(found, expected, "{text}");
        }
        let title = suggested(&*snapshot, &parsed("title:batterx"), "title:batterx", SuggestionKind::Word);
        assert_eq!(title, [], "no title has a similar word");
    }

    #[test]
    fn misspelt_words_are_corrected_together() {
        let bodies = [
            "tesla announces layoffs in march",
            "tesla layoffs again in march",
            "testy tesla",
            "testy tesla",
            "testy tesla and no layover",
            "lasso",
        ];
        let (snapshot, _folder) = snapshot(bodies.map(|body| article(body, "", &[])));
        let cases: [(&str, &[(&str, u64)]); 8] = [
            ("tesle layofs", &[("tesla layoffs", 2)]),
            // Two neighbours that are swapped are one edit.
            ("telsa layoffs", &[("tesla layoffs", 2)]),
            // The most frequent similar word is in no article with the others.
            ("again tesly layoffs", &[("again tesla layoffs", 1)]),
            // All else stays as typed.
            ("+Tesle -(lasso) AND \"layofs  again\"^2", &[("+tesla -(lasso) AND \"layoffs  again\"^2", 1)]),
            ("body:tesle layofs march", &[("body:tesla layoffs march", 2)]),
            // No article has both.
            ("lasso tesle", &[]),
            ("tesla lasso", &[]),
            ("tesle qwertyuiop", &[]),
        ];
        for (text, expected) in cases {
            let found = suggested(&*snapshot, &parsed(text), text, SuggestionKind::Word);
            let expected: Vec<_> = expected
                .iter()
                .map(|(instead, count)| (text.to_owned(), Some((*instead).to_owned()), *count))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
        let unknown = |text: &str| unknown_words(&*snapshot, &parsed(text)).expect("it can be read");
        assert_eq!(unknown("Tesle layofs 600585 march"), ["tesle", "layofs", "600585"]);
        assert_eq!(unknown("title:tesla"), ["title:tesla"]);
        assert_eq!(unknown("tesla announcing 光伏 -qwertyuiop"), [""; 0]);
    }

    #[test]
    fn a_misspelt_filter_is_corrected_by_itself() {
        let (snapshot, _folder) = snapshot([article("wind", "report", &[]), article("wind", "news", &[])]);
        let found = suggested(&*snapshot, &parsed("wind kind:newz"), "wind", SuggestionKind::Word);
        assert_eq!(found, [("newz".to_owned(), Some("news".to_owned()), 1)]);
    }

    #[test]
    fn the_same_code_elsewhere_is_suggested_before_a_similar_one() {
        let (snapshot, _folder) = snapshot([
            article("", "", &["600586.SH", "600580.SZ"]),
            article("", "", &["600580.SZ", "600500.SZ"]),
            article("", "", &["600581.SZ", "60058.HK"]),
        ]);
        let wrong = Symbol::parse("600586.SZ").expect("a notation");
        let found = suggested(&*snapshot, &naming(&wrong), "", SuggestionKind::Symbol);
        let expected = [("600586.SH", 1), ("600580.SZ", 2), ("600581.SZ", 1)];
        let expected = expected.map(|(code, count)| ("600586.SZ".to_owned(), Some(code.to_owned()), count));
        assert_eq!(found, expected);
        let known = Symbol::parse("600580.SZ").expect("a notation");
        assert_eq!(suggested(&*snapshot, &naming(&known), "", SuggestionKind::Symbol), []);
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
            let found = suggested(&*snapshot, &parsed(text), text, SuggestionKind::Without);
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
