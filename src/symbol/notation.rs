//! Reads one notation: strips what surrounds it, then applies the rules of the grammar in order.
//!
//! The first rule whose shape fits decides, even if it then refuses: `ABC.SH` has a Shanghai suffix but no
//! Shanghai code, and is not tried as a US share class. Every rule scans the text a fixed number of times.

use std::borrow::Cow;

use super::Symbol;
use super::form::{is_digits, is_sector, is_six_digits};
use super::indices::Index;
use super::kind::{Confidence, Kind};
use super::mainland::{infer, infer_index};
use super::tables::Tables;
use super::venue::Venue;

/// Maximum length of a text in bytes; longer texts are refused unread. A link to a quote page is about 60
/// bytes.
const MAX_TEXT_BYTES: usize = 2048;

/// Maximum length in bytes of a notation after stripping: exchange, code and brackets.
const MAX_INNER_BYTES: usize = 80;

/// Characters that a notation may be wrapped in.
const WRAPPING: [char; 10] = ['(', ')', '[', ']', '<', '>', '"', '\'', ' ', '\t'];

/// Reads `notation`; `None` if no rule applies or the code is not one of its venue.
pub(super) fn read(notation: &str, tables: &Tables) -> Option<Symbol> {
    if notation.len() > MAX_TEXT_BYTES {
        return None;
    }
    let folded = fold_width(notation.trim());
    if folded.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("[st]")) {
        return counter_id(folded[4..].split(['#', '[']).next()?.trim(), tables);
    }
    let inner = strip(&folded);
    if inner.is_empty() || inner.len() > MAX_INNER_BYTES {
        return None;
    }
    let has_lower = inner.bytes().any(|b| b.is_ascii_lowercase());
    let upper = if has_lower { Cow::Owned(inner.to_ascii_uppercase()) } else { Cow::Borrowed(inner) };
    if let Some((exchange, code)) = upper.split_once(':') {
        return tagged(exchange, code, tables);
    }
    if !upper.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b".^-/ ".contains(&b)) {
        return None;
    }
    if upper.matches('/').count() >= 2 {
        return counter_id(&upper, tables);
    }
    if upper.contains(' ') {
        return bloomberg(&upper, has_lower, tables);
    }
    if let Some(read) = prefixed(&upper).or_else(|| eastmoney(&upper, tables)) {
        return Some(read);
    }
    let Some((code, suffix)) = upper.rsplit_once('.') else { return bare(&upper, tables) };
    if code.is_empty() {
        // Reuters marks an index with a leading dot. Of names in letters only those of the table tell the market.
        return index(Index::of_reuters(suffix), Confidence::Exact).or_else(|| infer_index(suffix));
    }
    let original = inner.get(..code.len()).unwrap_or(code);
    suffixed(code, suffix, original, tables)
}

/// `NASDAQ: AAPL`, `HK:00700`: exchange and code in upper case, on either side of a colon.
///
/// Two exchanges have the name `BSE`, Beijing and Bombay, and two `TSE`, Tokyo and Toronto; the code tells which is meant.
pub(super) fn tagged(exchange: &str, code: &str, tables: &Tables) -> Option<Symbol> {
    let code = code.trim_matches(WRAPPING);
    match exchange.trim() {
        "BSE" => {
            let beijing = infer(code, tables).filter(|symbol| symbol.venue == Venue::BJ);
            let is_bombay = is_six_digits(code) && code.starts_with('5');
            beijing.or_else(|| is_bombay.then(|| Symbol::at(code, Venue::BOM, Confidence::Inferred))?)
        }
        // The codes of Tokyo begin with a digit, those of Toronto are letters.
        "TSE" if code.starts_with(|c: char| c.is_ascii_digit()) => {
            Symbol::at(code, Venue::TYO, Confidence::Inferred)
        }
        "TSE" => Symbol::at(code, Venue::TSX, Confidence::Inferred),
        _ => Symbol::at(code, Venue::from_exchange(exchange)?, Confidence::Exact),
    }
}

/// An index of the table.
fn index(index: Option<&Index>, confidence: Confidence) -> Option<Symbol> {
    index.and_then(|index| Symbol::at(index.code, Venue::from_name(index.venue)?, confidence))
}

/// Maps full-width ASCII and the ideographic space to ASCII: the part of NFKC that notations need.
fn fold_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let fold = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    Cow::Owned(text.chars().map(fold).collect())
}

/// Strips a link to a quote page, a Markdown link, brackets and quotes from a notation.
fn strip(text: &str) -> &str {
    // Most texts have no slash, and searching for one byte is many times faster than for a string.
    let page = if text.contains('/') { text.rsplit_once("/quote/") } else { None };
    let inner = match (page, text.find(']')) {
        (Some((_, name)), _) => {
            let ends = |c: char| "/?#)>]\"'".contains(c) || c.is_whitespace();
            name.split(ends).next().unwrap_or(name)
        }
        (None, Some(at)) if text[at + 1..].starts_with('(') => &text[..at],
        _ => text,
    };
    let inner = inner.trim_matches(WRAPPING).trim_start_matches(['$', '#']);
    let file = inner.len().checked_sub(3).and_then(|at| inner.split_at_checked(at));
    match file {
        Some((name, extension)) if extension.eq_ignore_ascii_case(".md") => name,
        _ => inner,
    }
}

/// Longbridge's counter id, in either case: `ST/US/TSLA`, `IX/HK/HSI`. Topic markup holds one.
fn counter_id(id: &str, tables: &Tables) -> Option<Symbol> {
    let id = id.to_ascii_uppercase();
    let mut parts = id.splitn(3, '/');
    let (prefix, market, code) = (parts.next()?, parts.next()?, parts.next()?);
    let kind = match prefix {
        "ST" => Kind::Stock,
        "ETF" => Kind::Etf,
        "IX" => Kind::Index,
        "WT" => Kind::Warrant,
        "VA" => Kind::Crypto,
        "BK" => Kind::Sector,
        _ => return None,
    };
    if market == "CN" {
        let country = if kind == Kind::Index { infer_index(code) } else { infer(code, tables) };
        return country.or_else(|| Symbol::at(code, Venue::CN, Confidence::Exact));
    }
    let symbol = Symbol::at(code, Venue::from_name(market)?, Confidence::Exact)?;
    Some(symbol.with_kind(kind, Confidence::Exact))
}

/// Bloomberg's `700 HK Equity`, `600586 CH`, `SAP GR`, `HSI Index`.
///
/// `CH` is the mainland without an exchange, and `CN` is Canada. Many codes are English words or end the names of
/// companies, so those outside China, the US and Singapore must be in capitals or have `Equity` behind them.
fn bloomberg(text: &str, has_lower: bool, tables: &Tables) -> Option<Symbol> {
    let mut words = text.split_ascii_whitespace();
    let (code, second, third) = (words.next()?, words.next(), words.next());
    let sector = third.or(second.filter(|word| *word == "INDEX"));
    if words.next().is_some() || !matches!(sector, None | Some("EQUITY" | "INDEX")) {
        return None;
    }
    let is_index = sector == Some("INDEX");
    match second? {
        "INDEX" if third.is_none() => index(Index::of_bloomberg(code), Confidence::Inferred),
        "CH" if is_index => infer_index(code),
        "CH" => infer(code, tables),
        // Yahoo's suffix for Shanghai with a space. Stockholm, whose code it is, has no codes in digits.
        "SS" if is_six_digits(code) => Symbol::at(code, Venue::SH, Confidence::Inferred),
        exchange => {
            let (venue, confidence) = Venue::from_bloomberg(exchange)?;
            let is_told = confidence == Confidence::Exact || !has_lower || sector.is_some();
            is_told.then(|| Symbol::at(code, venue, confidence))?
        }
    }
}

/// A venue prefix and a code: `SH600586` (Xueqiu, Sina), `HK.00700` and `US.BRK.B` (Futu), `SHSE.600000`.
fn prefixed(text: &str) -> Option<Symbol> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (prefix, rest) = text.split_at(letters);
    let dotted = rest.strip_prefix('.');
    let code = dotted.unwrap_or(rest);
    let venue = match prefix {
        "SH" if is_six_digits(code) => Venue::SH,
        "SZ" if is_six_digits(code) => Venue::SZ,
        "BJ" if is_six_digits(code) => Venue::BJ,
        "SHSE" if dotted.is_some_and(is_six_digits) => Venue::SH,
        "SZSE" if dotted.is_some_and(is_six_digits) => Venue::SZ,
        "HK" if is_digits(code) => Venue::HK,
        "US" if dotted.is_some() && !is_suffixed(code) => Venue::US,
        _ => return None,
    };
    Symbol::at(code, venue, Confidence::Exact)
}

/// Whether a code ends in the suffix of a venue, so that `US` before it is part of the code: `US.B.TSX`.
fn is_suffixed(code: &str) -> bool {
    let suffix = code.rsplit_once('.').filter(|(head, _)| !head.is_empty());
    suffix.is_some_and(|(_, suffix)| suffix == "CN" || Venue::from_suffix(suffix).is_some())
}

/// Eastmoney's `1.600586`: 1 is Shanghai, 0 Shenzhen or Beijing, 116 Hong Kong, 90 its own sectors.
fn eastmoney(text: &str, tables: &Tables) -> Option<Symbol> {
    let (market, code) = text.split_once('.')?;
    let venue = match market {
        "1" if is_six_digits(code) => Venue::SH,
        "0" if is_six_digits(code) => {
            let beijing = infer(code, tables).is_some_and(|symbol| symbol.venue == Venue::BJ);
            if beijing { Venue::BJ } else { Venue::SZ }
        }
        "116" if code.len() == 5 && is_digits(code) => Venue::HK,
        "90" if is_sector(code) => Venue::CN,
        _ => return None,
    };
    Symbol::at(code, venue, Confidence::Exact)
}

/// A code with the suffix of a venue or, if no venue has the suffix, with a share class.
///
/// `original` is the code before it was upper-cased, for Reuters' `BRKb.N`.
fn suffixed(code: &str, suffix: &str, original: &str, tables: &Tables) -> Option<Symbol> {
    match suffix {
        // Countries, not what Reuters and the exchanges would write so.
        "S" | "K" if code == "U" => return None,
        "CN" => return country_suffixed(code, tables),
        // Wind writes Shenwan's sectors with the suffix that is Singapore's elsewhere.
        "SI" if is_six_digits(code) => {
            return infer(code, tables).filter(|symbol| symbol.kind == Kind::Sector);
        }
        "CSI" | "CNI" => return Symbol::at(code, Venue::CN, Confidence::Exact),
        _ => {}
    }
    let Some((venue, confidence)) = Venue::from_suffix(suffix) else {
        let whole = format!("{code}.{suffix}");
        return lettered(&whole).or_else(|| Symbol::at(&whole, Venue::UNKNOWN, Confidence::Inferred));
    };
    if venue == Venue::US
        && suffix != "US"
        && let Some((root, class)) = reuters_class(original)
    {
        return Symbol::at(&format!("{root}.{}", class.to_ascii_uppercase()), venue, confidence);
    }
    Symbol::at(code, venue, confidence)
}

/// `.CN` is the mainland after six digits (Longbridge), and the Canadian Securities Exchange after letters
/// (Yahoo).
fn country_suffixed(code: &str, tables: &Tables) -> Option<Symbol> {
    if is_six_digits(code) {
        return infer(code, tables);
    }
    if is_sector(code) {
        return Symbol::at(code, Venue::CN, Confidence::Exact);
    }
    let lettered = code.bytes().any(|b| b.is_ascii_uppercase());
    lettered.then(|| Symbol::at(code, Venue::CSE, Confidence::Inferred))?
}

/// Root and class of Reuters' spelling of a share class: a lower-case letter after a root in upper case.
fn reuters_class(code: &str) -> Option<(&str, char)> {
    let class = code.chars().next_back().filter(char::is_ascii_lowercase)?;
    let root = &code[..code.len() - 1];
    let upper = !root.is_empty() && root.bytes().all(|b| b.is_ascii_uppercase());
    upper.then_some((root, class))
}

/// A code alone: six digits are the mainland's, one to five Hong Kong's, letters American. Yahoo marks an index with a caret.
fn bare(text: &str, tables: &Tables) -> Option<Symbol> {
    if let Some(name) = text.strip_prefix('^') {
        let unknown = || Symbol::at(text, Venue::UNKNOWN, Confidence::Inferred);
        return index(Index::of_yahoo(name), Confidence::Exact).or_else(unknown);
    }
    match text.len() {
        6 if is_digits(text) => infer(text, tables),
        1..=5 if is_digits(text) => Symbol::at(text, Venue::HK, Confidence::Inferred),
        _ => index(Index::of_plain(text), Confidence::Inferred).or_else(|| lettered(text)),
    }
}

/// One to five letters, then perhaps a share class: `AAPL`, `BRK.B`, `BRK-B`, `BRK/B`. After a dot a class is one letter, or
/// what the exchanges of New York write for rights, when-issued shares and warrants; two other letters are more often the
/// suffix of an exchange.
fn lettered(text: &str) -> Option<Symbol> {
    let letters =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase());
    let (root, class) = match text.split_once(['.', '-', '/']) {
        Some((root, class)) => (root, Some(class)),
        None => (text, None),
    };
    let is_dotted = text.contains('.');
    let is_class = |class: &str| letters(class, if is_dotted { 1 } else { 2 });
    let shaped = letters(root, 5)
        && class.is_none_or(|class| is_class(class) || matches!(class, "RT" | "WI" | "WS" | "WT"));
    shaped.then(|| Symbol::at(text, Venue::US, Confidence::Inferred))?
}

#[cfg(test)]
mod tests {
    use super::{MAX_INNER_BYTES, fold_width, reuters_class, strip};
    use crate::symbol::Symbol;

    #[test]
    fn what_surrounds_a_notation_is_stripped() {
        let cases = [
            ("[$AAPL](https://x.example/a)", "AAPL"),
            ("https://x.example/en/quote/BRK.B.US.md?a=b#c", "BRK.B.US"),
            ("[Apple](https://x.example/quote/AAPL.US)", "AAPL.US"),
            ("a/quote/B/quote/C.HK/news", "C.HK"),
            ("<\"(#AAPL)\">", "AAPL"),
            ("AAPL.MD", "AAPL"),
            // Only a link has its address after the bracket, and the name of a file is more than its extension.
            ("[AAPL] (x)", "AAPL] (x"),
            ("铜.md", "铜"),
            (".md", ""),
            ("é", "é"),
        ];
        for (written, inner) in cases {
            assert_eq!(strip(written), inner, "{written}");
        }
    }

    /// The full-width forms of ASCII are U+FF01 to U+FF5E, `!` to `~`.
    #[test]
    fn only_full_width_ascii_is_folded() {
        assert_eq!(fold_width("！ＡＺａｚ０９～\u{3000}.ＨＫ"), "!AZaz09~ .HK");
        assert_eq!(fold_width("｟ｱ苹\u{ff00}\u{ff5f}"), "｟ｱ苹\u{ff00}\u{ff5f}");
    }

    #[test]
    fn the_class_of_reuters_is_a_small_letter_after_capitals() {
        assert_eq!(reuters_class("BRKb"), Some(("BRK", 'b')));
        for code in ["", "b", "BRK", "BRkb", "BR1b", "BRKé"] {
            assert_eq!(reuters_class(code), None, "{code}");
        }
    }

    #[test]
    fn a_long_notation_is_refused_and_a_long_link_is_not() {
        let link = |length: usize| format!("https://x.example/{}/quote/AAPL.US", "a".repeat(length));
        assert_eq!(Symbol::parse(&link(1900)), Symbol::parse("AAPL.US"));
        assert_eq!(Symbol::parse(&link(2048)), None);
        let spaced = |inner: usize| format!("NASDAQ:{}AAPL", " ".repeat(inner - "NASDAQ:AAPL".len()));
        assert_eq!(Symbol::parse(&spaced(MAX_INNER_BYTES)), Symbol::parse("AAPL.US"));
        assert_eq!(Symbol::parse(&spaced(MAX_INNER_BYTES + 1)), None);
    }
}
