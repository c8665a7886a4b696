//! An item of a feed: RSS 2.0, RSS 1.0 or Atom.
//!
//! An element is known by its namespace and its name. The namespaces are declared before the first item, so that an item is
//! read with the head of its file. Elements that are not known are kept under their names, as other keys are.

use super::{Body, Draft, Unread, html};
use crate::article::{
    Keys,
    clean::{self, fold_space},
    html::decode_entities,
};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// Elements of an item that are read.
const MAX_FIELDS: usize = 256;
/// The longest text of an element that is not known, in bytes.
const MAX_OTHER_BYTES: usize = 1_000;

/// What the items of a feed share.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// Prefixes with the namespaces for which they stand.
    prefixes: Vec<(String, Space)>,
    title: String,
    language: String,
    author: String,
    /// The host of its site, which makes the ids of its items unique.
    host: String,
}

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    /// RSS, or none.
    Rss,
    Atom,
    /// Dublin Core.
    Dublin,
    /// The module of RSS for whole texts.
    Content,
    Media,
    Other,
}

impl Space {
    fn of(uri: &str) -> Self {
        match uri {
            _ if uri.contains("www.w3.org/2005/Atom") || uri.contains("purl.org/atom/ns") => Self::Atom,
            _ if uri.contains("purl.org/dc/") => Self::Dublin,
            _ if uri.contains("purl.org/rss/1.0/modules/content") => Self::Content,
            _ if uri.contains("purl.org/rss/1.0/modules/") => Self::Other,
            _ if uri.contains("search.yahoo.com/mrss") => Self::Media,
            _ if uri.is_empty() || uri.contains("purl.org/rss/") || uri.contains("netscape.com") => Self::Rss,
            _ => Self::Other,
        }
    }

    /// What a prefix usually stands for.
    fn usual(prefix: &str) -> Self {
        match prefix {
            "" | "rss" => Self::Rss,
            "atom" => Self::Atom,
            "dc" | "dcterms" => Self::Dublin,
            "content" => Self::Content,
            "media" => Self::Media,
            _ => Self::Other,
        }
    }
}

/// An element below an item or a channel.
#[derive(Debug)]
struct Field<'t> {
    space: Space,
    name: &'t str,
    /// What stands between its tags, as written.
    inner: &'t str,
    /// Whether there are elements in it.
    has_elements: bool,
    attributes: Vec<(String, String)>,
}

impl Field<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Its text, in which markup is text too.
    fn text(&self) -> String {
        fold_space(&decoded(self.inner)).into_owned()
    }

    /// Its text, which may be HTML: encoded, in CDATA or as elements. Paragraphs have an empty line between them.
    fn prose(&self) -> String {
        match self.attribute("type") {
            Some("text" | "text/plain") => decoded(self.inner).trim().to_owned(),
            _ if self.has_elements => html::plain(self.inner),
            _ => html::plain(&decoded(self.inner)),
        }
    }
}

/// The text of an element as its author meant it: without comments, with CDATA sections and entities as what they stand for.
fn decoded(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find("<!") {
        text.push_str(&decode_entities(&rest[..at]));
        rest = &rest[at..];
        let (start, end) = if rest.starts_with("<![CDATA[") {
            ("<![CDATA[", "]]>")
        } else if rest.starts_with("<!--") {
            ("<!--", "-->")
        } else {
            ("<!", "")
        };
        let section = &rest[start.len()..];
        let length = section.find(end).unwrap_or(section.len());
        match start {
            "<![CDATA[" => text.push_str(&section[..length]),
            "<!" => text.push_str(start),
            _ => {}
        }
        rest = section.get(length + end.len()..).unwrap_or_default();
    }
    text.push_str(&decode_entities(rest));
    clean::clean(Cow::Owned(text)).0.into_owned()
}

impl Feed {
    /// What the articles of its items depend on.
    pub(super) fn context(&self) -> Vec<u8> {
        [&self.title, &self.language, &self.author, &self.host].map(String::as_str).join("\n").into_bytes()
    }

    /// Reads what stands before the first item of a file, or as much of it as is well-formed.
    pub(super) fn read(head: &[u8]) -> Self {
        let head = String::from_utf8_lossy(head);
        let mut feed = Self::default();
        let mut reader = reader(&head);
        // Past the declarations to the root.
        let root = loop {
            match reader.read_event() {
                Ok(Event::Start(root)) => break root,
                Ok(Event::Eof) | Err(_) => return feed,
                Ok(_) => {}
            }
        };
        feed.declare(&root);
        feed.language = attributes(&root)
            .into_iter()
            .find(|(name, _)| name == "xml:lang")
            .map(|(_, value)| value)
            .unwrap_or_default();
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let mut below = head.get(start..).unwrap_or_default();
        // RSS has its items and what it says of them in a channel.
        if let Some((_, channel)) =
            below.split_once("<channel").filter(|_| !root.name().as_ref().ends_with("feed"))
        {
            below = channel.split_once('>').map_or("", |(_, rest)| rest);
        }
        for field in fields(below, &feed.prefixes).0 {
            feed.tell(&field);
        }
        feed
    }

    fn tell(&mut self, field: &Field<'_>) {
        let fill = |member: &mut String, text: String| {
            if member.is_empty() {
                *member = text;
            }
        };
        match (field.space, field.name) {
            (Space::Rss | Space::Atom, "title") => fill(&mut self.title, field.text()),
            (Space::Rss | Space::Dublin, "language") => fill(&mut self.language, field.text()),
            (Space::Atom, "author") => fill(&mut self.author, author(field)),
            (Space::Rss | Space::Atom, "link")
                if field.attribute("rel").is_none_or(|rel| rel == "alternate") =>
            {
                let url = field.attribute("href").map_or_else(|| field.text(), str::to_owned);
                fill(&mut self.host, host(&url).to_owned());
            }
            _ => {}
        }
    }

    fn declare(&mut self, tag: &BytesStart<'_>) {
        for (name, value) in attributes(tag) {
            let prefix = name.strip_prefix("xmlns:").or_else(|| (name == "xmlns").then_some(""));
            if let Some(prefix) = prefix.filter(|_| self.prefixes.len() < MAX_FIELDS) {
                let space = match Space::of(&value) {
                    // Whatever RSS is called, its elements have no prefix.
                    Space::Other if prefix.is_empty() => Space::Rss,
                    space => space,
                };
                self.prefixes.insert(0, (prefix.to_owned(), space));
            }
        }
    }

    /// Reads an item.
    pub(super) fn item(&self, bytes: &[u8], keys: &Keys) -> Result<Draft<'static>, Unread> {
        let broken = |reason: String| Unread { code: "bad-record", reason };
        let text = std::str::from_utf8(bytes).map_err(|error| broken(format!("not UTF-8: {error}")))?;
        let mut reader = reader(text);
        let tag = match reader.read_event() {
            Ok(Event::Start(tag)) => tag,
            Ok(_) => return Err(broken("not an item of a feed".to_owned())),
            Err(error) => return Err(broken(format!("not an item of a feed: {error}"))),
        };
        let mut own = Self { prefixes: self.prefixes.clone(), ..Self::default() };
        own.declare(&tag);
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let (fields, error) = fields(text.get(start..).unwrap_or_default(), &own.prefixes);
        if let Some(error) = error {
            return Err(broken(format!("not well-formed: {error}")));
        }
        let attributes = attributes(&tag);
        let attribute =
            |name: &str| attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let mut item = Item { feed: self, fields: &fields, draft: Draft::default() };
        item.read(keys, attribute("xml:lang"), attribute("rdf:about"));
        Ok(item.draft)
    }
}

/// An item while its draft is made.
struct Item<'a> {
    feed: &'a Feed,
    fields: &'a [Field<'a>],
    draft: Draft<'static>,
}

impl Item<'_> {
    fn read(&mut self, keys: &Keys, language: Option<&str>, about: Option<&str>) {
        use Space::{Atom, Content, Dublin, Media, Rss};
        let title = self.first(&[(Rss, "title"), (Atom, "title"), (Dublin, "title"), (Media, "title")]);
        let title = title.map(|field| match field.attribute("type") {
            Some("html" | "xhtml") => fold_space(&field.prose()).into_owned(),
            _ => field.text(),
        });
        let dates = [
            (Rss, "pubDate"),
            (Atom, "published"),
            (Atom, "issued"),
            (Dublin, "date"),
            (Dublin, "issued"),
            (Dublin, "created"),
            (Atom, "created"),
            (Atom, "updated"),
            (Atom, "modified"),
        ];
        let url = self.url(about);
        let body =
            self.first(&[(Content, "encoded"), (Atom, "content"), (Rss, "content"), (Rss, "fulltext")]);
        let body = body.map(Field::prose).unwrap_or_default();
        let summaries =
            [(Rss, "description"), (Atom, "summary"), (Dublin, "description"), (Media, "description")];
        let summary = self.first(&summaries).map(Field::prose);
        let language =
            language.map(str::to_owned).or_else(|| self.first(&[(Dublin, "language")]).map(Field::text));
        let language = language.unwrap_or_else(|| self.feed.language.clone());
        let id = self.id(&url);
        self.draft.put_first(&keys.title, title.unwrap_or_default());
        self.draft.put_first(&keys.published, self.first(&dates).map(Field::text).unwrap_or_default());
        self.draft.put_first(&keys.url, url);
        self.draft.put_first(&keys.id, id);
        self.draft.put_first(&keys.description, summary.unwrap_or_default());
        self.draft.put_first(&keys.locale, language);
        self.draft.put("source", self.feed.title.clone());
        self.draft.put_list("author", self.authors());
        self.draft.put_list("tags", self.tags());
        self.others();
        if !body.is_empty() {
            self.draft.body = Some(Body::Plain { text: body, line: 1 });
        }
    }

    /// The first field with a text of some names, in the order of the names.
    fn first(&self, names: &[(Space, &str)]) -> Option<&Field<'_>> {
        let is_told = |field: &Field<'_>| !field.inner.trim().is_empty();
        names.iter().find_map(|(space, name)| {
            self.fields.iter().find(|field| field.space == *space && field.name == *name && is_told(field))
        })
    }

    fn all<'a>(&'a self, names: &'a [(Space, &'a str)]) -> impl Iterator<Item = &'a Field<'a>> {
        self.fields.iter().filter(move |field| names.contains(&(field.space, field.name)))
    }

    /// The address of the article: the link of RSS, the alternate link of Atom, else a guid that is one.
    fn url(&self, about: Option<&str>) -> String {
        let link = self.first(&[(Space::Rss, "link")]).map(Field::text);
        let of_atom = |wanted: &dyn Fn(&str) -> bool| {
            let mut links = self.all(&[(Space::Atom, "link")]);
            let found = links.find(|link| wanted(link.attribute("rel").unwrap_or("alternate")));
            found.and_then(|link| link.attribute("href")).map(str::to_owned)
        };
        let guid = || self.guid().filter(|guid| is_url(guid));
        let others =
            |rel: &str| !matches!(rel, "self" | "edit" | "enclosure" | "replies" | "hub" | "license");
        link.or_else(|| of_atom(&|rel| rel == "alternate"))
            .or_else(guid)
            .or_else(|| of_atom(&others))
            .or_else(|| about.map(str::to_owned))
            .unwrap_or_default()
    }

    fn guid(&self) -> Option<String> {
        self.first(&[(Space::Rss, "guid"), (Space::Atom, "id"), (Space::Dublin, "identifier")])
            .map(Field::text)
    }

    /// The id: a guid that is no URL. One that only its feed knows to be unique has the host of the feed before it.
    fn id(&self, url: &str) -> String {
        let Some(guid) = self.guid().filter(|guid| !guid.is_empty() && !is_url(guid)) else {
            return String::new();
        };
        if ["tag:", "urn:"].iter().any(|scheme| guid.starts_with(scheme)) {
            return guid;
        }
        let host = if self.feed.host.is_empty() { host(url) } else { &self.feed.host };
        if host.is_empty() { String::new() } else { format!("{host}/{guid}") }
    }

    fn authors(&self) -> Vec<String> {
        let names = [(Space::Dublin, "creator"), (Space::Rss, "author"), (Space::Atom, "author")];
        let mut authors: Vec<String> = Vec::new();
        for name in self.all(&names).map(author) {
            if !name.is_empty() && !authors.contains(&name) {
                authors.push(name);
            }
        }
        if authors.is_empty() && !self.feed.author.is_empty() {
            authors.push(self.feed.author.clone());
        }
        authors
    }

    fn tags(&self) -> Vec<String> {
        let names = [(Space::Rss, "category"), (Space::Atom, "category"), (Space::Dublin, "subject")];
        let categories = self.all(&names).map(|field| {
            let attribute = field.attribute("label").or_else(|| field.attribute("term"));
            attribute.map_or_else(|| field.text(), str::to_owned)
        });
        let keywords = self.all(&[(Space::Media, "keywords")]).map(Field::text).collect::<Vec<_>>();
        let keywords = keywords.iter().flat_map(|list| list.split(',')).map(|word| word.trim().to_owned());
        let mut tags: Vec<String> = Vec::new();
        for tag in categories.chain(keywords) {
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    /// The elements that are not known and are texts, each under its name.
    fn others(&mut self) {
        let known = [
            "guid",
            "id",
            "link",
            "author",
            "category",
            "title",
            "description",
            "content",
            "thumbnail",
            "group",
        ];
        for field in self.fields {
            let is_other =
                field.space == Space::Other || field.space == Space::Rss && !known.contains(&field.name);
            let has_key = self.draft.entries.iter().any(|(key, _)| key.eq_ignore_ascii_case(field.name));
            if is_other
                && !has_key
                && !field.has_elements
                && field.inner.len() <= MAX_OTHER_BYTES
                && field.name != "pubDate"
            {
                self.draft.put(field.name, field.text());
            }
        }
    }
}

/// The name of an author, who in RSS may be `mail@example.com (Name)` and in Atom has a name of its own.
fn author(field: &Field<'_>) -> String {
    if let Some((_, rest)) = field.inner.split_once("name>").filter(|_| field.has_elements) {
        let end = rest.find("</").unwrap_or(rest.len());
        return fold_space(&decoded(&rest[..end])).into_owned();
    }
    let text = field.text();
    let named = text
        .split_once(" (")
        .filter(|(mail, _)| mail.contains('@'))
        .and_then(|(_, name)| name.strip_suffix(')'));
    named.map_or_else(|| text.clone(), str::to_owned)
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]
}

/// A reader that tolerates what feeds get wrong.
fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

/// The elements at the beginning of a text, up to an end tag without a start or to a mistake, which is returned.
fn fields<'t>(text: &'t str, prefixes: &[(String, Space)]) -> (Vec<Field<'t>>, Option<quick_xml::Error>) {
    let mut reader = reader(text);
    let mut found: Vec<Field<'t>> = Vec::new();
    let (mut depth, mut open_at) = (0_usize, 0);
    let position = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
    loop {
        let before = position(&reader);
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if depth == 0 {
                    if found.len() == MAX_FIELDS {
                        return (found, None);
                    }
                    open_at = position(&reader);
                    found.push(field(&tag, text, before, prefixes));
                } else if let Some(last) = found.last_mut() {
                    last.has_elements = true;
                }
                depth += 1;
            }
            Ok(Event::Empty(tag)) if depth == 0 && found.len() < MAX_FIELDS => {
                found.push(field(&tag, text, before, prefixes));
            }
            Ok(Event::Empty(_)) => {
                if let Some(last) = found.last_mut() {
                    last.has_elements = true;
                }
            }
            Ok(Event::End(_)) if depth == 0 => return (found, None),
            Ok(Event::End(_)) => {
                depth -= 1;
                if let Some(last) = found.last_mut().filter(|_| depth == 0) {
                    last.inner = text.get(open_at..before).unwrap_or_default();
                }
            }
            Ok(Event::Eof) => return (found, None),
            Ok(_) => {}
            Err(error) => return (found, Some(error)),
        }
    }
}

/// An element whose tag begins at a byte of a text, without what is in it.
fn field<'t>(tag: &BytesStart<'_>, text: &'t str, at: usize, prefixes: &[(String, Space)]) -> Field<'t> {
    let name = text.get(at + 1..at + 1 + tag.name().as_ref().len()).unwrap_or_default();
    let (prefix, name) = name.split_once(':').unwrap_or(("", name));
    let declared = prefixes.iter().find(|(known, _)| known == prefix).map(|(_, space)| *space);
    let space = declared.unwrap_or_else(|| Space::usual(prefix));
    Field { space, name, inner: "", has_elements: false, attributes: attributes(tag) }
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = tag.html_attributes();
    let attributes = attributes.with_checks(false).flatten().take(MAX_FIELDS);
    let read = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        (attribute.key.as_ref().to_owned(), decode_entities(&attribute.value).trim().to_owned())
    };
    attributes.map(read).collect()
}

#[cfg(test)]
mod tests {
    use crate::article::{Article, Format, Keys, RecordParser, read_date};
    use proptest::prelude::*;

    fn article(head: &str, item: &str) -> Article {
        let keys = Keys::default();
        let parser = RecordParser::new(Format::FeedItem, head.as_bytes(), &keys);
        parser.parse(item.as_bytes(), "feed.xml#1").expect("an article").value
    }

    fn extra<'a>(article: &'a Article, key: &str) -> Vec<&'a str> {
        article.extra.get(key).map(|texts| texts.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The elements of the specification of RSS 2.0 with its usual modules.
    #[test]
    fn an_item_of_rss_2() {
        let head = r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:a10="http://www.w3.org/2005/Atom"
            xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:x="https://example.com/x"><channel>
            <title>Harbour &amp; Gazette</title><a10:link rel="self" href="https://feeds.example/rss"/>
            <link>https://gazette.example/</link><language>en-gb</language>"#;
        let item = r#"<item><title>Copper &amp;amp; tin <![CDATA[rise & fall]]></title><link>https://gazette.example/a?b=1&amp;c=2</link>
            <guid isPermaLink="false">4711</guid><pubDate>Thu, 05 Mar 2026 08:30:00 GMT</pubDate>
            <description>&lt;p&gt;Smelters cut &lt;b&gt;out&lt;/b&gt;put.&lt;/p&gt;&lt;p&gt;Prices rise.&lt;/p&gt;</description>
            <content:encoded><![CDATA[<p>Copper rose to a high.</p><script>x</script><p>AT&T fell &lt; 1 %.</p>]]></content:encoded>
            <category>Metals</category><category domain="d">Tin</category><author>desk@example.com (Ines Moreau)</author>
            <dc:creator>Tomas Lind</dc:creator><x:tickers>AAPL.US</x:tickers><enclosure url="https://example.com/a.mp3"/></item>"#;
        let article = article(head, item);
        assert_eq!(article.title, "Copper & tin rise & fall");
        assert_eq!(article.url, "https://gazette.example/a?b=1&c=2");
        assert_eq!((article.id.as_str(), article.named_by_path), ("gazette.example/4711", false));
        assert_eq!(article.published, read_date("2026-03-05T08:30:00Z"));
        assert_eq!(article.description, "Smelters cut output.\n\nPrices rise.");
        assert_eq!(article.body, "Copper rose to a high.\n\nAT&T fell < 1 %.");
        assert_eq!(article.locale, "en-GB");
        assert_eq!(extra(&article, "source"), ["Harbour & Gazette"]);
        assert_eq!(extra(&article, "tags"), ["Metals", "Tin"]);
        assert_eq!(extra(&article, "author"), ["Ines Moreau", "Tomas Lind"]);
        assert_eq!(article.symbols.len(), 1);
    }

    /// RFC 4287, with text in all its types.
    #[test]
    fn an_entry_of_atom() {
        let head = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title type="text">Wire</title><author><name>The desk</name></author>"#;
        let item = r#"<entry xml:lang="en"><title type="html">Tin &lt;i&gt;slips&lt;/i&gt;</title><id>tag:wire.example,2026:1</id>
            <link rel="self" href="https://wire.example/1.atom"/><link href="https://wire.example/1"/>
            <updated>2026-03-06T00:00:00Z</updated><published>2026-03-05T08:30:00+01:00</published>
            <summary>1 &lt; 2</summary><category term="t" label="Tin"/>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Tin fell.</p><p>It may rise.</p></div></content></entry>"#;
        let article = article(head, item);
        assert_eq!((article.title.as_str(), article.url.as_str()), ("Tin slips", "https://wire.example/1"));
        assert_eq!((article.id.as_str(), article.locale.as_str()), ("tag:wire.example,2026:1", "en"));
        assert_eq!(article.published, read_date("2026-03-05T08:30:00+01:00"));
        assert_eq!(
            (article.description.as_str(), article.body.as_str()),
            ("1 < 2", "Tin fell.\n\nIt may rise.")
        );
        assert_eq!((extra(&article, "tags"), extra(&article, "author")), (vec!["Tin"], vec!["The desk"]));
        let prefixed = super::tests::article(
            r#"<a:feed xmlns:a="http://www.w3.org/2005/Atom">"#,
            r#"<a:entry><a:title>T</a:title><a:id>https://wire.example/2</a:id><a:content type="text">a &lt;b> c</a:content></a:entry>"#,
        );
        assert_eq!((prefixed.title.as_str(), prefixed.url.as_str()), ("T", "https://wire.example/2"));
        assert_eq!(prefixed.body, "a <b> c");
        assert!(prefixed.named_by_path, "an address is no id");
    }

    /// The specification of RSS 1.0 with the modules Dublin Core and Content.
    #[test]
    fn an_item_of_rss_1() {
        let head = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
            xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://wire.example/"><title>Wire</title>
            <link>https://wire.example/</link><dc:language>zh-CN</dc:language></channel>"#;
        let item = r#"<item rdf:about="https://wire.example/3"><title>铜价上涨</title><description>冶炼厂减产。</description>
            <dc:date>2026-03-05T08:30:00Z</dc:date><dc:subject>金属</dc:subject><dc:creator>林</dc:creator></item>"#;
        let article = article(head, item);
        assert_eq!((article.title.as_str(), article.url.as_str()), ("铜价上涨", "https://wire.example/3"));
        assert_eq!((article.description.as_str(), article.locale.as_str()), ("冶炼厂减产。", "zh-CN"));
        assert_eq!(article.published, read_date("2026-03-05T08:30:00Z"));
        assert_eq!((extra(&article, "tags"), extra(&article, "author")), (vec!["金属"], vec!["林"]));
    }

    #[test]
    fn entities_of_a_document_are_not_expanded() {
        let head = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><channel>";
        assert_eq!(article(head, "<item><title>x &b; &#65;</title></item>").title, "x &b; A");
    }

    #[test]
    fn a_broken_item_is_told() {
        let keys = Keys::default();
        let parser = RecordParser::new(Format::FeedItem, b"<rss>", &keys);
        let code = |item: &[u8]| parser.parse(item, "x").map_err(|unread| unread.code);
        assert_eq!(code(b"<item><title>a</title><!-- </item>"), Err("bad-record"));
        assert_eq!(code(b"\xff"), Err("bad-record"));
        assert_eq!(code(b"<item><enclosure/></item>"), Err("no-title-or-text"));
        assert_eq!(code(b"<item><title>a & b</title></item>").expect("an article").value.title, "a & b");
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(head in piece(), item in piece()) {
            let keys = Keys::default();
            let _ = RecordParser::new(Format::FeedItem, &head, &keys).parse(&item, "x");
            let _ = RecordParser::new(Format::FeedItem, b"<rss>", &keys).parse(&[b"<item>", &item[..]].concat(), "x");
        }
    }

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just("<item>"),
            Just("</item>"),
            Just("<![CDATA["),
            Just("]]>"),
            Just("<!--"),
            Just("-->"),
            Just("<a:b c='d"),
            Just("'>"),
            Just("<title>"),
            Just("</title>"),
            Just("&lt;"),
            Just("&#"),
            Just("<!"),
            Just("<author>"),
            Just("name>"),
            Just("é"),
            Just("<content>"),
        ];
        proptest::collection::vec(
            prop_oneof![
                part.prop_map(|part| part.as_bytes().to_vec()),
                proptest::collection::vec(any::<u8>(), 0..3)
            ],
            0..30,
        )
        .prop_map(|parts| parts.concat())
    }
}
