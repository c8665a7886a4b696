//! The names of keys under which the members of an article are found.

use super::BuiltIn;

/// The members that have keys.
const MEMBERS: [BuiltIn; 9] = [
    BuiltIn::Title,
    BuiltIn::Kind,
    BuiltIn::Locale,
    BuiltIn::Url,
    BuiltIn::Description,
    BuiltIn::Published,
    BuiltIn::Symbol,
    BuiltIn::Id,
    BuiltIn::Body,
];

/// The members that are texts. An article has one of them.
pub(super) const TEXTS: [BuiltIn; 3] = [BuiltIn::Title, BuiltIn::Description, BuiltIn::Body];

/// The keys of each member of an article, in front matter and in records: the first key counts whose value the member can use.
///
/// Keys are the same whatever their case, with and without `_`, `-` and spaces. A key of a nested map is `parent.child`.
/// The value of a key with a `?` behind it that the member cannot use is not a mistake: `source?` may be a URL or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Keys of the title.
    pub(super) title: Vec<String>,
    /// Keys of the type of page.
    pub(super) kind: Vec<String>,
    /// Keys of the language.
    pub(super) locale: Vec<String>,
    /// Keys of the page's URL.
    pub(super) url: Vec<String>,
    /// Keys of the summary.
    pub(super) description: Vec<String>,
    /// Keys of the date.
    pub(super) published: Vec<String>,
    /// Keys of the securities, each a list or one text.
    pub(super) symbol: Vec<String>,
    /// Keys of the id, for pages whose URL has none.
    pub(super) id: Vec<String>,
    /// Keys of the text of a record. A page has its text below its front matter.
    pub(super) body: Vec<String>,
    /// All of them by the number of their letters, so that a key is looked up once and not once for each name.
    known: Vec<Vec<Known>>,
}

/// What keys with the same letters are names of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    letters: Vec<u8>,
    /// What the value of the key is, if a member can use it.
    pub names: Vec<Name>,
    /// What the values in the map are that the key has, each with its name in the map.
    pub children: Vec<(String, Name)>,
}

/// A name of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// The member.
    pub member: BuiltIn,
    /// How many names of the member come before it.
    pub rank: usize,
    /// Whether a value under it that the member cannot use is a mistake.
    pub is_sure: bool,
    /// Whether it is `parent.child`, and `child` alone is a name of a text as well. Then the map may be one of an article.
    pub is_in_article: bool,
}

impl Default for Keys {
    fn default() -> Self {
        let names = |member| match member {
            BuiltIn::Title => {
                "title, headline, headline.main, subject, article_title, news_title, web_title, \
                 announcement_title, title.rendered, headlines.basic, attributes.title, 新闻标题, 标题, 文章标题, 公告标题"
            }
            BuiltIn::Kind => "type, kind",
            BuiltIn::Locale => "locale, lang, language, in_language, language_code",
            BuiltIn::Url => {
                "url, link, canonical, canonical_url, canonical_url.url, source_url, article_url, news_url, \
                 web_url, external_url, share_url, doc_url, url_unique?, unique_url?, url_w?, \
                 click_through_url.url, main_entity_of_page?, uri?, 新闻链接, 链接, 原文链接, 网址?, source?"
            }
            BuiltIn::Description => {
                "description, summary, excerpt, abstract, lsa_summary, snippet, teaser, lead_paragraph, \
                 content_short, excerpt.rendered, description.basic, fields.trail_text, attributes.summary, \
                 digest?, brief?, intro?, 新闻摘要, 摘要"
            }
            BuiltIn::Published => {
                "datetime, date_gmt, date, published_at, published, publish_at, publish_on, publish_time, \
                 publish_date, published_on, published_date, published_time, published_utc, publication_date, \
                 publication_datetime, publication_time, web_publication_date, date_published, time_published, \
                 pub_date, pub_time, provider_publish_time, first_publish_date, announcement_time, \
                 announcement_date, ann_date, attributes.publish_on, 发布时间, 发布日期, 公告时间, 公告日期, 日期, display_time?, \
                 show_time?, display_date?, notice_date?, public_time?, ptime?, first_created?, seen_date?, \
                 created_at?, created?, create_time?, create_date?, date_created?, ctime?, time?, timestamp?, \
                 timestamp_utc?, 时间?"
            }
            BuiltIn::Symbol => {
                "symbols, tickers, symbol, ticker, stock_symbol, stock_code, ts_code, ticker_sentiment, \
                 related_tickers, 股票代码, 证券代码, stocks?, stock?, stock_list?, sec_code?, codes?, related?, \
                 entities?, 代码?, 关键词?"
            }
            BuiltIn::Id => "id, article_id, news_id, guid, uuid, doc_id, announcement_id, art_code?",
            BuiltIn::Body => {
                "body, content, text, article, article_body, article_text, body_text, content_html, \
                 content_text, full_text, content_elements, rich_text, content.rendered, fields.body_text, \
                 fields.body, attributes.content, attributes.body, 新闻内容, 正文, 内容, 文章内容"
            }
            BuiltIn::Nsymbols | BuiltIn::Related => "",
        };
        Self::new(|member| names(member).split(", ").map(str::to_owned).collect())
    }
}

impl Keys {
    /// The keys of each member as `names` gives them.
    pub(crate) fn new(names: impl Fn(BuiltIn) -> Vec<String>) -> Self {
        let mut keys = Self {
            title: names(BuiltIn::Title),
            kind: names(BuiltIn::Kind),
            locale: names(BuiltIn::Locale),
            url: names(BuiltIn::Url),
            description: names(BuiltIn::Description),
            published: names(BuiltIn::Published),
            symbol: names(BuiltIn::Symbol),
            id: names(BuiltIn::Id),
            body: names(BuiltIn::Body),
            known: Vec::new(),
        };
        for member in MEMBERS {
            for (rank, written) in names(member).iter().enumerate() {
                let is_sure = !written.ends_with('?');
                let name = Name { member, rank, is_sure, is_in_article: false };
                keys.entry(bare(written)).names.push(name);
            }
        }
        // Once the names of all members are known: whether a child is a name by itself.
        for member in MEMBERS {
            for (rank, written) in names(member).iter().enumerate() {
                let Some((parent, child)) = bare(written).split_once('.') else { continue };
                let is_sure = !written.ends_with('?');
                let name = Name { member, rank, is_sure, is_in_article: keys.is_one_of(&TEXTS, child) };
                keys.entry(parent).children.push((child.to_owned(), name));
            }
        }
        keys
    }

    /// What the keys with the letters of a name are, to be added to.
    fn entry(&mut self, name: &str) -> &mut Known {
        let letters: Vec<u8> = letters(name).collect();
        if self.known.len() <= letters.len() {
            self.known.resize(letters.len() + 1, Vec::new());
        }
        let same_length = &mut self.known[letters.len()];
        let at = same_length.iter().position(|known| known.letters == letters).unwrap_or_else(|| {
            same_length.push(Known { letters, names: Vec::new(), children: Vec::new() });
            same_length.len() - 1
        });
        &mut same_length[at]
    }

    /// What a key is; `None` if no member has a name like it.
    pub(super) fn known(&self, key: &str) -> Option<&Known> {
        let mut folded = key.as_bytes().to_ascii_lowercase();
        if memchr::memchr3(b'_', b'-', b' ', &folded).is_some() {
            folded.retain(|byte| is_letter(*byte));
        }
        self.known.get(folded.len())?.iter().find(|known| known.letters == folded)
    }

    /// Whether a key is a name of one of some members.
    fn is_one_of(&self, members: &[BuiltIn], key: &str) -> bool {
        self.known(key).is_some_and(|known| known.names.iter().any(|name| members.contains(&name.member)))
    }

    /// Whether a key is one of the title or of the summary. These hold prose, in which `#` does not begin a comment.
    #[must_use]
    pub fn is_text(&self, key: &str) -> bool {
        self.is_one_of(&[BuiltIn::Title, BuiltIn::Description], key)
    }

    /// Whether a key tells that what has it is an article: one of the title, of the summary or of the date.
    pub(super) fn is_of_article(&self, key: &str) -> bool {
        self.is_one_of(&[BuiltIn::Title, BuiltIn::Description, BuiltIn::Published], key)
    }

    /// Whether a key is one of the text of a record.
    #[must_use]
    pub fn is_body(&self, key: &str) -> bool {
        self.is_one_of(&[BuiltIn::Body], key)
    }

    /// Whether a key is one of the title or of the text of a record.
    pub(super) fn is_of_text(&self, key: &str) -> bool {
        self.is_one_of(&[BuiltIn::Title, BuiltIn::Body], key)
    }

    /// Whether names of columns may be those of articles: one is that of a title or a text, or of a summary with a date,
    /// a URL or an id beside it.
    #[must_use]
    pub fn name_articles(&self, columns: &[impl AsRef<str>]) -> bool {
        let have = |members: &[BuiltIn]| {
            columns.iter().any(|column| self.is_one_of(members, column.as_ref().trim()))
        };
        let of_article = || have(&[BuiltIn::Published, BuiltIn::Url, BuiltIn::Id]);
        have(&[BuiltIn::Title, BuiltIn::Body]) || have(&[BuiltIn::Description]) && of_article()
    }
}

/// Whether two keys are the same but for case, `_`, `-` and spaces.
pub(crate) fn same_key(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

/// The bytes by which keys are told apart.
fn letters(key: &str) -> impl Iterator<Item = u8> {
    key.bytes().filter(|byte| is_letter(*byte)).map(|byte| byte.to_ascii_lowercase())
}

fn is_letter(byte: u8) -> bool {
    !matches!(byte, b'_' | b'-' | b' ')
}

/// A name of a list of keys without its question mark.
pub(crate) fn bare(name: &str) -> &str {
    name.strip_suffix('?').unwrap_or(name)
}
