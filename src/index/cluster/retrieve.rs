//! Counts the pages and articles that match, and finds the best of them.

use super::{
    Definition, MAX_LISTED,
    asked::{asked, joined},
    by_key::{Valued, valued, with_key},
    document::published,
    engine::{Engine, MAX_HITS},
    expand::Expander,
    facets::Counting,
    known::{Known, PageCopy, hash_of, size_of_value},
    lower::{Lowered, Lowering, with_ids},
    mapping,
    order::{Ordered, all, but, order},
    stories::stories,
    values::each_pair,
};
use crate::{
    article::BuiltIn,
    index::{
        Collapse, DocRef, Explanation, IndexError, KeyOrder, Member, OrderPlace, Retrieval, Retrieved,
        ScoredDoc, Sort, stories::Stories,
    },
    problem::message,
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    thread,
    time::Instant,
};

/// Maximum number of articles with several pages that are counted in one request.
const MAX_BUCKETS: usize = MAX_LISTED;

/// Answers retrievals at one commit.
pub(super) struct Retriever<'e> {
    pub engine: &'e Engine,
    pub definition: &'e Definition,
    pub known: &'e Known,
    pub deadline: Option<Instant>,
    /// Whether every article has one page.
    pub single: bool,
    /// Number of documents that are read in one request.
    pub at_once: usize,
}

impl Retriever<'_> {
    fn lowered(&self, retrieval: &Retrieval) -> Result<Lowered, IndexError> {
        let expander = Expander::new(self.engine, self.known, self.deadline);
        Lowering::new(&self.definition.schema, &expander).request(retrieval)
    }

    pub(super) fn retrieve(&self, retrieval: &Retrieval) -> Result<Retrieved, IndexError> {
        let schema = &self.definition.schema;
        let ordered = Ordered::by(&retrieval.sort, schema);
        let Lowered { ranked, matching: query } = self.lowered(retrieval)?;
        let by_page = self.single || retrieval.collapse == Collapse::Pages;
        let part = (retrieval.offset, retrieval.limit);
        let best = || self.best(&retrieval.sort, &ranked, ordered.as_ref(), by_page, part);
        let counting = Counting {
            engine: self.engine,
            definition: self.definition,
            known: self.known,
            query: &query,
            zone: &retrieval.zone,
            deadline: self.deadline,
        };
        let facets = || counting.facets(&retrieval.facets, by_page);
        // These are asked all at once.
        let free_key = match &retrieval.sort {
            Sort::Key(order) if ordered.is_none() => Some(order),
            _ => None,
        };
        let with_stories = retrieval.collapse == Collapse::Stories;
        let (totals, docs, facets, stories) = thread::scope(|scope| {
            let stories = with_stories.then(|| asked(scope, || stories(self.engine, &query, self.deadline)));
            let docs =
                (retrieval.after.is_none() && !with_stories && free_key.is_none() && retrieval.limit > 0)
                    .then(|| asked(scope, best));
            let facets = asked(scope, facets);
            let totals = self.totals(&query);
            (totals, docs.map(joined), joined(facets), stories.map(joined))
        });
        let (pages, articles) = totals?;
        let facets = facets?;
        let stories = stories.transpose()?;
        if let Some(stories) = stories {
            let docs = self.best_stories(retrieval, &ranked, ordered.as_ref(), &stories, pages)?;
            let stories = Some(stories.count());
            return Ok(Retrieved { pages, articles, stories, before: 0, docs, facets });
        }
        if let Some(order) = free_key {
            let wanted = retrieval.offset.saturating_add(retrieval.limit);
            let place = retrieval.after.as_ref();
            let (before, docs) = self.by_free_key(&query, order, place, by_page, wanted)?;
            let docs = docs.into_iter().skip(retrieval.offset).collect();
            return Ok(Retrieved { pages, articles, stories: None, before, docs, facets });
        }
        let found = if by_page { pages } else { articles };
        let place = retrieval.after.as_ref().zip(ordered.as_ref());
        let after =
            place.map(|(place, ordered)| ordered.after(place, matches!(retrieval.sort, Sort::Key(_))));
        let mut before = 0;
        if let Some(after) = &after {
            let (pages, articles) = self.totals(&but(&query, after))?;
            before = if by_page { pages } else { articles };
        }
        let docs = if retrieval.limit == 0 || found <= before.saturating_add(retrieval.offset) {
            Vec::new()
        } else if let Some(after) = &after {
            self.best_after(retrieval, &query, after, ordered.as_ref(), by_page)?
        } else {
            docs.transpose()?.unwrap_or_default()
        };
        Ok(Retrieved { pages, articles, stories: None, before, docs, facets })
    }

    /// The first documents in the order of a free key behind a place, and the number of those up to there. Those without a value
    /// come last, and are ordered by the engine.
    fn by_free_key(
        &self,
        query: &Value,
        order: &KeyOrder,
        after: Option<&OrderPlace>,
        by_page: bool,
        wanted: usize,
    ) -> Result<(usize, Vec<ScoredDoc>), IndexError> {
        let having = with_key(&order.key);
        let with = all(&[query.clone(), having.clone()]);
        let without = but(query, &having);
        if wanted == 0 && after.is_none() {
            return Ok((0, Vec::new()));
        }
        let Valued { mut docs, mut before, articles: mut taken } =
            valued(self.engine, &with, (order, after), (by_page, wanted), self.deadline)?;
        let newest = Ordered::by(&Sort::Newest, &self.definition.schema);
        let mut rest = without.clone();
        // A place without a value is among those without one.
        let place = after.filter(|place| place.value.is_none());
        if let Some((place, newest)) = place.zip(newest.as_ref()) {
            let behind = newest.after(place, false);
            let earlier = but(&without, &behind);
            rest = all(&[without, behind]);
            if by_page {
                before += self.totals(&earlier)?.0;
            } else {
                taken.extend(self.articles_with(&earlier)?);
                before = taken.len();
            }
        }
        let missing = wanted.saturating_sub(docs.len());
        if missing == 0 {
            return Ok((before, docs));
        }
        let mut asked = missing;
        loop {
            let mut more = self.best(&Sort::Newest, &rest, newest.as_ref(), by_page, (0, asked))?;
            let is_all = more.len() < asked;
            if !by_page {
                let found: Vec<DocRef> = more.iter().map(|doc| doc.doc).collect();
                let article_of = self.articles_of(&found)?;
                more.retain(|doc| article_of.get(&doc.doc).is_some_and(|article| !taken.contains(article)));
            }
            if is_all || more.len() >= missing {
                docs.extend(more.into_iter().take(missing));
                return Ok((before, docs));
            }
            asked = asked.saturating_mul(2);
        }
    }

    /// The best page of each story: so many behind the first so many.
    fn best_stories(
        &self,
        retrieval: &Retrieval,
        query: &Value,
        ordered: Option<&Ordered>,
        stories: &Stories,
        pages: usize,
    ) -> Result<Vec<ScoredDoc>, IndexError> {
        let Retrieval { sort, offset, limit, .. } = retrieval;
        if *limit == 0 || stories.count() <= *offset {
            return Ok(Vec::new());
        }
        let wanted = offset.saturating_add(*limit).min(stories.count());
        let mut asked = wanted.saturating_mul(3);
        loop {
            let all = asked.min(pages);
            let mut docs = match sort {
                Sort::Key(order) if ordered.is_none() => {
                    self.by_free_key(query, order, None, self.single, all)?.1
                }
                _ => self.best(sort, query, ordered, self.single, (0, all))?,
            };
            let is_all = docs.len() < all || all == pages;
            stories.keep_first(&mut docs);
            if is_all || docs.len() >= wanted {
                let with_copies = |page: ScoredDoc| ScoredDoc { copies: stories.copies(page.doc), ..page };
                return Ok(docs.into_iter().skip(*offset).take(*limit).map(with_copies).collect());
            }
            asked = asked.saturating_mul(2);
        }
    }

    /// Counts what a retrieval finds, which is then known.
    pub(super) fn count(&self, retrieval: &Retrieval) -> Result<(), IndexError> {
        self.totals(&self.lowered(retrieval)?.matching).map(drop)
    }

    /// The number of pages and of articles that match. All pages of an article are on one shard, so articles with several
    /// pages that match are told exactly.
    pub(super) fn totals(&self, query: &Value) -> Result<(usize, usize), IndexError> {
        let asked = hash_of(&query.to_string());
        if let Some(known) = self.known.totals.get(&asked) {
            return Ok(known);
        }
        let (mut partitions, mut partition) = (1, 0);
        let (mut pages, mut sum, mut count) = (0, 0, 0);
        while partition < partitions {
            let mut body = json!({"size": 0, "track_total_hits": true, "query": query});
            if !self.single {
                let mut several = json!({
                    "field": mapping::ARTICLE, "size": MAX_BUCKETS, "min_doc_count": 2, "shard_min_doc_count": 2,
                    "shard_size": MAX_BUCKETS,
                });
                if partitions > 1 {
                    several["include"] = json!({"partition": partition, "num_partitions": partitions});
                }
                body["aggs"] = json!({
                    "several": {"terms": several},
                    "pages": {"stats_bucket": {"buckets_path": "several._count"}},
                });
            }
            let mut answer = self.engine.search_for("aggregations.pages", &body, self.deadline)?;
            let number = |value: &Value| {
                value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
            };
            pages = number(&answer["hits"]["total"]["value"]);
            let of = answer["aggregations"]["pages"].take();
            let counted = number(&of["count"]);
            if counted >= MAX_BUCKETS {
                // An answer has room for no more: the articles are counted in parts, half full if they are spread evenly.
                partitions = (partitions * 2).max(pages / MAX_BUCKETS + 1);
                (partition, sum, count) = (0, 0, 0);
                continue;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
            let in_these = of["sum"].as_f64().unwrap_or_default() as usize;
            sum += in_these;
            count += counted;
            partition += 1;
        }
        let totals = (pages, pages - sum.saturating_sub(count).min(pages));
        self.known.totals.keep(asked, totals, 0);
        Ok(totals)
    }

    /// The best documents behind a place in an order. An article with a page up to there is none of them.
    fn best_after(
        &self,
        retrieval: &Retrieval,
        query: &Value,
        after: &Value,
        ordered: Option<&Ordered>,
        by_page: bool,
    ) -> Result<Vec<ScoredDoc>, IndexError> {
        let behind = all(&[query.clone(), after.clone()]);
        let Retrieval { sort, offset, limit, .. } = retrieval;
        if by_page {
            return self.best(sort, &behind, ordered, by_page, (*offset, *limit));
        }
        let wanted = offset.saturating_add(*limit);
        let mut asked = wanted.saturating_mul(2).max(100);
        loop {
            let mut docs = self.best(sort, &behind, ordered, by_page, (0, asked))?;
            let is_all = docs.len() < asked;
            let found: Vec<DocRef> = docs.iter().map(|doc| doc.doc).collect();
            let article_of = self.articles_of(&found)?;
            let articles: Vec<i64> = article_of.values().copied().collect();
            let mut earlier: HashSet<i64> = HashSet::new();
            for some in articles.chunks(MAX_HITS) {
                let of_these = json!({"terms": {mapping::ARTICLE: some}});
                earlier.extend(self.articles_with(&but(&all(&[query.clone(), of_these]), after))?);
            }
            docs.retain(|doc| article_of.get(&doc.doc).is_some_and(|article| !earlier.contains(article)));
            if is_all || docs.len() >= wanted {
                return Ok(docs.into_iter().skip(*offset).take(*limit).collect());
            }
            asked = asked.saturating_mul(2);
        }
    }

    /// The article of each page.
    fn articles_of(&self, docs: &[DocRef]) -> Result<HashMap<DocRef, i64>, IndexError> {
        let mut articles = HashMap::new();
        let mut unknown = Vec::new();
        for doc in docs {
            match self.known.copy_of(*doc) {
                Some(copy) => drop(articles.insert(*doc, copy.article)),
                None => unknown.push(doc.0),
            }
        }
        // While a page moves to the shard of another article, its id may be on both.
        for some in unknown.chunks(MAX_HITS / 2) {
            let source = [mapping::ARTICLE];
            let pages = json!({"term": {mapping::DOC: mapping::Doc::Page.as_str()}});
            let body = json!({"query": all(&[pages, with_ids(some)]), "size": MAX_HITS, "sort": ["_doc"], "_source": source, "track_total_hits": false});
            let answer = self.engine.search(&body, self.deadline)?;
            let hits = answer["hits"]["hits"].as_array().into_iter().flatten();
            articles.extend(hits.filter_map(copy_of).map(|copy| (DocRef(copy.id), copy.article)));
        }
        Ok(articles)
    }

    /// The articles with a page that matches.
    fn articles_with(&self, query: &Value) -> Result<HashSet<i64>, IndexError> {
        let mut articles = HashSet::new();
        let sources = json!([{"article": {"terms": {"field": mapping::ARTICLE}}}]);
        each_pair(self.engine, query, &sources, self.deadline, |key| {
            articles.extend(key["article"].as_i64());
        })?;
        Ok(articles)
    }

    /// The best pages, or the best page of each article, in order: so many behind the first so many.
    fn best(
        &self,
        sort: &Sort,
        query: &Value,
        ordered: Option<&Ordered>,
        by_page: bool,
        (mut offset, mut limit): (usize, usize),
    ) -> Result<Vec<ScoredDoc>, IndexError> {
        let (ranked, by_key) = (*sort == Sort::Relevance, matches!(sort, Sort::Key(_)));
        let sort = order(sort, ordered);
        let mut body = json!({"query": query, "sort": sort, "track_total_hits": false});
        body["_source"] = json!([
            mapping::moments(BuiltIn::Published.name(), true),
            mapping::moments(BuiltIn::Published.name(), false),
            mapping::ARTICLE,
        ]);
        let read = |hit: &Value| -> Option<ScoredDoc> {
            #[expect(clippy::cast_possible_truncation, reason = "the engine's scores have 32 bits")]
            let score = hit["_score"].as_f64().map(|score| score as f32).filter(|_| ranked);
            let doc = self.known.doc_of(copy_of(hit)?);
            let value = ordered.filter(|_| by_key).and_then(|ordered| ordered.value(hit));
            Some(ScoredDoc { doc, score, value, published: published(&hit["_source"]), copies: None })
        };
        if offset.saturating_add(limit) <= MAX_HITS {
            if !by_page {
                body["collapse"] = json!({"field": mapping::ARTICLE});
            }
            body["from"] = json!(offset);
            body["size"] = json!(limit);
            // What is found is shown or reranked: so few documents come with it.
            let comes_with = limit <= self.at_once;
            if comes_with {
                body["_source"] = json!(true);
            }
            let mut answer = self.engine.search(&body, self.deadline)?;
            let Value::Array(mut hits) = answer["hits"]["hits"].take() else { return Ok(Vec::new()) };
            let found = hits.iter().filter_map(read).collect();
            for hit in hits.iter_mut().filter(|_| comes_with) {
                if let Some(copy) = copy_of(hit) {
                    let source = hit["_source"].take();
                    let size = size_of_value(&source);
                    self.known.documents.keep(self.known.doc_of(copy), Arc::new(source), size);
                }
            }
            return Ok(found);
        }
        // Beyond the window of the engine, all pages up to there are walked.
        let mut scan = self.engine.scan(body, self.deadline)?;
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        while let Some(hits) = scan.next_batch()? {
            for hit in &hits {
                if !by_page && !seen.insert(hit["_source"]["page"]["article"].as_i64()) {
                    continue;
                }
                if offset > 0 {
                    offset -= 1;
                } else {
                    found.extend(read(hit));
                    limit -= 1;
                    if limit == 0 {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(found)
    }

    /// How the engine explains the score of a document.
    pub(super) fn explain(&self, retrieval: &Retrieval, doc: DocRef) -> Result<Explanation, IndexError> {
        let mut filter = vec![with_ids(&[self.known.id_of(doc)])];
        if let Some(copy) = self.known.copy_of(doc) {
            filter.push(json!({"term": {mapping::ARTICLE: copy.article}}));
        }
        let query = json!({"bool": {"must": [self.lowered(retrieval)?.ranked], "filter": filter}});
        let body =
            json!({"query": query, "size": 1, "explain": true, "_source": false, "track_total_hits": false});
        let answer = self.engine.search(&body, self.deadline)?;
        let hit = &answer["hits"]["hits"][0];
        if hit.is_null() {
            return Ok(Explanation {
                value: 0.0,
                description: "it does not match any more".into(),
                details: Vec::new(),
            });
        }
        Ok(explanation(&hit["_explanation"]))
    }

    /// For each document, the pages of its article with their scores, ordered by locale.
    pub(super) fn members(
        &self,
        retrieval: &Retrieval,
        docs: &[DocRef],
    ) -> Result<Vec<Vec<Member>>, IndexError> {
        if self.single || docs.is_empty() {
            return Ok(Vec::new());
        }
        let hits = |answer: &Value| answer["hits"]["hits"].as_array().cloned().unwrap_or_default();
        let article_of = self.articles_of(docs)?;
        let mut articles: Vec<i64> = article_of.values().copied().collect();
        articles.sort_unstable();
        articles.dedup();
        // All pages, and those that match with their scores.
        let matching = json!({"bool": {"must": [self.lowered(retrieval)?.ranked], "_name": "matching"}});
        let mut found = Vec::new();
        let mut parts = vec![articles.as_slice()];
        while let Some(part) = parts.pop() {
            let pages = [
                json!({"term": {mapping::DOC: mapping::Doc::Page.as_str()}}),
                json!({"terms": {mapping::ARTICLE: part}}),
            ];
            let body = json!({
                "query": {"bool": {"filter": pages, "should": [matching]}}, "size": MAX_HITS, "track_total_hits": false,
                "_source": ["f.locale", "day.published", "at.published", mapping::ARTICLE],
            });
            let some = hits(&self.engine.search(&body, self.deadline)?);
            if some.len() < MAX_HITS {
                found.extend(some);
            } else if part.len() > 1 {
                // An answer has no room for the pages of so many articles.
                let (a, b) = part.split_at(part.len() / 2);
                parts.extend([a, b]);
            } else {
                return Err(IndexError::TooMuch(message!(
                    "an article has {} pages or more, too many to be shown; omit the grouping",
                    MAX_HITS
                )));
            }
        }
        let mut of_article: HashMap<i64, Vec<Member>> = HashMap::new();
        for hit in found {
            let source = &hit["_source"];
            let Some(copy) = copy_of(&hit) else { continue };
            let locale = source["f"]["locale"].as_str().unwrap_or_default().to_owned();
            #[expect(clippy::cast_possible_truncation, reason = "the engine's scores have 32 bits")]
            let score = hit["_score"].as_f64().unwrap_or_default() as f32;
            let (doc, score) = (self.known.doc_of(copy), hit["matched_queries"].get(0).map(|_| score));
            of_article.entry(copy.article).or_default().push(Member {
                doc,
                locale,
                published: published(source),
                score,
            });
        }
        let members = docs.iter().map(|doc| {
            let mut members =
                article_of.get(doc).and_then(|article| of_article.get(article)).cloned().unwrap_or_default();
            members.sort_unstable_by(|a, b| (&a.locale, a.doc).cmp(&(&b.locale, b.doc)));
            members
        });
        Ok(members.collect())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the engine's scores have 32 bits")]
fn explanation(told: &Value) -> Explanation {
    Explanation {
        value: told["value"].as_f64().unwrap_or_default() as f32,
        description: told["description"].as_str().unwrap_or_default().to_owned(),
        details: told["details"].as_array().into_iter().flatten().map(explanation).collect(),
    }
}

/// The copy of a page that a hit is.
pub(super) fn copy_of(hit: &Value) -> Option<PageCopy> {
    let id = u64::from_str_radix(hit["_id"].as_str()?, 16).ok()?;
    Some(PageCopy { id, article: hit["_source"]["page"]["article"].as_i64()? })
}
