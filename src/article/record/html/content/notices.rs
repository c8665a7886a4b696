//! Words by which a text on a page says that it is not of the article.

use super::MIN_GOOD_BYTES;

/// Ends of sentences.
const END_MARKS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];

/// A label has at most this many bytes.
pub(super) const MAX_LABEL_BYTES: usize = 48;
/// A notice has at most this many bytes: a longer block is a paragraph, whatever its first words.
pub(super) const MAX_NOTICE_BYTES: usize = 240;

/// Headings of what stands beside an article, and of sections of articles as well.
const DOUBTFUL_LABELS: [&str; 12] = [
    "related",
    "trending",
    "popular",
    "recommended",
    "up next",
    "also today",
    "comments",
    "comment",
    "newsletter",
    "your privacy",
    "what readers say",
    "評論",
];

/// Headings of what stands beside an article.
const LABELS: [&str; 51] = [
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
    "trending now",
    "recommended for you",
    "more news",
    "more stories",
    "more from us",
    "you may also like",
    "you might also like",
    "read also",
    "also read",
    "see also",
    "editors' picks",
    "reader comments",
    "readers' comments",
    "your comments",
    "join the discussion",
    "join the conversation",
    "leave a reply",
    "leave a comment",
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
    "相關新聞",
    "相關報導",
    "延伸閱讀",
    "推薦閱讀",
    "熱門新聞",
    "網友評論",
];

/// Beginnings of headings of what stands beside an article, which go on as each site likes.
const LABEL_BEGINNINGS: [&str; 13] = [
    "subscribe to ",
    "subscribe now",
    "subscribe for",
    "sign up for ",
    "already a subscriber",
    "your choices about",
    "about your privacy",
    "we value your privacy",
    "we use cookies",
    "privacy preference",
    "cookie preference",
    "manage consent",
    "manage your consent",
];

/// Short texts that are no more than the label of what is not of an article.
const WHOLE_NOTICES: [&str; 5] =
    ["advertisement", "share this", "share this article", "share this page", "share this story"];

/// Beginnings of short texts that are not of an article, if they are no sentences.
const NOTICES: [&str; 39] = [
    "read more:",
    "read also:",
    "also read:",
    "related:",
    "see also:",
    "subscribe to our",
    "sign up for our",
    "already a subscriber",
    "do you have a subscription",
    "follow us on",
    "download our app",
    "download the app",
    "all rights reserved",
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
    "点击查看更多",
    "（文章来源",
    "become a member of our",
];

/// What a short text says anywhere that is not of an article, if it is no sentence.
const NOTICES_WITHIN: [&str; 2] = ["不构成投资建议", "不構成投資建議"];

/// Beginnings of short texts with which no sentence of an article begins.
const FORMAL_BEGINNINGS: [&str; 4] = ["©", "copyright ©", "不用抽、不用搶", "不用抽 不用搶"];

/// Set phrases of law, which no sentence of an article has.
const FORMAL_PHRASES: [&str; 3] = ["未经授权不得转载", "未經同意不得轉載", "投资者据此操作，风险自担"];

/// How sure a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// No section of an article has it as its heading.
    Sure,
    /// A section of an article may have it as its heading: `COMMENTS:` above what economists say.
    Doubtful,
}

/// Whether a heading is one of something beside the article: `12 comments`, `延伸阅读：`.
pub(super) fn label(text: &str) -> Option<Label> {
    let is_mark = |c: char| c.is_whitespace() || c.is_ascii_digit() || "()（）【】[]:：>»…".contains(c);
    // Sites count their own comments.
    let is_counted = text.contains(|c: char| c.is_ascii_digit());
    let text = text.trim_matches(is_mark).to_lowercase();
    if DOUBTFUL_LABELS.contains(&text.as_str()) {
        return Some(if is_counted { Label::Sure } else { Label::Doubtful });
    }
    let is_sure = LABELS.contains(&text.as_str())
        || LABEL_BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
    is_sure.then_some(Label::Sure)
}

/// Whether a short text, `linked` bytes of which are links, is a notice of the site or a reference to other articles, and none
/// of the article.
///
/// A sentence is one of the article, whatever its first words: to lose a paragraph is worse than to keep a notice. It is a
/// reference if it is a label with a colon and then mostly links.
pub(super) fn is_notice(text: &str, linked: usize) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "【[".contains(c));
    let lower = text.chars().take(MAX_LABEL_BYTES).collect::<String>().to_lowercase();
    let is_reference = || {
        let (name, rest) = text.split_once([':', '：'])?;
        Some(name.len() <= MAX_LABEL_BYTES && label(name).is_some() && linked * 2 > rest.len())
    };
    WHOLE_NOTICES.contains(&lower.trim_matches(|c: char| !c.is_alphanumeric()))
        || FORMAL_BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
        || FORMAL_PHRASES.iter().any(|phrase| text.contains(phrase))
        || is_reference().unwrap_or_default()
        || !is_sentence(text)
            && (NOTICES.iter().any(|notice| lower.starts_with(notice))
                || NOTICES_WITHIN.iter().any(|notice| text.contains(notice)))
}

/// Whether a text is as long as a sentence and ends like one.
fn is_sentence(text: &str) -> bool {
    let is_closing = |c: char| c.is_whitespace() || "\"'”’)）」』".contains(c);
    text.len() >= MIN_GOOD_BYTES as usize && text.trim_end_matches(is_closing).ends_with(END_MARKS)
}

#[cfg(test)]
mod tests {
    use super::{Label, is_notice, label};

    #[test]
    fn what_a_page_says_beside_its_article_is_told_by_its_words() {
        for text in [
            "Related articles",
            "3 Comments",
            "Comments (12)",
            "Leave a comment",
            "READER COMMENTS",
            "MOST READ",
            "延伸阅读：",
            "Subscribe to read on",
        ] {
            assert_eq!(label(text), Some(Label::Sure), "{text}");
        }
        for text in ["COMMENTS:", "Comment", "Popular", "Trending", "Your privacy", "評論"] {
            assert_eq!(label(text), Some(Label::Doubtful), "{text}");
        }
        for heading in [
            "Related-party deals rise",
            "Commentary",
            "Subscribers leave",
            "相关部门",
            "Trending lower",
            "Your privacy at risk",
            "",
        ] {
            assert_eq!(label(heading), None, "{heading}");
        }
        for notice in [
            "Also read: Tin slips",
            "责任编辑：顾小舟",
            "【延伸閱讀】",
            "© 2026 Wire",
            "© 2026 The Valdoro Wire and its partners. All rights reserved.",
            "以上内容不构成投资建议。",
            "以上内容不构成投资建议，投资者据此操作，风险自担。",
            "— ADVERTISEMENT —",
            "Share this article",
            "Become a member of our club",
        ] {
            assert!(is_notice(notice, 0), "{notice}");
        }
        for text in
            ["Read more books, said the mayor.", "相关部门表示，价格将回落。", "Related firms rose.", ""]
        {
            assert!(!is_notice(text, 0), "{text}");
        }
    }

    #[test]
    fn a_sentence_is_of_the_article_whatever_its_first_words() {
        for text in [
            "Advertisement revenue fell 12% at YouTube in the quarter, the company said.",
            "Advertisement revenue fell",
            "Become a member of the euro area, and rates converge within a year or two.",
            "Become a member of the euro area, and rates converge",
            "Share this of the market grew for the third year in a row, brokers said.",
            "Related: sales of phones rose in all regions but one, the ministry said.",
            "Already a subscriber to three services, the average household cancels one.",
            "“We use cookies less than any of our rivals”, the head of advertising said.",
            "监管部门表示，上述研究报告仅供参考，不构成投资建议。",
        ] {
            assert!(!is_notice(text, 0), "{text}");
        }
        // The same with its words linked is a reference to another article.
        let reference = "Related: sales of phones rose in all regions but one, the ministry said.";
        assert!(is_notice(reference, reference.len() - "Related: ".len()));
    }
}
