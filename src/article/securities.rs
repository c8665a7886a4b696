//! The securities that an article names: listed ones first, then those of the title and of the text.

use std::{borrow::Cow, collections::HashMap};

use super::{
    Article, LEAD_CHARS, MentionPlace, MentionPlaces, Named, address::Target, front::shorten, tail::Link,
};
use crate::{
    problem::{Message, Problem, message},
    symbol::{self, Symbol},
    text::{is_wrap, unwrapped},
};

/// Maximum number of securities of an article: no news names more, and lists of thousands are not news.
const MOST: usize = 1_000;

/// Below this many securities a linear search is faster than a hash map.
const LINEAR_SEARCH_BELOW: usize = 32;

/// Fills in `article.symbols` and removes the markup of securities from the texts of the article. `written`
/// are notations in the front matter, `links` those of the tail. Problems: `bad-ticker`, `field-too-long`.
pub(super) fn list(
    article: &mut Article,
    written: &[Cow<'_, str>],
    links: &[Link<'_>],
    problems: &mut Vec<Problem>,
) {
    let mut found =
        NamedSecurities { named: Vec::with_capacity(links.len()), indices: HashMap::new(), is_full: false };
    let mut bad = Vec::new();
    for notation in written {
        add_written(notation, &mut found, &mut bad);
    }
    for Link { text, target } in links {
        let Target::Security(code) = target else { continue };
        match Symbol::parse(code).or_else(|| Symbol::parse(text)) {
            Some(symbol) => found.add(symbol, MentionPlace::Listed),
            None => bad.push(if code.is_empty() { *text } else { code }),
        }
    }
    for (symbol, _) in take_markup(&mut article.title) {
        found.add(symbol, MentionPlace::Title);
    }
    for mention in symbol::title_mentions(&article.title) {
        found.add(mention.symbol, MentionPlace::Title);
    }
    for (symbol, _) in take_markup(&mut article.description) {
        found.add(symbol, MentionPlace::Lead);
    }
    for mention in symbol::mentions(&article.description) {
        found.add(mention.symbol, MentionPlace::Lead);
    }
    let marked = take_markup(&mut article.body);
    let body = unwrapped(&article.body);
    let mentioned: Vec<_> =
        symbol::mentions(&body).into_iter().map(|mention| (mention.symbol, mention.span.start)).collect();
    for (text, symbols) in [(&*article.body, marked), (&*body, mentioned)] {
        let end = if symbols.is_empty() { 0 } else { end_of_lead(text) };
        for (symbol, at) in symbols {
            found.add(symbol, if at < end { MentionPlace::Lead } else { MentionPlace::Body });
        }
    }
    report(&bad, found.is_full, problems);
    article.symbols = found.named;
    add_bare_codes(article);
}

/// Whether a value of the front matter names securities and nothing else.
pub(super) fn are_written(notation: &str) -> bool {
    let mut found = NamedSecurities { named: Vec::new(), indices: HashMap::new(), is_full: false };
    let mut bad = Vec::new();
    add_written(notation, &mut found, &mut bad);
    bad.is_empty()
}

/// The byte offset after the lead of a body. A line feed inside a word is no character of it.
fn end_of_lead(body: &str) -> usize {
    let mut counted = body.char_indices().filter(|(at, c)| *c != '\n' || !is_wrap(body, *at));
    counted.nth(LEAD_CHARS).map_or(body.len(), |(end, _)| end)
}

struct NamedSecurities {
    named: Vec<Named>,
    /// The index in `named` of each symbol, once there are more than a few.
    indices: HashMap<Symbol, usize>,
    is_full: bool,
}

impl NamedSecurities {
    fn add(&mut self, symbol: Symbol, source: MentionPlace) {
        let known = if self.named.len() < LINEAR_SEARCH_BELOW {
            self.named.iter().position(|known| known.symbol == symbol)
        } else {
            if self.indices.is_empty() {
                let named = self.named.iter().enumerate();
                self.indices.extend(named.map(|(index, known)| (known.symbol.clone(), index)));
            }
            self.indices.get(&symbol).copied()
        };
        if let Some(known) = known {
            self.named[known].sources = self.named[known].sources.with(source);
            return;
        }
        if self.named.len() == MOST {
            self.is_full = true;
            return;
        }
        if !self.indices.is_empty() {
            self.indices.insert(symbol.clone(), self.named.len());
        }
        self.named.push(Named { symbol, sources: MentionPlaces::default().with(source) });
    }
}

/// A listed security whose code stands in the title as a word in capitals is named there: `Boeing waits for engines of GE`.
fn add_bare_codes(article: &mut Article) {
    if !article.title.contains(char::is_lowercase) {
        return;
    }
    for Named { symbol, sources } in &mut article.symbols {
        let code = symbol.code();
        let is_code = code.len() >= 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let mut words = article.title.split(|c: char| !c.is_alphanumeric());
        if is_code && sources.has(MentionPlace::Listed) && words.any(|word| word == code) {
            *sources = sources.with(MentionPlace::Title);
        }
    }
}

/// Adds what a value of the front matter names: one security in any notation, a Markdown link to one, or
/// several with commas or spaces between.
fn add_written<'t>(notation: &'t str, found: &mut NamedSecurities, bad: &mut Vec<&'t str>) {
    let whole = notation.trim();
    if let Some(symbol) = Symbol::parse(whole) {
        return found.add(symbol, MentionPlace::Listed);
    }
    let is_around = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | '\'');
    for part in whole.split([',', ';', '，', '；', '、', '|']) {
        let part = part.trim_matches(is_around);
        if let Some(symbol) = Symbol::parse(part) {
            found.add(symbol, MentionPlace::Listed);
            continue;
        }
        // Several codes, but not a name: `Apple Inc` is not a list of two codes.
        let is_shouted = !part.contains(|c: char| c.is_ascii_lowercase());
        let symbols: Option<Vec<_>> = part.split_whitespace().map(Symbol::parse).collect();
        match symbols.filter(|_| is_shouted) {
            Some(symbols) => symbols.into_iter().for_each(|symbol| found.add(symbol, MentionPlace::Listed)),
            None => bad.push(part),
        }
    }
}

/// Replaces `[st]ST/US/NVDA#英伟达.US[/st]` in a text by its label, and returns the securities with their byte
/// offsets in the new text.
fn take_markup(text: &mut String) -> Vec<(Symbol, usize)> {
    let mut symbols = Vec::new();
    if !text.contains('[') {
        return symbols;
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, inner, after)) = markup(rest) {
        out.push_str(before);
        let (notation, shown) = inner.split_once('#').unwrap_or((inner, inner));
        symbols.extend(Symbol::parse(notation).map(|symbol| (symbol, out.len())));
        out.push_str(shown);
        rest = after;
    }
    if rest.len() < text.len() {
        out.push_str(rest);
        *text = out;
    }
    symbols
}

/// The text before, in and after the first markup of a security.
fn markup(text: &str) -> Option<(&str, &str, &str)> {
    let open = text.match_indices('[').map(|(at, _)| at);
    let mut open = open
        .filter(|at| text.as_bytes()[*at..].get(..4).is_some_and(|tag| tag.eq_ignore_ascii_case(b"[st]")));
    let start = open.next()?;
    let inner = &text[start + 4..];
    // No name is longer; the limit keeps each opening tag of a page full of them from a search to the end.
    let near = &inner.as_bytes()[..inner.len().min(400)];
    let end = near.windows(5).position(|tag| tag.eq_ignore_ascii_case(b"[/st]"))?;
    Some((&text[..start], &inner[..end], &inner[end + 5..]))
}

fn report(bad: &[&str], is_full: bool, problems: &mut Vec<Problem>) {
    if let [first, more @ ..] = bad {
        let first = shorten(first);
        let message = match more.len() {
            0 => format!("{first:?} is not a security notation"),
            more => format!("{first:?} and {more} more are not security notations"),
        };
        problems.push(
            Problem::new("bad-ticker", 0..0, Message::verbatim(message))
                .hint(message!("write the code with its market, such as 600586.CN")),
        );
    }
    if is_full {
        let message = message!("the article names over {} securities; the first {} were kept", MOST, MOST);
        problems.push(Problem::new("field-too-long", 0..0, message));
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAD_CHARS, MOST, list, take_markup};
    use crate::article::{Article, MentionPlace};
    use std::borrow::Cow;

    /// The securities of an article, each with its places, and the problems.
    fn listed(mut article: Article, written: &[&str]) -> (Vec<String>, Vec<String>) {
        let written: Vec<Cow<'_, str>> = written.iter().map(|text| Cow::from(*text)).collect();
        let mut problems = Vec::new();
        list(&mut article, &written, &[], &mut problems);
        let told = article.symbols.iter().map(|named| {
            let places: Vec<_> = named.sources.iter().map(MentionPlace::as_str).collect();
            format!("{} {}", named.symbol, places.join("+"))
        });
        (told.collect(), problems.into_iter().map(|problem| problem.message.to_string()).collect())
    }

    #[test]
    fn the_code_of_a_listed_security_in_a_title_names_it() {
        let cases = [
            ("Boeing waits for engines of GE", "GE", "GE.US listed+title"),
            ("GE's lamps", "GE", "GE.US listed+title"),
            ("General Electric sells lamps", "GE", "GE.US listed"),
            ("Ge sells lamps", "GE", "GE.US listed"),
            ("GENERAL ELECTRIC GE UP", "GE", "GE.US listed"),
            ("Plan F fails", "F", "F.US listed"),
        ];
        for (title, code, expected) in cases {
            let article = Article { title: title.into(), ..Article::default() };
            assert_eq!(listed(article, &[code]).0, [expected], "{title}");
        }
    }

    #[test]
    fn a_written_value_is_one_security_or_several() {
        let cases: [(&str, &[&str], usize); 7] = [
            ("600586.SH", &["600586.SH"], 0),
            ("[700.HK](https://x.example/quote/700.HK.md)", &["700.HK"], 0),
            ("AAPL, 700.HK；[600586.SH] | 'TSLA'", &["AAPL.US", "700.HK", "600586.SH", "TSLA.US"], 0),
            ("AAPL MSFT", &["AAPL.US", "MSFT.US"], 0),
            ("AAPL AAPL", &["AAPL.US"], 0),
            ("Apple Inc", &[], 1),
            ("AAPL, 苹果, 700.HK, 腾讯", &["AAPL.US", "700.HK"], 2),
        ];
        for (written, expected, bad) in cases {
            let (found, problems) = listed(Article::default(), &[written]);
            let expected: Vec<_> = expected.iter().map(|symbol| format!("{symbol} listed")).collect();
            assert_eq!(found, expected, "{written}");
            match bad {
                0 => assert_eq!(problems, [""; 0], "{written}"),
                1 => assert!(problems[0].ends_with("is not a security notation"), "{problems:?}"),
                more => assert!(problems[0].contains(&format!("and {} more", more - 1)), "{problems:?}"),
            }
        }
    }

    #[test]
    fn a_security_is_named_once_with_all_its_places() {
        // The lead has 500 characters, whatever their bytes: the second security begins at the 501st.
        let lead = "[st]ST/HK/700#腾讯[/st]";
        let filler = "文".repeat(LEAD_CHARS - "腾讯".chars().count());
        let article = Article {
            title: "[st]ST/US/AAPL#苹果[/st]涨".into(),
            description: "[st]ST/US/NVDA#英伟达[/st]".into(),
            body: format!("{lead}{filler}[st]ST/US/TSLA#特斯拉[/st][st]ST/HK/700#腾讯[/st]"),
            ..Article::default()
        };
        let (found, problems) = listed(article.clone(), &["NVDA.US"]);
        assert_eq!(found, ["NVDA.US listed+lead", "AAPL.US title", "700.HK lead+body", "TSLA.US body"]);
        assert_eq!(problems, [""; 0]);
        let shorter = Article { body: article.body.replacen('文', "", 1), ..article };
        assert_eq!(listed(shorter, &[]).0[3], "TSLA.US lead");
    }

    #[test]
    fn markup_becomes_its_label() {
        let far = format!("[st]ST/US/AAPL#{}[/st]", "x".repeat(400));
        let cases = [
            ("涨[st]ST/US/NVDA#英伟达[/st]了", "涨英伟达了", vec![("NVDA.US", 3)]),
            ("[ST]st/hk/700#A[/sT][st]ST/US/T#B[/st]", "AB", vec![("700.HK", 0), ("T.US", 1)]),
            ("a [b] [st]ST/US/T[/st]", "a [b] ST/US/T", vec![("T.US", 6)]),
            ("[st]nobody#N[/st]", "N", vec![]),
            ("[st]ST/US/T#B", "[st]ST/US/T#B", vec![]),
            (&far, &far, vec![]),
        ];
        for (text, expected, symbols) in cases {
            let mut shown = text.to_owned();
            let found = take_markup(&mut shown);
            let found: Vec<_> = found.iter().map(|(symbol, at)| (symbol.canonical(), *at)).collect();
            let symbols: Vec<_> = symbols.into_iter().map(|(symbol, at)| (symbol.to_owned(), at)).collect();
            assert_eq!((shown.as_str(), found), (expected, symbols), "{text}");
        }
    }

    #[test]
    fn of_many_securities_each_is_kept_once_and_the_first_thousand() {
        let codes: Vec<String> = (1..=MOST + 1).map(|code| format!("{code}.HK")).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let twice = [&codes[..MOST], &codes[..MOST]].concat();
        let (found, problems) = listed(Article::default(), &twice);
        assert_eq!((found.len(), problems.len()), (MOST, 0));
        let (found, problems) = listed(Article::default(), &codes);
        assert_eq!((found.len(), found[0].as_str(), problems.len()), (MOST, "1.HK listed", 1));
        assert!(problems[0].contains("over 1000 securities"), "{problems:?}");
    }
}
