//! Names and words of Han characters, from titles.
//!
//! No dictionary tells where a word ends. A run of characters that titles repeat ends a word where the run ends, or where
//! two neighbours stand together much less often than the two before them.

use super::{
    Completer, CompletionKind, MAX_PHRASES, MAX_TITLES, MORE_TITLES,
    phrases::{Counted, Phrase, best},
    sample,
};
use crate::{
    index::IndexError,
    query::{TermSet, Words},
    text::{fold, is_han_like},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

/// A candidate has at most this many characters more than were typed.
const MAX_FURTHER: usize = 6;
/// A candidate is in this many titles, or is one.
const MIN_SUPPORT: u64 = 2;
/// More titles are read if fewer than this many are in the script that was typed.
const MIN_AS_TYPED: usize = 10;
/// At most this many candidates are tried, those of most titles first, and about so many bigrams looked up, each in every
/// dictionary of words.
const MAX_CANDIDATES: usize = 60;
const MAX_BIGRAMS: usize = 150;
/// Two neighbours in different words stand together in less than one of this many articles that the neighbours within a word
/// have. With less, 中国电 of 中国电信 would be a word.
const WEAKER: u64 = 3;
/// If nothing has the typed run, so many of its last characters are tried, most first.
const SHORTER: [usize; 3] = [4, 3, 2];
/// Characters with which no name or word ends that is worth a suggestion.
const FUNCTION_CHARS: &str = "的了在和与及将是为等也就都而或被把对从到于以其之向由让因但并";

/// A candidate: the typed run and what follows it.
#[derive(Default)]
struct Candidate {
    counted: Counted,
    /// How often it ends where the run of a title ends.
    at_end: u64,
    /// The characters that follow it, each with how often.
    followed: BTreeMap<char, u64>,
    /// Whether a title is nothing but this.
    is_title: bool,
}

/// The candidates by their folded text.
type Candidates = BTreeMap<Vec<char>, Candidate>;

impl Completer<'_> {
    /// What titles have that begins with the run of characters with which the typed text ends.
    pub(super) fn runs(&self) -> Result<Vec<Phrase>, IndexError> {
        let last = self.typed.last();
        let run = &last[last.trim_end_matches(is_of_run).len()..];
        let whole = run.chars().count();
        let shorter = SHORTER.into_iter().filter(|length| *length < whole);
        for length in [whole].into_iter().filter(|length| *length > 0).chain(shorter) {
            let start = run.char_indices().rev().nth(length - 1).map_or(0, |(at, _)| at);
            let mut phrases = self.beginning_with(&run[start..])?;
            if !phrases.is_empty() {
                phrases.truncate(MAX_PHRASES);
                return Ok(phrases);
            }
        }
        Ok(Vec::new())
    }

    fn beginning_with(&self, run: &str) -> Result<Vec<Phrase>, IndexError> {
        let Some(words) = Words::phrase(run) else { return Ok(Vec::new()) };
        let slots: Vec<(u32, TermSet)> =
            words.slots.into_iter().map(|slot| (slot.offset, slot.terms)).collect();
        let mut titles = match sample::titles(self.snapshot, &slots, 0..MAX_TITLES) {
            Err(IndexError::TooMuch(_)) => return Ok(Vec::new()),
            titles => titles?,
        };
        // The newest may all be in the other script.
        let as_typed = titles.iter().filter(|title| title.contains(run)).count();
        if titles.len() == MAX_TITLES && as_typed < MIN_AS_TYPED {
            titles.extend(sample::titles(self.snapshot, &slots, MORE_TITLES)?);
        }
        let candidates = candidates(&titles, run);
        let bigrams = bigrams(&candidates);
        let sets: Vec<TermSet> = bigrams.iter().map(|pair| TermSet::Exact(pair.clone())).collect();
        let found = self.snapshot.doc_freqs(None, &sets)?;
        let known: HashMap<String, u64> = found.into_iter().flatten().collect();
        let from = self.typed.text.len() - run.len();
        Ok(words_of(&candidates, &|pair| known.get(pair).copied().unwrap_or_default(), from))
    }
}

/// Whether a character may belong to a name in Han: also a letter or digit.
fn is_of_run(c: char) -> bool {
    is_han_like(c) || c.is_alphanumeric()
}

/// The candidates that begin with the run as it was typed, so that they are in its script.
fn candidates(titles: &[String], run: &str) -> Candidates {
    let mut candidates = Candidates::new();
    let mut seen = HashSet::new();
    for title in titles {
        let Some(at) = title.find(run) else { continue };
        // Updates of a report repeat its title.
        if !seen.insert(fold(&title[at..]).into_owned()) {
            continue;
        }
        let typed = run.chars().count();
        let characters: Vec<char> =
            title[at..].chars().take_while(|c| is_of_run(*c)).take(typed + MAX_FURTHER + 1).collect();
        for length in typed + 1..=characters.len().min(typed + MAX_FURTHER) {
            let (last, next) = (characters[length - 1], characters.get(length).copied());
            // Not within a word of letters or a number.
            if next.is_some_and(|next| !is_han_like(last) && !is_han_like(next)) {
                continue;
            }
            let text: String = characters[..length].iter().collect();
            let candidate = candidates.entry(fold(&text).chars().collect()).or_default();
            candidate.counted.add(&text);
            candidate.is_title |= text == *title;
            match next {
                Some(next) => *candidate.followed.entry(next).or_default() += 1,
                None => candidate.at_end += 1,
            }
        }
    }
    candidates.retain(|_, candidate| candidate.counted.support >= MIN_SUPPORT || candidate.is_title);
    let mut most: Vec<(u64, Vec<char>)> =
        candidates.iter().map(|(key, candidate)| (candidate.counted.support, key.clone())).collect();
    most.sort_by_key(|(support, _)| Reverse(*support));
    for (_, key) in most.iter().skip(MAX_CANDIDATES) {
        candidates.remove(key);
    }
    candidates
}

/// The bigrams whose frequencies tell where a candidate ends.
fn bigrams(candidates: &Candidates) -> BTreeSet<String> {
    let mut bigrams = BTreeSet::new();
    for (key, candidate) in candidates {
        for (before, after) in candidate.followed.keys().filter_map(|next| around(key, *next)) {
            bigrams.extend([before, after]);
        }
        if bigrams.len() >= MAX_BIGRAMS {
            break;
        }
    }
    bigrams
}

/// The bigram that ends a candidate, and that of its last character with the next; `None` if one is no bigram.
fn around(key: &[char], next: char) -> Option<(String, String)> {
    let [.., before, last] = key else { return None };
    let pair = |a: char, b: char| fold(&String::from_iter([a, b])).into_owned();
    let is_han = [*before, *last, next].into_iter().all(is_han_like);
    is_han.then(|| (pair(*before, *last), pair(*last, next)))
}

/// The candidates that end where a word does, those of most titles first.
fn words_of(candidates: &Candidates, doc_freq: &dyn Fn(&str) -> u64, from: usize) -> Vec<Phrase> {
    let ends_word = |key: &[char], candidate: &Candidate| {
        let ends = candidate.followed.iter().filter(|(next, _)| {
            around(key, **next).is_none_or(|(before, after)| WEAKER * doc_freq(&after) < doc_freq(&before))
        });
        2 * (candidate.at_end + ends.map(|(_, times)| times).sum::<u64>()) >= candidate.counted.support
    };
    let ends_well = |key: &[char]| !key.last().is_some_and(|last| FUNCTION_CHARS.contains(*last));
    let nearly_all = |other: u64, support: u64| 10 * other >= 8 * support;
    // What nearly always goes on with the same character is a part of a name.
    let goes_on = |key: &[char], candidate: &Candidate| {
        candidates.iter().any(|(longer, other)| {
            longer.len() == key.len() + 1
                && longer.starts_with(key)
                && ends_well(longer)
                && nearly_all(other.counted.support, candidate.counted.support)
        })
    };
    let whole = candidates
        .iter()
        .filter(|(key, candidate)| ends_well(key) && ends_word(key, candidate) && !goes_on(key, candidate));
    let phrases = whole.map(|(key, candidate)| {
        let (text, support) = (candidate.counted.spelling(), candidate.counted.support);
        (&key[..], Phrase { from, text, kind: CompletionKind::Phrase, support })
    });
    let replaces = |longer: &Phrase, support| nearly_all(longer.support, support);
    let mut best = best(&phrases.collect::<Vec<_>>(), replaces);
    // A title by itself is suggested for want of anything else.
    if best.first().is_some_and(|first| first.support >= MIN_SUPPORT) {
        best.retain(|phrase| phrase.support >= MIN_SUPPORT);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{candidates, words_of};

    /// What titles have for a run, if these bigrams are frequent and all others rare.
    fn found(titles: &[&str], run: &str, frequent: &[&str]) -> Vec<(String, u64)> {
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        let doc_freq = |pair: &str| if frequent.contains(&pair) { 100 } else { 1 };
        let phrases = words_of(&candidates(&titles, run), &doc_freq, 0);
        phrases.into_iter().map(|phrase| (phrase.text, phrase.support)).collect()
    }

    #[test]
    fn a_word_ends_where_its_last_two_characters_are_closer_than_the_next_two() {
        let titles = ["光伏设备出口增长", "光伏设备价格回落", "光伏玻璃涨价", "光伏玻璃的需求", "光伏"];
        let frequent = ["光伏", "设备", "玻璃", "出口", "价格", "涨价"];
        let expected = [("光伏玻璃".to_owned(), 2), ("光伏设备".to_owned(), 2)];
        let mut words = found(&titles, "光伏", &frequent);
        words.sort();
        assert_eq!(words, expected);
    }

    #[test]
    fn the_script_is_the_one_that_was_typed() {
        let titles = ["寧德時代擴產", "寧德時代：業績", "宁德时代扩产计划", "宁德时代上涨"];
        let frequent = ["宁德", "时代", "德时"];
        assert_eq!(found(&titles, "寧德", &frequent), [("寧德時代".to_owned(), 2)]);
        assert_eq!(found(&titles, "宁德", &frequent), [("宁德时代".to_owned(), 2)]);
        assert_eq!(found(&titles, "寧德时", &frequent), [], "no title mixes them");
    }

    #[test]
    fn one_title_is_enough_if_it_is_nothing_else() {
        assert_eq!(found(&["青禾电池"], "青禾", &[]), [("青禾电池".to_owned(), 1)]);
        assert_eq!(found(&["青禾电池上涨，成交放大"], "青禾", &["电池"]), []);
    }

    #[test]
    fn no_word_ends_in_a_function_character_or_within_a_number() {
        assert_eq!(found(&["青禾的股价：回落", "青禾的电池：畅销"], "青禾", &["禾的"]), []);
        let titles = ["青禾5G手机", "青禾5G基站"];
        assert_eq!(found(&titles, "青禾", &[]), [("青禾5G".to_owned(), 2)]);
    }
}
