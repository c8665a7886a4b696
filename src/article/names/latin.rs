//! Names in text of letters: runs of capitalised words.

use crate::{symbol::is_legal_form, text::SplitWhitespace};
use std::{collections::HashSet, sync::LazyLock};

/// How many bytes in front of a bracket are read.
const REACH: usize = 90;
/// How many capitalised words a name has at most; at the beginning of a title, where nothing ends it, fewer.
const MAX_WORDS: usize = 6;
const MAX_TITLE_WORDS: usize = 4;

/// Maximum length of a legal form with its dots and commas, in bytes.
const MAX_FORM: usize = 16;
/// Small words that may stand inside a name.
const CONNECTORS: [&str; 14] =
    ["of", "and", "&", "de", "du", "la", "do", "del", "y", "e", "et", "von", "van", "the"];
/// Words that are no names though they are capitalised: at the beginning of a title, or in front of a name.
static STOP_WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("stop_words.txt").split_whitespace().collect());
/// Stop words with which a name may begin if a capitalised word follows.
const BEGINNINGS: [&str; 21] = [
    "american",
    "best",
    "big",
    "british",
    "canadian",
    "china",
    "dow",
    "federal",
    "first",
    "five",
    "general",
    "global",
    "international",
    "national",
    "new",
    "stock",
    "target",
    "u.s.",
    "under",
    "us",
    "world",
];
/// What a legal form looks like at the end of a name, sorted.
const FORMS: [&str; 25] = [
    "AB",
    "AG",
    "ASA",
    "Bancorp",
    "Bhd",
    "Co",
    "Company",
    "Corp",
    "Corporation",
    "Group",
    "Holding",
    "Holdings",
    "Inc",
    "Incorporated",
    "LLC",
    "LP",
    "Limited",
    "Ltd",
    "NV",
    "PLC",
    "Plc",
    "SA",
    "SAB",
    "SE",
    "SpA",
];
/// What precedes a title in the manner of agencies, up to a dash or a colon: `UPDATE 2-Tesla cuts jobs`.
const SLUGS: [&str; 26] = [
    "ADVISORY",
    "ANALYSIS",
    "BREAKINGVIEWS",
    "BRIEF",
    "COLUMN",
    "CORRECTED",
    "CORRECTION",
    "DEALTALK",
    "EXCLUSIVE",
    "FACTBOX",
    "FITCH",
    "INSIGHT",
    "INTERVIEW",
    "LIVE",
    "MOVES",
    "NEWSMAKER",
    "PREVIEW",
    "REFILE",
    "REG",
    "REPORT",
    "RPT",
    "SPECIAL REPORT",
    "TEXT",
    "TIMELINE",
    "UPDATE",
    "WRAPUP",
];

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(word.to_lowercase().as_str())
}

/// Whether a word may stand inside a name.
fn is_connector(word: &str) -> bool {
    // The longest has three letters.
    word.len() <= 3 && CONNECTORS.contains(&word.to_lowercase().as_str())
}

/// Cities with which reports begin, in capitals.
static CITIES: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("cities.txt").lines().collect());

/// The names with which a title may begin, from one word to all capitalised ones; `true` for the whole run, unless it is too
/// long to be known to end.
pub(super) fn at_beginning(title: &str) -> Vec<(String, bool)> {
    let title = without_slugs(title).trim_start_matches(['"', '\'', '“', '‘', '*', ' ']);
    if !title.contains(char::is_lowercase) {
        return Vec::new();
    }
    let mut tokens = SplitWhitespace::new(title).take(3 * MAX_TITLE_WORDS);
    // Each name is the beginning of the run up to one of these.
    let (mut run, mut ends, mut capitalised) = (String::new(), Vec::<usize>::new(), 0);
    let mut next = tokens.next();
    while let Some(raw) = next.filter(|_| capitalised < MAX_TITLE_WORDS) {
        next = tokens.next();
        let (word, possessive) = bare(raw);
        // Blackstone-backed.
        let joined = word.split_once('-').filter(|(head, tail)| {
            is_capitalised(head) && tail.starts_with(|c: char| c.is_ascii_lowercase())
        });
        let word = joined.map_or(word, |(head, _)| head);
        let behind = || next.map_or("", |next| bare(next).0);
        let is_joint =
            || is_connector(word) && !word.eq_ignore_ascii_case("and") && !word.eq_ignore_ascii_case("the");
        if !run.is_empty() && joined.is_none() && is_joint() && is_capitalised(behind()) {
            // "Bank" is no name in "Bank of America".
            ends.pop_if(|end| *end == run.len());
            run.push(' ');
            run.push_str(word);
            continue;
        }
        if !is_capitalised(word) {
            break;
        }
        let is_stop = is_stop_word(word);
        if is_stop {
            let begins = BEGINNINGS.contains(&word.to_lowercase().as_str()) && is_capitalised(behind());
            if !begins && !is_legal(behind()) {
                break;
            }
        }
        if !run.is_empty() {
            run.push(' ');
        }
        run.push_str(word);
        capitalised += 1;
        if capitalised > 1 || !is_stop {
            ends.push(run.len());
        }
        let closes = raw.ends_with([',', ';', ':', '!', '?', ')']);
        let stops = raw.ends_with('.') && !is_legal(word) && word.len() > 3;
        if possessive || joined.is_some() || closes || stops {
            break;
        }
    }
    let whole = ends.len().checked_sub(1).filter(|_| capitalised < MAX_TITLE_WORDS);
    let names = ends.into_iter().enumerate();
    names.map(|(index, end)| (run[..end].to_owned(), Some(index) == whole)).collect()
}

/// The capitalised words that end before byte `at`, as a name.
pub(super) fn before(text: &str, at: usize) -> Option<String> {
    let from = (at.saturating_sub(REACH)..at).find(|from| text.is_char_boundary(*from))?;
    let segment = &text[from..at];
    let line = segment.rfind('\n').map(|end| &segment[end + 1..]).or((from == 0).then_some(segment));
    let mut tokens: Vec<&str> = SplitWhitespace::new(line.map_or(segment, without_dateline)).collect();
    // The first one may be cut off.
    if line.is_none() && !tokens.is_empty() {
        tokens.remove(0);
    }
    // From right to left.
    let mut run: Vec<&str> = Vec::new();
    let mut capitalised = 0;
    for (index, raw) in tokens.iter().enumerate().rev() {
        if run.last().is_some_and(|right| ends_clause(raw, right)) {
            break;
        }
        let (word, possessive) = bare(raw);
        if !run.is_empty() && is_connector(word) {
            let left = index.checked_sub(1).map_or("", |left| bare(tokens[left]).0);
            // "Apple Inc and Google Inc" are two.
            let parts =
                word.eq_ignore_ascii_case("and") && (is_legal(left) || matches!(left, "Group" | "Holdings"));
            if !word.eq_ignore_ascii_case("the") && !parts && is_capitalised(left) {
                run.push(word);
                continue;
            }
            break;
        }
        if possessive && !run.is_empty() || !is_capitalised(word) || is_described(word) || word == "Fitch" {
            break;
        }
        run.push(word);
        capitalised += 1;
        if capitalised == MAX_WORDS {
            break;
        }
    }
    while let [.., next, first] = run.as_slice() {
        let lower = first.to_lowercase();
        let leads =
            STOP_WORDS.contains(lower.as_str()) && !BEGINNINGS.contains(&lower.as_str()) && !is_legal(next);
        if !leads && !CONNECTORS.contains(&lower.as_str()) {
            break;
        }
        run.pop();
    }
    run.reverse();
    // "Shares of X", "CEO of X".
    if let Some(of) = run.iter().position(|word| *word == "of")
        && (is_stop_word(run[0]) || of > 0 && is_stop_word(run[of - 1]))
    {
        run.drain(..=of);
    }
    let name = run.join(" ");
    (!name.is_empty()).then_some(name)
}

/// The names of two words or more that end in a legal form.
pub(super) fn with_legal_form(text: &str) -> impl Iterator<Item = String> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = capital_after_space(text, at) {
            let mut tokens = SplitWhitespace::new(&text[start..]);
            let token = tokens.next()?;
            at = start + token.len();
            if is_form(token) && tokens.next().is_none_or(|next| !is_form(next) && next != "of") {
                return Some(at);
            }
        }
        None
    })
    .filter_map(move |end| before(text, end))
    .filter(|name| name.rsplit_once(' ').is_some_and(|(_, form)| FORMS.contains(&form)))
}

/// The first byte from `from` on, which must not be inside a word, where a word may begin with an ASCII capital, maybe behind
/// punctuation.
fn capital_after_space(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut is_first) = (from, true);
    while let Some(&byte) = bytes.get(at) {
        if byte >= 0x80 {
            let c = text[at..].chars().next()?;
            is_first = c.is_whitespace();
            at += c.len_utf8();
            continue;
        }
        if is_first && byte > b' ' && !byte.is_ascii_lowercase() {
            return Some(at);
        }
        is_first = matches!(byte, b' ' | b'\t'..=b'\r');
        at += 1;
    }
    None
}

/// Whether a token is a legal form as it stands at the end of a name, apart from punctuation.
fn is_form(token: &str) -> bool {
    let word = token.trim_matches(|c: char| c.is_ascii_punctuation());
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.len() <= MAX_FORM
        && FORMS.binary_search(&word).is_ok()
}

/// A title without the series that it begins with.
fn without_slugs(title: &str) -> &str {
    let mut rest = title.trim_start();
    while let Some(end) = rest.bytes().take(25).position(|byte| matches!(byte, b'-' | b':')) {
        let head = rest[..end].trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let is_series =
            head.contains(' ') && head.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ');
        if !is_series && !SLUGS.contains(&head.to_uppercase().as_str()) {
            break;
        }
        rest = rest[end..].trim_start_matches(['-', ':', ' ']);
    }
    rest
}

/// A line without the cities that it begins with.
fn without_dateline(line: &str) -> &str {
    let mut rest = line;
    // All begin with two capitals.
    while rest.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && let Some(city) = CITIES.iter().find(|city| rest.starts_with(**city))
    {
        let behind = &rest[city.len()..];
        if !behind.starts_with(['/', ' ']) {
            break;
        }
        rest = behind.trim_start_matches(['/', ' ']);
    }
    rest
}

/// A token without punctuation around it and without a possessive, and whether it had one. Initials keep their dots.
fn bare(raw: &str) -> (&str, bool) {
    if raw.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return (raw, false);
    }
    let quoted = |c: char| "\"'“”‘’()[]<>*|,;:!?".contains(c);
    let word = raw.trim_matches(quoted);
    // `S.A.` keeps its dots, as initials do.
    let keeps_dots = || is_initials(word) || is_legal(word) && word.matches('.').count() > 1;
    let word = if word.contains('.') && !keeps_dots() { word.trim_matches('.') } else { word };
    match word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")) {
        Some(owner) => (owner, true),
        None => (word, raw.ends_with("s'") || raw.ends_with("s’")),
    }
}

/// `J.P.`: capitals, each with a dot.
fn is_initials(word: &str) -> bool {
    let mut letters = word.split_terminator('.');
    word.ends_with('.')
        && letters.all(|letter| letter.len() == 1 && letter.as_bytes()[0].is_ascii_uppercase())
}

/// Whether a word is a legal form, with or without dots.
fn is_legal(word: &str) -> bool {
    // No form is longer: most words are told by their length.
    if word.len() > MAX_FORM {
        return false;
    }
    let mut letters = [0; MAX_FORM];
    let mut length = 0;
    for byte in word.bytes().filter(u8::is_ascii_alphanumeric) {
        letters[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    word.is_ascii() && str::from_utf8(&letters[..length]).is_ok_and(is_legal_form)
}

/// Whether a word begins with a capital (`Apple`), or has one behind its first character (`eBay`, `3M`).
fn is_capitalised(word: &str) -> bool {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) if first.is_uppercase() => true,
        Some(first) if first.is_ascii_digit() => word.contains(char::is_uppercase),
        Some(first) if first.is_lowercase() => chars.next().is_some_and(char::is_uppercase),
        _ => false,
    }
}

/// `Berlin-based`: a word that describes the name behind it.
fn is_described(word: &str) -> bool {
    let endings = ["based", "listed", "owned", "backed", "led", "traded", "controlled", "born", "style"];
    word.rsplit_once('-').is_some_and(|(_, ending)| endings.contains(&ending))
}

/// Whether a name cannot go on from this token to the word at its right.
fn ends_clause(raw: &str, right: &str) -> bool {
    match raw.chars().next_back() {
        Some(';' | ':' | '!' | '?' | ')' | ']' | '>' | '”' | '"') => true,
        Some(',') => !is_legal(right),
        Some('.') => raw.len() > 3 && !is_legal(raw) && !is_initials(raw) && !matches!(raw, "Bros."),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{CITIES, FORMS, at_beginning, before, with_legal_form};

    fn beginning(title: &str) -> Vec<(String, bool)> {
        at_beginning(title)
    }

    #[test]
    fn every_city_begins_with_two_capitals() {
        assert!(CITIES.iter().all(|city| city.bytes().take(2).all(|byte| byte.is_ascii_uppercase())));
    }

    #[test]
    fn a_title_begins_with_a_name() {
        let cases: [(&str, &[(&str, bool)]); 14] = [
            ("Tesla cuts jobs", &[("Tesla", true)]),
            ("UPDATE 2-Tesla cuts jobs", &[("Tesla", true)]),
            (
                "BRIEF-REFILE-Delta Air Lines says",
                &[("Delta", false), ("Delta Air", false), ("Delta Air Lines", true)],
            ),
            ("Bank of America to pay", &[("Bank of America", true)]),
            ("Tesla's plant", &[("Tesla", true)]),
            ("Blackstone-backed maker", &[("Blackstone", true)]),
            ("General Electric, Siemens talk", &[("General", false), ("General Electric", true)]),
            ("eBay sells", &[("eBay", true)]),
            ("U.S. stocks fall", &[]),
            ("Three banks fail", &[]),
            ("ALL IN CAPITALS", &[]),
            ("First Solar falls", &[("First Solar", true)]),
            ("Stocks rise", &[]),
            // A run of four words or more may go on.
            (
                "Alpha Beta Gamma Delta Epsilon",
                &[
                    ("Alpha", false),
                    ("Alpha Beta", false),
                    ("Alpha Beta Gamma", false),
                    ("Alpha Beta Gamma Delta", false),
                ],
            ),
        ];
        for (title, expected) in cases {
            let expected: Vec<_> =
                expected.iter().map(|(name, whole)| ((*name).to_owned(), *whole)).collect();
            assert_eq!(beginning(title), expected, "{title}");
        }
    }

    #[test]
    fn a_name_ends_before_a_bracket() {
        let cases = [
            ("shares of Tesla Inc (", Some("Tesla Inc")),
            ("Shares of Tesla Inc (", Some("Tesla Inc")),
            ("DETROIT Ford Motor Co (", Some("Ford Motor Co")),
            ("NEW YORK/LONDON Citigroup Inc (", Some("Citigroup Inc")),
            ("rivals Apple, Inc. (", Some("Apple, Inc")),
            ("said Apple Inc and Google Inc (", Some("Google Inc")),
            ("while Procter & Gamble Co (", Some("Procter & Gamble Co")),
            ("the Bank of Montreal (", Some("Bank of Montreal")),
            ("China's Baidu Inc (", Some("Baidu Inc")),
            ("Berlin-based Zalando SE (", Some("Zalando SE")),
            ("CEO of Chipmaker Micron (", Some("Micron")),
            ("It rose. Intel (", Some("Intel")),
            ("by J.P. Morgan (", Some("J.P. Morgan")),
            ("rose a little (", None),
            ("first line\nIntel (", Some("Intel")),
        ];
        for (text, expected) in cases {
            let found = before(text, text.len() - 1).map(|name| name.replace("Apple Inc", "Apple, Inc"));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_with_a_legal_form_are_found() {
        assert!(FORMS.is_sorted());
        let found = |text: &str| with_legal_form(text).collect::<Vec<_>>();
        assert_eq!(
            found("Boeing Co said Airbus SE would sell to the Delta Group of banks."),
            ["Boeing Co", "Airbus SE"]
        );
        assert_eq!(found("A unit of General Motors Co. rose"), ["General Motors Co"]);
        assert_eq!(found("The Co said Inc was Ltd"), [""; 0]);
    }
}
