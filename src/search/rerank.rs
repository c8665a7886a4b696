//! Reranks the best articles by the positions of their terms.
//!
//! The index ranks by how often an article has which terms. For the best few articles, three features add to the
//! score:
//!
//! * nearness: terms near each other (after Büttcher, Clarke and Lushman, 2006). Two terms that are neighbours in
//!   the query and at most [`NEAR`] positions apart in the article each gain the other's idf divided by their
//!   distance; less if their order is reversed. A term's gain is saturated like its term frequency.
//! * passage: for Han text, where neighbouring bigrams are near each other anyway, the summed idf of the different
//!   terms in the best [`PASSAGE`] positions.
//! * characters: for Han text, the single characters of the query: `创立` and `创建` share one, but no bigram. A
//!   character weighs more the fewer of the reranked articles have it.

use crate::{
    article::BuiltIn,
    index::{FieldTerms, MAX_POSITION, Positions, Statistics, StoredArticle, idf, tf_saturation},
    query::{FirstCharFilter, Query, TermMatcher, TermSet, Words},
    schema::{FieldKind, Schema},
    text::{self, TokenKind, is_han_like},
};

/// This many of the best articles are reranked.
pub const RERANK_DEPTH: usize = 50;

/// Terms more positions apart than this are not near each other.
const NEAR: u32 = 8;
/// The factor for two terms in reversed order.
const REVERSED: f32 = 0.75;
/// The length of a passage, in positions.
const PASSAGE: u32 = 20;
/// The weights of the three features. Measured by `newsdex eval`.
const NEARNESS: f32 = 0.5;
const PASSAGES: f32 = 1.5;
const CHARACTERS: f32 = 3.0;
/// At most this many query terms, over at most this many bytes, or positions, of each text.
const MAX_TERMS: usize = 64;
const MAX_BYTES: usize = 1 << 16;

/// The fields whose positions are read.
pub const RERANK_FIELDS: [&str; 3] =
    [BuiltIn::Title.name(), BuiltIn::Description.name(), BuiltIn::Body.name()];

/// A term of the query with its idf.
struct Term<'q> {
    field: Option<&'q str>,
    matcher: TermMatcher<'q>,
    idf: f32,
    is_han: bool,
}

/// Computes rerank features from the positions of a query's terms.
pub struct Reranker<'q> {
    asked: &'q [FieldTerms],
    terms: Vec<Term<'q>>,
    first_chars: FirstCharFilter,
    characters: Vec<char>,
    has_han: bool,
    /// The fields that plain words search, with their boosts.
    boosts: Vec<(String, f32)>,
    /// The mean length of all articles in tokens, each field weighted by its boost.
    mean_length: f32,
}

/// What the rerank adds to a score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RerankBoost {
    /// For terms near each other.
    pub nearness: f32,
    /// For the best passage.
    pub passage: f32,
    /// For single Han characters.
    pub characters: f32,
}

impl RerankBoost {
    /// The sum of all parts.
    #[must_use]
    pub fn sum(&self) -> f32 {
        self.nearness + self.passage + self.characters
    }

    /// Multiplies each part.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        let Self { nearness, passage, characters } = self;
        Self { nearness: nearness * factor, passage: passage * factor, characters: characters * factor }
    }
}

/// The rerank features of one article.
#[derive(Clone, Debug)]
pub struct RerankFeatures {
    added: RerankBoost,
    /// The saturated frequency of each character, fields weighted by their boosts.
    characters: Vec<f32>,
}

/// One occurrence of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    position: u32,
    term: usize,
}

/// Collects the words that a matching article may contain, with their boosts.
fn add_leaves<'q>(query: &'q Query, boost: f32, leaves: &mut Vec<(&'q Words, f32)>) {
    match query {
        Query::Words(words) => leaves.push((words, boost)),
        Query::MinShouldMatch { clauses, optional, .. } => {
            clauses.iter().chain(optional).for_each(|clause| add_leaves(clause, boost, leaves));
        }
        // What was typed alone: synonyms in Han would take the texts of all articles of an English query.
        Query::Synonyms(several) => {
            several.first().into_iter().for_each(|typed| add_leaves(typed, boost, leaves));
        }
        Query::And(parts) | Query::Or(parts) => {
            for part in parts {
                add_leaves(part, boost, leaves);
            }
        }
        Query::Boost(inner, by) => add_leaves(inner, boost * by, leaves),
        _ => {}
    }
}

/// Adds the characters of a Han, kana or hangul term. Returns whether it is one.
fn add_characters(wanted: &TermSet, characters: &mut Vec<char>) -> bool {
    let (TermSet::Exact(word) | TermSet::Forms(word) | TermSet::Prefix(word)) = wanted else { return false };
    if !word.chars().all(is_han_like) {
        return false;
    }
    for character in word.chars() {
        if !characters.contains(&character) {
            characters.push(character);
        }
    }
    true
}

/// The first [`MAX_BYTES`] of a text.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl<'q> Reranker<'q> {
    /// The distinct sets of terms of a query, with the boosts of their leaves. Empty for fewer than two leaves:
    /// positions say nothing then.
    #[must_use]
    pub fn terms(query: &Query) -> (Vec<FieldTerms>, Vec<f32>) {
        let mut leaves = Vec::new();
        add_leaves(query, 1.0, &mut leaves);
        let (mut terms, mut boosts) = (Vec::new(), Vec::new());
        if leaves.len() < 2 {
            return (terms, boosts);
        }
        let all = leaves
            .iter()
            .flat_map(|(words, boost)| words.slots.iter().map(move |slot| (words, slot, *boost)));
        for (words, slot, boost) in all.take(MAX_TERMS) {
            let one = FieldTerms { field: words.field.clone(), terms: slot.terms.clone() };
            if !terms.contains(&one) {
                terms.push(one);
                boosts.push(boost);
            }
        }
        (terms, boosts)
    }

    /// A reranker for what [`Reranker::terms`] returned.
    #[must_use]
    pub fn new(
        asked: &'q [FieldTerms],
        leaf_boosts: &[f32],
        statistics: &Statistics,
        schema: &Schema,
    ) -> Self {
        let (mut terms, mut characters) = (Vec::new(), Vec::new());
        for ((one, boost), doc_freq) in asked.iter().zip(leaf_boosts).zip(&statistics.doc_freqs) {
            let is_han = add_characters(&one.terms, &mut characters);
            let idf = boost * idf(*doc_freq, statistics.docs);
            terms.push(Term { field: one.field.as_deref(), matcher: one.terms.matcher(), idf, is_han });
        }
        let first_chars = FirstCharFilter::of(terms.iter().map(|term| &term.matcher));
        let has_han = terms.iter().any(|term| term.is_han);
        let searched = schema.fields().iter().filter(|field| field.search && field.kind == FieldKind::Text);
        let boosts = searched.map(|field| (field.name.clone(), field.boost)).collect();
        let mean_length = statistics.mean_length;
        Self { asked, terms, first_chars, characters, has_han, boosts, mean_length }
    }

    /// The sets of terms, in the order by which [`Positions`] number them.
    #[must_use]
    pub fn asked(&self) -> &[FieldTerms] {
        self.asked
    }

    /// What to add to the score of each article.
    #[must_use]
    pub fn added(&self, seen: &[RerankFeatures]) -> Vec<RerankBoost> {
        let mut idfs = Vec::with_capacity(self.characters.len());
        for index in 0..self.characters.len() {
            let doc_freq = seen.iter().filter(|seen| seen.characters[index] > 0.0).count();
            idfs.push(idf(doc_freq as u64, seen.len() as u64));
        }
        let added = |seen: &RerankFeatures| {
            let characters: f32 =
                seen.characters.iter().zip(&idfs).map(|(term_freq, rare)| term_freq * rare).sum();
            RerankBoost { characters: CHARACTERS * characters, ..seen.added }
        };
        seen.iter().map(added).collect()
    }

    /// Whether it needs texts, not just positions: the index has Han text as bigrams, not as single characters.
    #[must_use]
    pub fn needs_texts(&self) -> bool {
        self.has_han
    }

    /// The features of an article, from its texts.
    #[must_use]
    pub fn features(&self, article: &StoredArticle) -> RerankFeatures {
        let mut characters = vec![0.0; self.characters.len()];
        let mut length = 0.0;
        let mut occurrences = [const { Vec::new() }; RERANK_FIELDS.len()];
        let texts = [&article.title, &article.description, &article.body];
        for (index, (field, text)) in RERANK_FIELDS.iter().zip(texts).enumerate() {
            let boost = self.boost(field);
            let mut words = text::Tokens::new(beginning(text));
            let mut word = text::Token::default();
            while words.advance(&mut word) {
                length += boost;
                let fits = |term: &Term<'_>| {
                    term.field.map_or(boost > 0.0, |asked| asked == *field) && term.matcher.takes(&word.text)
                };
                if self.first_chars.may_take(&word.text)
                    && let Some(term) = self.terms.iter().position(fits)
                {
                    occurrences[index].push(Occurrence { position: word.position, term });
                }
                if self.has_han
                    && matches!(word.kind, TokenKind::Bigram | TokenKind::Tail | TokenKind::Single)
                {
                    let first = word.text.chars().next();
                    if let Some(index) = self.characters.iter().position(|known| Some(*known) == first) {
                        characters[index] += boost;
                    }
                }
            }
        }
        self.weigh(occurrences, length, characters)
    }

    /// The features of an article, from the positions of its terms in each of [`RERANK_FIELDS`].
    #[must_use]
    pub fn features_at(&self, positions: Positions) -> RerankFeatures {
        let mut fields = positions.fields.into_iter();
        let occurrences = [(); RERANK_FIELDS.len()].map(|()| {
            let found = fields.next().unwrap_or_default().into_iter();
            found.map(|(position, term)| Occurrence { position, term }).collect()
        });
        self.weigh(occurrences, positions.length, vec![0.0; self.characters.len()])
    }

    fn boost(&self, field: &str) -> f32 {
        self.boosts.iter().find(|(name, _)| name == field).map_or(0.0, |(_, boost)| *boost)
    }

    /// Computes features from the occurrences in each field, the weighted length and the weighted frequency of each
    /// character.
    fn weigh(
        &self,
        mut fields: [Vec<Occurrence>; RERANK_FIELDS.len()],
        length: f32,
        mut characters: Vec<f32>,
    ) -> RerankFeatures {
        let mut lent = vec![0.0; self.terms.len()];
        let mut passage: f32 = 0.0;
        for (field, occurrences) in RERANK_FIELDS.iter().zip(&mut fields) {
            occurrences.retain(|found| found.position < MAX_POSITION);
            occurrences.sort_unstable();
            // A token that matches several terms counts as the first.
            occurrences.dedup_by_key(|found| found.position);
            if self.has_han {
                passage = passage.max(self.best_passage(occurrences));
            }
            let of_words = occurrences.iter().filter(|found| !self.terms[found.term].is_han);
            let of_words: Vec<Occurrence> = of_words.copied().collect();
            self.lend(&of_words, self.boost(field).max(1.0), &mut lent);
        }
        let length = length / self.mean_length;
        let near = lent.iter().zip(&self.terms);
        let near: f32 = near.map(|(lent, term)| term.idf.min(1.0) * tf_saturation(*lent, length)).sum();
        for term_freq in &mut characters {
            *term_freq = tf_saturation(*term_freq, length);
        }
        RerankFeatures {
            added: RerankBoost { nearness: NEARNESS * near, passage: PASSAGES * passage, characters: 0.0 },
            characters,
        }
    }

    /// Adds to each term the gain from its neighbours.
    fn lend(&self, occurrences: &[Occurrence], boost: f32, lent: &mut [f32]) {
        for (index, b) in occurrences.iter().enumerate() {
            for a in occurrences[..index].iter().rev() {
                let apart = b.position - a.position;
                if apart > NEAR {
                    break;
                }
                if a.term.abs_diff(b.term) == 1 {
                    let in_order = if a.term < b.term { 1.0 } else { REVERSED };
                    #[expect(clippy::cast_precision_loss, reason = "a small number")]
                    let weight = boost * in_order / apart as f32;
                    lent[a.term] += weight * self.terms[b.term].idf;
                    lent[b.term] += weight * self.terms[a.term].idf;
                }
            }
        }
    }

    /// The summed idf of the different terms in the best passage.
    fn best_passage(&self, occurrences: &[Occurrence]) -> f32 {
        let mut counts = vec![0_u32; self.terms.len()];
        let (mut from, mut inside, mut best) = (0, 0.0, 0.0_f32);
        for found in occurrences {
            if counts[found.term] == 0 {
                inside += self.terms[found.term].idf;
            }
            counts[found.term] += 1;
            while found.position - occurrences[from].position > PASSAGE {
                let gone = occurrences[from].term;
                counts[gone] -= 1;
                if counts[gone] == 0 {
                    inside -= self.terms[gone].idf;
                }
                from += 1;
            }
            best = best.max(inside);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::{
        CHARACTERS, NEAR, NEARNESS, Occurrence, PASSAGE, REVERSED, RerankBoost, RerankFeatures, Reranker,
    };
    use crate::{
        index::{Positions, Statistics},
        query::{Clock, Fields, Language, Query},
        schema::Schema,
    };

    /// Calls `look` with a reranker for a query, and a mean length of 10 tokens.
    fn with<T>(query: &str, look: impl FnOnce(&mut Reranker<'_>) -> T) -> T {
        let query = Query::parse(query, &Language::new(Fields::default(), Clock::utc())).value;
        let (terms, boosts) = Reranker::terms(&query);
        let statistics = Statistics { docs: 100, mean_length: 10.0, doc_freqs: vec![1; terms.len()] };
        let schema = Schema::built_in().expect("it is sound");
        look(&mut Reranker::new(&terms, &boosts, &statistics, &schema))
    }

    /// Calls `look` with a reranker for three words with the idfs 1, 2 and 4.
    fn with_three_words<T>(look: impl FnOnce(&Reranker<'_>) -> T) -> T {
        with("solar glass price", |reranker| {
            reranker.terms.iter_mut().zip([1.0, 2.0, 4.0]).for_each(|(term, idf)| term.idf = idf);
            look(reranker)
        })
    }

    /// Positions, each with the index of the term there.
    type Places = &'static [(u32, usize)];

    fn occurrences(places: Places) -> Vec<Occurrence> {
        places.iter().map(|(position, term)| Occurrence { position: *position, term: *term }).collect()
    }

    #[test]
    fn neighbours_in_the_query_lend_their_idf_over_their_distance() {
        let cases: &[(Places, [f32; 3])] = &[
            (&[(0, 0), (1, 1)], [2.0, 1.0, 0.0]),
            (&[(7, 0), (11, 1)], [2.0 / 4.0, 1.0 / 4.0, 0.0]),
            (&[(0, 1), (1, 0)], [2.0 * REVERSED, REVERSED, 0.0]),
            (&[(0, 0), (1, 2)], [0.0; 3]),
            (&[(0, 0), (NEAR, 1)], [2.0 / 8.0, 1.0 / 8.0, 0.0]),
            (&[(0, 0), (NEAR + 1, 1)], [0.0; 3]),
            // The word in the middle gains from both sides.
            (&[(0, 0), (1, 1), (2, 2)], [2.0, 1.0 + 4.0, 2.0]),
            // The second occurrence of the first word stands two positions behind, in reversed order.
            (&[(0, 0), (1, 1), (3, 0)], [2.0 + 2.0 * REVERSED / 2.0, 1.0 + REVERSED / 2.0, 0.0]),
        ];
        for (places, expected) in cases {
            for boost in [1.0_f32, 3.0] {
                let mut lent = vec![0.0; 3];
                with_three_words(|reranker| reranker.lend(&occurrences(places), boost, &mut lent));
                let same = lent.iter().zip(expected).all(|(one, other)| (one - other * boost).abs() < 1e-6);
                assert!(same, "{places:?} times {boost}: {lent:?}");
            }
        }
    }

    /// The score of Büttcher, Clarke and Lushman: the sum over terms of min(1, idf) · a · (k1 + 1) / (a + K), where
    /// `a` is the term's gain and K = k1 · (1 − b + b · length). Here k1 is 2 and b is 0.5.
    #[test]
    fn a_gain_is_saturated_like_a_term_frequency() {
        // Of the second and the third word, next to each other: gains of 4 and 2.
        let nearness = |field: usize, length: f32| {
            let mut fields = vec![Vec::new(); 3];
            fields[field] = vec![(5, 1), (6, 2)];
            let features = with_three_words(|reranker| reranker.features_at(Positions { fields, length }));
            features.added.nearness / NEARNESS
        };
        // K is 2: 4 · 3 / 6 + 2 · 3 / 4.
        assert!((nearness(2, 10.0) - 3.5).abs() < 1e-5);
        // Three times as long, K is 4: 4 · 3 / 8 + 2 · 3 / 6.
        assert!((nearness(2, 30.0) - 2.5).abs() < 1e-5);
        // In a title, whose boost is 3, the gains are 12 and 6: 12 · 3 / 14 + 6 · 3 / 8.
        assert!((nearness(0, 10.0) - (36.0 / 14.0 + 18.0 / 8.0)).abs() < 1e-5);
    }

    #[test]
    fn a_passage_counts_each_term_once_while_it_is_inside() {
        let cases: &[(Places, f32)] = &[
            (&[], 0.0),
            (&[(0, 0), (5, 1), (PASSAGE - 1, 2)], 7.0),
            (&[(0, 1), (1, 1), (2, 1)], 2.0),
            // The first word is out when the others come in, and they are worth less.
            (&[(0, 2), (PASSAGE + 1, 0), (PASSAGE + 2, 1)], 4.0),
            // One occurrence of the first term is out, the other is still in.
            (&[(0, 0), (10, 0), (PASSAGE + 2, 1)], 3.0),
            // A term that went out comes in again.
            (&[(0, 2), (2 * PASSAGE, 0), (2 * PASSAGE + 5, 2)], 5.0),
        ];
        for (places, expected) in cases {
            let best = with_three_words(|reranker| reranker.best_passage(&occurrences(places)));
            assert!((best - expected).abs() < 1e-6, "{places:?}: {best}");
        }
    }

    /// The idf is that of the reranked articles, ln(1 + (N − n + 0.5) / (n + 0.5)): of four articles with the first
    /// character in one and the second in all, ln(10 / 3) and ln(10 / 9).
    #[test]
    fn a_character_weighs_more_the_fewer_articles_have_it() {
        let seen = |first: f32| RerankFeatures {
            added: RerankBoost { passage: 5.0, ..RerankBoost::default() },
            characters: vec![first, 2.0, 0.0, 0.0],
        };
        let added = with("创立 公司", |reranker| {
            assert_eq!(reranker.characters, ['创', '立', '公', '司']);
            reranker.added(&[seen(0.5), seen(0.0), seen(0.0), seen(0.0)])
        });
        let common = CHARACTERS * 2.0 * (10.0_f32 / 9.0).ln();
        let rare = CHARACTERS * 0.5 * (10.0_f32 / 3.0).ln();
        assert!((added[0].characters - common - rare).abs() < 1e-5, "{added:?}");
        assert!((added[3].characters - common).abs() < 1e-5, "{added:?}");
        assert!(added.iter().all(|added| (added.passage - 5.0).abs() < 1e-6), "the rest stays");
    }
}
