//! Regular expressions in the dialect of Lucene.
//!
//! Lucene knows neither classes such as `\\d` nor flags, and its expressions match whole terms. So an expression is parsed, and
//! what it means is written with what both have: characters, ranges, alternatives and repetitions.

use super::{LuceneRegexp, MAX_NESTING};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Look},
};
use std::fmt::Write as _;

/// Maximum length of an expression, in bytes.
const MAX_LENGTH: usize = 8_000;

/// The expression of Lucene that matches the same terms in any case, or also others where Lucene cannot say what tells them apart;
/// `None` if it is too long.
pub(super) fn regexp(expression: &str) -> Option<LuceneRegexp> {
    let parsed =
        ParserBuilder::new().case_insensitive(true).nest_limit(MAX_NESTING).build().parse(expression).ok()?;
    let mut parts = match parsed.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(&parsed),
    };
    // The whole term is matched anyway.
    while let Some((_, rest)) = parts.split_first().filter(|(part, _)| is_look(part, is_start)) {
        parts = rest;
    }
    while let Some((_, rest)) = parts.split_last().filter(|(part, _)| is_look(part, is_end)) {
        parts = rest;
    }
    let mut written = LuceneRegexp { expression: String::new(), is_exact: true };
    parts.iter().try_for_each(|part| write(part, &mut written))?;
    (written.expression.len() <= MAX_LENGTH).then_some(written)
}

fn is_look(part: &Hir, is: fn(Look) -> bool) -> bool {
    matches!(part.kind(), HirKind::Look(look) if is(*look))
}

fn is_start(look: Look) -> bool {
    matches!(look, Look::Start | Look::StartLF | Look::StartCRLF)
}

fn is_end(look: Look) -> bool {
    matches!(look, Look::End | Look::EndLF | Look::EndCRLF)
}

/// The expression of Lucene that matches the terms within `edits` edits of a word, without digits and characters of three or more
/// bytes; `None` if it would be too long.
pub(super) fn fuzzy(word: &str, edits: u8) -> Option<String> {
    let characters: Vec<char> = word.chars().collect();
    let mut written = String::new();
    within(&characters, edits, &mut written)?;
    (written.len() <= MAX_LENGTH).then_some(written)
}

/// Any character that a fuzzy word may have.
const ANY: &str = "[^0-9\u{800}-\u{10ffff}]";

fn is_any(c: char) -> bool {
    !c.is_ascii_digit() && c < '\u{800}'
}

/// What is within some edits of the rest of a word: an edit inserts, deletes or replaces a character, or swaps two neighbours.
fn within(rest: &[char], edits: u8, out: &mut String) -> Option<()> {
    if out.len() > MAX_LENGTH {
        return None;
    }
    let Some((first, others)) = rest.split_first() else {
        if edits > 0 {
            write!(out, "({ANY}){{0,{edits}}}").ok()?;
        }
        return Some(());
    };
    if edits == 0 {
        // A character that no term has makes an alternative that matches nothing.
        for c in rest {
            push(if is_any(*c) { *c } else { NONE }, out);
        }
        return Some(());
    }
    out.push('(');
    if is_any(*first) {
        push(*first, out);
        within(others, edits, out)?;
        out.push('|');
    }
    out.push_str(ANY);
    within(rest, edits - 1, out)?;
    write!(out, "|({ANY})?").ok()?;
    within(others, edits - 1, out)?;
    if let [second, others @ ..] = others
        && is_any(*first)
        && is_any(*second)
    {
        out.push('|');
        push(*second, out);
        push(*first, out);
        within(others, edits - 1, out)?;
    }
    out.push(')');
    Some(())
}

/// A noncharacter, which no term has.
const NONE: char = '\u{fffe}';

fn write(part: &Hir, written: &mut LuceneRegexp) -> Option<()> {
    let out = &mut written.expression;
    if out.len() > MAX_LENGTH {
        return None;
    }
    match part.kind() {
        HirKind::Empty => out.push_str("()"),
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).ok()?.chars().for_each(|c| push(c, out));
        }
        HirKind::Class(Class::Unicode(class)) => {
            out.push('[');
            for range in class.ranges() {
                push(range.start(), out);
                if range.start() < range.end() {
                    out.push('-');
                    push(range.end(), out);
                }
            }
            // A class of nothing matches nothing.
            if class.ranges().is_empty() {
                out.push(NONE);
            }
            out.push(']');
        }
        // A class of bytes is one of ASCII characters here, as the expression is of characters.
        HirKind::Class(Class::Bytes(class)) => {
            out.push('[');
            for range in class.ranges() {
                push(char::from(range.start()), out);
                out.push('-');
                push(char::from(range.end()), out);
            }
            out.push(']');
        }
        // A boundary within a term cannot be said. Without it, more matches.
        HirKind::Look(_) => {
            out.push_str("()");
            written.is_exact = false;
        }
        HirKind::Repetition(repetition) => {
            out.push('(');
            write(&repetition.sub, written)?;
            let out = &mut written.expression;
            out.push(')');
            match (repetition.min, repetition.max) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (min, None) => write!(out, "{{{min},}}").ok()?,
                (min, Some(max)) => write!(out, "{{{min},{max}}}").ok()?,
            }
        }
        HirKind::Capture(capture) => {
            out.push('(');
            write(&capture.sub, written)?;
            written.expression.push(')');
        }
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, written))?,
        HirKind::Alternation(parts) => {
            out.push('(');
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    written.expression.push('|');
                }
                write(part, written)?;
            }
            written.expression.push(')');
        }
    }
    Some(())
}

/// A character by itself.
fn push(c: char, out: &mut String) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::{LuceneRegexp, fuzzy, regexp};
    use crate::query::Pattern;

    #[test]
    fn an_expression_is_written_with_what_lucene_has() {
        for (expression, expected) in [
            ("glass", "[Gg][Ll][Aa][Ss\u{17f}][Ss\u{17f}]"),
            ("a*", "([Aa])*"),
            ("1{2,3}", "(1){2,3}"),
            ("1|22", "(1|22)"),
            ("\\.5", "\\.5"),
            ("(?-i:x)?", "(x)?"),
            // A term is matched from end to end anyway.
            (r"^12$", "12"),
            (r"\A1{2,3}\z", "(1){2,3}"),
            (r"(?m)^1$", "1"),
            ("^", ""),
        ] {
            let expected = LuceneRegexp { expression: expected.into(), is_exact: true };
            assert_eq!(regexp(expression), Some(expected), "{expression}");
        }
        assert_eq!(regexp("("), None);
    }

    #[test]
    fn what_lucene_cannot_say_matches_more() {
        for (expression, expected) in
            [(r"1(?-u:\b)", "1()"), (r"(1|2(?-u:\b))3", "((1|2()))3"), (r"1^2", "1()2")]
        {
            let found = regexp(expression).expect("it is short");
            assert!(!found.is_exact, "{expression}");
            let (like_it, pattern) = (Pattern::regex(&found.expression), Pattern::regex(expression));
            let (like_it, pattern) = (like_it.expect(expected), pattern.expect(expression));
            for term in ["1", "2", "12", "13", "23", "1a", ""] {
                assert!(!pattern.takes(term) || like_it.takes(term), "{expression} {term}");
            }
        }
    }

    /// The expressions are read as those of Rust, which have the same syntax for what they use.
    #[test]
    fn the_expression_of_a_fuzzy_word_matches_what_its_automaton_does() {
        let terms = [
            "",
            "a",
            "en",
            "us",
            "glas",
            "glass",
            "glasss",
            "lgass",
            "galss",
            "gls",
            "gras",
            "grass",
            "g1ass",
            "钛矿",
            "矿",
            "é",
            "été",
            "class",
            "brass",
            "glassware",
            "sol",
            "slo",
            "lso",
            "osl",
            "solar",
            "10",
            "1a",
        ];
        for (word, edits) in [
            ("glass", 0),
            ("glass", 1),
            ("glass", 2),
            ("钛矿", 2),
            ("股", 2),
            ("sol", 1),
            ("sol", 2),
            ("a1", 1),
        ] {
            let expression = fuzzy(word, edits).expect("it is short");
            let like_it = Pattern::regex(&format!("(?-i:{expression})")).expect("it is an expression");
            let automaton = Pattern::fuzzy(word, edits);
            for term in terms.into_iter().filter(|term| !term.is_empty()) {
                assert_eq!(like_it.takes(term), automaton.takes(term), "{word}~{edits} {term}");
            }
        }
        assert_eq!(fuzzy(&"abcdefghij".repeat(4), 2), None, "it would be too long");
    }
}
