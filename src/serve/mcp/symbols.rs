//! The tool `resolve_symbol`: the security that a notation or a name denotes.

use super::{
    tool::{Call, Reply, counted, headed},
    tool_error::ToolError,
    untrusted_text::{self, JSON_NOTICE},
};
use crate::{
    index::Sort,
    search::{self, Filters, SearchOption, SearchOptions},
    symbol::Symbol,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write as _};

/// At most this many securities.
const MAX_SECURITIES: usize = 12;

/// Arguments of `resolve_symbol`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ResolveOwn {
    /// Security in any notation, or its name: 600586, SH600586, 600586 CH Equity, $TSLA, 700, tesla
    symbol: String,
}

/// Result of `resolve_symbol`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ResolvedOut {
    /// What the texts in this result are: data of third parties
    notice: &'static str,
    /// Securities that it can mean, likeliest first; empty if it is neither a notation nor a name in the index
    symbols: Vec<SecurityOut>,
    /// Notes on how it was interpreted
    notes: Vec<String>,
}

/// A security.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SecurityOut {
    /// Canonical notation, to be sent as `symbol` or `about`
    symbol: String,
    /// Name that articles give it, if that is clear
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    market: String,
    venue: String,
    code: String,
    kind: String,
    /// Confidence of this reading: exact, inferred or ambiguous
    confidence: String,
    /// Other securities that the same notation can mean
    alternatives: Vec<String>,
    /// Its notation in other systems
    notations: BTreeMap<String, String>,
    /// Number of articles that name it
    articles: usize,
    /// Number of articles about it
    about: usize,
    /// Time of publication of the newest article that names it
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
}

/// The tool `resolve_symbol`.
pub(super) fn resolve(call: &Call<'_>) -> Result<Reply, ToolError> {
    let typed = call.own::<ResolveOwn>()?.symbol;
    let (readings, note) = search::look_up(Some(call.searcher().snapshot()), &call.language.names, &typed)?;
    let mut meant: Vec<Symbol> = Vec::new();
    for symbol in readings.iter().flat_map(|one| std::iter::once(one).chain(one.alternatives())) {
        if !meant.contains(symbol) {
            meant.push(symbol.clone());
        }
    }
    meant.truncate(MAX_SECURITIES);
    let notes: Vec<String> = note.iter().map(|note| untrusted_text::line(&note.to_string(), 1000)).collect();
    let symbols = meant.iter().map(|symbol| security(call, symbol)).collect::<Result<Vec<_>, _>>()?;
    let mut text = headed(&format!("{}.", counted(symbols.len(), "security", "securities")), &[], &notes);
    text.push_str(&untrusted_text::fenced_lines("securities", symbols.iter().map(SecurityOut::text)));
    if symbols.is_empty() {
        text.push_str("\nIt is neither a security notation nor the name of a security in the index.\n");
    }
    Reply::new(text, &ResolvedOut { notice: JSON_NOTICE, symbols, notes })
}

impl SecurityOut {
    /// The security in the text form of the result; its name is of articles.
    fn text(&self) -> String {
        let Self { symbol, market, kind, confidence, articles, about, .. } = self;
        let name = self.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let mut text = format!(
            "{symbol}{name}: market {market}, {kind}, {confidence}; {articles} articles name it, {about} are about it"
        );
        // Writing to a string cannot fail.
        if let Some(newest) = &self.newest {
            let _ = write!(text, ", newest {newest}");
        }
        if !self.alternatives.is_empty() {
            let _ = write!(text, "; can also mean {}", self.alternatives.join(", "));
        }
        if !self.notations.is_empty() {
            let notations: Vec<&str> = self.notations.values().map(String::as_str).collect();
            let _ = write!(text, "\n  also written {}", notations.join(", "));
        }
        text
    }
}

fn security(call: &Call<'_>, symbol: &Symbol) -> Result<SecurityOut, ToolError> {
    let canonical = symbol.canonical();
    let newest_of = |filters: Filters| {
        let how =
            SearchOptions { sort: Some(Sort::Newest), limit: 1, snippets: 0, ..SearchOptions::default() };
        Ok::<_, ToolError>(call.searcher().search(&call.filtered(&filters)?, &how)?.answer)
    };
    let named = newest_of(Filters::default().with(SearchOption::Symbol, &canonical))?;
    let about = newest_of(Filters::default().with(SearchOption::About, &canonical))?;
    let learned = search::name_of(call.searcher().snapshot(), symbol)?;
    Ok(SecurityOut {
        name: learned.as_ref().map(|name| untrusted_text::line(name, 200)),
        market: symbol.market().into(),
        venue: symbol.venue().into(),
        code: symbol.code().into(),
        kind: symbol.kind().as_str().into(),
        confidence: symbol.confidence().as_str().into(),
        alternatives: symbol.alternatives().iter().map(Symbol::canonical).collect(),
        notations: symbol.notations().into_iter().map(|(name, text)| (name.to_owned(), text)).collect(),
        articles: named.total,
        about: about.total,
        newest: named.hits.first().and_then(|hit| hit.article.published).map(|at| at.to_string()),
        symbol: canonical,
    })
}
