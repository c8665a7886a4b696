//! Phrases of alphabetic scripts, from titles.

use super::CompletionKind;
use crate::{
    search::recognize::is_function_word,
    symbol::is_legal_form,
    text::{self, Token, TokenKind, fold},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

/// A phrase has at most this many words behind the typed ones.
const MAX_FURTHER: usize = 3;
/// A phrase stands in at least this many titles.
const MIN_SUPPORT: u64 = 2;
/// A phrase is offered beside the beginning of it if it stands in one of this many of the titles of that.
const TITLES_PER_LONGER: u64 = 10;
/// Words with which no phrase ends, beside those of questions.
const STOP_WORDS: [&str; 30] = [
    "after", "against", "amid", "as", "before", "but", "by", "can", "could", "from", "he", "his", "into",
    "may", "not", "or", "over", "said", "says", "see", "sees", "than", "that", "their", "this", "under",
    "will", "would", "you", "your",
];

/// A phrase or a word that completes what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// The byte of the typed text from which on it is replaced.
    pub from: usize,
    /// As titles write it most often.
    pub text: String,
    pub kind: CompletionKind,
    /// How many titles have it.
    pub support: u64,
}

impl Phrase {
    /// Whether it stands for a shorter one with this support, as it nearly always follows.
    pub(super) fn replaces(&self, support: u64) -> bool {
        10 * self.support >= 6 * support
    }
}

/// Whether a folded word says nothing at the end of a phrase.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word) || is_function_word(word)
}

/// The phrases of titles that begin with these folded words, go on with one to three further ones, of which the first has
/// the prefix, and replace the typed text from byte `from` on. Those of most titles come first.
pub(super) fn after(titles: &[String], words: &[String], prefix: Option<&str>, from: usize) -> Vec<Phrase> {
    let mut counted: BTreeMap<Vec<String>, Counted> = BTreeMap::new();
    let mut seen = HashSet::new();
    for title in titles {
        let mut tokens: Vec<Token> = text::tokens(title).collect();
        let begins = |at: &usize| begins(title, &tokens[*at..], words, prefix);
        let Some(at) = (0..tokens.len()).find(begins) else { continue };
        tokens.drain(..at);
        // Updates of a report repeat its title.
        if !seen.insert(fold(&title[tokens[0].span.start..]).into_owned()) {
            continue;
        }
        for length in words.len() + 1..=words.len() + MAX_FURTHER {
            if tokens.len() < length || !joined(title, &tokens[..length]) {
                break;
            }
            let phrase = &tokens[..length];
            let key = phrase.iter().map(|word| word.text.clone()).collect();
            let shown = &title[phrase[0].span.start..phrase[length - 1].span.end];
            counted.entry(key).or_default().add(shown);
        }
    }
    counted.retain(|key, counted| {
        let ends_well = |word: &String| !is_stop_word(word) && !is_legal_form(word);
        counted.support >= MIN_SUPPORT && key.last().is_some_and(ends_well)
    });
    let phrases = counted.iter().map(|(key, counted)| {
        let (text, support) = (counted.spelling(), counted.support);
        (&key[..], Phrase { from, text, kind: CompletionKind::Phrase, support })
    });
    best(&phrases.collect::<Vec<_>>(), Phrase::replaces)
}

/// The phrases of most titles, each with the words or characters that it consists of: without those that a longer one
/// replaces, and without longer ones that hardly any of the titles of a shorter one have.
pub(super) fn best<U: PartialEq>(
    phrases: &[(&[U], Phrase)],
    replaces: impl Fn(&Phrase, u64) -> bool,
) -> Vec<Phrase> {
    let goes_on = |longer: &[U], key: &[U]| longer.len() > key.len() && longer.starts_with(key);
    let is_replaced = |(key, phrase): &(&[U], Phrase)| {
        phrases.iter().any(|(longer, other)| goes_on(longer, key) && replaces(other, phrase.support))
    };
    let kept: Vec<&(&[U], Phrase)> = phrases.iter().filter(|one| !is_replaced(one)).collect();
    let is_rare = |(key, phrase): &(&[U], Phrase)| {
        kept.iter().any(|(shorter, other)| {
            goes_on(key, shorter) && TITLES_PER_LONGER * phrase.support < other.support
        })
    };
    let best = kept.iter().filter(|one| !is_rare(one));
    let mut best: Vec<Phrase> = best.map(|(_, phrase)| phrase.clone()).collect();
    best.sort_by_key(|phrase| Reverse(phrase.support));
    best
}

/// How often a phrase was found, by spelling.
#[derive(Default)]
pub(super) struct Counted {
    pub support: u64,
    spellings: HashMap<String, u64>,
}

impl Counted {
    pub(super) fn add(&mut self, shown: &str) {
        self.support += 1;
        *self.spellings.entry(shown.to_owned()).or_default() += 1;
    }

    /// The most frequent spelling; of equally frequent ones, that which sorts last, so not that in capitals.
    pub(super) fn spelling(&self) -> String {
        let most = self.spellings.iter().max_by(|(a, n), (b, m)| n.cmp(m).then_with(|| a.cmp(b)));
        most.map(|(spelling, _)| spelling.clone()).unwrap_or_default()
    }
}

/// Whether tokens begin with these words, and then with a word that has the prefix.
fn begins(title: &str, tokens: &[Token], words: &[String], prefix: Option<&str>) -> bool {
    let further = usize::from(prefix.is_some());
    tokens.len() >= words.len() + further
        && tokens.iter().zip(words).all(|(token, word)| token.text == *word)
        && prefix.is_none_or(|prefix| tokens[words.len()].text.starts_with(prefix))
        && joined(title, &tokens[..words.len() + further])
}

/// Whether words stand together, with nothing but spaces and hyphens between them.
fn joined(title: &str, tokens: &[Token]) -> bool {
    let is_word = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Number);
    tokens.iter().all(is_word)
        && tokens.windows(2).all(|pair| {
            let between = &title[pair[0].span.end..pair[1].span.start];
            let between = between.trim_start_matches("'s").trim_start_matches("’s");
            between.chars().all(|c| matches!(c, ' ' | '\u{A0}' | '-' | '‑' | '&' | '\''))
        })
}

#[cfg(test)]
mod tests {
    use super::after;

    /// The phrases that titles have for these words and a prefix, with their support.
    fn found(titles: &[&str], words: &[&str], prefix: Option<&str>) -> Vec<(String, u64)> {
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        after(&titles, &words, prefix, 0).into_iter().map(|phrase| (phrase.text, phrase.support)).collect()
    }

    #[test]
    fn a_phrase_is_what_titles_repeat() {
        let titles = [
            "Harbor Lights opens a store",
            "Shares of Harbor Lights fall",
            "HARBOR LIGHTS: results",
            "Harbor loans grow",
            "The harbor. Lights go out",
        ];
        // Not across a full stop, and in the spelling of most titles.
        assert_eq!(found(&titles, &["harbor"], Some("l")), [("Harbor Lights".to_owned(), 3)]);
        assert_eq!(found(&titles, &["harbor"], Some("loa")), [], "one title is not enough");
        assert_eq!(found(&titles, &["harbor"], None), [("Harbor Lights".to_owned(), 3)]);
        assert_eq!(found(&titles, &["arbor"], Some("l")), [], "not within a word");
        assert_eq!(found(&[], &["harbor"], Some("l")), []);
    }

    #[test]
    fn a_longer_phrase_replaces_a_shorter_one_that_it_mostly_follows() {
        let reserve = ["central bank reserve board meets", "a central bank reserve board vote"];
        let one = |text: &str, support| (text.to_owned(), support);
        assert_eq!(found(&reserve, &["central"], Some("b")), [one("central bank reserve board", 2)]);
        let more =
            [&reserve[..], &["central bank acts", "central bank waits", "central bank, again"]].concat();
        // Two of five is less than six tenths.
        let expected = [one("central bank", 5), one("central bank reserve board", 2)];
        assert_eq!(found(&more, &["central"], Some("b")), expected);
    }

    #[test]
    fn no_phrase_ends_in_a_stop_word() {
        let titles = ["Bank of Harbor grows", "Bank of Harbor falls", "Harbor says no", "Harbor says yes"];
        assert_eq!(found(&titles, &["bank"], None), [("Bank of Harbor".to_owned(), 2)]);
        assert_eq!(found(&titles, &["harbor"], Some("s")), []);
    }

    #[test]
    fn an_update_of_a_report_is_counted_once() {
        let titles = ["UPDATE 1-Harbor lights fail", "Harbor lights fail", "Harbor lights fail"];
        assert_eq!(found(&titles, &["harbor"], Some("li")), []);
    }
}
