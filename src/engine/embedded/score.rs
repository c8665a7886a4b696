//! The weights of phrases, by tantivy's BM25.

use tantivy::{
    Score, SegmentReader,
    fieldnorm::FieldNormReader,
    query::{Bm25Weight, EnableScoring},
    schema::Field,
};

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
