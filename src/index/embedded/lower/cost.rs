//! What a query costs, estimated before it runs from what the term dictionaries say about its terms.
//!
//! The unit is a step: what it takes to read a posting of a word and to score it, 10 to 40 ns. The weights of the other
//! operators were measured against that on 292,526 articles, with the most common words, so that a step of each takes
//! about as long. They are upper bounds for rarer words: as if each article with the rarest word of a phrase had all.

use super::Lowering;
use crate::{
    article::BuiltIn,
    index::{
        embedded::{expand::ExpandedTerms, guard::too_much, word::is_counted},
        terms::readings,
    },
    problem::message,
    query::{Query, Role, Security, Shape, Words},
};
use std::sync::Arc;
use tantivy::{
    Term,
    schema::{Facet, Field},
};

/// Maximum number of steps of a query: at most about two seconds. Of three million articles, `"the of and"~10` takes
/// 44 million.
const MAX_STEPS: u64 = 64_000_000;

/// Steps to look a document up in the postings of a term, which are decoded in blocks of 128.
const SEEK: u64 = 16;
/// Steps to begin with a term.
const TERM: u64 = 16;
/// Steps for a position in the index, by its bytes there.
const POSITION: u64 = 1;
/// Steps for a token that may fill a slot of a loose phrase, alone or with others that the same tokens may fill.
const FILLER: u64 = 2;
const SHARED_FILLER: u64 = 6;
/// Tokens that are compared in a step for a slot of an exact phrase.
const COMPARED: u64 = 8;
/// Steps of a slot of an exact phrase for a document that has all its words.
const SLOT: u64 = 1;
/// What tantivy's union reads ahead, in documents.
const READ_AHEAD: u64 = 4096;
/// Filters walk through columns: documents per step.
const FILTERED: u64 = 4;

/// An estimate for a part of a query.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// At most this many documents match.
    docs: u64,
    /// The steps that it takes at any rate.
    once: u64,
    /// The steps to go through all matches.
    all: u64,
    /// The steps for each document about which another part asks.
    each: u64,
}

impl Cost {
    /// The steps if another part asks about so many documents.
    fn within(self, docs: u64) -> u64 {
        self.once.saturating_add(self.all.min(self.each.saturating_mul(docs)))
    }

    fn total(self) -> u64 {
        self.once.saturating_add(self.all)
    }
}

impl Lowering<'_> {
    /// Fails if a query would cost too much.
    pub(super) fn check_cost(&self, query: &Query) -> tantivy::Result<()> {
        let steps = self.cost(query)?.total();
        if steps <= MAX_STEPS {
            return Ok(());
        }
        let (_, part) = self.costliest(query)?;
        Err(too_much(message!(
            "the query is too expensive: about {} million steps of at most {}, and its most expensive part is `{}`; use fewer or rarer words, or add a word or filter that few articles match",
            (steps / 1_000_000).to_string(),
            (MAX_STEPS / 1_000_000).to_string(),
            shortened(&part.to_string())
        )))
    }

    /// The leaf that costs most by itself.
    fn costliest<'q>(&self, query: &'q Query) -> tantivy::Result<(u64, &'q Query)> {
        let optional: &[Query] =
            if let Query::MinShouldMatch { optional, .. } = query { optional } else { &[] };
        let parts = match query {
            Query::And(parts) | Query::Or(parts) | Query::Synonyms(parts) => parts,
            Query::MinShouldMatch { clauses, .. } => clauses,
            Query::Not(inner) | Query::Boost(inner, _) => return self.costliest(inner),
            leaf => return Ok((self.cost(leaf)?.total(), leaf)),
        };
        let mut most = (0, query);
        for part in parts.iter().chain(optional) {
            let found = self.costliest(part)?;
            if found.0 > most.0 {
                most = found;
            }
        }
        Ok(most)
    }

    fn cost(&self, query: &Query) -> tantivy::Result<Cost> {
        Ok(match query {
            Query::All | Query::Date { .. } | Query::Number { .. } | Query::Exists(_) => self.filter(),
            Query::Words(words) => self.cost_of_words(words)?,
            Query::MinShouldMatch { clauses, optional, .. } => {
                let required = self.costs(clauses)?.into_iter().fold(Cost::default(), Cost::or);
                let optional = self.costs(optional)?.into_iter().fold(Cost::default(), Cost::or);
                let all = required.all.saturating_add(optional.within(required.docs));
                // Whoever asks about a document has the next match searched.
                Cost { all, each: all, ..required }
            }
            Query::Synonyms(several) => self.costs(several)?.into_iter().fold(Cost::default(), Cost::or),
            Query::Security(security) => self.cost_of_security(security)?,
            Query::Path { field, path } => match self.field(field) {
                Some((_, field)) => Cost::of_postings(self.facet_docs(field, path)?),
                None => Cost::default(),
            },
            Query::And(parts) => self.cost_of_all(parts)?,
            Query::Or(parts) => {
                let any = self.costs(parts)?.into_iter().fold(Cost::default(), Cost::or);
                let ahead = any.all.saturating_mul(READ_AHEAD) / self.searcher.num_docs().max(READ_AHEAD);
                Cost { each: any.each.saturating_add(ahead), ..any }
            }
            Query::Not(inner) => {
                let (excluded, articles) = (self.excluded_cost(inner)?, self.filter());
                let all = articles.all.saturating_add(excluded.within(articles.docs));
                Cost { docs: articles.docs, once: 0, all, each: excluded.each.saturating_add(1) }
            }
            Query::Boost(inner, _) => self.cost(inner)?,
        })
    }

    fn costs(&self, parts: &[Query]) -> tantivy::Result<Vec<Cost>> {
        parts.iter().map(|part| self.cost(part)).collect()
    }

    /// The cost of a conjunction: the part with the fewest documents leads, and the others are asked about these.
    fn cost_of_all(&self, parts: &[Query]) -> tantivy::Result<Cost> {
        let costs = self.costs(parts)?;
        let Some(lead) = (0..costs.len()).min_by_key(|index| costs[*index].docs) else {
            return Ok(self.filter());
        };
        let docs = costs[lead].docs;
        let mut sum = Cost { docs, ..Cost::default() };
        for (index, cost) in costs.into_iter().enumerate() {
            let steps = if index == lead { cost.all } else { cost.all.min(cost.each.saturating_mul(docs)) };
            sum.once = sum.once.saturating_add(cost.once);
            sum.all = sum.all.saturating_add(steps);
            sum.each = sum.each.saturating_add(cost.each);
        }
        Ok(sum)
    }

    /// The cost of an excluded clause, whose phrases are all read as loose ones.
    fn excluded_cost(&self, inner: &Query) -> tantivy::Result<Cost> {
        let outer = self.excluding.replace(true);
        let cost = self.cost(inner);
        self.excluding.set(outer);
        cost
    }

    /// A filter by a column, which is read for all documents.
    fn filter(&self) -> Cost {
        let docs = self.searcher.num_docs();
        Cost { docs, once: 0, all: docs / FILTERED, each: 1 }
    }

    fn facet_docs(&self, field: Field, path: &str) -> tantivy::Result<u64> {
        let Ok(facet) = Facet::from_text(path) else { return Ok(0) };
        self.searcher.doc_freq(&Term::from_facet(field, &facet))
    }

    fn cost_of_words(&self, words: &Words) -> tantivy::Result<Cost> {
        let mut sum = Cost::default();
        let exact = words.slop == 0 && !self.excluding.get();
        for (_, scope) in self.asked(words.field.as_deref()) {
            let slots = words.slots.iter().map(|slot| self.found(&scope, &slot.terms));
            let slots = slots.collect::<tantivy::Result<Vec<_>>>()?;
            sum = sum.or(match slots.as_slice() {
                [word] => of_word(word, self.searcher.num_docs()),
                slots if exact && slots.iter().all(|found| found.only_term().is_some()) => of_exact(slots),
                slots => of_loose(slots, &words.shape()),
            });
        }
        Ok(sum)
    }

    fn cost_of_security(&self, security: &Security) -> tantivy::Result<Cost> {
        let Some((_, field)) = self.field(BuiltIn::Symbol.name()) else { return Ok(Cost::default()) };
        let mut named = Cost::default();
        for path in readings(security) {
            named = named.or(Cost::of_postings(self.facet_docs(field, &path)?));
        }
        if security.role == Role::Any {
            return Ok(named);
        }
        for name in &security.names {
            for place in [BuiltIn::Title, BuiltIn::Description, BuiltIn::Body] {
                let field = Some(place.name().to_owned());
                named = named.or(self.excluded_cost(&Query::Words(Words { field, ..name.clone() }))?);
            }
        }
        Ok(named)
    }
}

impl Cost {
    /// The cost of the postings of one term.
    fn of_postings(docs: u64) -> Self {
        Self { docs, once: TERM, all: docs, each: SEEK }
    }

    /// The cost of a union.
    fn or(self, other: Self) -> Self {
        Self {
            docs: self.docs.saturating_add(other.docs),
            once: self.once.saturating_add(other.once),
            all: self.all.saturating_add(other.all),
            each: self.each.saturating_add(other.each),
        }
    }
}

/// The cost of a word in a field.
fn of_word(found: &ExpandedTerms, docs: u64) -> Cost {
    let postings = found.doc_freq();
    let terms = found.terms_of_all_segments() as u64;
    if is_counted(found) {
        return Cost {
            docs: postings.min(docs),
            once: terms * TERM + postings,
            all: docs / FILTERED,
            each: 1,
        };
    }
    Cost { docs: postings.min(docs), once: terms * TERM, all: postings, each: found.len() as u64 * SEEK }
}

/// The cost of an exact phrase in a field.
fn of_exact(slots: &[Arc<ExpandedTerms>]) -> Cost {
    let docs = slots.iter().map(|found| found.doc_freq()).min().unwrap_or(0);
    let postings = slots.iter().map(|found| found.doc_freq().min(docs.saturating_mul(SEEK)));
    let postings = postings.sum::<u64>();
    let compared =
        slots.iter().map(|found| found.position_bytes() / found.doc_freq().max(1)).sum::<u64>() / COMPARED;
    let slots = slots.len() as u64;
    let of_doc = slots * SLOT + compared;
    let all = postings.saturating_add(docs.saturating_mul(of_doc));
    Cost { docs, once: slots * TERM, all, each: slots * SEEK + of_doc }
}

/// The cost of a loose phrase in a field.
fn of_loose(slots: &[Arc<ExpandedTerms>], shape: &Shape) -> Cost {
    let docs = slots.iter().map(|found| found.doc_freq()).min().unwrap_or(0);
    let groups = slots.iter().enumerate().filter(|(slot, _)| shape.group(*slot) == *slot);
    let mut cost = Cost { docs, ..Cost::default() };
    let filler = if !shape.is_exact() && share_terms(slots, shape) { SHARED_FILLER } else { FILLER };
    let mut of_doc: u64 = 0;
    for (group, found) in groups {
        let (postings, terms) = (found.doc_freq(), found.terms_of_all_segments() as u64);
        let slots = shape.slots(group).count() as u64;
        let of_position = POSITION + if shape.is_exact() { slots / COMPARED } else { slots * filler };
        let positions = found.position_bytes().div_ceil(postings.max(1));
        of_doc = of_doc.saturating_add(positions.saturating_mul(of_position));
        cost.once += terms * TERM;
        cost.all = cost.all.saturating_add(postings.min(docs.saturating_mul(SEEK)));
        cost.each = cost.each.saturating_add(found.len() as u64 * SEEK);
    }
    cost.all = cost.all.saturating_add(docs.saturating_mul(of_doc));
    cost.each = cost.each.saturating_add(of_doc);
    cost
}

/// Whether a token may fill slots with different sets of terms.
fn share_terms(slots: &[Arc<ExpandedTerms>], shape: &Shape) -> bool {
    let groups = slots.iter().enumerate().filter(|(slot, _)| shape.group(*slot) == *slot);
    let mut words: Vec<&str> = groups.flat_map(|(_, found)| found.words().into_keys()).collect();
    words.sort_unstable();
    words.windows(2).any(|pair| pair[0] == pair[1])
}

/// At most so many characters of a query, for a message.
fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FILLER, POSITION, SEEK, SHARED_FILLER, SLOT, TERM};
    use crate::index::embedded::{fixture::Fixture, lower::Lowering};

    fn steps(index: &Fixture, text: &str) -> u64 {
        Lowering::new(&index.commit).cost(&Fixture::query(text)).expect("it can be read").total()
    }

    /// Of 1,000 bodies 900 have `sun`, 500 of these `moon`, and one `comet`, each once.
    fn index() -> Fixture {
        let body = |number: usize| match number {
            0 => "sun moon comet",
            1..500 => "sun moon",
            500..900 => "sun",
            _ => "",
        };
        Fixture::of_bodies(&(0..1000).map(body).collect::<Vec<_>>())
    }

    #[test]
    fn words_and_phrases_cost_by_their_documents() {
        let index = index();
        assert_eq!(steps(&index, "body:sun"), TERM + 900);
        assert_eq!(steps(&index, "body:sun OR body:moon"), 2 * TERM + 900 + 500);
        assert_eq!(steps(&index, "body:nosuch"), 0);
        // The documents of the rarest word are read, and positions of all words in them.
        assert_eq!(steps(&index, "body:\"sun moon\""), 2 * TERM + 900 + 500 + 500 * 2 * SLOT);
        // A position takes a byte at most; each token may fill one slot.
        let loose = 2 * TERM + 900 + 500 + 500 * 2 * (POSITION + FILLER);
        assert_eq!(steps(&index, "body:\"sun moon\"~3"), loose);
        assert_eq!(steps(&index, "body:(sun near/3 moon)"), loose);
        let twice = loose + 500 * FILLER;
        assert_eq!(steps(&index, "body:\"sun moon sun\"~3"), twice, "a token of `sun` may fill two slots");
        let either =
            3 * TERM + 900 + 1400 + 900 * (POSITION + SHARED_FILLER) + 900 * (POSITION + SHARED_FILLER);
        assert_eq!(steps(&index, "body:(sun near/3 (sun OR moon))"), either);
    }

    #[test]
    fn beside_a_rare_word_few_documents_are_asked_about() {
        let index = index();
        assert_eq!(steps(&index, "body:comet AND body:sun"), 2 * TERM + 1 + SEEK);
        let loose = steps(&index, "body:\"sun moon\"~3");
        assert!(steps(&index, "body:comet AND body:\"sun moon\"~3") < loose / 10);
        assert!(steps(&index, "body:comet AND NOT body:\"sun moon\"~3") < loose / 10);
        assert!(steps(&index, "body:sun AND body:\"sun moon\"~3") > loose);
    }
}
