//! The names that an article states for securities: "Tesla Inc (NASDAQ: TSLA)", 宁德时代(300750.SZ), or "Tesla" at the
//! beginning of the title of an article that lists TSLA.
//!
//! One article proves little. An index counts what its articles state, and decides when it is asked.

mod han;
mod latin;

use super::{MentionPlace, Named};
use crate::{
    symbol::{self, Mention, Symbol, name_key},
    text::{is_han_like, unwrapped},
};

/// Maximum number of names that one article states; of 248,116 articles that state any, 143 have more.
const MAX_STATED: usize = 16;
/// Maximum length of a name, in bytes.
const MAX_NAME: usize = 60;
/// A list of more securities does not tell which of them a title names.
const MAX_LISTED: usize = 4;
/// The part of the body in which names with a legal form are looked for, in characters, and how many are taken.
const OPENING_CHARS: usize = 300;
const MAX_FORMS: usize = 2;

/// How an article states a name, the surest way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameClass {
    /// The code stands in brackets behind the name.
    Explicit,
    /// The name begins the title, and the article lists the security.
    Title,
    /// The name has a legal form and stands in the first sentences, and the article lists the security.
    LegalForm,
    /// The name is the beginning of one that begins the title.
    TitlePrefix,
}

impl NameClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Explicit, Self::Title, Self::LegalForm, Self::TitlePrefix];

    /// Whether a bracket or a legal form tells that the words are a name.
    #[must_use]
    pub fn is_with_form(self) -> bool {
        matches!(self, Self::Explicit | Self::LegalForm)
    }
}

/// A name that an article states for a security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedName {
    /// The [key](name_key) of the name.
    pub key: String,
    /// The name as it is written.
    pub spelling: String,
    /// The security.
    pub symbol: Symbol,
    /// How it is stated.
    pub class: NameClass,
}

/// The names that an article with these texts and securities states, each key once per security, the surest first. The
/// securities of an article come first that it lists.
#[must_use]
pub fn stated_names(title: &str, body: &str, symbols: &[Named]) -> Vec<StatedName> {
    let listed = symbols.iter().filter(|named| named.sources.has(MentionPlace::Listed));
    let listed: Vec<&Symbol> = listed.map(|named| &named.symbol).collect();
    let mut stated = Stated::default();
    let body = &*unwrapped(body);
    let is_in = |places: &[MentionPlace]| {
        symbols.iter().any(|named| places.iter().any(|place| named.sources.has(*place)))
    };
    // Where the text names no security, there is none to look for again.
    if is_in(&[MentionPlace::Title]) {
        in_brackets(title, &symbol::title_mentions(title), &mut stated);
    }
    if is_in(&[MentionPlace::Lead, MentionPlace::Body]) {
        in_brackets(body, &symbol::mentions(body), &mut stated);
    }
    if !listed.is_empty() {
        bare_codes(title, &listed, &mut stated);
        bare_codes(body, &listed, &mut stated);
    }
    if (1..=MAX_LISTED).contains(&listed.len()) {
        let mut add = |name: &str, class| stated.add(name, &listed, class);
        if title.chars().take(12).any(is_han_like) {
            if let Some(name) = han::at_beginning(title) {
                add(name, NameClass::Title);
            }
        } else {
            for (name, is_whole) in latin::at_beginning(title) {
                add(&name, if is_whole { NameClass::Title } else { NameClass::TitlePrefix });
            }
        }
        let end = OPENING_CHARS.min(body.len());
        let is_plain = body.as_bytes()[..end].is_ascii();
        let end_of_others = || body.char_indices().nth(OPENING_CHARS).map_or(body.len(), |(end, _)| end);
        let end = if is_plain { end } else { end_of_others() };
        for name in latin::with_legal_form(&body[..end]).take(MAX_FORMS) {
            add(&name, NameClass::LegalForm);
        }
    }
    stated.0.sort_by_key(|name| name.class);
    stated.0.truncate(MAX_STATED);
    stated.0
}

#[derive(Default)]
struct Stated(Vec<StatedName>);

impl Stated {
    /// Adds a name of some securities; of one key and security the surest statement is kept.
    fn add(&mut self, name: &str, symbols: &[&Symbol], class: NameClass) {
        let name = name.trim();
        let Some(key) = name_key(name).filter(|_| name.len() <= MAX_NAME) else { return };
        for &symbol in symbols {
            // The surest are added first, and no text of brackets takes more memory than this.
            let is_full = self.0.len() >= 4 * MAX_STATED;
            match self.0.iter_mut().find(|known| known.key == key && known.symbol == *symbol) {
                Some(known) if known.class <= class => {}
                Some(known) => (known.class, known.spelling) = (class, name.to_owned()),
                None if is_full => {}
                None => {
                    let (key, spelling) = (key.clone(), name.to_owned());
                    self.0.push(StatedName { key, spelling, symbol: symbol.clone(), class });
                }
            }
        }
    }
}

/// Adds the names in front of brackets that name a security.
fn in_brackets(text: &str, mentions: &[Mention], stated: &mut Stated) {
    for mention in mentions {
        if let Some(name) = bracket_before(text, mention.span.start).and_then(|open| name_before(text, open))
        {
            stated.add(&name, &[&mention.symbol], NameClass::Explicit);
        }
    }
}

/// Adds the names in front of a code alone in brackets, which is only one if the article lists it: `(IDR)` is a rating.
fn bare_codes(text: &str, listed: &[&Symbol], stated: &mut Stated) {
    // Each by itself, as one byte is searched for many times faster than two.
    for (open, _) in text.match_indices('(').chain(text.match_indices('<')) {
        let inner = &text[open + 1..];
        let code = &inner
            [..inner.bytes().take(9).take_while(|b| b.is_ascii_uppercase() || b".-".contains(b)).count()];
        let closed = inner[code.len()..].starts_with([')', '>']);
        let letters = code.bytes().filter(u8::is_ascii_uppercase).count();
        if !closed || letters < 2 {
            continue;
        }
        let symbol =
            listed.iter().find(|symbol| symbol.market() == "US" && symbol.code() == code.replace('-', "."));
        if let Some(symbol) = symbol
            && let Some(name) = name_before(text, open).filter(|name| !name.eq_ignore_ascii_case(code))
        {
            stated.add(&name, &[symbol], NameClass::Explicit);
        }
    }
}

/// The name that ends before byte `at`.
fn name_before(text: &str, at: usize) -> Option<String> {
    let before = text[..at].trim_end_matches([' ', '《', '》', '“', '”']);
    if before.ends_with(is_han_like)
        || before.ends_with(|c: char| c.is_ascii_uppercase()) && ends_in_han(before)
    {
        return han::before(before).map(str::to_owned);
    }
    latin::before(text, at)
}

/// Whether the letters at the end of a text are joined to Han characters: 万科A.
fn ends_in_han(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').ends_with(is_han_like)
}

/// The byte offset of the bracket in which a code at byte `at` is the first.
fn bracket_before(text: &str, at: usize) -> Option<usize> {
    let mut chars = text[..at].char_indices().rev().take(24);
    let (open, _) =
        chars.find(|(_, c)| matches!(c, '(' | '（' | '<' | ')' | '）' | ',' | ';' | '\n' | '。'))?;
    text[open..].starts_with(['(', '（', '<']).then_some(open)
}

#[cfg(test)]
mod tests {
    use super::{NameClass, stated_names};
    use crate::{
        article::{MentionPlace, MentionPlaces, Named},
        symbol::Symbol,
    };

    /// The names that an article states, as `key CODE class`. `codes` are listed.
    fn stated(title: &str, body: &str, codes: &[&str]) -> Vec<String> {
        let with_place = |code: &&str, place| Named {
            symbol: Symbol::parse(code).expect("a notation"),
            sources: MentionPlaces::default().with(place),
        };
        let mut symbols: Vec<Named> =
            codes.iter().map(|code| with_place(code, MentionPlace::Listed)).collect();
        // What title and text name is named too.
        symbols.push(with_place(&"ZZZZ.US", MentionPlace::Body));
        let names = stated_names(title, body, &symbols).into_iter();
        let class = |class| match class {
            NameClass::Explicit => "E",
            NameClass::Title => "T",
            NameClass::LegalForm => "L",
            NameClass::TitlePrefix => "P",
        };
        names.map(|name| format!("{} {} {}", name.key, name.symbol, class(name.class))).collect()
    }

    #[test]
    fn a_code_in_brackets_states_the_name_before_it() {
        let cases: [(&str, &[&str], &[&str]); 10] = [
            ("shares of Tesla Inc (NASDAQ: TSLA) fell", &[], &["tesla TSLA.US E"]),
            ("a bid by Tesla Inc (TSLA) failed", &["TSLA"], &["tesla TSLA.US E"]),
            // A code alone is none unless the article lists it, and one letter never is.
            ("the rating of the Issuer Default Rating (IDR)", &[], &[]),
            ("a photo of Agnelli (C)", &["C"], &[]),
            ("据悉宁德时代(300750.SZ)上涨", &[], &["宁德时代 300750.SZ E"]),
            ("《腾讯控股（00700.HK）》", &[], &["腾讯控股 700.HK E"]),
            ("小米集团-W（01810.HK）", &[], &["小米集团 1810.HK E"]),
            ("收购贵州茅台（600519）的股份", &[], &["贵州茅台 600519.SH E"]),
            ("and (NYSE: BA) rose", &[], &[]),
            ("Ford Motor Co (NYSE: F)", &[], &["fordmotor F.US E"]),
        ];
        for (body, listed, expected) in cases {
            assert_eq!(stated("stocks", body, listed), expected, "{body}");
        }
    }

    #[test]
    fn a_title_states_its_beginning_for_what_the_article_lists() {
        assert_eq!(
            stated("Delta Air Lines cuts fares", "x", &["DAL"]),
            ["deltaairlines DAL.US T", "delta DAL.US P", "deltaair DAL.US P"]
        );
        assert_eq!(stated("贵州茅台：上半年营收增长", "x", &["600519"]), ["贵州茅台 600519.SH T"]);
        assert_eq!(stated("比亚迪发布新车", "x", &["1211.HK"]), ["比亚迪 1211.HK T"]);
        let five = ["AAPL", "MSFT", "GOOG", "AMZN", "META"];
        assert_eq!(stated("Apple rises", "x", &five), [""; 0], "a list of five tells nothing");
        assert_eq!(stated("Apple rises", "x", &[]), [""; 0]);
    }

    #[test]
    fn a_legal_form_in_the_first_sentences_states_a_name() {
        assert_eq!(stated("stocks", "A plant of Boeing Co burned.", &["BA"]), ["boeing BA.US L"]);
        let far = format!("{} Boeing Co burned.", "word ".repeat(60));
        assert_eq!(stated("stocks", &far, &["BA"]), [""; 0], "it is behind the first 300 characters");
        // The surest statement of a name is kept.
        assert_eq!(stated("Boeing soars", "Boeing Co (NYSE: BA) soared.", &["BA"]), ["boeing BA.US E"]);
    }

    #[test]
    fn what_an_article_states_is_bounded() {
        let body = (0..5000).fold(String::new(), |body, n| body + &format!("Firm{n} Corp (NYSE: AB) "));
        assert_eq!(stated("stocks", &body, &[]).len(), 16);
    }
}
