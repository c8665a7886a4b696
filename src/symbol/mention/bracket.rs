//! Mentions in brackets: an exchange with codes, mainland digits, links to quote pages.

use super::super::form::{is_digits, is_six_digits};
use super::super::notation;
use super::super::tables::Tables;
use super::{MAX_CODE_BYTES, Mention, Symbol};

/// How many bytes of a bracket are read; a list of exchanges and codes is rarely longer than half of it.
const MAX_BRACKET_BYTES: usize = 240;

/// Names of exchanges that in running text are mostly abbreviations of something else: the Environmental Protection Agency,
/// Immigration and Customs Enforcement, a time zone.
const ABBREVIATIONS: [&str; 4] = ["EPA", "ICE", "IST", "SET"];

/// Reads the bracket at byte `at`, if it is one. If it holds mentions, adds them and returns the byte offset
/// to continue at.
pub(super) fn mentions(text: &str, at: usize, found: &mut Vec<Mention>) -> Option<usize> {
    let (inner, wide) = match text.as_bytes()[at] {
        b'(' => (at + 1, false),
        _ if text.as_bytes()[at..].starts_with("（".as_bytes()) => (at + 3, true),
        _ => return None,
    };
    let end = inner + length(&text.as_bytes()[inner..])?;
    let content = text.get(inner..end)?;
    if at > 0 && text.as_bytes()[at - 1] == b']' {
        return link_target(content, inner, at, found).then_some(end);
    }
    let before = found.len();
    let code = content.trim();
    let start = inner + content.len() - content.trim_start().len();
    if is_digits(code) {
        let chinese = wide || text[..at].chars().next_back().is_some_and(is_han);
        if chinese && is_six_digits(code) && !is_month(code) {
            push(found, start, code, Symbol::parse(code));
        }
    } else if let Some(symbol) = whole(code) {
        push(found, start, code, Some(symbol));
    } else if content.contains([':', '：']) {
        tagged(content, inner, found);
    }
    (found.len() > before).then_some(end)
}

/// Bytes up to the closing bracket; `None` if another bracket or a line end comes first. Skips the target of
/// a link inside: `(NYSE: [CCL](#x))`.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut within_target = false;
    for (at, &byte) in bytes.iter().enumerate().take(MAX_BRACKET_BYTES) {
        match byte {
            b'(' if at > 0 && bytes[at - 1] == b']' && !within_target => within_target = true,
            b')' if within_target => within_target = false,
            b')' => return Some(at),
            0xef if bytes[at..].starts_with("）".as_bytes()) => return Some(at),
            0xef if bytes[at..].starts_with("（".as_bytes()) => return None,
            b'(' | b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// Adds the quote page that a Markdown link leads to, unless the text of the link was a mention itself.
/// Returns whether it leads to a quote page.
fn link_target(target: &str, inner: usize, at: usize, found: &mut Vec<Mention>) -> bool {
    let Some(page) = target.rfind("/quote/").map(|page| page + "/quote/".len()) else { return false };
    let named = found.last().is_some_and(|last| last.span.end + 1 == at);
    let name = target[page..].split(['/', '?', '#', ' ', '"']).next().unwrap_or_default();
    let name = name.strip_suffix(".md").unwrap_or(name);
    if !named {
        push(found, inner + page, name, Symbol::parse(name));
    }
    true
}

/// A notation that fills the brackets: `SH600586`, `HK.00700`, Reuters' `AAPL.O`, `7203.T` and `2330.TW`. Reuters' names of
/// other shares are often not their codes.
fn whole(code: &str) -> Option<Symbol> {
    if !code.is_ascii() || code.len() > MAX_CODE_BYTES {
        return None;
    }
    let (head, tail) = code.split_once('.').unwrap_or_else(|| code.split_at(code.len().min(2)));
    let prefixed = match head {
        "SH" | "SZ" | "BJ" | "sh" | "sz" | "bj" => is_six_digits(tail),
        "HK" => tail.len() >= 4 && is_digits(tail),
        _ => false,
    };
    let upper = !head.is_empty() && head.bytes().all(|b| b.is_ascii_uppercase());
    let reuters = upper && code.contains('.') && matches!(tail, "O" | "OQ" | "N" | "PK");
    let numbered = (4..=6).contains(&head.len())
        && is_digits(head)
        && code.contains('.')
        && matches!(tail, "T" | "TW" | "TWO" | "KS" | "KQ");
    (prefixed || reuters || numbered).then(|| Symbol::parse(code))?
}

/// `NASDAQ: AAPL, MSFT; TSX: RY`, `NYSE/LSE: CCL`: an exchange applies until the next one.
fn tagged(content: &str, inner: usize, found: &mut Vec<Mention>) {
    let mut exchange = "";
    for (offset, part) in parts(content) {
        let (codes, codes_at) = match part.find([':', '：']) {
            Some(colon) => {
                let width = if part.as_bytes()[colon] == b':' { 1 } else { "：".len() };
                exchange = part[..colon].trim();
                (&part[colon + width..], offset + colon + width)
            }
            None => (part, offset),
        };
        if exchange.is_empty() {
            continue;
        }
        let mut words_at = codes_at;
        for word in codes.split(' ') {
            let code = unlinked(word);
            let start = words_at + word.find(code).unwrap_or_default();
            words_at += word.len() + 1;
            if matches!(code, "" | "and" | "or" | "&" | "和" | "及") {
                continue;
            }
            let symbols = exchange.split('/').filter_map(|exchange| listed(exchange, code));
            let before = found.len();
            symbols.for_each(|symbol| push(found, inner + start, code, Some(symbol)));
            if found.len() == before {
                break;
            }
        }
    }
}

/// The parts of a list with their byte offsets.
fn parts(content: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    content.split_inclusive([',', ';', '|', '，', '；', '、']).map(move |part| {
        let start = offset;
        offset += part.len();
        (start, part.trim_end_matches([',', ';', '|', '，', '；', '、']))
    })
}

/// The text of a Markdown link, or the word itself, without quotes.
fn unlinked(word: &str) -> &str {
    let text = word.split("](").next().unwrap_or(word);
    text.trim_matches(['[', ']', '"', '\'', '.'])
}

/// The security of `code` at `exchange`, which is a name or, in Chinese, the words for "stock code".
///
/// A name of two letters may be any abbreviation, so its codes must be numbers.
fn listed(exchange: &str, code: &str) -> Option<Symbol> {
    let upper = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b".-".contains(&b));
    if !upper || code.len() > MAX_CODE_BYTES {
        return None;
    }
    let exchange = exchange.trim();
    if ["代码", "代碼", "代号", "代號"].iter().any(|label| exchange.ends_with(label)) {
        return Symbol::parse(code).filter(|_| code.starts_with(|c: char| c.is_ascii_digit()));
    }
    let is_country = exchange.len() <= 2;
    if is_country && !is_digits(code) || ABBREVIATIONS.contains(&exchange) {
        return None;
    }
    if code
        .rsplit_once('.')
        .is_some_and(|(head, tail)| super::is_free_suffix(tail) && super::is_free_code(head, tail))
    {
        return Symbol::parse(code);
    }
    notation::tagged(exchange, code, Tables::built_in())
}

/// Adds a mention of `code`, at byte `start`, if there is a symbol for it.
fn push(found: &mut Vec<Mention>, start: usize, code: &str, symbol: Option<Symbol>) {
    found.extend(symbol.map(|symbol| Mention { span: start..start + code.len(), symbol }));
}

/// Whether six digits are more likely a month, as in `（201912）`, than a B share of Shenzhen.
fn is_month(code: &str) -> bool {
    matches!(&code[..3], "200" | "201") && ("01"..="12").contains(&&code[4..])
}

/// Whether `c` is a Han character of the basic blocks.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}
