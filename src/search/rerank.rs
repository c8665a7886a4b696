//! The rerank at the best articles: what the places of their words say, which counting words does not.
//!
//! An engine ranks by how often an article has which words. Of the few articles that come out best it is asked where
//! they have them, and three things are added to their scores:
//!
//! * nearness: words that stand near each other (after Büttcher, Clarke and Lushman, 2006). Each of two
//!   words that are neighbours in the query lends the other its rarity over their distance in the article, where
//!   that is at most [`NEAR`], and less where they do not stand in the order of the query. What a word was
//!   lent is saturated like its occurrences.
//! * passage: for Han text, whose neighbouring pairs are near each other anyhow, the rarity of all the different
//!   words in the best [`PASSAGE`] positions.
//! * characters: for Han text, the single characters of the query, as `创立` and `创建` have one in common and
//!   no pair. A character says more, the fewer of the articles that are looked at have it.

use super::{
    StoredArticle,
    bm25::{idf, tf_saturation},
};
use crate::{
    query::{FirstCharFilter, Query, TermMatcher, TermSet, Words},
    text::{self, TokenKind, is_han_like},
};

/// So many articles are looked at again.
pub const RERANK_DEPTH: usize = 50;

/// Words that are more positions apart are not near each other.
const NEAR: u32 = 8;
/// What two words count that do not stand in the order of the query.
const REVERSED: f32 = 0.75;
/// The positions of a passage.
const PASSAGE: u32 = 20;
/// What the three things are worth against the words themselves. Measured by `newsdex eval`.
const NEARNESS: f32 = 0.5;
const PASSAGES: f32 = 1.5;
const CHARACTERS: f32 = 3.0;
/// At most this many query terms, over at most this many bytes, or positions, of each text.
const MAX_TERMS: usize = 64;
const MAX_BYTES: usize = 1 << 16;
const MAX_POSITIONS: u32 = 1 << 14;

/// The fields that are looked at.
pub const RERANK_FIELDS: [&str; 3] = ["title", "description", "body"];

/// A word of the query with its rarity.
struct Term<'q> {
    field: Option<&'q str>,
    matcher: TermMatcher<'q>,
    idf: f32,
    is_han: bool,
}

/// Looks for where articles have the words of a query.
pub struct Reranker<'q> {
    terms: Vec<Term<'q>>,
    first_chars: FirstCharFilter,
    characters: Vec<char>,
    has_han: bool,
    lengths: Lengths,
}

/// What the length of an article is measured by.
#[derive(Clone, Debug)]
pub struct Lengths {
    /// The fields that plain words search, with what a word in each is worth.
    pub boosts: Vec<(String, f32)>,
    /// The mean length of all articles in words, each field by its worth.
    pub mean: f32,
}

/// What the rerank adds to a score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RerankBoost {
    /// For words near each other.
    pub nearness: f32,
    /// For the best passage.
    pub passage: f32,
    /// For single Han characters.
    pub characters: f32,
}

impl RerankBoost {
    /// All together.
    #[must_use]
    pub fn sum(&self) -> f32 {
        self.nearness + self.passage + self.characters
    }

    /// Each part multiplied.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        let Self { nearness, passage, characters } = self;
        Self { nearness: nearness * factor, passage: passage * factor, characters: characters * factor }
    }
}

/// What was seen of one article.
#[derive(Clone, Debug)]
pub struct RerankFeatures {
    added: RerankBoost,
    /// How often it has each character, each field by its worth, saturated.
    characters: Vec<f32>,
}

/// One occurrence of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    position: u32,
    term: usize,
}

/// Where an article has the terms of the rerank.
#[derive(Clone, Debug, Default)]
pub struct TermPositions {
    /// Of each field of [`RERANK_FIELDS`].
    occurrences: [Vec<Occurrence>; RERANK_FIELDS.len()],
    /// The length of the article in words, each field by its worth.
    pub length: f32,
}

impl TermPositions {
    /// Adds that a field, an index of [`RERANK_FIELDS`], has a term at a position.
    pub fn add(&mut self, field: usize, term: usize, position: u32) {
        if position < MAX_POSITIONS {
            self.occurrences[field].push(Occurrence { position, term });
        }
    }

    /// Puts what was added in order. A word that is several terms is the first of them.
    fn sort(&mut self) {
        for occurrences in &mut self.occurrences {
            occurrences.sort_unstable();
            occurrences.dedup_by_key(|found| found.position);
        }
    }
}

/// The words that a matching article may show, with what each is boosted by.
fn add_leaves<'q>(query: &'q Query, boost: f32, leaves: &mut Vec<(&'q Words, f32)>) {
    match query {
        Query::Words(words) => leaves.push((words, boost)),
        Query::MinShouldMatch(several, _) | Query::Synonyms(several) => {
            leaves.extend(several.iter().map(|words| (words, boost)));
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

/// Takes the characters of a word of Han, kana or hangul, and says whether it is one.
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

/// As much of a text as is looked at.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl<'q> Reranker<'q> {
    /// A look for the words of a query; none where it has but one, so that their places say nothing. `idf_of`
    /// says how rare a word of a field is, or of all that plain words search.
    ///
    /// # Errors
    ///
    /// Those of `idf_of`.
    pub fn new<E>(
        query: &'q Query,
        lengths: Lengths,
        mut idf_of: impl FnMut(Option<&str>, &TermSet) -> Result<f32, E>,
    ) -> Result<Option<Self>, E> {
        let mut leaves = Vec::new();
        add_leaves(query, 1.0, &mut leaves);
        if leaves.len() < 2 {
            return Ok(None);
        }
        let mut known: Vec<(Option<&str>, &TermSet)> = Vec::new();
        let mut boosts = Vec::new();
        for (words, boost) in leaves {
            let field = words.field.as_deref();
            known.extend(words.slots.iter().map(|slot| (field, &slot.terms)));
            boosts.resize(known.len(), boost);
        }
        let (mut terms, mut characters) = (Vec::new(), Vec::new());
        for (index, (field, wanted)) in known.iter().enumerate().take(MAX_TERMS) {
            if known[..index].contains(&(*field, wanted)) {
                continue;
            }
            let is_han = add_characters(wanted, &mut characters);
            let idf = boosts[index] * idf_of(*field, wanted)?;
            terms.push(Term { field: *field, matcher: wanted.matcher(), idf, is_han });
        }
        let first_chars = FirstCharFilter::of(terms.iter().map(|term| &term.matcher));
        let has_han = terms.iter().any(|term| term.is_han);
        Ok((terms.len() > 1).then_some(Self { terms, first_chars, characters, has_han, lengths }))
    }

    /// What is to be added to the scores of some articles.
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

    /// Whether it needs the texts of articles: for single characters, which an index has in pairs.
    #[must_use]
    pub fn needs_texts(&self) -> bool {
        self.has_han
    }

    /// Looks at the texts of one article.
    #[must_use]
    pub fn features(&self, article: &StoredArticle) -> RerankFeatures {
        let mut characters = vec![0.0; self.characters.len()];
        let mut places = TermPositions::default();
        let texts = [&article.title, &article.description, &article.body];
        for (index, (field, text)) in RERANK_FIELDS.iter().zip(texts).enumerate() {
            let boost = self.boost(field);
            let mut words = text::Tokens::new(beginning(text));
            let mut word = text::Token::default();
            while words.advance(&mut word) {
                places.length += boost;
                let fits = |term: &Term<'_>| {
                    term.field.map_or(boost > 0.0, |asked| asked == *field) && term.matcher.takes(&word.text)
                };
                if self.first_chars.may_take(&word.text)
                    && let Some(term) = self.terms.iter().position(fits)
                {
                    places.add(index, term, word.position);
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
        self.weigh(&places, characters)
    }

    /// Looks at where one article has the terms, which are counted in the order in which `idf_of` was asked for them.
    #[must_use]
    pub fn features_at(&self, mut places: TermPositions) -> RerankFeatures {
        places.sort();
        self.weigh(&places, vec![0.0; self.characters.len()])
    }

    fn boost(&self, field: &str) -> f32 {
        self.lengths.boosts.iter().find(|(name, _)| name == field).map_or(0.0, |(_, boost)| *boost)
    }

    /// What an article is worth that has the terms in these places, and each character so often.
    fn weigh(&self, places: &TermPositions, mut characters: Vec<f32>) -> RerankFeatures {
        let mut lent = vec![0.0; self.terms.len()];
        let mut passage: f32 = 0.0;
        for (field, occurrences) in RERANK_FIELDS.iter().zip(&places.occurrences) {
            if self.has_han {
                passage = passage.max(self.best_passage(occurrences));
            }
            let of_words = occurrences.iter().filter(|found| !self.terms[found.term].is_han);
            let of_words: Vec<Occurrence> = of_words.copied().collect();
            self.lend(&of_words, self.boost(field).max(1.0), &mut lent);
        }
        let length = places.length / self.lengths.mean;
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

    /// Adds to each word of a field what its neighbours lend it.
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

    /// The rarities of the different words in the best passage, added up.
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
