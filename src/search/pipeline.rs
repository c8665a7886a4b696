//! The pipeline of a search, for every implementation of `Snapshot`: retrieve → rerank → group → highlight.

use super::{
    Answer, Hit, MAX_ALSO, Marker, RERANK_DEPTH, RERANK_FIELDS, Request, RerankBoost, RerankFeatures,
    Reranker, Snippet, required::resolve_required, snippets,
};
use crate::{
    article::{AboutPart, BuiltIn, MentionPlace, MentionPlaces, Moment},
    index::{
        Collapse, DocRef, Explanation, Fetch, FieldTerms, IndexError, Member, OrderPlace, Retrieval,
        Retrieved, ScoredDoc, Snapshot, Sort, StoredArticle,
    },
    query::Query,
    symbol::{self, Symbol},
};
use std::{iter, time::Instant};

/// A hit before its article is fetched.
struct RankedHit {
    /// The page to show.
    doc: DocRef,
    /// The page that was scored.
    scored: ScoredDoc,
    /// What the rerank added to the score.
    added: RerankBoost,
    /// The first other locales of the article, and the number of the rest.
    also: Vec<String>,
    more_locales: usize,
}

/// Answers a request on one snapshot.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if the query expands to too many terms; else as every method of [`Snapshot`].
pub fn search(snapshot: &dyn Snapshot, request: &Request) -> Result<Answer, IndexError> {
    let started = Instant::now();
    let (terms, boosts) = rerank_terms(snapshot, request);
    let reranker = match terms.len() {
        0 | 1 => None,
        _ => Some(Reranker::new(&terms, &boosts, &snapshot.statistics(&terms)?, snapshot.schema())),
    };
    let query = resolve_required(snapshot, &request.query)?;
    let retrieval = retrieval(request, query, reranker.is_some());
    let Retrieved { pages, articles, stories, before, docs, facets } = snapshot.retrieve(&retrieval)?;
    let mut docs: Vec<(ScoredDoc, RerankBoost)> =
        docs.into_iter().map(|doc| (doc, RerankBoost::default())).collect();
    if let Some(reranker) = &reranker {
        rerank(snapshot, reranker, request, &mut docs)?;
        docs.drain(..request.offset.min(docs.len()));
        docs.truncate(request.limit);
    }
    let shown = group(snapshot, request, &retrieval, docs)?;
    let hits = highlight(snapshot, request, &retrieval, shown)?;
    let total = stories.unwrap_or(if request.grouped { articles } else { pages });
    let skipped = before.saturating_add(request.offset);
    Ok(Answer { total, stories, articles, pages, skipped, hits, facets, took: started.elapsed() })
}

/// The number of matching pages.
pub(super) fn pages(snapshot: &dyn Snapshot, query: Query) -> Result<u64, IndexError> {
    Ok(counted(snapshot, query, false)?.pages as u64)
}

/// The number of matching articles.
pub(super) fn articles(snapshot: &dyn Snapshot, query: Query) -> Result<u64, IndexError> {
    Ok(counted(snapshot, query, true)?.articles as u64)
}

/// Announces that the [`articles`] of these queries are counted next.
pub(super) fn prepare_articles(snapshot: &dyn Snapshot, queries: Vec<Query>) -> Result<(), IndexError> {
    let mut retrievals = Vec::with_capacity(queries.len());
    for query in queries {
        let request = counting(query, true);
        let query = resolve_required(snapshot, &request.query)?;
        retrievals.push(retrieval(&request, query, false));
    }
    snapshot.prepare_totals(&retrievals)
}

/// The request that only counts.
fn counting(query: Query, grouped: bool) -> Request {
    Request { limit: 0, grouped, sort: Sort::Newest, ..Request::new(query) }
}

/// The answer to a request that only counts.
fn counted(snapshot: &dyn Snapshot, query: Query, grouped: bool) -> Result<Answer, IndexError> {
    search(snapshot, &counting(query, grouped))
}

/// The retrieval for a request with a resolved query. A rerank needs the best documents from the first one on.
fn retrieval(request: &Request, query: Query, reranked: bool) -> Retrieval {
    let (offset, limit) = if reranked {
        // Documents below this depth score lower, and a rerank only adds.
        (0, request.offset.saturating_add(request.limit).max(RERANK_DEPTH))
    } else {
        (request.offset, request.limit)
    };
    let collapse = match (request.grouped, request.stories) {
        (false, _) => Collapse::Pages,
        (true, false) => Collapse::Articles,
        (true, true) => Collapse::Stories,
    };
    Retrieval {
        query,
        typed: request.typed.clone(),
        without: request.without.clone(),
        sort: request.sort.clone(),
        recency: request.recency,
        collapse,
        after: request.after.clone(),
        offset,
        limit,
        facets: request.facets.clone(),
        zone: request.zone.clone(),
    }
}

/// The sets of terms to rerank by, with the boosts of their leaves. Empty if the request is not reranked.
fn rerank_terms(snapshot: &dyn Snapshot, request: &Request) -> (Vec<FieldTerms>, Vec<f32>) {
    let is_ranked = request.sort == Sort::Relevance
        && snapshot.schema().ranks(&request.query)
        // For a notation of a security, the rank depends on what an article is about.
        && symbol::typed(&request.typed).is_none();
    if is_ranked && request.limit > 0 && request.offset < RERANK_DEPTH {
        Reranker::terms(&request.query)
    } else {
        (Vec::new(), Vec::new())
    }
}

/// Adds the rerank boosts to the scores of the first documents and sorts them again.
fn rerank(
    snapshot: &dyn Snapshot,
    reranker: &Reranker<'_>,
    request: &Request,
    docs: &mut [(ScoredDoc, RerankBoost)],
) -> Result<(), IndexError> {
    let depth = docs.len().min(RERANK_DEPTH);
    let refs: Vec<DocRef> = docs[..depth].iter().map(|(doc, _)| doc.doc).collect();
    let positions = if reranker.needs_texts() {
        None
    } else {
        snapshot.positions(&refs, reranker.asked(), &RERANK_FIELDS)?
    };
    let features: Vec<RerankFeatures> = if let Some(positions) = positions {
        positions.into_iter().map(|one| reranker.features_at(one)).collect()
    } else {
        let mut features = Vec::with_capacity(refs.len());
        // One at a time: a text may have a megabyte.
        snapshot.fetch_each(&refs, Fetch::Texts, &mut |_, article| {
            features.push(reranker.features(&article));
            Ok(())
        })?;
        features
    };
    for ((doc, added), boost) in docs.iter_mut().zip(reranker.added(&features)) {
        let factor =
            request.recency.map_or(1.0, |recency| recency.factor(doc.published.map(Moment::instant)));
        *added = boost.times(factor);
        doc.score = doc.score.map(|score| score + added.sum());
    }
    // The sort is stable: equal scores keep their order.
    docs[..depth]
        .sort_by(|(a, _), (b, _)| b.score.unwrap_or_default().total_cmp(&a.score.unwrap_or_default()));
    Ok(())
}

/// Chooses which page of each article to show.
fn group(
    snapshot: &dyn Snapshot,
    request: &Request,
    retrieval: &Retrieval,
    docs: Vec<(ScoredDoc, RerankBoost)>,
) -> Result<Vec<RankedHit>, IndexError> {
    let members = if request.grouped && !docs.is_empty() {
        let refs: Vec<DocRef> = docs.iter().map(|(doc, _)| doc.doc).collect();
        snapshot.members(retrieval, &refs)?
    } else {
        Vec::new()
    };
    let mut members = members.into_iter();
    let shown = |(scored, added): (ScoredDoc, RerankBoost)| {
        let members = members.next().unwrap_or_default();
        let doc = best_member(request, &members, scored.doc).unwrap_or(scored.doc);
        let others = members.into_iter().filter(|member| member.doc != doc && !member.locale.is_empty());
        let mut others = others.map(|member| member.locale);
        let also = others.by_ref().take(MAX_ALSO).collect();
        RankedHit { doc, scored, added, also, more_locales: others.count() }
    };
    Ok(docs.into_iter().map(shown).collect())
}

/// The page of an article to show: a matching page in the most preferred locale, then the best match, then the
/// first. `members` is ordered by locale; `scored` is the page by which the article is ordered.
fn best_member(request: &Request, members: &[Member], scored: DocRef) -> Option<DocRef> {
    let mut best: Option<((usize, f64), DocRef)> = None;
    for member in members {
        let Some(score) = member.score else { continue };
        let time = member.published.map(|at| at.instant().as_duration().as_secs_f64());
        let key = match &request.sort {
            Sort::Relevance => f64::from(score),
            Sort::Newest => time.unwrap_or(f64::NEG_INFINITY),
            Sort::Oldest => time.map_or(f64::NEG_INFINITY, |time| -time),
            Sort::Key(_) => f64::from(u8::from(member.doc == scored)),
        };
        let preferred = request.prefer.iter().position(|asked| is_locale(&member.locale, asked));
        let rank = (preferred.unwrap_or(request.prefer.len()), -key);
        if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best = Some((rank, member.doc));
        }
    }
    best.map(|(_, best)| best)
}

/// Whether a locale is the requested one, or within it: `zh-HK` is within `zh`.
fn is_locale(locale: &str, asked: &str) -> bool {
    let head = locale.get(..asked.len()).is_some_and(|head| head.eq_ignore_ascii_case(asked));
    head && matches!(locale.as_bytes().get(asked.len()), None | Some(b'-'))
}

/// Fetches the hits and marks what matched.
fn highlight(
    snapshot: &dyn Snapshot,
    request: &Request,
    retrieval: &Retrieval,
    shown: Vec<RankedHit>,
) -> Result<Vec<Hit>, IndexError> {
    let marker = Marker::new(&request.query);
    let mut hits = Vec::with_capacity(shown.len());
    let mut text_budget = request.text_budget;
    let docs: Vec<DocRef> = shown.iter().map(|shown| shown.doc).collect();
    let mut shown = shown.into_iter().enumerate();
    // One at a time: a text may have megabytes, and only snippets are kept.
    snapshot.fetch_each(&docs, Fetch::Full, &mut |place, mut article| {
        let Some((_, shown)) = shown.find(|(index, _)| *index == place) else { return Ok(()) };
        let explanation = if request.explain {
            explanation(snapshot, request, retrieval, &shown, &article)?
        } else {
            Vec::new()
        };
        let snippets = best_snippets(&marker, &article, request);
        let title_marks = marker.spans(BuiltIn::Title.name(), &article.title);
        if article.body.len() > text_budget {
            article.body = String::new();
        }
        text_budget -= article.body.len();
        let ScoredDoc { score, copies, published, value, .. } = shown.scored;
        let place = (request.sort != Sort::Relevance && !request.stories).then(|| OrderPlace {
            value,
            published: published.map(Moment::instant),
            id: article.id.clone(),
            locale: (!request.grouped).then(|| article.locale.clone()),
        });
        hits.push(Hit {
            article,
            score,
            place,
            also: shown.also,
            more_locales: shown.more_locales,
            copies,
            title_marks,
            snippets,
            explanation,
            relaxed: false,
        });
        Ok(())
    })?;
    Ok(hits)
}

/// Snippets of the body, or of the description if only that has matches.
fn best_snippets(marker: &Marker<'_>, article: &StoredArticle, request: &Request) -> Vec<Snippet> {
    let cut = |field, text: &str, line| {
        let mut cut = snippets(marker, field, text, line, request.snippets, request.snippet_length);
        // All of a record is on the line on which it begins.
        if article.is_record() {
            for snippet in &mut cut {
                snippet.line = article.place.map(|place| place.line);
            }
        }
        cut
    };
    let body = cut(BuiltIn::Body.name(), &article.body, Some(article.body_line));
    if body.iter().any(|snippet| !snippet.marks.is_empty()) {
        return body;
    }
    let description = cut(BuiltIn::Description.name(), &article.description, None);
    if body.is_empty() || description.iter().any(|snippet| !snippet.marks.is_empty()) {
        return description;
    }
    body
}

/// Explains a hit: the role of its securities, then the parts of its score, one line each.
fn explanation(
    snapshot: &dyn Snapshot,
    request: &Request,
    retrieval: &Retrieval,
    shown: &RankedHit,
    article: &StoredArticle,
) -> Result<Vec<String>, IndexError> {
    let mut lines = roles(&request.query, article);
    if shown.scored.score.is_none() {
        return Ok(lines);
    }
    if shown.scored.doc != shown.doc {
        let scored = snapshot.fetch(&[shown.scored.doc], Fetch::Metadata)?;
        lines.extend(scored.first().map(|scored| format!("score of the page {}", scored.key)));
    }
    let part = snapshot.explain(retrieval, shown.scored.doc)?;
    let added = shown.added;
    if added.sum() > 0.0 {
        lines.push(line(0, part.value + added.sum(), "score: sum of"));
        add_lines(&part, 1, &mut lines);
        let reranked = [
            (added.nearness, "rerank: query terms near each other"),
            (added.passage, "rerank: passage with the most query terms"),
            (added.characters, "rerank: single Han characters"),
        ];
        let reranked = reranked.into_iter().filter(|(value, _)| *value > 0.0);
        lines.extend(reranked.map(|(value, what)| line(1, value, what)));
    } else {
        add_lines(&part, 0, &mut lines);
    }
    Ok(lines)
}

/// Adds a line for each part of a score, indented below its parent.
fn add_lines(part: &Explanation, depth: usize, lines: &mut Vec<String>) {
    // Skip a sum or a boost that has one part and the same value.
    if let [only] = part.details.as_slice()
        && only.value.to_bits() == part.value.to_bits()
    {
        return add_lines(only, depth, lines);
    }
    lines.push(line(depth, part.value, &part.description));
    part.details.iter().for_each(|detail| add_lines(detail, depth + 1, lines));
}

fn line(depth: usize, value: f32, what: &str) -> String {
    format!("{:indent$}{value:.3} {what}", "", indent = 2 * depth)
}

/// For each security of the query, where the article names it.
fn roles(query: &Query, article: &StoredArticle) -> Vec<String> {
    let mut lines = Vec::new();
    query.clone().each_security(&mut |security| {
        let asked = |symbol: &Symbol| {
            let readings = security.readings.iter().flat_map(|one| iter::once(one).chain(one.alternatives()));
            readings.into_iter().any(|reading| reading == symbol || symbol.alternatives().contains(reading))
        };
        let places: Vec<MentionPlaces> = article.symbols.iter().map(|(_, places)| *places).collect();
        let parts = article.symbols.iter().zip(AboutPart::of(&places));
        for ((symbol, sources), parts) in parts.filter(|((symbol, _), _)| asked(symbol)) {
            let about: Vec<&str> = parts.into_iter().map(AboutPart::as_str).collect();
            let places: Vec<&str> = sources.iter().map(MentionPlace::as_str).collect();
            let verdict = if about.is_empty() {
                "mentioned".to_owned()
            } else {
                format!("about ({})", about.join(", "))
            };
            lines.push(format!("{symbol}: {verdict}; named in {}", places.join(", ")));
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::{add_lines, best_member, best_snippets, is_locale, retrieval};
    use crate::article::Moment;
    use crate::{
        index::{DocRef, Explanation, KeyOrder, Member, Sort, StoredArticle},
        query::{Clock, Fields, Language, Query},
        search::{Marker, RERANK_DEPTH, Request},
    };

    #[test]
    fn a_locale_is_within_its_language() {
        for (locale, asked) in [("zh-HK", "zh"), ("zh-HK", "zh-HK"), ("zh-HK", "ZH-hk"), ("en", "en")] {
            assert!(is_locale(locale, asked), "{locale} for {asked}");
        }
        for (locale, asked) in
            [("zh", "zh-HK"), ("zh-CN", "zh-HK"), ("en", "e"), ("", "en"), ("é", "e"), ("en", "é")]
        {
            assert!(!is_locale(locale, asked), "{locale} for {asked}");
        }
    }

    #[test]
    fn the_page_to_show_matches_and_is_preferred_then_best_then_first() {
        let member = |number: u64, locale: &str, day: Option<i64>, score: Option<f32>| Member {
            doc: DocRef(number),
            locale: locale.to_owned(),
            published: day
                .and_then(|day| jiff::Timestamp::from_second(day * 86_400).ok())
                .map(Moment::Instant),
            score,
        };
        let members = [
            member(0, "de", Some(9), None),
            member(1, "en", Some(1), Some(2.0)),
            member(2, "fr", Some(3), Some(3.0)),
            member(3, "zh-CN", None, Some(3.0)),
            member(4, "zh-HK", Some(2), Some(1.0)),
        ];
        let key = || Sort::Key(KeyOrder { key: "price".into(), descending: true });
        let cases: [(Sort, &[&str], u64); 11] = [
            (Sort::Relevance, &[], 2),
            (Sort::Newest, &[], 2),
            (Sort::Oldest, &[], 1),
            (Sort::Relevance, &["zh"], 3),
            (Sort::Newest, &["zh"], 4),
            (Sort::Oldest, &["zh"], 4),
            (Sort::Relevance, &["zh-HK", "zh"], 4),
            // The page in German does not match.
            (Sort::Relevance, &["de", "en"], 1),
            (Sort::Oldest, &["es"], 1),
            // The page by which the article is ordered.
            (key(), &[], 1),
            (key(), &["zh-HK"], 4),
        ];
        for (sort, prefer, expected) in cases {
            let mut request = Request::new(Query::All);
            request.sort = sort.clone();
            request.prefer = prefer.iter().map(|locale| (*locale).to_owned()).collect();
            assert_eq!(
                best_member(&request, &members, DocRef(1)),
                Some(DocRef(expected)),
                "{sort:?} {prefer:?}"
            );
        }
        assert_eq!(best_member(&Request::new(Query::All), &members[..1], DocRef(0)), None, "nothing matches");
    }

    /// A rerank may bring any of the best [`RERANK_DEPTH`] to the first place.
    #[test]
    fn a_rerank_retrieves_from_the_first_document_on() {
        let depth = RERANK_DEPTH;
        let cases = [
            (0, 10, true, (0, depth)),
            (depth - 5, 20, true, (0, depth + 15)),
            (depth - 5, 20, false, (depth - 5, 20)),
            (usize::MAX, 10, true, (0, usize::MAX)),
        ];
        for (offset, limit, reranked, expected) in cases {
            let request = Request { offset, limit, ..Request::new(Query::All) };
            let asked = retrieval(&request, Query::All, reranked);
            assert_eq!((asked.offset, asked.limit), expected, "{offset} {limit} {reranked}");
        }
    }

    #[test]
    fn a_part_that_is_all_of_its_sum_takes_its_place() {
        let part = |value: f32, description: &str, details: Vec<Explanation>| Explanation {
            value,
            description: description.into(),
            details,
        };
        let two = part(2.0, "boost", vec![part(1.5, "a", Vec::new()), part(0.5, "b", Vec::new())]);
        let mut lines = Vec::new();
        add_lines(&part(2.0, "sum", vec![two.clone()]), 0, &mut lines);
        add_lines(&part(6.0, "tripled", vec![two]), 1, &mut lines);
        let expected = [
            "2.000 boost",
            "  1.500 a",
            "  0.500 b",
            "  6.000 tripled",
            "    2.000 boost",
            "      1.500 a",
            "      0.500 b",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn snippets_are_of_the_description_if_only_that_has_matches() {
        let query = Query::parse("solar", &Language::new(Fields::default(), Clock::utc())).value;
        let cases = [
            ("solar body", "solar summary", "solar body"),
            ("a body", "solar summary", "solar summary"),
            ("a body", "a summary", "a body"),
            ("", "a summary", "a summary"),
        ];
        for (body, description, expected) in cases {
            let article = StoredArticle {
                body: body.into(),
                description: description.into(),
                body_line: 3,
                ..StoredArticle::default()
            };
            let snippets = best_snippets(&Marker::new(&query), &article, &Request::new(Query::All));
            assert_eq!(snippets[0].text, expected);
            let line = (expected == body).then_some(3);
            assert_eq!(snippets[0].line, line, "the line of a description is not known");
        }
    }
}
