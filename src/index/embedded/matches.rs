//! Which pages match, how many articles they are, and which of them are shown.

use super::{
    collect, fading,
    fetch::EmbeddedSnapshot,
    layout,
    lower::typed_symbol,
    read::{addresses, with_id},
    rerank::RerankQuery,
    stories::Stories,
};
use crate::{
    index::deadline,
    search::{Copies, Facet, RERANK_DEPTH, Request, RerankBoost, Sort, StoredArticle},
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use tantivy::{
    DateTime, DocAddress, Score, Searcher,
    collector::{
        Count, TopDocs,
        sort_key::{ComparatorEnum, SortBySimilarityScore, SortByStaticFastValue},
    },
    columnar::Column,
    query::{EnableScoring, Query as TantivyQuery},
};

/// A document that matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// What all pages of its article share.
    pub article: u64,
    pub address: DocAddress,
}

/// What was counted of all matches.
pub(super) struct Counts {
    pub pages: usize,
    pub articles: usize,
    pub stories: Option<Stories>,
    pub facets: Vec<Facet>,
}

impl Counts {
    /// Where every page is an article, and nothing else is counted.
    pub(super) fn of_pages(pages: usize) -> Self {
        Self { pages, articles: pages, stories: None, facets: Vec::new() }
    }
}

/// Whether a request wants no other number than that of pages, so that they can be counted on the way to the
/// best of them.
pub(super) fn counts_pages_only(request: &Request, single: bool) -> bool {
    single && request.facets.is_empty() && !(request.stories && request.grouped)
}

/// Counts the matches, and by whatever else was asked. `single` says that every article of the index has one page.
pub(super) fn count(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    request: &Request,
    single: bool,
) -> tantivy::Result<Counts> {
    if counts_pages_only(request, single) {
        return Ok(Counts::of_pages(query.count(searcher)?));
    }
    let with_stories = request.stories && request.grouped;
    let addresses = addresses(searcher, query)?;
    let pages = addresses.len();
    let mut matches = Vec::with_capacity(pages);
    let mut articles = pages;
    if single {
        matches.extend((0..).zip(addresses).map(|(article, address)| Match { article, address }));
    } else {
        for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
            let Some(first) = of_segment.first() else { continue };
            let column = searcher.segment_reader(first.segment_ord).fast_fields().u64(layout::ARTICLE)?;
            matches.extend(of_segment.iter().map(|address| Match {
                article: column.first(address.doc_id).unwrap_or_default(),
                address: *address,
            }));
        }
        matches.sort_unstable_by_key(|found| (found.article, found.address));
        articles = matches.chunk_by(|a, b| a.article == b.article).count();
        if !request.grouped {
            (0..).zip(&mut matches).for_each(|(number, found)| found.article = number);
        }
    }
    let stories = if with_stories { Some(Stories::new(searcher, &matches)?) } else { None };
    let mut facets = Vec::with_capacity(request.facets.len());
    for wanted in &request.facets {
        deadline::check();
        facets.push(collect::facet(searcher, wanted, &request.zone, &matches, single)?);
    }
    Ok(Counts { pages, articles, stories, facets })
}

/// Whether no article of the index has two pages, as far as that can be told at once: all pages have the same
/// locale, and no two have the same id and locale.
pub(super) fn one_page_each(snapshot: &EmbeddedSnapshot) -> tantivy::Result<bool> {
    if let Some(single) = snapshot.single.get() {
        return Ok(*single);
    }
    let single = has_one_locale(&snapshot.searcher)?;
    Ok(*snapshot.single.get_or_init(|| single))
}

fn has_one_locale(searcher: &Searcher) -> tantivy::Result<bool> {
    let mut only: Option<Option<String>> = None;
    for segment in searcher.segment_readers() {
        let aside = layout::asides(segment)?;
        let column = segment.fast_fields().str("locale")?;
        let with_locale = column.as_ref().map_or(0, |column| column.ords().values.num_vals());
        let without = segment.max_doc() - with_locale.min(segment.max_doc());
        let locale = match &column {
            Some(column) if with_locale > 0 => {
                if column.num_terms() > 1 || without > aside {
                    return Ok(false);
                }
                Some(collect::value(column, 0, false))
            }
            _ if without > aside => None,
            _ => continue,
        };
        if only.get_or_insert_with(|| locale.clone()) != &locale {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A question, ready to be run.
pub(super) struct Retrieval<'q> {
    pub request: &'q Request,
    pub query: Box<dyn TantivyQuery>,
    /// Where the places of its words say something, what looks at them.
    pub rerank: Option<RerankQuery<'q>>,
    /// The stories of its matches, of which one page each is shown.
    pub stories: Option<Stories>,
    /// Whether every article of the index has one page.
    pub single: bool,
}

/// A page that is shown as a hit.
pub(super) struct Best {
    pub score: Option<Score>,
    /// The part of the score that the rerank has added.
    pub added: RerankBoost,
    pub address: DocAddress,
    /// The page of the same article that the score is of.
    pub scored: DocAddress,
    /// The other locales of its article.
    pub also: Vec<String>,
    /// The near-copies of its article.
    pub copies: Option<Copies>,
}

impl Best {
    fn new(score: Option<Score>, address: DocAddress) -> Self {
        Self {
            score,
            added: RerankBoost::default(),
            address,
            scored: address,
            also: Vec::new(),
            copies: None,
        }
    }
}

/// How many pages match, and the best of them in order.
pub(super) fn best(
    snapshot: &EmbeddedSnapshot,
    asked: &Retrieval<'_>,
    offset: usize,
    limit: usize,
) -> tantivy::Result<(usize, Vec<Best>)> {
    let Retrieval { request, query, rerank: reranked_by, .. } = asked;
    let searcher = &snapshot.searcher;
    let documents = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).max(1);
    // More than there are need no room in the heap.
    let top = |offset: usize, limit: usize| {
        TopDocs::with_limit(limit.clamp(1, documents)).and_offset(offset.min(documents))
    };
    let published = SortByStaticFastValue::<DateTime>::for_field("published");
    let order = match request.sort {
        // Of a security the newest comes first among those that are equally about it.
        Sort::Relevance
            if snapshot.definition.schema.ranks(&request.query) && typed_symbol(&request.typed).is_none() =>
        {
            let found = |offset, limit| searcher.search(query, &(Count, top(offset, limit).order_by_score()));
            let Some(reranker) = reranked_by.as_ref().filter(|_| offset < RERANK_DEPTH) else {
                let (pages, found) = found(offset, limit)?;
                let best = found.into_iter().map(|(score, address)| Best::new(Some(score), address));
                return Ok((pages, best.collect()));
            };
            // Those that are not looked at again have the lower scores, and nothing is taken from a score.
            let wanted = offset.saturating_add(limit).max(RERANK_DEPTH);
            let (pages, found) = found(0, wanted)?;
            let mut best = rerank(snapshot, reranker, request, found)?;
            best.drain(..offset.min(best.len()));
            best.truncate(limit);
            return Ok((pages, best));
        }
        Sort::Relevance => {
            // Scores of a few grades only, as of `about:`: the newest first among equals.
            let by = (SortBySimilarityScore, (published, ComparatorEnum::Natural));
            let (pages, found) = searcher.search(query, &(Count, top(offset, limit).order_by(by)))?;
            let best = found.into_iter().map(|((score, _), address)| Best::new(Some(score), address));
            return Ok((pages, best.collect()));
        }
        Sort::Newest => ComparatorEnum::Natural,
        Sort::Oldest => ComparatorEnum::ReverseNoneLower,
    };
    let (pages, found) = searcher.search(query, &(Count, top(offset, limit).order_by((published, order))))?;
    Ok((pages, found.into_iter().map(|(_, address)| Best::new(None, address)).collect()))
}

/// Adds to the scores of the first pages what the rerank says, and puts them in order again.
fn rerank(
    snapshot: &EmbeddedSnapshot,
    rerank: &RerankQuery<'_>,
    request: &Request,
    found: Vec<(Score, DocAddress)>,
) -> tantivy::Result<Vec<Best>> {
    let mut best: Vec<Best> =
        found.into_iter().map(|(score, address)| Best::new(Some(score), address)).collect();
    let recency = request.recency;
    let depth = best.len().min(RERANK_DEPTH);
    let features = rerank.features(snapshot, best[..depth].iter().map(|page| page.address))?;
    for (page, mut added) in best.iter_mut().zip(rerank.reranker.added(&features)) {
        if let Some(recency) = recency {
            let segment = snapshot.searcher.segment_reader(page.address.segment_ord);
            let published = segment.fast_fields().date("published")?;
            added = added.times(fading::factor(&recency, &published, page.address.doc_id));
        }
        page.added = added;
        page.score = page.score.map(|score| score + added.sum());
    }
    // Equals stay in their order.
    best[..depth].sort_by(|a, b| b.score.unwrap_or_default().total_cmp(&a.score.unwrap_or_default()));
    Ok(best)
}

/// The best articles, in order of their best pages, each by the page that is to be shown of it.
pub(super) fn best_articles(
    snapshot: &EmbeddedSnapshot,
    asked: &Retrieval<'_>,
) -> tantivy::Result<Vec<Best>> {
    let request = asked.request;
    let searcher = &snapshot.searcher;
    let columns = searcher.segment_readers().iter().map(|segment| segment.fast_fields().u64(layout::ARTICLE));
    let columns: Vec<Column<u64>> = columns.collect::<Result<_, _>>()?;
    let article = |address: DocAddress| columns[address.segment_ord as usize].first(address.doc_id);
    let wanted = request.offset.saturating_add(request.limit);
    let mut pages = wanted.saturating_mul(3);
    let articles = loop {
        let (_, mut articles) = best(snapshot, asked, 0, pages)?;
        let exhausted = articles.len() < pages;
        let mut features = HashSet::new();
        articles.retain(|page| features.insert(article(page.address)));
        if let Some(stories) = &asked.stories {
            stories.keep_first(&mut articles);
        }
        if exhausted || articles.len() >= wanted {
            break articles;
        }
        pages = pages.saturating_mul(2);
    };
    let mut shown = Vec::new();
    let mut siblings = Vec::new();
    for best in articles.into_iter().skip(request.offset).take(request.limit) {
        let copies = asked.stories.as_ref().and_then(|stories| stories.copies(best.address));
        let best = Best { copies, ..best };
        if asked.single {
            shown.push((best, Vec::new()));
            continue;
        }
        let id = snapshot.metadata(best.address)?.id;
        let mut pages = Vec::new();
        for other in with_id(snapshot, &id)? {
            if article(other) == article(best.address) {
                let other = Page::of(snapshot.metadata(other)?, other);
                pages.extend(other.filter(|other| other.id == id));
            }
        }
        pages.sort_unstable_by(|a, b| (&a.locale, a.address).cmp(&(&b.locale, b.address)));
        if pages.len() > 1 {
            siblings.extend(pages.iter().map(|page| page.address));
        }
        shown.push((best, pages));
    }
    let scores = scores(searcher, &*asked.query, siblings)?;
    let mut best = Vec::with_capacity(shown.len());
    for (mut shown, pages) in shown {
        // The score is that of the best page, by which the article has its rank.
        shown.address = best_page(request, &pages, &scores).unwrap_or(shown.address);
        let others =
            pages.into_iter().filter(|page| page.address != shown.address && !page.locale.is_empty());
        shown.also = others.map(|page| page.locale).collect();
        best.push(shown);
    }
    Ok(best)
}

/// One page of an article.
struct Page {
    id: String,
    locale: String,
    published: Option<Timestamp>,
    address: DocAddress,
}

impl Page {
    fn of(kept: StoredArticle, address: DocAddress) -> Option<Self> {
        let StoredArticle { id, locale, published, .. } = kept;
        (!id.is_empty()).then_some(Self { id, locale, published, address })
    }
}

/// The scores of those documents that match.
fn scores(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    mut addresses: Vec<DocAddress>,
) -> tantivy::Result<HashMap<DocAddress, Score>> {
    let mut found = HashMap::new();
    if addresses.is_empty() {
        return Ok(found);
    }
    addresses.sort_unstable();
    let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
    for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let mut scorer = weight.scorer(searcher.segment_reader(first.segment_ord), 1.0)?;
        for address in of_segment {
            let at = if scorer.doc() < address.doc_id { scorer.seek(address.doc_id) } else { scorer.doc() };
            if at == address.doc_id {
                found.insert(*address, scorer.score());
            }
        }
    }
    Ok(found)
}

/// Of the pages of an article, in order of their locales, the one to be shown: in the locale that is preferred,
/// or else that which matches best, or else the first that matches.
fn best_page(request: &Request, pages: &[Page], scores: &HashMap<DocAddress, Score>) -> Option<DocAddress> {
    let mut best: Option<((usize, f64), DocAddress)> = None;
    for page in pages {
        let Some(score) = scores.get(&page.address) else { continue };
        let time = page.published.map(|at| at.as_duration().as_secs_f64());
        let key = match request.sort {
            Sort::Relevance => f64::from(*score),
            Sort::Newest => time.unwrap_or(f64::NEG_INFINITY),
            Sort::Oldest => time.map_or(f64::NEG_INFINITY, |time| -time),
        };
        let preferred = request.prefer.iter().position(|asked| is_locale(&page.locale, asked));
        let rank = (preferred.unwrap_or(request.prefer.len()), -key);
        if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best = Some((rank, page.address));
        }
    }
    best.map(|(_, best)| best)
}

/// Whether a locale is one that was asked for, `zh-HK` or any of `zh`.
fn is_locale(locale: &str, asked: &str) -> bool {
    let head = locale.get(..asked.len()).is_some_and(|head| head.eq_ignore_ascii_case(asked));
    head && matches!(locale.as_bytes().get(asked.len()), None | Some(b'-'))
}
