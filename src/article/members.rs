//! Maps the keys of the front matter to the members of an article.
//!
//! Each member comes from the first of its keys whose value it can use: a text, a date, a URL, securities. If there is none,
//! the first that has a value is reported, unless its name has a question mark. Keys that no member uses keep their
//! values in `extra`.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{
    BuiltIn, Keys, MAX_DESCRIPTION_CHARS, MAX_TITLE_CHARS, Moment, address, clean, date,
    front::{self, Children, Entry, Value, shorten},
    html,
    keys::same_key,
    locale::canonical_locale,
    prose::prose,
    securities,
    values::{NamedValues, is_date, is_nothing, is_text, is_url, texts_of},
};
use crate::{
    problem::{Message, Problem, message},
    symbol::Symbol,
};

/// Maximum length of an id in characters; the rest is cut off.
const MAX_ID_CHARS: usize = 1_000;

/// Maximum number of keys in `extra`; the others are left out.
const MAX_EXTRA_KEYS: usize = 250;
/// Maximum number of values of a key in `extra`; the others are left out.
const MAX_EXTRA_VALUES: usize = 1_000;
/// Maximum length of a value in `extra` in characters; the rest is cut off.
const MAX_EXTRA_CHARS: usize = 65_000;

/// A value is shown up to this many characters.
const MAX_VALUE_CHARS: usize = 200;

/// The values of the members while an article is assembled.
pub(super) struct Members<'t, 'p> {
    title: Option<Entry<'t>>,
    kind: Option<Entry<'t>>,
    locale: Option<Entry<'t>>,
    url: Option<Entry<'t>>,
    description: Option<Entry<'t>>,
    published: Option<Entry<'t>>,
    symbol: Option<Entry<'t>>,
    id: Option<Entry<'t>>,
    /// The key of the text of a record, if one was taken.
    body_key: Option<Cow<'t, str>>,
    rest: NamedValues<'t>,
    keys: &'p Keys,
    /// The text of the file, and the byte offset of its body.
    file: (&'t str, usize),
    /// Where problems are reported.
    pub problems: &'p mut Vec<Problem>,
}

impl<'t, 'p> Members<'t, 'p> {
    /// Divides the entries of a front matter among the members.
    pub(super) fn take(
        mut entries: Vec<Entry<'t>>,
        keys: &'p Keys,
        file: (&'t str, usize),
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        // What a page has written is a piece of its text, which is clean; only escapes may give control characters there.
        let is_page = !file.0.is_empty();
        for (_, value) in &mut entries {
            clean_value(value, is_page, problems);
            // A list of one, as search engines give each field, is what it lists.
            if let Value::List(items) = value
                && items.len() == 1
            {
                *value = items.pop().map_or(Value::Null, Value::Text);
            }
        }
        let is_prose = |value: &Value<'_>| prose(value, keys).is_some();
        let mut rest = NamedValues::new(entries, keys);
        Self {
            title: rest.take(BuiltIn::Title, &is_text),
            kind: rest.take(BuiltIn::Kind, &is_text),
            locale: rest.take(BuiltIn::Locale, &is_text),
            url: rest.take(BuiltIn::Url, &is_url),
            description: rest.take(BuiltIn::Description, &is_prose),
            published: rest.take(BuiltIn::Published, &is_date),
            symbol: rest.take(BuiltIn::Symbol, &names_securities),
            id: rest.take(BuiltIn::Id, &is_text),
            body_key: None,
            rest,
            keys,
            file,
            problems,
        }
    }

    /// The text of a record, which has it under a key.
    pub(super) fn body(&mut self) -> Option<Cow<'t, str>> {
        let keys = self.keys;
        let body = self.rest.take(BuiltIn::Body, &|value| prose(value, keys).is_some());
        let (key, text) = self.prose(body)?;
        self.body_key = Some(key);
        Some(text)
    }

    /// The members that have a value so far, each with its key and the beginning of its value.
    pub(super) fn written(&self) -> Vec<Written> {
        let members = [
            (BuiltIn::Title, &self.title),
            (BuiltIn::Description, &self.description),
            (BuiltIn::Id, &self.id),
            (BuiltIn::Locale, &self.locale),
            (BuiltIn::Kind, &self.kind),
            (BuiltIn::Url, &self.url),
            (BuiltIn::Published, &self.published),
            (BuiltIn::Symbol, &self.symbol),
        ];
        let with_key = members.into_iter().filter_map(|(member, entry)| {
            let (key, value) = entry.as_ref()?;
            Some(Written::new(member, key, &texts_of(value)))
        });
        let body = self.body_key.iter().map(|key| Written::new(BuiltIn::Body, key, &[]));
        with_key.chain(body).collect()
    }

    /// The type of page, in lower case.
    pub(super) fn kind(&mut self) -> String {
        let kind = self.kind.take();
        self.text(kind).map_or_else(String::new, |(_, kind)| kind.trim().to_lowercase())
    }

    /// The date. Problems: `missing-field`, `bad-date`, `date-out-of-range`.
    pub(super) fn published(&mut self, has_front: bool) -> Option<Moment> {
        let published = self.published.take();
        let Some((key, Value::Text(text))) = published else {
            if has_front {
                self.report("missing-field", 0..0, "the front matter has no date".to_owned());
            }
            return None;
        };
        let error = match date::published(&text) {
            Ok(moment) => return Some(moment),
            Err(error) => error,
        };
        let place = self.place(&key);
        self.report(error.code(), place, format!("{:?} {error}", shorten(&text)));
        None
    }

    /// The URL to show, and the URL that gives id and language: one that is not safe to show may still name
    /// its article. Problems: `missing-field`, `bad-url`.
    pub(super) fn url(&mut self, has_front: bool) -> (String, String) {
        let url = self.url.take();
        let Some((key, url)) = self.text(url) else {
            if has_front {
                self.report("missing-field", 0..0, "the front matter has no URL".to_owned());
            }
            return (String::new(), String::new());
        };
        let url = url.trim();
        if address::is_safe(url) {
            return (url.to_owned(), url.to_owned());
        }
        let place = self.place(&key);
        self.report("bad-url", place, format!("{:?} is not an http or https URL", shorten(url)));
        (String::new(), if address::is_plain(url) { url.to_owned() } else { String::new() })
    }

    /// The language in the front matter, else in the URL. Problem: `bad-locale`.
    pub(super) fn locale(&mut self, url: &str) -> String {
        let locale = self.locale.take();
        if let Some((key, text)) = self.text(locale) {
            if let Some(locale) = canonical_locale(&text) {
                return locale;
            }
            let place = self.place(&key);
            self.report("bad-locale", place, format!("{:?} is not a locale", shorten(&text)));
        }
        address::locale_of_path(url).unwrap_or_default()
    }

    /// The id in the URL, else in the front matter, else the file's path without its extension; and whether
    /// it is that path.
    pub(super) fn id(&mut self, url: &str, name: &str) -> (String, bool) {
        if let Some(id) = address::article_id(url) {
            return (id.to_owned(), false);
        }
        let id = match self.id.take() {
            Some((_, Value::Text(id))) => {
                let id = clean::fold_space(&id).into_owned();
                self.cut(id, MAX_ID_CHARS, "id")
            }
            _ => String::new(),
        };
        if id.is_empty() { (without_extension(name).to_owned(), true) } else { (id, false) }
    }

    /// The title as it is written, on one line; `None` if there is none.
    pub(super) fn title(&mut self) -> Option<Cow<'t, str>> {
        let title = self.title.take();
        let (key, title) = self.text(title)?;
        if date::published(&title).is_ok() {
            let place = self.place(&key);
            self.report("front-matter-type", place, "the title is a date".to_owned());
        }
        Some(each(decoded(title), clean::fold_space))
    }

    /// The title to show: as written, else the first heading, else the file's name. Problems:
    /// `title-fallback`, `bidi-control`, `field-too-long`.
    pub(super) fn finish_title(
        &mut self,
        written: Option<Cow<'t, str>>,
        heading: Option<String>,
        name: &str,
        has_front: bool,
    ) -> String {
        if written.is_none() && has_front {
            let what = if heading.is_some() { "first heading" } else { "file name" };
            self.report(
                "title-fallback",
                0..0,
                format!("the front matter has no title; the {what} replaces it"),
            );
        }
        let mut title = match written.map(Cow::into_owned).or(heading) {
            Some(title) => title,
            None => without_extension(name.rsplit('/').next().unwrap_or(name)).to_owned(),
        };
        if !title.is_ascii() && title.contains(clean::is_bidi_control) {
            title.retain(|character| !clean::is_bidi_control(character));
            self.report("bidi-control", 0..0, "bidirectional controls were removed from the title".into());
        }
        let (title, _) = clean::clean(Cow::Owned(title));
        self.cut(clean::fold_space(&title).into_owned(), MAX_TITLE_CHARS, "title")
    }

    /// The summary. Problem: `field-too-long`.
    pub(super) fn description(&mut self) -> String {
        let description = self.description.take();
        let text =
            self.prose(description).map_or_else(String::new, |(_, text)| decoded(text).trim().to_owned());
        self.cut(text, MAX_DESCRIPTION_CHARS, "description")
    }

    /// The notations of securities. Problem: `front-matter-type`.
    pub(super) fn symbols(&mut self) -> Vec<Cow<'t, str>> {
        self.notations().into_iter().map(decoded).collect()
    }

    fn notations(&mut self) -> Vec<Cow<'t, str>> {
        let Some((key, value)) = self.symbol.take() else { return Vec::new() };
        let (notations, is_whole) = notations(value);
        if !is_whole {
            let place = self.place(&key);
            let message = format!("{:?} has a map without symbol, ticker or code", shorten(&key));
            self.report("front-matter-type", place, message);
        }
        notations
    }

    /// The keys that no member uses, with their values. Problem: `field-too-long`.
    pub(super) fn extra(mut self) -> BTreeMap<String, Vec<String>> {
        let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut is_cut = false;
        for (key, value) in self.rest.take_rest() {
            let maps = match value {
                Value::Null => continue,
                Value::Text(text) => vec![vec![(String::new(), vec![text.into_owned()])]],
                Value::List(items) => {
                    vec![vec![(String::new(), items.into_iter().map(Cow::into_owned).collect())]]
                }
                Value::Map(map) => vec![map],
                Value::Maps(maps) => maps,
            };
            for (child, texts) in maps.into_iter().flatten() {
                let name = if child.is_empty() { key.to_string() } else { format!("{key}.{child}") };
                if extra.len() >= MAX_EXTRA_KEYS && !extra.contains_key(&name) {
                    is_cut = true;
                    continue;
                }
                let kept = extra.entry(name).or_default();
                for text in texts {
                    if kept.len() >= MAX_EXTRA_VALUES {
                        is_cut = true;
                        break;
                    }
                    let mut text = decoded(Cow::Borrowed(text_of_link(&text))).into_owned();
                    is_cut |= cut_to(&mut text, MAX_EXTRA_CHARS);
                    kept.push(text);
                }
            }
        }
        if is_cut {
            let message = format!(
                "other keys were cut to {MAX_EXTRA_KEYS} keys, {MAX_EXTRA_VALUES} values a key and {MAX_EXTRA_CHARS} characters a value"
            );
            self.report("field-too-long", 0..0, message);
        }
        extra
    }

    /// The key and text of a value that should be text. Problem: `front-matter-type`.
    fn text(&mut self, entry: Option<Entry<'t>>) -> Option<(Cow<'t, str>, Cow<'t, str>)> {
        let (key, value) = entry?;
        let kind = match value {
            Value::Text(text) => return Some((key, text)),
            Value::List(_) | Value::Maps(_) => "a list",
            Value::Map(_) => "a map",
            Value::Null => return None,
        };
        let place = self.place(&key);
        self.report("front-matter-type", place, format!("{:?} is {kind}, not text", shorten(&key)));
        None
    }

    /// The key and text of a value that should be text or paragraphs. Problem: `front-matter-type`.
    fn prose(&mut self, entry: Option<Entry<'t>>) -> Option<(Cow<'t, str>, Cow<'t, str>)> {
        let (key, value) = entry?;
        let paragraphs = match prose(&value, self.keys) {
            Some(Cow::Owned(text)) => Some(text),
            Some(Cow::Borrowed(_)) | None => None,
        };
        match paragraphs {
            Some(text) => Some((key, Cow::Owned(text))),
            None => self.text(Some((key, value))),
        }
    }

    /// Cuts a text to `longest` characters. Problem: `field-too-long`.
    fn cut(&mut self, mut text: String, longest: usize, what: &str) -> String {
        if cut_to(&mut text, longest) {
            self.report("field-too-long", 0..0, format!("the {what} was cut to {longest} characters"));
        }
        text
    }

    fn report(&mut self, code: &'static str, span: Range<usize>, message: String) {
        self.problems.push(Problem::new(code, span, Message::verbatim(message)));
    }

    fn place(&self, key: &str) -> Range<usize> {
        front::place(self.file.0, self.file.1, key)
    }
}

/// The beginning of texts with commas between them.
pub(super) fn beginning<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut shown = String::new();
    let mut room = MAX_VALUE_CHARS;
    for text in texts {
        let comma = if shown.is_empty() { "" } else { ", " };
        shown.extend(comma.chars().chain(text.trim().chars()).take(room));
        room = MAX_VALUE_CHARS.saturating_sub(shown.chars().count());
        if room == 0 {
            break;
        }
    }
    shown
}

/// A member that is the value of a key.
#[derive(Debug)]
pub(super) struct Written {
    /// The member.
    pub member: BuiltIn,
    /// The key, as it is spelled.
    pub key: String,
    /// The beginning of the value.
    pub value: String,
}

impl Written {
    /// A member, its key, and the texts that the value holds.
    fn new(member: BuiltIn, key: &str, texts: &[&str]) -> Self {
        Self { member, key: key.to_owned(), value: beginning(texts.iter().copied()) }
    }
}

/// Whether a value is securities and surely nothing else: a word in small letters may be one, but is more often a word.
fn names_securities(value: &Value<'_>) -> bool {
    if is_nothing(value) {
        return false;
    }
    let is_word = |notation: &str| notation.bytes().all(|byte| byte.is_ascii_lowercase());
    let (notations, is_whole) = notations(value.clone());
    is_whole
        && notations
            .into_iter()
            .all(|notation| !is_word(&notation) && securities::are_written(&decoded(notation)))
}

/// The notations of securities that a value has, and whether each of its maps has one.
fn notations(value: Value<'_>) -> (Vec<Cow<'_, str>>, bool) {
    let maps = match value {
        Value::List(items) => return (items, true),
        Value::Text(text) => return (vec![text], true),
        Value::Map(map) => vec![map],
        Value::Maps(maps) => maps,
        Value::Null => return (Vec::new(), true),
    };
    let notations: Vec<_> = maps.iter().filter_map(notation).map(Cow::Owned).collect();
    let is_whole = notations.len() == maps.len();
    (notations, is_whole)
}

/// Cuts a text to `longest` characters, and tells whether it was longer.
fn cut_to(text: &mut String, longest: usize) -> bool {
    let end = if text.len() > longest { text.char_indices().nth(longest) } else { None };
    if let Some((end, _)) = end {
        text.truncate(end);
    }
    end.is_some()
}

/// The problem of control characters, reported once for a file.
pub(super) fn control_characters(span: Range<usize>) -> Problem {
    Problem::new("control-characters", span, message!("control characters were removed"))
}

/// Removes control characters. With `only_owned`, borrowed texts are clean already.
fn clean_value(value: &mut Value<'_>, only_owned: bool, problems: &mut Vec<Problem>) {
    let mut has_control = false;
    let mut clean = |text: &mut Cow<'_, str>| {
        if only_owned && matches!(text, Cow::Borrowed(_)) {
            return;
        }
        let (kept, removed) = clean::clean(std::mem::take(text));
        has_control |= removed.is_some();
        *text = kept;
    };
    match value {
        Value::Text(text) => clean(text),
        Value::List(items) => items.iter_mut().for_each(clean),
        Value::Null => {}
        Value::Map(map) => has_control |= clean_children(map),
        Value::Maps(maps) => maps.iter_mut().for_each(|map| has_control |= clean_children(map)),
    }
    if has_control && !problems.iter().any(|problem| problem.code == "control-characters") {
        problems.push(control_characters(0..0));
    }
}

/// Removes control characters from the texts of a map, and tells whether there were any.
fn clean_children(map: &mut Children) -> bool {
    let mut has_control = false;
    for text in map.iter_mut().flat_map(|(_, texts)| texts) {
        let (kept, removed) = clean::clean(Cow::Owned(std::mem::take(text)));
        *text = kept.into_owned();
        has_control |= removed.is_some();
    }
    has_control
}

/// The keys of the notation in a map that names a security. A scalar in a list of maps is a notation itself, without a key.
const NOTATIONS: [&str; 7] = ["", "symbol", "ticker", "code", "stock_code", "stock_id", "stock_symbol"];

/// The notation of the security that a map names, with the map's market if the code has none.
fn notation(map: &Children) -> Option<String> {
    let child = |names: &[&str]| {
        let named = |name: &&str| map.iter().find(|(child, _)| same_key(child, name));
        names.iter().find_map(named)?.1.first().filter(|text| !text.trim().is_empty())
    };
    // A name is a notation if it is written as a code: `{"name": "AAPL"}`.
    let is_code =
        |name: &&String| name.bytes().all(|byte| byte.is_ascii_uppercase() || b".-:".contains(&byte));
    let code = child(&NOTATIONS).or_else(|| child(&["name"]).filter(is_code))?.trim();
    let market = child(&["market", "exchange"]).map(|market| market.trim());
    let joined =
        market.filter(|_| code.bytes().all(|byte| byte.is_ascii_alphanumeric())).and_then(|market| {
            let spellings = [format!("{code}.{market}"), format!("{market}:{code}")];
            spellings.into_iter().find(|spelling| Symbol::parse(spelling).is_some())
        });
    Some(joined.unwrap_or_else(|| code.to_owned()))
}

/// A text without the entities of HTML that programs write into front matter: `Johnson &amp; Johnson`.
fn decoded(text: Cow<'_, str>) -> Cow<'_, str> {
    each(text, html::decode_entities)
}

/// A text that `change` was applied to; borrowed as long as nothing had to be changed.
fn each<'t>(text: Cow<'t, str>, change: impl for<'a> Fn(&'a str) -> Cow<'a, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => change(text),
        Cow::Owned(text) => match change(&text) {
            Cow::Borrowed(same) if same.len() == text.len() => Cow::Owned(text),
            changed => Cow::Owned(changed.into_owned()),
        },
    }
}

/// The text of a Markdown link, `[text](url)`, or of a link between notes, `[[note|text]]`; any other text as it is.
fn text_of_link(item: &str) -> &str {
    if let Some(note) =
        item.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")).filter(|note| !note.contains("[["))
    {
        return note.rsplit_once('|').map_or(note, |(_, shown)| shown);
    }
    let shown = item.strip_prefix('[').filter(|_| item.ends_with(')')).and_then(|rest| rest.split_once("]("));
    shown.map_or(item, |(shown, _)| shown)
}

/// A path without the extension of its last part.
fn without_extension(name: &str) -> &str {
    let file = name.rfind('/').map_or(0, |at| at + 1);
    match name[file..].rfind('.') {
        Some(dot) if dot > 0 => &name[..file + dot],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Members, Value, notation};
    use crate::problem::Problem;
    use std::borrow::Cow;

    /// Calls `read` with the members of some entries that are texts. Returns the problems as well.
    fn read<T>(
        entries: &[(&'static str, &'static str)],
        read: impl FnOnce(Members) -> T,
    ) -> (T, Vec<Problem>) {
        let texts = entries.iter().map(|(key, text)| (Cow::from(*key), Value::Text(Cow::from(*text))));
        let mut problems = Vec::new();
        let value = read(Members::take(texts.collect(), &Keys::default(), ("", 0), &mut problems));
        (value, problems)
    }

    #[test]
    fn a_member_is_of_its_first_key_with_a_value_and_the_others_stay() {
        let entries = [("kind", "News"), ("TYPE", " "), ("Lang", "en"), ("locale", "zh-CN"), ("x", "y")];
        let (found, problems) =
            read(&entries, |mut members| (members.kind(), members.locale(""), members.extra()));
        let (kind, locale, extra) = found;
        assert_eq!((kind.as_str(), locale.as_str()), ("news", "zh-CN"));
        let extra: Vec<_> = extra.iter().map(|(key, texts)| (key.as_str(), texts[0].as_str())).collect();
        assert_eq!(extra, [("Lang", "en"), ("TYPE", " "), ("x", "y")]);
        assert_eq!(problems, []);
    }

    #[test]
    fn a_title_is_cut_after_a_thousand_characters_not_bytes() {
        for (letters, cut) in [(1000, false), (1001, true)] {
            let title = Some(Cow::from("铜".repeat(letters)));
            let (title, problems) = read(&[], |mut members| members.finish_title(title, None, "x.md", true));
            assert_eq!(title, "铜".repeat(1000));
            assert_eq!(problems.iter().any(|problem| problem.code == "field-too-long"), cut);
        }
    }

    #[test]
    fn a_map_names_a_security_with_its_market_where_the_code_has_none() {
        let cases: [(&[_], Option<&str>); 9] = [
            (&[("code", "600586"), ("market", "SH")], Some("600586.SH")),
            (&[("Ticker", "AAPL"), ("exchange", "NASDAQ")], Some("AAPL.NASDAQ")),
            (&[("Ticker", "VOD"), ("exchange", "LON")], Some("LON:VOD")),
            (&[("code", "600586.SH"), ("market", "HK")], Some("600586.SH")),
            (&[("code", "AAPL"), ("market", "nowhere")], Some("AAPL")),
            (&[("name", "Apple"), ("ticker", "AAPL"), ("symbol", " AAPL.US ")], Some("AAPL.US")),
            (&[("", "700.HK")], Some("700.HK")),
            (&[("name", "Apple")], None),
            (&[("code", " ")], None),
        ];
        for (map, expected) in cases {
            let map = map
                .iter()
                .map(|(name, text): &(&str, &str)| ((*name).to_owned(), vec![(*text).to_owned()]))
                .collect();
            assert_eq!(notation(&map).as_deref(), expected, "{map:?}");
        }
    }
}
