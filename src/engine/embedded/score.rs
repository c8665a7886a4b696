//! One word of a query in all its forms and fields, scored as one word.

use super::expand::Found;
use std::sync::Arc;
use tantivy::{
    Score, Searcher, SegmentReader, Term,
    fieldnorm::FieldNormReader,
    query::{
        Bm25StatisticsProvider, Bm25Weight, BooleanWeight, BoostWeight, EmptyWeight, EnableScoring, Occur,
        Query, SumCombiner, TermQuery, Weight,
    },
    schema::{Field, IndexRecordOption},
};

/// Any of some terms, each with a boost. All share one document frequency: `batteries` is not a rarer word
/// than `battery` because fewer articles write it so, nor is a word rare because few titles have it.
#[derive(Clone, Debug)]
pub(super) struct AnyTerm {
    pub terms: Vec<(Term, f32)>,
    /// In how many documents, deleted ones included, any of the terms is, as far as that can be told
    /// without reading them.
    pub doc_freq: u64,
}

impl AnyTerm {
    /// What was found of one word, per field with what a match there is worth.
    pub(super) fn new(searcher: &Searcher, by_field: &[(Field, Arc<Found>, f32)]) -> Self {
        let mut doc_freq = 0;
        let mut terms = Vec::new();
        for (field, found, boost) in by_field {
            // What is in the title is mostly in the body as well.
            doc_freq = found.doc_freq().max(doc_freq);
            terms.extend(found.words().into_keys().map(|word| (Term::from_field_text(*field, word), *boost)));
        }
        Self { terms, doc_freq: doc_freq.min(documents(searcher)) }
    }
}

/// The number of documents, deleted ones included.
pub(super) fn documents(searcher: &Searcher) -> u64 {
    searcher.segment_readers().iter().map(|segment| u64::from(segment.max_doc())).sum()
}

/// The weight of a word of a field that so many documents have; none where nothing is scored.
pub(super) fn bm25(
    scoring: EnableScoring<'_>,
    field: Field,
    doc_freq: u64,
) -> tantivy::Result<Option<Bm25Weight>> {
    let EnableScoring::Enabled { statistics_provider, .. } = scoring else { return Ok(None) };
    let documents = statistics_provider.total_num_docs()?;
    #[expect(clippy::cast_precision_loss, reason = "a mean length needs no more digits")]
    let mean = statistics_provider.total_num_tokens(field)? as Score / documents.max(1) as Score;
    Ok(Some(Bm25Weight::for_one_term(doc_freq.min(documents), documents, mean)))
}

/// The lengths of a field; keywords have none, and all count as one word.
pub(super) fn norms(segment: &SegmentReader, field: Field) -> tantivy::Result<FieldNormReader> {
    let norms = segment.fieldnorms_readers().get_field(field)?;
    Ok(norms.unwrap_or_else(|| FieldNormReader::constant(segment.max_doc(), 1)))
}

impl Query for AnyTerm {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        if self.terms.is_empty() {
            return Ok(Box::new(EmptyWeight));
        }
        let mut weights: Vec<(Occur, Box<dyn Weight>)> = Vec::with_capacity(self.terms.len());
        for (term, boost) in &self.terms {
            let query = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
            let weight = match scoring {
                EnableScoring::Enabled { searcher, statistics_provider } => {
                    let shared = SharedFrequency { statistics: statistics_provider, doc_freq: self.doc_freq };
                    query.specialized_weight(EnableScoring::enabled_from_statistics_provider(
                        &shared, searcher,
                    ))?
                }
                disabled @ EnableScoring::Disabled { .. } => query.specialized_weight(disabled)?,
            };
            weights.push((Occur::Should, Box::new(BoostWeight::new(Box::new(weight), *boost))));
        }
        if weights.len() == 1
            && let Some((_, weight)) = weights.pop()
        {
            return Ok(weight);
        }
        let any = BooleanWeight::with_minimum_number_should_match(
            weights,
            1,
            scoring.is_scoring_enabled(),
            Box::new(SumCombiner::default),
        );
        Ok(Box::new(any))
    }
}

/// The statistics of an index, but for the frequency of the terms asked.
pub(super) struct SharedFrequency<'s> {
    pub statistics: &'s dyn Bm25StatisticsProvider,
    pub doc_freq: u64,
}

impl Bm25StatisticsProvider for SharedFrequency<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.statistics.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.statistics.total_num_docs()
    }

    fn doc_freq(&self, _: &Term) -> tantivy::Result<u64> {
        Ok(self.doc_freq)
    }
}
