//! Explains a query: its tree, and the index terms that its words expand to.

use crate::{
    index::{IndexError, Snapshot},
    query::{Query, Security, TermSet, Words},
};

/// One node of a query's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The operator, or the leaf in query syntax.
    pub label: String,
    /// More about a leaf: the readings of a security, the bounds of a period.
    pub detail: Option<String>,
    /// For a text leaf: per slot, the index terms that may fill it, with their document frequencies, highest first.
    pub words: Vec<Vec<(String, u64)>>,
    /// The child nodes.
    pub parts: Vec<Analysis>,
}

/// The tree of a query, with the index terms of each text leaf.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a word expands to too many terms; else as every method of [`Snapshot`].
pub fn analyze(snapshot: &dyn Snapshot, query: &Query) -> Result<Analysis, IndexError> {
    let node = |label: String, parts: &[Query]| {
        let parts = parts.iter().map(|part| analyze(snapshot, part)).collect::<Result<_, _>>()?;
        Ok(Analysis { label, detail: None, words: Vec::new(), parts })
    };
    let plain =
        |detail| Ok(Analysis { label: query.to_string(), detail, words: Vec::new(), parts: Vec::new() });
    match query {
        Query::And(parts) => node("AND".into(), parts),
        Query::Or(parts) => node("OR".into(), parts),
        Query::Not(inner) => node("NOT".into(), std::slice::from_ref(inner)),
        Query::Boost(inner, by) => node(format!("^{by}"), std::slice::from_ref(inner)),
        Query::Words(words) => leaf(snapshot, words),
        Query::MinShouldMatch { clauses, least: Some(least), .. } => {
            node(format!("at least {least} of"), clauses)
        }
        Query::MinShouldMatch { clauses, least: None, .. } => {
            node("min-should-match over the rare terms of".into(), clauses)
        }
        Query::Synonyms(several) => node("synonyms".into(), several),
        Query::Security(security) => plain(Some(readings(security))),
        Query::Date { range, .. } => {
            let end = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
            plain(Some(format!("from {} to before {}", end(range.start), end(range.end))))
        }
        _ => plain(None),
    }
}

fn leaf(snapshot: &dyn Snapshot, words: &Words) -> Result<Analysis, IndexError> {
    let sets: Vec<TermSet> = words.slots.iter().map(|slot| slot.terms.clone()).collect();
    let words_of_index = snapshot.doc_freqs(words.field.as_deref(), &sets)?;
    Ok(Analysis { label: words.to_string(), detail: None, words: words_of_index, parts: Vec::new() })
}

fn readings(security: &Security) -> String {
    let read = security.readings.iter().map(|symbol| {
        let alternatives = symbol.alternatives().iter().map(|other| format!(" or {other}"));
        let confidence = symbol.confidence().as_str();
        format!(
            "`{}` is {symbol}{}, {}, {confidence}",
            security.typed,
            alternatives.collect::<String>(),
            symbol.kind().as_str()
        )
    });
    let read: Vec<String> = read.collect();
    if read.is_empty() { format!("the index does not know `{}`", security.typed) } else { read.join("; ") }
}
