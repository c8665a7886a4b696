//! How a query is read: the tree, and the words of the index that its words stand for.

use crate::{
    index::{IndexError, Snapshot},
    query::{Query, Security, TermSet, Words},
};

/// One node of a query's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// The operator, or the leaf as a query writes it.
    pub label: String,
    /// What else is to be said of a leaf.
    pub detail: Option<String>,
    /// For a leaf about text, per place the words of the index that may stand there, with the number of
    /// documents that have each, most first.
    pub words: Vec<Vec<(String, u64)>>,
    /// The nodes below.
    pub parts: Vec<Analysis>,
}

/// Reads a query's tree beside an index.
///
/// # Errors
///
/// Where the index cannot be read, or a word stands for more words than an engine will list.
pub fn analyze(snapshot: &dyn Snapshot, query: &Query) -> Result<Analysis, IndexError> {
    let node = |label: String, parts: &[Query]| {
        let parts = parts.iter().map(|part| analyze(snapshot, part)).collect::<Result<_, _>>()?;
        Ok(Analysis { label, detail: None, words: Vec::new(), parts })
    };
    let texts = |label: String, several: &[Words]| {
        let parts = several.iter().map(|words| leaf(snapshot, words)).collect::<Result<_, _>>()?;
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
        Query::MinShouldMatch { words, least: Some(least), .. } => {
            texts(format!("at least {least} of"), words)
        }
        Query::MinShouldMatch { words, least: None, .. } => {
            texts("min-should-match over the rare terms of".into(), words)
        }
        Query::Synonyms(several) => texts("synonyms".into(), several),
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
