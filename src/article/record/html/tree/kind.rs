//! What an element is to a reader of text, by its tag, and what its classes say.

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::article::record::html) enum Kind {
    /// Stands in a sentence.
    Inline,
    /// A link in a sentence.
    Link,
    /// A line break, or another element without content that separates texts.
    Break,
    /// Without content and without a trace in the text.
    Void,
    /// A block of any kind.
    Block,
    /// A paragraph.
    Paragraph,
    /// The heading of the page.
    Title,
    /// A heading below that.
    Heading,
    List,
    /// An item of a list.
    Item,
    Table,
    /// A row of a table.
    Row,
    /// A cell of a table.
    Cell,
    Article,
    Main,
    Header,
    /// Navigation, and what else is beside the article.
    Aside,
    /// Its content is not text.
    Hidden,
}

impl Kind {
    /// The kind of the element with a name in lower case.
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"a" => Self::Link,
            b"abbr" | b"acronym" | b"b" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del"
            | b"dfn" | b"em" | b"font" | b"i" | b"ins" | b"kbd" | b"label" | b"mark" | b"nobr" | b"q"
            | b"rb" | b"rp" | b"rt" | b"ruby" | b"s" | b"samp" | b"slot" | b"small" | b"span" | b"strike"
            | b"strong" | b"sub" | b"sup" | b"time" | b"tt" | b"u" | b"var" => Self::Inline,
            b"br" | b"hr" => Self::Break,
            b"area" | b"base" | b"basefont" | b"bgsound" | b"col" | b"embed" | b"frame" | b"img"
            | b"input" | b"link" | b"meta" | b"param" | b"source" | b"track" | b"wbr" => Self::Void,
            b"p" => Self::Paragraph,
            b"h1" => Self::Title,
            b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"ul" | b"ol" | b"dl" | b"dir" => Self::List,
            b"li" | b"dt" | b"dd" => Self::Item,
            b"table" => Self::Table,
            b"tr" => Self::Row,
            b"td" | b"th" => Self::Cell,
            b"article" => Self::Article,
            b"main" => Self::Main,
            b"header" => Self::Header,
            b"nav" | b"aside" | b"footer" | b"dialog" | b"menu" | b"address" | b"search" | b"amp-ad"
            | b"amp-sticky-ad" => Self::Aside,
            b"audio" | b"button" | b"canvas" | b"datalist" | b"iframe" | b"math" | b"noembed"
            | b"noframes" | b"noscript" | b"object" | b"script" | b"select" | b"style" | b"svg"
            | b"template" | b"textarea" | b"title" | b"video" => Self::Hidden,
            _ => Self::Block,
        }
    }

    /// Whether an end tag of an element around it does not end it.
    pub(super) fn is_scope(self) -> bool {
        matches!(self, Self::Cell | Self::Table)
    }

    /// Whether it is a part of a table.
    pub(super) fn is_of_table(self) -> bool {
        matches!(self, Self::Cell | Self::Table | Self::Row)
    }
}

/// Words of classes and ids of what stands beside an article, sorted.
const ASIDE_WORDS: [&str; 71] = [
    "ad",
    "ads",
    "adslot",
    "advert",
    "advertisement",
    "appdown",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "byline",
    "cmp",
    "comment",
    "comments",
    "consent",
    "cookie",
    "cookiebot",
    "cookies",
    "copyright",
    "dateline",
    "didomi",
    "disclaimer",
    "discussion",
    "disqus",
    "footer",
    "gdpr",
    "hidden",
    "hot",
    "hotlist",
    "login",
    "masthead",
    "menu",
    "modal",
    "more",
    "mostread",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "onetrust",
    "overlay",
    "pager",
    "pagination",
    "popular",
    "popup",
    "promo",
    "promotion",
    "recirc",
    "recommend",
    "recommendation",
    "recommendations",
    "recommended",
    "related",
    "reporter",
    "respond",
    "share",
    "sharing",
    "sidebar",
    "signup",
    "skip",
    "social",
    "sponsor",
    "sponsored",
    "subscribe",
    "subscription",
    "tags",
    "teaser",
    "toolbar",
    "trending",
    "trustarc",
    "truste",
    "usercentrics",
];

/// Whether the words of a class or an id say that an element stands beside the article.
pub(super) fn is_aside(names: &str) -> bool {
    words(names).any(|word| ASIDE_WORDS.binary_search(&word.as_str()).is_ok())
}

/// Words of classes and ids of the text of an article, and those that only together with one of them say so.
const ARTICLE_WORDS: [&str; 4] = ["artibody", "article", "articlebody", "story"];
const TEXT_WORDS: [&str; 3] = ["body", "content", "text"];
const OF_ARTICLE_WORDS: [&str; 4] = ["detail", "entry", "news", "post"];

/// Whether the words of a class or an id say that an element is the text of an article.
pub(super) fn is_article(names: &str) -> bool {
    let has = |wanted: &[&str]| words(names).any(|word| wanted.contains(&word.as_str()));
    !names.is_empty() && (has(&ARTICLE_WORDS) || has(&TEXT_WORDS) && has(&OF_ARTICLE_WORDS))
}

/// The words of class names in lower case: `relatedArticles top-nav` has `related`, `articles`, `top` and `nav`.
fn words(names: &str) -> impl Iterator<Item = String> {
    names.split(|c: char| !c.is_ascii_alphabetic()).flat_map(|name| {
        let starts = name.char_indices().filter(|(_, c)| c.is_ascii_uppercase()).map(|(at, _)| at);
        let is_mixed = name.contains(|c: char| c.is_ascii_lowercase());
        let mut ends: Vec<usize> = if is_mixed { starts.filter(|at| *at > 0).collect() } else { Vec::new() };
        ends.push(name.len());
        let mut start = 0;
        ends.into_iter().map(move |end| name[std::mem::replace(&mut start, end)..end].to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::{ASIDE_WORDS, is_article, is_aside, words};

    #[test]
    fn class_names_are_divided_into_words() {
        let found: Vec<_> = words("relatedArticles top-nav  SIDEBAR x2").collect();
        assert_eq!(found, ["related", "articles", "top", "nav", "", "sidebar", "x", ""].map(str::to_owned));
        assert!(ASIDE_WORDS.is_sorted());
        for (names, expected) in [
            ("site-footer", true),
            ("RelatedNews", true),
            ("story-body shareholders", false),
            ("broadcast header", false),
            ("", false),
        ] {
            assert_eq!(is_aside(names), expected, "{names}");
        }
        for (names, expected) in [
            ("story", true),
            ("Article_Content", true),
            ("entry-content", true),
            ("content", false),
            ("news-list", false),
            ("", false),
        ] {
            assert_eq!(is_article(names), expected, "{names}");
        }
    }
}
