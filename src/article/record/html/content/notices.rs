//! Words by which a text on a page says that it is not of the article.

/// A label has at most this many bytes.
pub(super) const MAX_LABEL_BYTES: usize = 48;
/// A notice has at most this many bytes: a longer block is a paragraph, whatever its first words.
pub(super) const MAX_NOTICE_BYTES: usize = 240;

/// Headings of what stands beside an article.
const LABELS: [&str; 59] = [
    "related",
    "related news",
    "related articles",
    "related stories",
    "related content",
    "related topics",
    "related posts",
    "related coverage",
    "related links",
    "read more",
    "read next",
    "most read",
    "most popular",
    "most viewed",
    "trending",
    "trending now",
    "popular",
    "recommended",
    "recommended for you",
    "more news",
    "more stories",
    "more from us",
    "up next",
    "you may also like",
    "you might also like",
    "also today",
    "editors' picks",
    "comments",
    "comment",
    "reader comments",
    "readers' comments",
    "what readers say",
    "your comments",
    "join the discussion",
    "join the conversation",
    "leave a reply",
    "leave a comment",
    "newsletter",
    "about the author",
    "相关阅读",
    "相关新闻",
    "相关报道",
    "相关文章",
    "相关推荐",
    "延伸阅读",
    "推荐阅读",
    "热门排行",
    "热门新闻",
    "阅读排行",
    "猜你喜欢",
    "网友评论",
    "最新评论",
    "評論",
    "相關新聞",
    "相關報導",
    "延伸閱讀",
    "推薦閱讀",
    "熱門新聞",
    "網友評論",
];

/// Beginnings of headings of what stands beside an article, which go on as each site likes.
const LABEL_BEGINNINGS: [&str; 14] = [
    "subscribe to ",
    "subscribe now",
    "subscribe for",
    "sign up for ",
    "already a subscriber",
    "your choices about",
    "your privacy",
    "about your privacy",
    "we value your privacy",
    "we use cookies",
    "privacy preference",
    "cookie preference",
    "manage consent",
    "manage your consent",
];

/// Beginnings of short texts that are not of an article.
const NOTICES: [&str; 44] = [
    "read more:",
    "read also:",
    "also read:",
    "related:",
    "see also:",
    "subscribe to our",
    "sign up for our",
    "already a subscriber",
    "do you have a subscription",
    "advertisement",
    "share this",
    "follow us on",
    "download our app",
    "download the app",
    "all rights reserved",
    "copyright ©",
    "© ",
    "we value your privacy",
    "we use cookies",
    "this site uses cookies",
    "this website uses cookies",
    "责任编辑",
    "責任編輯",
    "（责任编辑",
    "(责任编辑",
    "（編輯",
    "（编辑",
    "相关阅读",
    "相关报道",
    "相關報導",
    "相关新闻",
    "延伸阅读",
    "延伸閱讀",
    "推荐阅读",
    "扫描二维码",
    "掃描二維碼",
    "请继续往下阅读",
    "請繼續往下閱讀",
    "免责声明",
    "免責聲明",
    "不用抽",
    "点击查看更多",
    "（文章来源",
    "become a member of",
];

/// What a short text says anywhere that is not of an article.
const NOTICES_WITHIN: [&str; 5] =
    ["不构成投资建议", "不構成投資建議", "未经授权不得转载", "未經同意不得轉載", "投资者据此操作，风险自担"];

/// Whether a heading is one of something beside the article: `12 comments`, `延伸阅读：`.
pub(super) fn is_label(text: &str) -> bool {
    let is_mark = |c: char| c.is_whitespace() || c.is_ascii_digit() || "()（）【】[]:：>»…".contains(c);
    let text = text.trim_matches(is_mark).to_lowercase();
    LABELS.contains(&text.as_str()) || LABEL_BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Whether a short text is a notice of the site or a reference to other articles, and none of the article.
pub(super) fn is_notice(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "【[".contains(c));
    let lower = text.chars().take(32).collect::<String>().to_lowercase();
    NOTICES.iter().any(|notice| lower.starts_with(notice))
        || NOTICES_WITHIN.iter().any(|notice| text.contains(notice))
}

#[cfg(test)]
mod tests {
    use super::{is_label, is_notice};

    #[test]
    fn what_a_page_says_beside_its_article_is_told_by_its_words() {
        for label in [
            "Related articles",
            "3 Comments",
            "Comments (12)",
            "MOST READ",
            "延伸阅读：",
            "Subscribe to read on",
        ] {
            assert!(is_label(label), "{label}");
        }
        for heading in
            ["Related-party deals rise", "Commentary", "Subscribers leave", "相关部门", "Trending lower", ""]
        {
            assert!(!is_label(heading), "{heading}");
        }
        for notice in [
            "Also read: Tin slips",
            "责任编辑：顾小舟",
            "【延伸閱讀】",
            "© 2026 Wire",
            "以上内容不构成投资建议。",
        ] {
            assert!(is_notice(notice), "{notice}");
        }
        for text in
            ["Read more books, said the mayor.", "相关部门表示，价格将回落。", "Related firms rose.", ""]
        {
            assert!(!is_notice(text), "{text}");
        }
    }
}
