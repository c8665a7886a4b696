//! One complaint about a text: where it is, what is wrong, and what would help.
//!
//! Reading never fails in this crate. The reader of a text (a file, a query, a notation) returns what it
//! could read and the problems that it found, and the caller decides which of them are fatal: `ingest`
//! reports them and goes on, `query` shows the place with a caret and stops.
//!
//! A [`Message`] is a template with values, as in gettext: it prints in English, and the web page tells it in the
//! language of the visitor.

use std::{fmt, ops::Range};

/// A message: a template and the values for its places. `Display` writes it in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    template: &'static str,
    values: Box<[Value]>,
}

/// What stands in a place of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text of no language: what was typed, a security, a number.
    Text(String),
    /// A message by itself.
    Message(Message),
}

/// A [`Message`] of an English template, in which each `{}` is the place of one value.
macro_rules! message {
    ($template:literal $(, $value:expr)* $(,)?) => {{
        const VALUES: &[&str] = &[$(stringify!($value)),*];
        const { assert!($crate::problem::places($template) == VALUES.len(), "one value for each place") };
        $crate::problem::Message::new($template, vec![$($crate::problem::Value::from($value)),*])
    }};
}
pub(crate) use message;

/// The number of `{}` in a template.
pub(crate) const fn places(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut places) = (1, 0);
    while at < bytes.len() {
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            places += 1;
        }
        at += 1;
    }
    places
}

impl Message {
    /// The message of a template and its values; [`message!`] checks their number.
    pub(crate) fn new(template: &'static str, values: Vec<Value>) -> Self {
        Self { template, values: values.into() }
    }

    /// A text that is told as it is in every language: the problem of a file, or the message of a library.
    #[must_use]
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self::new("{}", vec![Value::Text(text.into())])
    }

    /// One or more values of which any may be meant: `a or b or c`.
    pub(crate) fn any_of(values: impl IntoIterator<Item = impl Into<Value>>) -> Value {
        let joined =
            values.into_iter().map(Into::into).reduce(|a: Value, b| message!("{} or {}", a, b).into());
        joined.unwrap_or(Value::Text(String::new()))
    }

    /// The message with each template as `translated` has it, or in English without a translation. In a translation,
    /// `{2}` is the place of the second value.
    pub fn told<'t>(&self, translated: &dyn Fn(&'static str) -> Option<&'t str>) -> String {
        let mut told = String::new();
        let mut rest = translated(self.template).unwrap_or(self.template);
        let mut next = 0;
        while let Some((before, place)) = rest.split_once('{') {
            told.push_str(before);
            let value = place.split_once('}').and_then(|(number, after)| {
                let index =
                    if number.is_empty() { next } else { number.parse::<usize>().ok()?.checked_sub(1)? };
                Some((self.values.get(index)?, index, after))
            });
            let Some((value, index, after)) = value else {
                told.push('{');
                rest = place;
                continue;
            };
            match value {
                Value::Text(text) => told.push_str(text),
                Value::Message(message) => told.push_str(&message.told(translated)),
            }
            next = index + 1;
            rest = after;
        }
        told.push_str(rest);
        told
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&|_| None))
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// Texts and numbers as values.
macro_rules! text_values {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Text(value.to_string())
            }
        })*
    };
}
text_values!(&str, String, &String, char, u8, u32, usize);

/// What to tell about how a text was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The message.
    pub message: Message,
    /// What has words read as mere words, if they were read as more.
    pub undo: Option<Undo>,
}

/// A change of a text that has some of its words read as mere words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The byte range of the words.
    pub span: Range<usize>,
    /// What to write in their place.
    pub words: String,
}

impl Undo {
    /// The changed text, with spaces where the words were joined to others; `None` if this is not the text that was read.
    #[must_use]
    pub fn of(&self, text: &str) -> Option<String> {
        let (before, after) = (text.get(..self.span.start)?, text.get(self.span.end..)?);
        let space =
            |neighbour: Option<char>| if neighbour.is_some_and(char::is_alphanumeric) { " " } else { "" };
        let left = space(before.chars().next_back());
        let right = space(after.chars().next());
        Some(format!("{before}{left}{}{right}{after}", self.words))
    }
}

impl Note {
    /// The same note with what undoes the reading.
    #[must_use]
    pub fn undone_by(mut self, span: Range<usize>, words: impl Into<String>) -> Self {
        self.undo = Some(Undo { span, words: words.into() });
        self
    }
}

impl From<Message> for Note {
    fn from(message: Message) -> Self {
        Self { message, undo: None }
    }
}

impl From<Problem> for Note {
    fn from(problem: Problem) -> Self {
        let Problem { message, span, instead, .. } = problem;
        Self { message, undo: instead.map(|words| Undo { span, words }) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

/// One complaint about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable name of the kind of problem in kebab case (`bad-date`), for reports that count by kind.
    pub code: &'static str,
    /// The byte range of the text that the complaint is about; empty for the whole text.
    pub span: Range<usize>,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: Message,
    /// What would help, if that is known.
    pub hint: Option<Message>,
    /// What to write in the place of the span to have it read as mere words, if it was read as more.
    pub instead: Option<String>,
    /// Whether it would mislead to continue: an unknown field in a query, but not an unbalanced quote.
    pub fatal: bool,
}

impl Problem {
    /// A complaint about `span` of a text.
    #[must_use]
    pub fn new(code: &'static str, span: Range<usize>, message: Message) -> Self {
        Self { code, span, message, hint: None, instead: None, fatal: false }
    }

    /// The same complaint with a hint of what would help.
    #[must_use]
    pub fn hint(mut self, hint: Message) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The same complaint with the text that has its span read as mere words.
    #[must_use]
    pub fn instead(mut self, instead: impl Into<String>) -> Self {
        self.instead = Some(instead.into());
        self
    }

    /// The same complaint, marked as fatal.
    #[must_use]
    pub fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }
}

/// What could be read of a text, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What was read; complete even if there are problems.
    pub value: T,
    /// The problems, in the order in which they were found.
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests {
    use super::{Message, Problem, Undo, Value, places};

    fn filled(template: &'static str, values: &[&str]) -> Message {
        Message::new(template, values.iter().map(|value| Value::from(*value)).collect())
    }

    #[test]
    fn each_place_takes_the_next_value_as_it_is() {
        let cases: [(&str, &[&str], &str); 8] = [
            ("no place", &[], "no place"),
            ("`{}` is {}", &["a", "b"], "`a` is b"),
            ("`{}` is {}", &["{}", "{1} {"], "`{}` is {1} {"),
            ("{}{}", &["一", "二"], "一二"),
            // Too few values, and too many.
            ("`{}` is {}", &["a"], "`a` is {}"),
            ("`{}`", &["a", "b"], "`a`"),
            ("a { b } {", &["x"], "a { b } {"),
            ("}{}", &["x"], "}x"),
        ];
        for (template, values, expected) in cases {
            assert_eq!(filled(template, values).to_string(), expected, "{template}");
        }
        assert_eq!(Message::verbatim("a {} b").to_string(), "a {} b");
        assert_eq!(["", "{", "{}", "{}{} {}", "{1}"].map(places), [0, 0, 1, 3, 0]);
    }

    #[test]
    fn a_translation_may_have_the_values_in_another_order() {
        let translated = |template: &'static str| match template {
            "`{}` may be {}" => Some("{2}：`{1}`"),
            "{} or {}" => Some("{}或{}"),
            "of {}" => Some("{0} {9} {x}{}"),
            _ => None,
        };
        let any = Message::any_of(["{1}", "b", "c"]);
        let message = message!("`{}` may be {}", "{2}", any);
        assert_eq!(message.told(&translated), "{1}或b或c：`{2}`");
        assert_eq!(message.to_string(), "`{2}` may be {1} or b or c");
        assert_eq!(
            message!("of {}", 7_usize).told(&translated),
            "{0} {9} {x}7",
            "places without a value stay"
        );
    }

    #[test]
    fn what_undoes_a_reading_stands_apart_from_other_words() {
        let cases = [
            ("AAPL layoffs", 0..4, "=AAPL", Some("=AAPL layoffs")),
            ("600586怎么了", 0..6, "=600586", Some("=600586 怎么了")),
            ("龙净环保600388", 12..18, "=600388", Some("龙净环保 =600388")),
            ("(AAPL)", 1..5, "=AAPL", Some("(=AAPL)")),
            ("AAPL", 2..9, "x", None),
            ("财报", 1..3, "x", None),
        ];
        for (text, span, words, expected) in cases {
            let undo = Undo { span, words: words.into() };
            assert_eq!(undo.of(text).as_deref(), expected, "{text}");
        }
        let problem = Problem::new("read-as-period", 0..1, message!("x")).instead("\"a\"");
        assert_eq!(super::Note::from(problem).undo, Some(Undo { span: 0..1, words: "\"a\"".into() }));
    }
}
