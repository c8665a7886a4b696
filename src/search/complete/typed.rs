//! What is being typed, by its parts.

use crate::{
    query::{ascii, separates},
    text::{self, TokenKind, fold, is_han_like},
};

/// At most this many words before the last may begin a phrase.
const MAX_CONTEXT: usize = 3;

/// A query that is being typed. Its end is completed.
pub(super) struct Typed<'t> {
    pub text: &'t str,
    /// The field of which a value is being typed.
    pub field: Option<&'t str>,
    /// Where the last word, or the value, begins.
    pub start: usize,
}

impl<'t> Typed<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let is_between = |c: char| c.is_whitespace() || is_operator(c);
        let begins = text.trim_end_matches(|c| !is_between(c)).len();
        let chunk = text[begins..].trim_start_matches(|c| matches!(ascii(c), '+' | '-'));
        let colon = chunk.rfind(is_colon);
        let field = colon.map(|colon| &chunk[..colon]);
        let value = colon.map_or(chunk, |colon| chunk[colon..].trim_start_matches(is_colon));
        Self { text, field, start: text.len() - value.len() }
    }

    /// The last word, or the value.
    pub(super) fn last(&self) -> &'t str {
        &self.text[self.start..]
    }

    /// Whether the last word is in Han, kana or hangul.
    pub(super) fn is_han(&self) -> bool {
        self.last().contains(is_han_like)
    }

    /// The folded beginning of a word with which the text ends, unless it is a number by itself.
    pub(super) fn prefix(&self) -> Option<String> {
        let last = text::tokens(self.last()).last()?;
        let is_alone = self.context().is_empty() && last.span.start == 0;
        let is_word = last.kind == TokenKind::Word || last.kind == TokenKind::Number && !is_alone;
        (is_word && last.span.end == self.last().len()).then_some(last.text)
    }

    /// The folded words from byte `from` on, without the one being typed.
    pub(super) fn words(&self, from: usize) -> Vec<String> {
        let mut words: Vec<String> = text::tokens(&self.text[from..]).map(|word| word.text).collect();
        words.pop();
        words
    }

    /// Where phrases of which the text is the beginning may begin, the longest first: at up to three plain words before the
    /// last, or within it (`covid-1`).
    pub(super) fn context(&self) -> Vec<usize> {
        let mut starts = Vec::new();
        if !self.is_han() && text::tokens(self.last()).nth(1).is_some() {
            starts.push(self.start);
        }
        let mut end = self.start;
        while starts.len() < MAX_CONTEXT && self.text[..end].ends_with(char::is_whitespace) {
            let before = self.text[..end].trim_end();
            let begins = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
            let operator = before[begins..].rfind(is_operator);
            let start = operator.map_or(begins, |at| {
                begins + at + before[begins + at..].chars().next().map_or(0, char::len_utf8)
            });
            if !is_plain(&before[start..]) {
                break;
            }
            starts.push(start);
            if operator.is_some() {
                break;
            }
            end = start;
        }
        starts.reverse();
        starts
    }

    /// The script in which values are offered that have no script of their own.
    pub(super) fn is_chinese(&self) -> bool {
        self.text.contains(is_han_like)
    }

    /// Whether a value begins with what was typed of it.
    pub(super) fn begins(&self, value: &str) -> bool {
        fold(value).starts_with(&*fold(self.last()))
    }
}

/// Whether a character separates the parts of a query.
fn is_operator(c: char) -> bool {
    separates(c) || matches!(ascii(c), '(' | ')' | '"' | '|')
}

fn is_colon(c: char) -> bool {
    ascii(c) == ':'
}

/// Whether a word of a query is nothing but a word of letters and digits.
fn is_plain(word: &str) -> bool {
    let operators = ["AND", "OR", "NOT", "near"];
    !operators.contains(&word)
        && !word.starts_with(|c| matches!(ascii(c), '+' | '-' | '=' | '$'))
        && !word.contains(|c| matches!(ascii(c), ':' | '*' | '?' | '~' | '^' | '/'))
        && text::tokens(word).next().is_some()
        && !word.contains(is_han_like)
        && !word.ends_with([',', '.', ';', '!'])
}

#[cfg(test)]
mod tests {
    use super::Typed;

    #[test]
    fn the_last_word_and_the_plain_words_before_it_are_completed() {
        let cases: [(&str, Option<&str>, &str, &[&str]); 16] = [
            ("", None, "", &[]),
            ("gol", None, "gol", &[]),
            ("goldman s", None, "s", &["goldman s"]),
            ("a b c d e", None, "e", &["b c d e", "c d e", "d e"]),
            ("oil OR goldman s", None, "s", &["goldman s"]),
            ("(oil) goldman s", None, "s", &["goldman s"]),
            ("\"goldman s", None, "s", &["goldman s"]),
            ("title:gold pri", None, "pri", &[]),
            ("-gold pri", None, "pri", &[]),
            ("gold -pri", None, "pri", &[]),
            ("gold kind:ne", Some("kind"), "ne", &[]),
            ("+kind：", Some("kind"), "", &[]),
            ("covid-1", None, "covid-1", &["covid-1"]),
            ("光伏（宁德", None, "宁德", &[]),
            ("光伏，宁德", None, "宁德", &[]),
            ("光伏 －宁德", None, "宁德", &[]),
        ];
        for (text, field, last, contexts) in cases {
            let typed = Typed::of(text);
            assert_eq!((typed.field, typed.last()), (field, last), "{text}");
            let found: Vec<&str> = typed.context().into_iter().map(|from| &text[from..]).collect();
            assert_eq!(found, contexts, "{text}");
        }
    }
}
