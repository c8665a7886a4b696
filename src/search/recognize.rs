//! Recognises securities and questions among the plain words of a query, with what the index knows.
//!
//! A code in capitals is read as the security too, if that is what articles mean by it; a name stays words. Both are
//! entities: they are kept when the query is relaxed, and the other words then only rank. Beside an entity the words that
//! make a question only rank anyway.

use super::{
    articles,
    names::{is_name, prepare},
    prepare_articles,
};
use crate::{
    index::{IndexError, Snapshot},
    problem::{Note, message},
    query::{Query, Role, Security, Synonyms, TermSet, Words},
    symbol::{Confidence, Symbol},
    text::{fold, is_han_like},
};
use std::ops::Range;

/// A query by its parts, all of which must match but the optional ones.
#[derive(Debug)]
pub(super) struct Recognized {
    /// The query as it was, which stays so without entities.
    query: Query,
    /// Securities, each with the word that names it, and names. They are kept when the query is relaxed.
    entities: Vec<Query>,
    /// What only ranks: question words, and what an article is about.
    optional: Vec<Query>,
    /// Numbers that articles have. They are kept when the query is relaxed.
    numbers: Vec<Query>,
    /// The other plain words.
    words: Vec<Query>,
    /// Filters, phrases, exclusions.
    rest: Vec<Query>,
    /// How words were read.
    pub notes: Vec<Note>,
}

impl Recognized {
    /// Reads the plain words of a query that was typed as `typed`, with these synonyms.
    ///
    /// # Errors
    ///
    /// As every method of [`Snapshot`].
    pub(super) fn of(
        snapshot: &dyn Snapshot,
        typed: &str,
        query: Query,
        synonyms: &Synonyms,
    ) -> Result<Self, IndexError> {
        let parts = match query.clone() {
            Query::And(parts) => parts,
            other => vec![other],
        };
        let mut recognized = Self {
            query,
            entities: Vec::new(),
            optional: Vec::new(),
            numbers: Vec::new(),
            words: Vec::new(),
            rest: Vec::new(),
            notes: Vec::new(),
        };
        let shouted = is_shouted(typed);
        let codes = parts.iter().filter(|part| part.is_plain()).filter_map(|part| {
            let (code, _) = code_of(typed.get(part.span())?)?;
            Some(coded(code, &security_of(code)?, Role::Any))
        });
        prepare_articles(snapshot, codes.collect())?;
        for part in parts {
            if let Some(security) = security_in(&part) {
                let about = Security { role: Role::About, ..security.clone() };
                recognized.optional.push(Query::Security(about));
                recognized.entities.push(part);
            } else if is_security(&part) {
                recognized.entities.push(part);
            } else if part.is_plain() {
                recognized.add_plain(snapshot, typed, part, shouted, synonyms)?;
            } else {
                recognized.rest.push(part);
            }
        }
        recognized.split_runs(snapshot, typed, synonyms)?;
        // A word alone is not relaxed.
        if recognized.words.len() + recognized.entities.len() > 1 {
            recognized.take_names(snapshot, typed)?;
            recognized.take_numbers(snapshot, typed)?;
        }
        if !recognized.entities.is_empty() {
            recognized.let_questions_rank(typed, synonyms);
        }
        Ok(recognized)
    }

    /// Adds a plain part: as a security, if it begins with the code of one, else as words.
    fn add_plain(
        &mut self,
        snapshot: &dyn Snapshot,
        typed: &str,
        part: Query,
        shouted: bool,
        synonyms: &Synonyms,
    ) -> Result<(), IndexError> {
        let span = part.span();
        let code = typed.get(span.clone()).and_then(code_of);
        let Some((symbol, code, behind)) =
            code.and_then(|(code, behind)| Some((security_of(code)?, code, behind)))
        else {
            self.words.push(part);
            return Ok(());
        };
        let security = |role| coded(code, &symbol, role);
        // Small letters alone are a word.
        let is_word = code.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_capital = !is_word || !code.bytes().any(|byte| byte.is_ascii_lowercase());
        let named = articles(snapshot, security(Role::Any))?;
        let word = Query::of_words_at(typed, span.start..span.start + code.len(), &Synonyms::default());
        // Words that many more articles have need no count.
        let may_be_meant = named > 0 && (is_capital || 2 * named >= doc_freq(snapshot, &word)?);
        let is_meant = may_be_meant && {
            let with_word = articles(snapshot, exactly(&word))?;
            2 * articles(snapshot, Query::and([exactly(&word), security(Role::Any)]))? >= with_word
        };
        if is_meant && is_capital && !shouted {
            let message = message!(
                "`{}` was also read as the security {}; `={}` is only the word",
                code,
                symbol.to_string(),
                code
            );
            let code_at = span.start..span.start + code.len();
            self.notes.push(Note::from(message).undone_by(code_at, format!("={code}")));
            self.optional.push(security(Role::About));
            self.entities.push(Query::or(vec![security(Role::Any), word]));
            if !behind.is_empty() {
                let behind = span.start + code.len()..span.end;
                self.words.push(Query::of_words_at(typed, behind, synonyms));
            }
            return Ok(());
        }
        if is_meant || named > 0 && is_capital && !shouted {
            let capitals = code.to_ascii_uppercase();
            let message = message!(
                "`{}` was read as a word; `symbol:{}` finds the security {}",
                code,
                capitals,
                symbol.to_string()
            );
            self.notes.push(message.into());
        }
        self.words.push(part);
        Ok(())
    }

    /// Takes the words that are the name of a security as entities, the longest names first.
    fn take_names(&mut self, snapshot: &dyn Snapshot, typed: &str) -> Result<(), IndexError> {
        let spans: Vec<Range<usize>> = self.words.iter().map(Query::span).collect();
        let mut texts = Vec::new();
        for length in 1..=MAX_NAME_WORDS {
            let runs = spans.windows(length);
            texts.extend(runs.filter_map(|run| typed.get(run[0].start..run[length - 1].end)));
        }
        prepare(snapshot, texts.into_iter())?;
        let mut words = std::mem::take(&mut self.words).into_iter().peekable();
        let mut waiting: Vec<Query> = Vec::new();
        while !waiting.is_empty() || words.peek().is_some() {
            waiting.extend(words.by_ref().take(MAX_NAME_WORDS - waiting.len()));
            let mut taken = 0;
            for length in (1..=waiting.len()).rev() {
                let span = waiting[0].span().start..waiting[length - 1].span().end;
                if is_name(snapshot, typed.get(span).unwrap_or_default())? {
                    taken = length;
                    break;
                }
            }
            let found = waiting.drain(..taken.max(1));
            if taken > 0 {
                self.entities.push(Query::and(found));
            } else {
                self.words.extend(found);
            }
        }
        Ok(())
    }

    /// Splits Han runs that begin with the name of a security: 特斯拉裁员 has the name 特斯拉.
    fn split_runs(
        &mut self,
        snapshot: &dyn Snapshot,
        typed: &str,
        synonyms: &Synonyms,
    ) -> Result<(), IndexError> {
        for part in std::mem::take(&mut self.words) {
            let span = part.span();
            match name_before(snapshot, typed.get(span.clone()).unwrap_or_default())? {
                Some(length) => {
                    let end = span.start + length;
                    self.entities.push(Query::of_words_at(typed, span.start..end, synonyms));
                    self.words.push(Query::of_words_at(typed, end..span.end, synonyms));
                }
                None => self.words.push(part),
            }
        }
        Ok(())
    }

    /// Takes the numbers that articles have, but for years, which articles of that year mostly do not say.
    fn take_numbers(&mut self, snapshot: &dyn Snapshot, typed: &str) -> Result<(), IndexError> {
        for part in std::mem::take(&mut self.words) {
            let is_kept = is_number(typed.get(part.span()).unwrap_or_default());
            let into =
                if is_kept && doc_freq(snapshot, &part)? > 0 { &mut self.numbers } else { &mut self.words };
            into.push(part);
        }
        Ok(())
    }

    /// Lets the words that make a question only rank.
    fn let_questions_rank(&mut self, typed: &str, synonyms: &Synonyms) {
        let mut parts: Vec<(String, Query)> = Vec::new();
        for part in std::mem::take(&mut self.words) {
            let span = part.span();
            let text = typed.get(span.clone()).unwrap_or_default();
            let Some(question) = question_in(text) else {
                parts.push((folded(text), part));
                continue;
            };
            for piece in [0..question.start, question.clone(), question.end..text.len()] {
                if !piece.is_empty() {
                    let of_typed = span.start + piece.start..span.start + piece.end;
                    let words = Query::of_words_at(typed, of_typed, synonyms);
                    parts.push((folded(&text[piece]), words));
                }
            }
        }
        let asks = |set: &[&str]| parts.iter().any(|(text, _)| set.contains(&text.as_str()));
        let is_question = asks(&ASKING) || asks(&HAN_QUESTIONS);
        let is_why = asks(&WHY);
        for (text, part) in parts {
            let is_in = |set: &[&str]| set.contains(&text.as_str());
            if is_question && (is_in(&ASKING) || is_in(&HAN_QUESTIONS) || is_in(&OF_QUESTIONS)) {
                self.optional.push(Query::Boost(Box::new(part), QUESTION_BOOST));
            } else if is_why && is_in(&MOVES) {
                self.optional.push(part);
            } else {
                self.words.push(part);
            }
        }
    }

    /// The articles with all that is required.
    pub(super) fn query(&self) -> Query {
        if self.entities.is_empty() {
            return self.query.clone();
        }
        Query::and(self.required(Vec::new()).chain(self.words.iter().cloned()))
    }

    /// The articles with the entities and the numbers. Beside entities the other words only rank; without, some of them must
    /// be there too. `None` if that would be the same.
    pub(super) fn relaxed(&self) -> Option<Query> {
        if self.entities.is_empty() {
            if self.numbers.is_empty() {
                return self.query.relaxed();
            }
            let words = Query::and(self.words.iter().cloned()).relaxed();
            let kept = self.numbers.iter().chain(&self.rest).cloned();
            // One word beside numbers says little alone.
            return match words {
                Some(words) => Some(Query::and(kept.chain([words]))),
                None => self.query.relaxed(),
            };
        }
        let words = self.words.iter().cloned().flat_map(Query::apart).collect::<Vec<_>>();
        (!words.is_empty()).then(|| Query::and(self.required(words)))
    }

    /// The parts that are required even if the query is relaxed, with more that only ranks beside the entities.
    fn required(&self, more: Vec<Query>) -> impl Iterator<Item = Query> {
        let optional: Vec<Query> = self.optional.iter().cloned().chain(more).collect();
        let entities = if optional.is_empty() {
            Query::and(self.entities.iter().cloned())
        } else {
            let clauses = self.entities.clone();
            Query::MinShouldMatch { least: Some(clauses.len()), clauses, optional }
        };
        std::iter::once(entities).chain(self.numbers.iter().chain(&self.rest).cloned())
    }
}

/// A name has at most this many words, or in a Han run so many characters.
const MAX_NAME_WORDS: usize = 3;
/// A class of shares, or the suffix of an exchange, has at most this many letters.
const MAX_SUFFIX: usize = 3;
const MIN_HAN_NAME: usize = 2;
const MAX_HAN_NAME: usize = 6;
/// Words of a question say little: an article has them by chance.
const QUESTION_BOOST: f32 = 0.1;
/// Words by which a question is told.
const ASKING: [&str; 20] = [
    "what", "what's", "whats", "why", "how", "how's", "when", "where", "who", "which", "did", "does", "do",
    "is", "are", "was", "were", "has", "have", "had",
];
/// Words that in a question say nothing about its topic.
const OF_QUESTIONS: [&str; 27] = [
    "happened",
    "happening",
    "happens",
    "happen",
    "going",
    "doing",
    "been",
    "be",
    "up",
    "to",
    "with",
    "in",
    "on",
    "at",
    "of",
    "for",
    "about",
    "and",
    "the",
    "a",
    "an",
    "its",
    "it",
    "so",
    "much",
    "today",
    "now",
];
/// How prices move: what is asked about by `why`.
const MOVES: [&str; 40] = [
    "fall", "falls", "fell", "falling", "fallen", "drop", "drops", "dropped", "dropping", "rise", "rises",
    "rose", "rising", "risen", "jump", "jumped", "jumping", "surge", "surged", "surging", "plunge",
    "plunged", "plunging", "slump", "slumped", "tumble", "tumbled", "sink", "sank", "crash", "crashed",
    "soar", "soared", "soaring", "down", "下跌", "大跌", "上涨", "大涨", "暴跌",
];
/// Words that ask why.
const WHY: [&str; 5] = ["why", "为什么", "为何", "为啥", "怎么"];
/// Chinese words that make a question.
const HAN_QUESTIONS: [&str; 18] = [
    "怎么了",
    "怎么",
    "怎样",
    "怎么样",
    "怎么回事",
    "为什么",
    "为何",
    "为啥",
    "如何",
    "什么情况",
    "什么",
    "何时",
    "发生了什么",
    "出了什么事",
    "发生什么",
    "吗",
    "呢",
    "是什么",
];

/// Whether a folded English word is one of a question or says nothing in one.
pub(super) fn is_function_word(word: &str) -> bool {
    ASKING.contains(&word) || OF_QUESTIONS.contains(&word)
}

/// The security that a part was read as beside its word, as by the parser.
fn security_in(part: &Query) -> Option<&Security> {
    match part {
        Query::Or(readings) => match readings.as_slice() {
            [Query::Security(security), Query::Words(words)] if words.plain => Some(security),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a part is a security, or one of several, as a field or a filter asks for.
fn is_security(part: &Query) -> bool {
    match part {
        Query::Security(security) => security.role != Role::Mentioned,
        Query::Or(parts) => parts.iter().all(is_security),
        _ => false,
    }
}

/// The letters and digits at the beginning of a text, if they may be a code, and what is joined to them: `NVDA财报`. `BRK.A`,
/// `BRK-A` and `BRK/A` have a class of shares, `7203.T` and `SAP.DE` the suffix of an exchange; `A-share` is one word.
fn code_of(text: &str) -> Option<(&str, &str)> {
    let run = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let root = run(text);
    let class = text[root..].strip_prefix(['.', '-', '/']).and_then(|rest| {
        let (class, behind) = rest.split_at(run(rest));
        let is_class =
            (1..=MAX_SUFFIX).contains(&class.len()) && class.bytes().all(|b| b.is_ascii_alphabetic());
        let is_whole = !behind.starts_with(|c: char| c.is_alphanumeric() && !is_han_like(c));
        (is_class && is_whole).then_some(root + 1 + class.len())
    });
    let (code, behind) = text.split_at(class.unwrap_or(root));
    let punctuation = behind.bytes().all(|byte| byte.is_ascii_punctuation());
    match code.len() {
        0 => None,
        _ if punctuation => Some((code, "")),
        1 => None,
        _ => behind.starts_with(is_han_like).then_some((code, behind)),
    }
}

/// A word without punctuation around it, folded.
fn folded(text: &str) -> String {
    fold(text.trim_matches(|c: char| !c.is_alphanumeric())).into_owned()
}

/// The byte range of a Chinese question at the end or the beginning of a text.
fn question_in(text: &str) -> Option<Range<usize>> {
    let longest = HAN_QUESTIONS.iter().map(|question| question.chars().count()).max().unwrap_or_default();
    let is_question = |range: &Range<usize>| HAN_QUESTIONS.contains(&&*fold(&text[range.clone()]));
    let starts = text.char_indices().rev().take(longest).map(|(at, _)| at..text.len());
    let ends = text.char_indices().take(longest).map(|(at, c)| 0..at + c.len_utf8());
    starts.chain(ends).filter(is_question).max_by_key(Range::len)
}

/// The bytes of the name of a security with which a Han run begins, if a word begins behind it: the two characters across
/// the end of the name are together in fewer articles than those that follow (拉裁 and 裁员, but 行业 and 业监 in 中国银行业监管).
fn name_before(snapshot: &dyn Snapshot, run: &str) -> Result<Option<usize>, IndexError> {
    let ends: Vec<usize> = run.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
    if ends.len() < 2 * MIN_HAN_NAME || !run.chars().all(is_han_like) {
        return Ok(None);
    }
    let folded = fold(run);
    let pair = |first: usize| -> String { folded.chars().skip(first).take(2).collect() };
    let lengths = MIN_HAN_NAME..=MAX_HAN_NAME.min(ends.len() - MIN_HAN_NAME);
    prepare(snapshot, lengths.clone().map(|length| &run[..ends[length - 1]]))?;
    for length in lengths.rev() {
        let end = ends[length - 1];
        if is_name(snapshot, &run[..end])? {
            let pairs = [pair(length - 1), pair(length)].map(TermSet::Exact);
            let freqs = snapshot.doc_freqs(None, &pairs)?;
            let doc_freq = |pair: usize| freqs[pair].iter().map(|(_, doc_freq)| *doc_freq).sum::<u64>();
            return Ok((doc_freq(0) < doc_freq(1)).then_some(end));
        }
    }
    Ok(None)
}

/// Whether a word is a number (`3`, `9.5%`, `$2,000`) but no year.
fn is_number(word: &str) -> bool {
    let digits = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let is_year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(is_part) && !is_year
}

/// Whether a text is three or more words all in capitals. Codes are always in capitals: `BRK.B`, `7203.T`.
fn is_shouted(typed: &str) -> bool {
    let is_code = |word: &str| word.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let words = typed.split_whitespace().filter(|word| word.contains(char::is_alphabetic) && !is_code(word));
    !typed.contains(char::is_lowercase) && words.count() >= 3
}

/// The security of this code, in any case. Digits alone are a number.
fn security_of(code: &str) -> Option<Symbol> {
    let has_letters = code.bytes().any(|byte| byte.is_ascii_alphabetic());
    let symbol = Symbol::parse(&code.to_ascii_uppercase()).filter(|_| has_letters)?;
    (symbol.confidence() != Confidence::Ambiguous).then_some(symbol)
}

/// The security that a code means.
fn coded(code: &str, symbol: &Symbol, role: Role) -> Query {
    Query::Security(Security { typed: code.into(), readings: vec![symbol.clone()], names: Vec::new(), role })
}

/// The same words without other forms.
fn exactly(word: &Query) -> Query {
    let mut word = word.clone();
    if let Query::Words(Words { slots, .. }) = &mut word {
        for slot in slots {
            if let TermSet::Forms(text) = &slot.terms {
                slot.terms = TermSet::Exact(text.clone());
            }
        }
    }
    word
}

/// The document frequency of a word without its other forms. Recently removed articles may count.
fn doc_freq(snapshot: &dyn Snapshot, word: &Query) -> Result<u64, IndexError> {
    let mut terms = Vec::new();
    exactly(word).each_words(&mut |words| terms.extend(words.slots.iter().map(|slot| slot.terms.clone())));
    let freqs = snapshot.doc_freqs(None, &terms)?;
    Ok(freqs.iter().flatten().map(|(_, doc_freq)| *doc_freq).max().unwrap_or_default())
}
