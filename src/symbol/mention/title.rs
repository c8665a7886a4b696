//! Shapes accepted in titles only: a ticker after a company name, and a ticker in the ending.

use super::{Mention, Symbol};

/// How many bytes before the bracket are searched for a company name.
const MAX_NAME_BYTES: usize = 40;

/// Abbreviations that titles put in brackets after the words they stand for. Some are tickers too; brackets
/// alone do not make them a mention.
const ABBREVIATIONS: [&str; 61] = [
    "ABS", "ADR", "AGM", "AI", "AML", "API", "ASEAN", "BOE", "BOJ", "CAGR", "CEO", "CFO", "CLO", "CMBS",
    "COO", "CPI", "CTO", "DOJ", "ECB", "EGM", "EPS", "ESG", "ETF", "ETFS", "EU", "EV", "EVS", "FAQ", "FCC",
    "FDA", "FDIC", "FED", "FTC", "GDP", "IMF", "IPO", "IRS", "LLC", "LLM", "LME", "LNG", "MOU", "NAV",
    "NHTSA", "OPEC", "PBOC", "PMI", "PPI", "REIT", "RMBS", "ROI", "SEC", "SPAC", "UAE", "UK", "UN", "US",
    "USA", "VIDEO", "WHO", "WTO",
];

/// `CMOC Group (CMCLF): …`: two to five letters, perhaps with a share class, in brackets after a word that
/// looks like a name.
pub(super) fn after_names(title: &str) -> impl Iterator<Item = Mention> {
    title.match_indices('(').filter_map(|(at, _)| {
        let ticker = title.as_bytes()[at + 1..].iter().take(9).position(|&byte| byte == b')')?;
        let code = title.get(at + 1..at + 1 + ticker)?;
        if !is_ticker(code, 2) || ABBREVIATIONS.contains(&code) || !follows_name(&title[..at]) {
            return None;
        }
        Some(Mention { span: at + 1..at + 1 + ticker, symbol: Symbol::parse(code)? })
    })
}

/// `… | SUUFF Stock News` at the end of the title.
pub(super) fn ending(title: &str) -> Option<Mention> {
    let head = title.trim_end().strip_suffix("Stock News")?.trim_end();
    let (rest, code) = head.rsplit_once('|')?;
    let start = rest.len() + 1 + (code.len() - code.trim_start().len());
    let code = code.trim();
    let symbol = is_ticker(code, 1).then(|| Symbol::parse(code))??;
    Some(Mention { span: start..start + code.len(), symbol })
}

/// Whether `code` has the form of a US ticker with at least `least` letters. After the dot, letters other
/// than `A B C K` are more often a Reuters exchange than a share class.
fn is_ticker(code: &str, least: usize) -> bool {
    let (root, class) = code.split_once('.').unwrap_or((code, "A"));
    let upper = root.bytes().all(|b| b.is_ascii_uppercase());
    (least..=5).contains(&root.len()) && upper && matches!(class, "A" | "B" | "C" | "K")
}

/// Whether the text ends in a word with a capital or a digit, and one space.
///
/// Possessives do not count: rating agencies put a state after them, `Wayne County's (MI)`. Nor does Chinese:
/// of 39 brackets after Han characters in 41,739 Chinese titles, 38 held an abbreviation.
fn follows_name(before: &str) -> bool {
    let Some(name) = before.strip_suffix(' ').map(str::as_bytes) else { return false };
    let Some(word) = name[name.len().saturating_sub(MAX_NAME_BYTES)..].rsplit(|&byte| byte == b' ').next()
    else {
        return false;
    };
    let named = word.iter().any(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    named && !word.starts_with(b"(") && ![&b"'s"[..], b"s'"].iter().any(|tail| word.ends_with(tail))
}
