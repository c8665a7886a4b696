//! How long an open index takes to answer, kind of query by kind.
//!
//! `cargo bench --bench warm -- INDEX [QUERIES [SEED [KIND]]]`. Words are drawn from the index itself, those that between one
//! in ten thousand and one in ten articles have; phrases are neighbours in titles. Each answer has its ten hits with
//! their texts and snippets. Of five runs of a query the best counts: others were interrupted. The least that tantivy takes
//! for words as they are written in the body alone, ten documents fetched and nothing counted, stands beside some kinds.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

#[path = "common/chance.rs"]
mod chance;

use chance::Chance;
use newsdex::{
    index::{FacetBy, FacetRequest, Location, Snapshot, Sort},
    query::{Clock, Language, Query, TermSet},
    search::{self, Request, resolve_names},
    text::{TokenKind, tokens},
};
use std::{
    env,
    path::Path,
    time::{Duration, Instant},
};
use tantivy::{
    Index, ReloadPolicy, Searcher, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, PhraseQuery, Query as TantivyQuery, TermQuery},
    schema::{Field, IndexRecordOption},
};

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [index, rest @ ..] = &args[..] else {
        println!("usage: cargo bench --bench warm -- INDEX [QUERIES [SEED [KIND]]]");
        return;
    };
    let number = |at: usize, default| rest.get(at).map_or(default, |text| text.parse().unwrap());
    let snapshot = Location::from(Path::new(index)).open().unwrap().snapshot().unwrap();
    let snapshot = &*snapshot;
    let mut chance = Chance(number(1, 1));
    let pages = snapshot.status().unwrap().pages;
    let mut drawn: Vec<String> = Vec::new();
    for letter in 'a'..='z' {
        // A letter with more words than a query may stand for is left out.
        let of_letter = snapshot.doc_freqs(Some("body"), &[TermSet::Prefix(letter.into())]);
        let fit = |count: u64| count >= 3.max(pages / 10_000) && count <= pages / 10;
        let fit =
            of_letter.into_iter().flatten().flatten().filter(|(word, count)| fit(*count) && word.len() > 2);
        drawn.extend(fit.map(|(word, _)| word));
    }
    assert!(!drawn.is_empty(), "the index has no words that are neither rare nor common");
    let mut symbols: Vec<String> = snapshot.symbols().unwrap().iter().map(ToString::to_string).collect();
    if symbols.is_empty() {
        symbols.push("AAPL.US".into());
    }

    let bare = Bare::open(Path::new(index));
    let language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    println!(
        "{pages} pages\n{:<28} {:>10} {:>10} {:>10} {:>10}",
        "microseconds", "median", "90 %", "hits", "× bare"
    );
    let mut ratios: Vec<f64> = Vec::new();
    let mut kind = |name: &str, change: &dyn Fn(&mut Request), query: &dyn Fn(&mut Chance) -> String| {
        if rest.get(2).is_some_and(|only| !name.contains(only.as_str())) {
            return;
        }
        let mut times = Vec::new();
        let mut bare_times = Vec::new();
        let mut hits = Vec::new();
        for _ in 0..number(0, 60) {
            let text = query(&mut chance);
            let mut query = Query::parse(&text, &language).value;
            resolve_names(snapshot, &mut query, "").unwrap();
            let mut request = Request::new(query);
            change(&mut request);
            let once = |_| {
                let started = Instant::now();
                let answer = search::search(snapshot, &request).unwrap();
                (started.elapsed(), answer.total)
            };
            let (best, total) = (0..5).map(once).min().unwrap();
            bare_times
                .extend(bare.query(&text).map(|query| (0..5).map(|_| bare.time(&*query)).min().unwrap()));
            times.push(best);
            hits.push(total);
        }
        times.sort_unstable();
        hits.sort_unstable();
        let micros = |time: Duration| time.as_micros();
        let (median, late) = (times[times.len() / 2], times[times.len() * 9 / 10]);
        bare_times.sort_unstable();
        let ratio = bare_times.get(times.len() / 2).map(|least| median.as_secs_f64() / least.as_secs_f64());
        ratios.extend(ratio);
        let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let hits = hits[hits.len() / 2];
        println!("{name:<28} {:>10} {:>10} {hits:>10} {ratio:>10}", micros(median), micros(late));
    };
    let word = |chance: &mut Chance| drawn[chance.below(drawn.len())].clone();
    let plain = |_: &mut Request| {};
    let facets = |request: &mut Request| {
        request.facets = ["symbol", "month"]
            .map(|name| FacetRequest { by: FacetBy::named(name, snapshot.schema()).unwrap(), limit: 10 })
            .to_vec();
    };
    kind("word", &plain, &word);
    kind("word as written", &plain, &|chance| format!("={}", word(chance)));
    kind("a AND b", &plain, &|chance| format!("{} {}", word(chance), word(chance)));
    kind("a OR b", &plain, &|chance| format!("{} OR {}", word(chance), word(chance)));
    kind("a OR b OR c", &plain, &|chance| {
        format!("{} OR {} OR {}", word(chance), word(chance), word(chance))
    });
    kind("phrase", &plain, &|chance| phrase(snapshot, &language, &word(chance)));
    kind("prefix*", &plain, &|chance| format!("{}*", word(chance).chars().take(4).collect::<String>()));
    kind("eight words", &plain, &|chance| (0..8).map(|_| word(chance)).collect::<Vec<_>>().join(" "));
    kind("word of a symbol", &plain, &|chance| {
        format!("{} symbol:{}", word(chance), symbols[chance.below(symbols.len())])
    });
    kind("word of six years", &plain, &|chance| format!("{} date:2009..2014", word(chance)));
    kind("word, newest first", &|request| request.sort = Sort::Newest, &word);
    kind("word, symbols and months", &facets, &word);
    let count = |request: &mut Request| {
        facets(request);
        request.limit = 0;
    };
    kind("counts of all articles", &count, &|_| "*".into());
    #[expect(clippy::cast_precision_loss, reason = "there are not many kinds")]
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    println!("geometric mean of × bare: {mean:.2}");
}

/// tantivy by itself on the same index.
struct Bare {
    searcher: Searcher,
    body: Field,
}

impl Bare {
    fn open(path: &Path) -> Self {
        let index = Index::open_in_dir(path).unwrap();
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().unwrap();
        let body = index.schema().get_field("body").unwrap();
        Self { searcher: reader.searcher(), body }
    }

    /// The same words as they are written, where the query has nothing but words, `OR` or a phrase.
    fn query(&self, text: &str) -> Option<Box<dyn TantivyQuery>> {
        if text.contains([':', '*']) || text.split(' ').count() > 5 {
            return None;
        }
        let term = |word: &str| Term::from_field_text(self.body, word.trim_matches(['=', '"']));
        let all =
            |term| Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn TantivyQuery>;
        if text.starts_with('"') && text.contains(' ') {
            return Some(Box::new(PhraseQuery::new(text.split(' ').map(term).collect())));
        }
        let either = text.contains(" OR ");
        let words: Vec<_> =
            text.split(' ').filter(|word| *word != "OR").map(|word| all(term(word))).collect();
        Some(Box::new(if either { BooleanQuery::union(words) } else { BooleanQuery::intersection(words) }))
    }

    fn time(&self, query: &dyn TantivyQuery) -> Duration {
        let started = Instant::now();
        for (_, address) in self.searcher.search(query, &TopDocs::with_limit(10).order_by_score()).unwrap() {
            std::hint::black_box(self.searcher.doc::<TantivyDocument>(address).unwrap());
        }
        started.elapsed()
    }
}

/// Two words that stand together in the title of an article that has this word.
fn phrase(snapshot: &dyn Snapshot, language: &Language, word: &str) -> String {
    let answer = search::search(snapshot, &Request::new(Query::parse(word, language).value)).unwrap();
    let title = answer.hits.first().map(|hit| hit.article.title.clone()).unwrap_or_default();
    let words: Vec<_> = tokens(&title).filter(|word| word.kind == TokenKind::Word).collect();
    match words.windows(2).next() {
        Some([first, second]) => format!("\"{} {}\"", first.text, second.text),
        _ => format!("\"{word}\""),
    }
}
