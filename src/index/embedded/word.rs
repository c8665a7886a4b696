//! One word of a query in all its forms and fields, scored as one term (BM25F).
//!
//! The term frequencies in a document are summed over forms and fields, each weighted by the boost of its field, and
//! saturated only then, as if all were one text: `battery` and `batteries` in one article are not two different words,
//! nor is a word in the title another than the same word in the body. For the same reason all forms and fields share
//! one document frequency: `batteries` is not rarer than `battery` because fewer articles write it so.

use super::{deadline::DeadlineCheck, expand::ExpandedTerms};
use crate::index::{idf, tf_saturation};
use std::sync::Arc;
use tantivy::{
    DocId, DocSet, InvertedIndexReader, Score, SegmentReader, TERMINATED, TantivyError,
    fieldnorm::FieldNormReader,
    postings::{BlockSegmentPostings, Postings, SegmentPostings},
    query::{EmptyScorer, EmptyWeight, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};

/// With more terms than this in a field (for a prefix or a single Han character), the postings of one term after
/// the other are read and summed per document, as a cursor for each term would take kilobytes.
const MAX_CURSORS: usize = 64;

/// The terms of a word in one field, and the boost of the field.
#[derive(Clone, Debug)]
pub(super) struct InField {
    pub field: Field,
    pub found: Arc<ExpandedTerms>,
    pub boost: Score,
}

/// Matches any of the terms that a word expands to, in some fields.
#[derive(Clone, Debug)]
pub(super) struct WordQuery {
    /// The word as the query has it.
    pub word: String,
    pub fields: Vec<InField>,
}

impl WordQuery {
    /// The fields with their boosts.
    fn worths(&self) -> impl Iterator<Item = (Field, Score)> {
        self.fields.iter().map(|field| (field.field, field.boost))
    }

    /// Whether it has so many terms that their frequencies are summed before scoring.
    pub(super) fn is_counted(&self) -> bool {
        self.fields.iter().any(|field| is_counted(&field.found))
    }
}

/// Whether the postings of a field are summed before scoring.
pub(super) fn is_counted(found: &ExpandedTerms) -> bool {
    found.len() > MAX_CURSORS
}

/// A query that only adds to scores. Without scoring it matches nothing, at no cost.
#[derive(Debug)]
pub(super) struct Ranking(pub Box<dyn Query>);

impl Clone for Ranking {
    fn clone(&self) -> Self {
        Self(self.0.box_clone())
    }
}

impl Query for Ranking {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        match scoring {
            EnableScoring::Enabled { .. } => self.0.weight(scoring),
            EnableScoring::Disabled { .. } => Ok(Box::new(EmptyWeight)),
        }
    }
}

impl Query for WordQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let mut scored = None;
        if let EnableScoring::Enabled { searcher, statistics_provider } = scoring {
            let documents = statistics_provider.total_num_docs()?;
            // Not the sum over fields: a word in the title is mostly in the body as well.
            let doc_freq = self.fields.iter().map(|field| field.found.doc_freq()).max().unwrap_or(0);
            let mut mean = 0.0;
            for InField { field, boost, .. } in &self.fields {
                // Keyword fields have no field norms.
                if searcher.schema().get_field_entry(*field).has_fieldnorms() {
                    mean += boost * mean_length(statistics_provider.total_num_tokens(*field)?, documents);
                }
            }
            scored = Some(Scored { idf: idf(doc_freq, documents), mean: mean.max(1.0) });
        }
        Ok(Box::new(WordWeight { query: self.clone(), scored: scored.map(Arc::new) }))
    }
}

/// The mean length of a field, in tokens.
#[expect(clippy::cast_precision_loss, reason = "a mean length needs no more digits")]
pub(super) fn mean_length(tokens: u64, documents: u64) -> Score {
    tokens as Score / documents.max(1) as Score
}

struct Scored {
    idf: Score,
    /// The mean length of a document in tokens, weighted by the boosts of the fields.
    mean: Score,
}

impl Scored {
    /// The score for a term frequency and a document length, both weighted by the boosts of the fields.
    fn score(&self, term_freq: Score, length: Score) -> Score {
        self.idf * tf_saturation(term_freq, length / self.mean)
    }
}

/// The lengths of the documents of a segment in tokens, weighted by the boosts of the fields.
pub(super) struct Lengths(Vec<(FieldNormReader, Score)>);

impl Lengths {
    pub(super) fn new(
        reader: &SegmentReader,
        fields: impl Iterator<Item = (Field, Score)>,
    ) -> tantivy::Result<Self> {
        let mut lengths = Vec::new();
        for (field, boost) in fields {
            // Keyword fields have no field norms.
            if let Some(norms) = reader.fieldnorms_readers().get_field(field)? {
                lengths.push((norms, boost));
            }
        }
        Ok(Self(lengths))
    }

    pub(super) fn of(&self, doc: DocId) -> Score {
        self.0.iter().map(|(norms, boost)| times(norms.fieldnorm(doc), *boost)).sum()
    }
}

struct WordWeight {
    query: WordQuery,
    scored: Option<Arc<Scored>>,
}

impl WordWeight {
    /// The fields of a segment that have the word.
    fn in_segment(&self, reader: &SegmentReader) -> Vec<&InField> {
        let present = |field: &&InField| field.found.of_segment(reader).next().is_some();
        self.query.fields.iter().filter(present).collect()
    }
}

impl Weight for WordWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let present = self.in_segment(reader);
        if present.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        let lengths = Lengths::new(reader, self.query.worths())?;
        let scored = self.scored.clone();
        let record = if scored.is_some() { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
        if present.iter().any(|field| field.found.of_segment(reader).count() > MAX_CURSORS) {
            let mut counts = vec![0.0; reader.max_doc() as usize];
            for field in present {
                let index = reader.inverted_index(field.field)?;
                each_occurrence(reader, &index, &field.found, record, &mut |doc, freq| {
                    counts[doc as usize] += times(freq, field.boost);
                })?;
            }
            let mut counted = Counted { counts, doc: 0, lengths, scored, boost };
            counted.advance_to_match(0);
            return Ok(Box::new(counted));
        }
        let mut cursors = Vec::new();
        for field in present {
            let index = reader.inverted_index(field.field)?;
            for info in field.found.of_segment(reader) {
                cursors.push((index.read_postings_from_terminfo(info, record)?, field.boost));
            }
        }
        let docs: Vec<_> = cursors.iter().map(|(postings, _)| postings.doc()).collect();
        let doc = docs.iter().copied().min().unwrap_or(TERMINATED);
        Ok(Box::new(Cursors {
            forms: cursors,
            docs,
            doc,
            lengths,
            scored,
            boost,
            steps: DeadlineCheck::default(),
        }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        // Not by the scorer, which sums the postings of a word with many terms for all documents.
        let (mut matches, mut term_freq, mut of_fields) = (false, 0.0, Vec::new());
        for field in self.in_segment(reader) {
            let index = reader.inverted_index(field.field)?;
            let mut freq = 0;
            for info in field.found.of_segment(reader) {
                let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
                if postings.doc() == doc || (postings.doc() < doc && postings.seek(doc) == doc) {
                    freq += postings.term_freq();
                    matches = true;
                }
            }
            term_freq += times(freq, field.boost);
            let told = format!(
                "term_freq in {}, boost {}",
                reader.schema().get_field_name(field.field),
                field.boost
            );
            of_fields.push(Explanation::new_with_string(told, times(freq, 1.0)));
        }
        if !matches {
            return Err(TantivyError::InvalidArgument(format!("document #({doc}) does not match")));
        }
        let length = Lengths::new(reader, self.query.worths())?.of(doc);
        let mut explanation = Explanation::new_with_string(
            format!("`{}`: idf × saturated term_freq (BM25F)", self.query.word),
            self.scored.as_ref().map_or(1.0, |scored| scored.score(term_freq, length)),
        );
        let Some(scored) = &self.scored else { return Ok(explanation) };
        explanation.add_const("idf", scored.idf);
        for field in of_fields {
            explanation.add_detail(field);
        }
        explanation.add_const("length of the article in terms, each field by its boost", length);
        explanation.add_const("mean length of all articles", scored.mean);
        Ok(explanation)
    }
}

/// Calls `visit` with each document of a segment that has one of the terms, and the term frequency, term by term.
fn each_occurrence(
    reader: &SegmentReader,
    index: &InvertedIndexReader,
    found: &ExpandedTerms,
    record: IndexRecordOption,
    visit: &mut impl FnMut(DocId, u32),
) -> tantivy::Result<()> {
    let mut postings: Option<BlockSegmentPostings> = None;
    let steps = DeadlineCheck::default();
    for info in found.of_segment(reader) {
        let postings = match &mut postings {
            Some(postings) => {
                index.reset_block_postings_from_terminfo(info, postings)?;
                postings
            }
            none => none.insert(index.read_block_postings_from_terminfo(info, record)?),
        };
        while postings.block_len() > 0 {
            steps.step();
            for place in 0..postings.block_len() {
                let freq = if record.has_freq() { postings.freq(place) } else { 1 };
                visit(postings.doc(place), freq);
            }
            postings.advance();
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "no document has a word 2^24 times")]
fn times(freq: u32, boost: Score) -> Score {
    freq as Score * boost
}

/// Scores a word with few terms, with a cursor for each.
struct Cursors {
    /// The postings of each term, and the boost of its field.
    forms: Vec<(SegmentPostings, Score)>,
    /// The current document of each term. There are so few that scanning them is faster than keeping a heap.
    docs: Vec<DocId>,
    /// The least of these.
    doc: DocId,
    lengths: Lengths,
    scored: Option<Arc<Scored>>,
    boost: Score,
    steps: DeadlineCheck,
}

impl DocSet for Cursors {
    fn advance(&mut self) -> DocId {
        match self.doc {
            TERMINATED => TERMINATED,
            doc => self.seek(doc + 1),
        }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.steps.step();
        let mut least = TERMINATED;
        for (doc, (postings, _)) in self.docs.iter_mut().zip(&mut self.forms) {
            if *doc < target {
                // The target is mostly the very next document: advancing costs less than seeking.
                let next = postings.advance();
                *doc = if next < target { postings.seek(target) } else { next };
            }
            least = least.min(*doc);
        }
        self.doc = least;
        least
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let hints = self.forms.iter().map(|(postings, _)| postings.size_hint());
        hints.fold(0, u32::saturating_add)
    }
}

impl Scorer for Cursors {
    fn score(&mut self) -> Score {
        let Some(scored) = &self.scored else { return self.boost };
        let here = self.docs.iter().zip(&self.forms).filter(|(doc, _)| **doc == self.doc);
        let term_freq = here.map(|(_, (postings, boost))| times(postings.term_freq(), *boost)).sum();
        self.boost * scored.score(term_freq, self.lengths.of(self.doc))
    }
}

/// Scores a word with many terms, whose frequencies are summed beforehand.
struct Counted {
    /// For each document of the segment, the term frequency over all terms, weighted by the boosts of the fields.
    counts: Vec<Score>,
    doc: DocId,
    lengths: Lengths,
    scored: Option<Arc<Scored>>,
    boost: Score,
}

impl Counted {
    /// Advances to the first document from `target` on that has any of the terms.
    fn advance_to_match(&mut self, target: DocId) -> DocId {
        let rest = self.counts.get(target as usize..).unwrap_or_default();
        let found = (target..).zip(rest).find(|(_, count)| **count > 0.0);
        self.doc = found.map_or(TERMINATED, |(doc, _)| doc);
        self.doc
    }
}

impl DocSet for Counted {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.advance_to_match(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.advance_to_match(target) }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        // The cost of a walk over all counts, not the number of matches: that has been paid.
        u32::try_from(self.counts.len()).unwrap_or(u32::MAX)
    }
}

impl Scorer for Counted {
    fn score(&mut self) -> Score {
        let term_freq = self.counts.get(self.doc as usize).copied().unwrap_or_default();
        let length = self.lengths.of(self.doc);
        self.boost * self.scored.as_ref().map_or(1.0, |scored| scored.score(term_freq, length))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        article::Article,
        index::embedded::{fixture::Fixture, lower::lower},
    };
    use tantivy::query::Query;

    fn lowered(index: &Fixture, text: &str) -> Box<dyn Query> {
        lower(&index.commit, &Fixture::query(text)).expect("it is within the limits")
    }

    /// BM25F with k1 = 2 and b = 0.5: idf · 3 tf / (tf + 1 + length / mean), where a word in a title counts three
    /// times, as does each token of a title for the length.
    #[test]
    fn the_occurrences_in_all_forms_and_fields_are_one_frequency() {
        let wind = "wind wind wind wind";
        let titled = Article { title: "Solar".into(), ..Fixture::article(wind) };
        let forms = Fixture::article("solar solars wind wind");
        let index = Fixture::of([titled, forms, Fixture::article(wind), Fixture::article(wind)]);
        let found = index.scored(&*lowered(&index, "solar"));
        // One title has the word, but two postings of the body: 2 of 4 documents.
        let idf = (1.0_f32 + 2.5 / 2.5).ln();
        // One token in titles and 16 in bodies.
        let mean = (3.0 * 1.0 + 16.0) / 4.0;
        let expected = [(3.0_f32, 3.0 + 4.0), (2.0, 4.0)];
        assert_eq!(found.len(), 2, "{found:?}");
        for ((_, score), (freq, length)) in found.iter().zip(expected) {
            let expected = idf * 3.0 * freq / (freq + 1.0 + length / mean);
            assert!((score - expected).abs() < 1e-5, "{score}, not {expected}");
        }
    }

    /// Over [`super::MAX_CURSORS`] terms are counted before they are scored, which must not show.
    #[test]
    fn many_terms_are_scored_as_few_are() {
        let mut bodies: Vec<String> = (0..70).map(|number| format!("w{number:02} x")).collect();
        bodies.insert(30, "w00 w01".into());
        bodies.insert(40, "x x".into());
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let index = Fixture::of_bodies(&bodies);
        for (text, matches) in [("body:w*", 71), ("body:w0*", 11)] {
            let query = lowered(&index, text);
            let found = index.scored(&*query);
            assert_eq!(found.len(), matches, "{text}");
            // All have the mean length, so that K is 2: once 3 / 3, twice 6 / 4.
            let of = |wanted| found.iter().find(|(doc, _)| *doc == wanted).map(|(_, score)| *score);
            let (once, twice) = (of(0).expect("it has w00"), of(30).expect("it has w00 and w01"));
            assert!((twice / once - 1.5).abs() < 1e-5, "{text}: {once} and {twice}");
            index.assert_seeks(&*query);
        }
    }
}
