//! The leaves of a query that are about text, and which words of an article they take.

use super::Query;
use crate::text::{self, Word, WordKind, english::Family};
use std::{collections::BTreeSet, ops::Range};

/// Words that must stand at these relative positions of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The field, or none for all fields that plain words search.
    pub field: Option<String>,
    /// The words, in order of position; never empty.
    pub slots: Vec<Slot>,
    /// How far the words may stand from where the phrase has them, as [`near`] has it; 0 is an exact phrase.
    pub slop: u32,
    /// Where in the query this was typed.
    pub span: Range<usize>,
}

impl Words {
    /// For each slot the first one that wants the same words.
    #[must_use]
    pub fn groups(&self) -> Vec<usize> {
        let first = |slot: &Slot| self.slots.iter().position(|other| other.wanted == slot.wanted);
        self.slots.iter().map(|slot| first(slot).unwrap_or_default()).collect()
    }
}

/// A word of a text that may fill a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filler {
    /// Where the phrase would begin if the word stood in its place: its position less the slot's offset.
    pub begins: i64,
    /// The slot, as an index.
    pub slot: usize,
    /// The word's position.
    pub position: u32,
}

/// Which of some fillers, in order, belong to a loose phrase: to a choice of one for every slot whose
/// beginnings differ by at most `slop`. Two neighbours that have changed places differ by 2. Slots of one
/// group (see [`Words::groups`]) are filled by different words.
#[must_use]
pub fn near(fillers: &[Filler], groups: &[usize], slop: u32) -> Vec<bool> {
    let slots = groups.len();
    let repeated: Vec<usize> =
        (0..slots).filter(|group| groups.iter().filter(|g| *g == group).count() > 1).collect();
    let enough = |window: &[Filler]| {
        repeated.iter().all(|group| {
            let of_group = window.iter().filter(|filler| groups[filler.slot] == *group);
            let positions: BTreeSet<u32> = of_group.map(|filler| filler.position).collect();
            positions.len() >= groups.iter().filter(|g| *g == group).count()
        })
    };
    let mut belongs = vec![false; fillers.len()];
    // How many fillers of each slot are in the window, and up to where the window is marked already.
    let mut inside = vec![0_usize; slots];
    let (mut from, mut marked) = (0, 0);
    for (to, filler) in fillers.iter().enumerate() {
        inside[filler.slot] += 1;
        while filler.begins - fillers[from].begins > i64::from(slop) {
            inside[fillers[from].slot] -= 1;
            from += 1;
        }
        if inside.iter().all(|count| *count > 0) && enough(&fillers[from..=to]) {
            belongs[from.max(marked)..=to].fill(true);
            marked = to + 1;
        }
    }
    belongs
}

/// Which words may stand at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The position, relative to that of the first slot.
    pub offset: u32,
    /// The words that may stand there.
    pub wanted: Wanted,
}

/// A set of words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// This word alone, as it is written.
    Exact(String),
    /// The word in all its English forms.
    Forms(String),
    /// Every word that begins so. A single Han character is one of these: it is found in the pairs that
    /// begin with it, and alone at the end of a run.
    Prefix(String),
}

impl Wanted {
    /// The test of whether a word of an article is one of these, made once for many words.
    #[must_use]
    pub fn test(&self) -> Test<'_> {
        match self {
            Self::Exact(word) => Test::Exact(word),
            Self::Prefix(prefix) => Test::Prefix(prefix),
            Self::Forms(word) => Family::new(word).map_or(Test::Exact(word), Test::Family),
        }
    }
}

/// Whether words are among those wanted at a position.
#[derive(Debug)]
pub enum Test<'q> {
    /// The word is this one.
    Exact(&'q str),
    /// The word begins so.
    Prefix(&'q str),
    /// The word is a form of the same English word.
    Family(Family<'q>),
}

impl Test<'_> {
    /// Whether the word, folded as [`text::words`] gives it, is wanted.
    #[must_use]
    pub fn takes(&self, word: &str) -> bool {
        match self {
            Self::Exact(wanted) => word == *wanted,
            Self::Prefix(prefix) => word.starts_with(prefix),
            Self::Family(family) => word.starts_with(family.prefix()) && family.contains(word),
        }
    }
}

/// How the words of a piece of text are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As typed: between quotes.
    Exact,
    /// In any English form.
    Forms,
    /// The last word as the beginning of one.
    Prefix,
}

/// The words of a piece of text as one leaf, or none where it holds no word.
pub(super) fn leaf(piece: &str, at: usize, reading: Reading) -> Option<Words> {
    let words: Vec<Word> = text::words(piece).collect();
    let first = words.first()?.position;
    let compound = words.len() > 1;
    let last = words.len() - 1;
    let wanted = |index: usize, word: &Word| match (reading, word.kind) {
        // The last character of a run says only where the run ended in the query, not in the article.
        (Reading::Exact | Reading::Forms, WordKind::Tail) => None,
        (Reading::Prefix, WordKind::Tail) if index != last => None,
        (_, WordKind::Single | WordKind::Tail) => Some(Wanted::Prefix(word.text.clone())),
        (Reading::Prefix, _) if index == last => Some(Wanted::Prefix(word.text.clone())),
        (Reading::Forms, WordKind::Word) if !compound => Some(Wanted::Forms(word.text.clone())),
        _ => Some(Wanted::Exact(word.text.clone())),
    };
    let slots: Vec<Slot> = (words.iter().enumerate())
        .filter_map(|(index, word)| {
            Some(Slot { offset: word.position - first, wanted: wanted(index, word)? })
        })
        .collect();
    (!slots.is_empty()).then(|| Words { field: None, slots, slop: 0, span: at..at + piece.len() })
}

/// A run of Han characters longer than this is read as words of which most must be there, because the
/// pairs across its word boundaries need not be.
const LONGEST_HAN_PHRASE: usize = 3;

/// Unquoted text: one word in all its forms, adjacent words (`COVID-19`, `A股`) as a phrase, and a long run
/// of Han characters as most of its pairs.
pub(super) fn unquoted(piece: &str, at: usize, reading: Reading, field: Option<&str>) -> Option<Query> {
    let mut words = leaf(piece, at, reading)?;
    words.field = field.map(str::to_owned);
    let han = piece.chars().any(text::is_han_like);
    if !han || words.slots.len() <= LONGEST_HAN_PHRASE {
        return Some(Query::Words(words));
    }
    let least = words.slots.len() - words.slots.len() / 3;
    let each = words.slots.iter().map(|slot| Words {
        slots: vec![Slot { offset: 0, wanted: slot.wanted.clone() }],
        field: words.field.clone(),
        slop: 0,
        span: words.span.clone(),
    });
    Some(Query::Most(each.collect(), least))
}
