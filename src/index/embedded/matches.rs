//! Counts the pages and articles that match, and finds the best of them.

use super::{
    after::beside,
    by_key::ByKey,
    by_text::{ByText, LazyText},
    collect, columns,
    commit::Commit,
    deadline,
    docs::{Match, address, addresses, doc_ref},
    explain, layout,
    lower::Lowering,
    read::with_id,
    stories::stories,
};
use crate::{
    article::BuiltIn,
    index::{
        Collapse, DocRef, Explanation, Facet, Member, Retrieval, Retrieved, ScoredDoc, Sort, StoredArticle,
        key_order::Place, stories::Stories,
    },
};
use std::collections::{HashMap, HashSet};
use tantivy::{
    DateTime, DocAddress, Score, Searcher,
    collector::{
        Count, TopDocs,
        sort_key::{ComparatorEnum, SortBySimilarityScore, SortByStaticFastValue},
    },
    columnar::Column,
    query::Query as TantivyQuery,
};

/// The counts over all matches.
pub(super) struct Totals {
    pub pages: usize,
    pub articles: usize,
    pub stories: Option<Stories>,
    pub facets: Vec<Facet>,
}

impl Totals {
    /// The counts if every page is an article and nothing else is counted.
    pub(super) fn of_pages(pages: usize) -> Self {
        Self { pages, articles: pages, stories: None, facets: Vec::new() }
    }
}

/// Whether a request needs only the number of pages, which the search for the best pages can count as well.
pub(super) fn counts_pages_only(retrieval: &Retrieval, single: bool) -> bool {
    single && retrieval.facets.is_empty() && retrieval.collapse != Collapse::Stories
}

/// Counts the matches, and whatever else the request asks for. `single` says that every article has one page.
pub(super) fn count(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    retrieval: &Retrieval,
    single: bool,
) -> tantivy::Result<Totals> {
    if counts_pages_only(retrieval, single) {
        return Ok(Totals::of_pages(query.count(searcher)?));
    }
    let with_stories = retrieval.collapse == Collapse::Stories;
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
        if retrieval.collapse == Collapse::Pages {
            (0..).zip(&mut matches).for_each(|(number, found)| found.article = number);
        }
    }
    let stories = if with_stories { Some(stories(searcher, &matches)?) } else { None };
    let mut facets = Vec::with_capacity(retrieval.facets.len());
    for wanted in &retrieval.facets {
        deadline::check();
        facets.push(collect::facet(searcher, wanted, &retrieval.zone, &matches, single)?);
    }
    Ok(Totals { pages, articles, stories, facets })
}

/// Whether every article of the index has one page, judged cheaply by the locales: if all pages have the same one, no
/// article has two, as id and locale are unique.
pub(super) fn one_page_each(commit: &Commit) -> tantivy::Result<bool> {
    if let Some(single) = commit.single.get() {
        return Ok(*single);
    }
    let single = has_one_locale(&commit.searcher)?;
    Ok(*commit.single.get_or_init(|| single))
}

fn has_one_locale(searcher: &Searcher) -> tantivy::Result<bool> {
    let mut only: Option<Option<String>> = None;
    for segment in searcher.segment_readers() {
        let excluded = layout::excluded_docs(segment)?;
        let column = segment.fast_fields().str(BuiltIn::Locale.name())?;
        let with_locale = column.as_ref().map_or(0, |column| column.ords().values.num_vals());
        let without = segment.max_doc() - with_locale.min(segment.max_doc());
        let locale = match &column {
            Some(column) if with_locale > 0 => {
                if column.num_terms() > 1 || without > excluded {
                    return Ok(false);
                }
                Some(columns::value(column, 0, false))
            }
            _ if without > excluded => None,
            _ => continue,
        };
        if only.get_or_insert_with(|| locale.clone()) != &locale {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The best documents of a retrieval, and the counts over all matches.
pub(super) fn retrieve(commit: &Commit, retrieval: &Retrieval) -> tantivy::Result<Retrieved> {
    let query = Lowering::new(commit).request(retrieval)?;
    let single = one_page_each(commit)?;
    let at_once = retrieval.limit > 0 && retrieval.after.is_none() && counts_pages_only(retrieval, single);
    let mut counts =
        if at_once { Totals::of_pages(0) } else { count(&commit.searcher, &*query, retrieval, single)? };
    let stories = counts.stories.take();
    let mut docs = Vec::new();
    let found = match (retrieval.collapse, &stories) {
        (Collapse::Pages, _) => counts.pages,
        (_, None) => counts.articles,
        (_, Some(stories)) => stories.count(),
    };
    let by_page = stories.is_none() && (single || retrieval.collapse == Collapse::Pages);
    let mut before = Before::default();
    let query = match &retrieval.after {
        None => query,
        Some(place) => {
            let sides = |is_after| beside(&query, place, &retrieval.sort, is_after);
            before = Before::of(&commit.searcher, &*sides(false), by_page)?;
            sides(true)
        }
    };
    if at_once || found > before.count.saturating_add(retrieval.offset) && retrieval.limit > 0 {
        docs = if by_page {
            let (pages, best) = best(commit, retrieval, &*query, retrieval.offset, retrieval.limit)?;
            if at_once {
                counts = Totals::of_pages(pages);
            }
            best
        } else {
            best_articles(commit, retrieval, &*query, &before.articles, stories.as_ref())?
        };
    }
    let Totals { pages, articles, facets, .. } = counts;
    let stories = stories.map(|stories| stories.count());
    Ok(Retrieved { pages, articles, stories, before: before.count, docs, facets })
}

/// The documents up to a place in an order.
#[derive(Default)]
struct Before {
    count: usize,
    /// The articles with a page there, if a document is an article: none of their other pages is a document.
    articles: HashSet<Option<u64>>,
}

impl Before {
    fn of(searcher: &Searcher, query: &dyn TantivyQuery, by_page: bool) -> tantivy::Result<Self> {
        let pages = addresses(searcher, query)?;
        if by_page {
            return Ok(Self { count: pages.len(), articles: HashSet::new() });
        }
        let columns = article_columns(searcher)?;
        let articles: HashSet<_> = pages.into_iter().map(|page| article_of(&columns, page)).collect();
        Ok(Self { count: articles.len(), articles })
    }
}

/// The number of pages that match, and the best pages in order.
fn best(
    commit: &Commit,
    retrieval: &Retrieval,
    query: &dyn TantivyQuery,
    offset: usize,
    limit: usize,
) -> tantivy::Result<(usize, Vec<ScoredDoc>)> {
    let searcher = &commit.searcher;
    let documents = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).max(1);
    // The heap needs no room for more documents than there are.
    let top = TopDocs::with_limit(limit.clamp(1, documents)).and_offset(offset.min(documents));
    let published = SortByStaticFastValue::<DateTime>::for_field(BuiltIn::Published.name());
    let (id, locale) = (ByText(BuiltIn::Id.name()), ByText(BuiltIn::Locale.name()));
    let scored = |score: Option<Score>, address: DocAddress| -> tantivy::Result<ScoredDoc> {
        let published = commit.published(address)?;
        Ok(ScoredDoc { doc: doc_ref(address), score, published, value: None, copies: None })
    };
    let order = match &retrieval.sort {
        Sort::Relevance => {
            let by = (SortBySimilarityScore, (published, ComparatorEnum::Natural), (id, locale));
            let (pages, found) = commit.search(query, &(Count, top.order_by(by)))?;
            let best = found.into_iter().map(|((score, ..), address)| scored(Some(score), address));
            return Ok((pages, best.collect::<Result<_, _>>()?));
        }
        Sort::Key(order) => {
            // Of four parts, tantivy loses the directions.
            let by = (ByKey(order.clone()), (published, ComparatorEnum::Natural), (id, locale));
            let (pages, found) = commit.search(query, &(Count, top.order_by(by)))?;
            let with_value = |((place, ..), address): ((Option<Place<LazyText>>, _, _), DocAddress)| {
                let value = place.and_then(|place| place.value());
                Ok(ScoredDoc { value, ..scored(None, address)? })
            };
            return Ok((pages, found.into_iter().map(with_value).collect::<tantivy::Result<_>>()?));
        }
        Sort::Newest => ComparatorEnum::Natural,
        Sort::Oldest => ComparatorEnum::ReverseNoneLower,
    };
    let (pages, found) = commit.search(query, &(Count, top.order_by(((published, order), id, locale))))?;
    let best = found.into_iter().map(|(_, address)| scored(None, address));
    Ok((pages, best.collect::<Result<_, _>>()?))
}

/// The best articles or stories, each with its best page, without those in `before`.
fn best_articles(
    commit: &Commit,
    retrieval: &Retrieval,
    query: &dyn TantivyQuery,
    before: &HashSet<Option<u64>>,
    stories: Option<&Stories>,
) -> tantivy::Result<Vec<ScoredDoc>> {
    let columns = article_columns(&commit.searcher)?;
    let wanted = retrieval.offset.saturating_add(retrieval.limit);
    let mut pages = wanted.saturating_mul(3);
    let articles = loop {
        let (_, mut articles) = best(commit, retrieval, query, 0, pages)?;
        let exhausted = articles.len() < pages;
        let mut seen = HashSet::new();
        articles.retain(|page| {
            let article = article_of(&columns, address(page.doc));
            !before.contains(&article) && seen.insert(article)
        });
        if let Some(stories) = stories {
            stories.keep_first(&mut articles);
        }
        if exhausted || articles.len() >= wanted {
            break articles;
        }
        pages = pages.saturating_mul(2);
    };
    let with_copies = |page: ScoredDoc| {
        let copies = stories.and_then(|stories| stories.copies(page.doc));
        ScoredDoc { copies, ..page }
    };
    let shown = articles.into_iter().skip(retrieval.offset).take(retrieval.limit);
    Ok(shown.map(with_copies).collect())
}

/// The column of article hashes of each segment.
fn article_columns(searcher: &Searcher) -> tantivy::Result<Vec<Column<u64>>> {
    searcher.segment_readers().iter().map(|segment| segment.fast_fields().u64(layout::ARTICLE)).collect()
}

fn article_of(columns: &[Column<u64>], address: DocAddress) -> Option<u64> {
    columns[address.segment_ord as usize].first(address.doc_id)
}

/// For each document, the pages of its article with their scores, ordered by locale. Empty if every article of the
/// index has one page.
pub(super) fn members(
    commit: &Commit,
    retrieval: &Retrieval,
    docs: &[DocRef],
) -> tantivy::Result<Vec<Vec<Member>>> {
    if one_page_each(commit)? {
        return Ok(Vec::new());
    }
    let columns = article_columns(&commit.searcher)?;
    let mut all = Vec::with_capacity(docs.len());
    let mut siblings = Vec::new();
    for doc in docs.iter().map(|doc| address(*doc)) {
        let id = commit.metadata(doc)?.id;
        let mut members = Vec::new();
        for other in with_id(commit, &id)? {
            if article_of(&columns, other) == article_of(&columns, doc) {
                let page = commit.metadata(other)?;
                if !page.id.is_empty() && page.id == id {
                    let StoredArticle { locale, published, .. } = page;
                    members.push(Member { doc: doc_ref(other), locale, published, score: None });
                }
            }
        }
        members.sort_unstable_by(|a, b| (&a.locale, a.doc).cmp(&(&b.locale, b.doc)));
        if members.len() > 1 {
            siblings.extend(members.iter().map(|member| address(member.doc)));
        }
        all.push(members);
    }
    if siblings.is_empty() {
        return Ok(all);
    }
    let query = Lowering::new(commit).request(retrieval)?;
    let scores = scores(commit, &*query, siblings)?;
    for member in all.iter_mut().flatten() {
        member.score = scores.get(&address(member.doc)).copied();
    }
    Ok(all)
}

/// How the score of a document is computed.
pub(super) fn explain(commit: &Commit, retrieval: &Retrieval, doc: DocRef) -> tantivy::Result<Explanation> {
    let query = Lowering::new(commit).request(retrieval)?;
    let address = address(doc);
    let weight = query.weight(commit.scoring())?;
    let told = weight.explain(commit.searcher.segment_reader(address.segment_ord), address.doc_id)?;
    let unknown = || Explanation { value: told.value(), description: "score".into(), details: Vec::new() };
    Ok(explain::explanation(&told).unwrap_or_else(unknown))
}

/// The scores of those documents that match.
fn scores(
    commit: &Commit,
    query: &dyn TantivyQuery,
    mut addresses: Vec<DocAddress>,
) -> tantivy::Result<HashMap<DocAddress, Score>> {
    let mut found = HashMap::new();
    if addresses.is_empty() {
        return Ok(found);
    }
    addresses.sort_unstable();
    let weight = query.weight(commit.scoring())?;
    for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let mut scorer = weight.scorer(commit.searcher.segment_reader(first.segment_ord), 1.0)?;
        for address in of_segment {
            let at = if scorer.doc() < address.doc_id { scorer.seek(address.doc_id) } else { scorer.doc() };
            if at == address.doc_id {
                found.insert(*address, scorer.score());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{one_page_each, retrieve};
    use crate::{
        article::{Article, read_date},
        index::{Collapse, Retrieval, Sort, embedded::fixture::Fixture},
    };
    use jiff::tz::TimeZone;

    fn page(id: &str, locale: &str, body: &str) -> Article {
        let published = read_date("2025-03-07T00:00:00Z");
        Article { id: id.into(), locale: locale.into(), body: body.into(), published, ..Article::default() }
    }

    fn asked(text: &str, collapse: Collapse, offset: usize, limit: usize) -> Retrieval {
        Retrieval {
            query: Fixture::query(text),
            typed: String::new(),
            without: None,
            sort: Sort::Relevance,
            recency: None,
            collapse,
            after: None,
            offset,
            limit,
            facets: Vec::new(),
            zone: TimeZone::UTC,
        }
    }

    #[test]
    fn pages_of_one_locale_are_articles_of_their_own() {
        let single = |pages: &[(&str, &str)]| {
            let index = Fixture::of(pages.iter().map(|(id, locale)| page(id, locale, "solar")));
            one_page_each(&index.commit).expect("it can be read")
        };
        assert!(single(&[("1", "en"), ("2", "en")]) && single(&[("1", ""), ("2", "")]));
        assert!(!single(&[("1", "en"), ("2", "zh-CN")]) && !single(&[("1", "en"), ("2", "")]));
    }

    /// The best pages are of one article, so that more pages have to be looked at than articles are wanted.
    #[test]
    fn as_many_articles_are_retrieved_as_are_wanted() {
        let best = (0..30).map(|locale| page("best", &format!("l{locale}"), "solar"));
        let others = ["1", "2", "3"].map(|id| page(id, "en", "solar and many other words beside it"));
        let index = Fixture::of(best.chain(others));
        let of = |collapse, offset, limit| {
            retrieve(&index.commit, &asked("solar", collapse, offset, limit)).expect("it can be read")
        };
        let two = of(Collapse::Articles, 0, 2);
        assert_eq!((two.pages, two.articles, two.docs.len()), (33, 4, 2));
        assert_eq!(of(Collapse::Articles, 0, 10).docs.len(), 4);
        assert_eq!(of(Collapse::Articles, 3, 10).docs.len(), 1);
        assert_eq!(of(Collapse::Articles, 4, 10).docs.len(), 0);
        assert_eq!(of(Collapse::Pages, 0, 100).docs.len(), 33);
        let counted = of(Collapse::Articles, 0, 0);
        assert_eq!((counted.pages, counted.articles, counted.docs.len()), (33, 4, 0));
    }
}
