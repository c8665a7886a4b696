//! The texts of the interface, in English, 简体中文 and 繁體中文, and the messages of searches in these languages.

use crate::problem::Message;
use std::{collections::HashMap, sync::LazyLock};

/// Messages that a search or a request can have: for each a block of its English template, 简体中文 and 繁體中文.
const MESSAGES: &str = include_str!("messages.txt");

/// The translations of each template.
static TRANSLATIONS: LazyLock<HashMap<&str, [&str; 2]>> = LazyLock::new(|| {
    let blocks = MESSAGES.split("\n\n").map(|block| block.lines().map(str::trim).collect::<Vec<_>>());
    let rows = blocks.filter_map(|block| match *block {
        [english, simplified, traditional] => Some((english, [simplified, traditional])),
        _ => None,
    });
    rows.collect()
});

/// The texts of the interface in one language. `{}` stands for a number or a name.
pub(super) struct Strings {
    /// The language tag of the page, for browsers and screen readers.
    pub tag: &'static str,
    /// The preferred locales of articles.
    pub prefer: &'static [&'static str],
    pub search: &'static str,
    pub placeholder: &'static str,
    pub skip: &'static str,
    pub no_articles: &'static str,
    pub one_article: &'static str,
    pub articles: &'static str,
    pub in_stories: &'static str,
    pub sort: &'static str,
    pub relevance: &'static str,
    pub newest: &'static str,
    pub oldest: &'static str,
    pub stories: &'static str,
    pub market: &'static str,
    pub symbol: &'static str,
    pub locale: &'static str,
    pub kind: &'static str,
    pub date: &'static str,
    pub about: &'static str,
    pub since: &'static str,
    pub until: &'static str,
    pub matching: &'static str,
    pub match_all: &'static str,
    pub match_any: &'static str,
    pub match_auto: &'static str,
    pub narrow: &'static str,
    pub chosen: &'static str,
    pub remove: &'static str,
    /// Between the name of a filter and its value.
    pub colon: &'static str,
    pub clear: &'static str,
    pub over_time: &'static str,
    pub also: &'static str,
    pub copies: &'static str,
    pub some_words: &'static str,
    pub previous: &'static str,
    pub next: &'static str,
    pub page: &'static str,
    pub read_as: &'static str,
    pub as_words: &'static str,
    pub nothing: &'static str,
    pub did_you_mean: &'static str,
    pub without: &'static str,
    pub try_help: &'static str,
    pub original: &'static str,
    pub file: &'static str,
    pub stale: &'static str,
    pub securities: &'static str,
    pub related: &'static str,
    pub similar: &'static str,
    pub all_of: &'static str,
    pub notations: &'static str,
    pub may_be: &'static str,
    pub co_mentioned: &'static str,
    pub latest: &'static str,
    pub coverage: &'static str,
    pub wrong: &'static str,
    pub home: &'static str,
    pub token: &'static str,
    pub enter: &'static str,
    pub keys: &'static str,
    pub untitled: &'static str,
    pub empty_index: &'static str,
}

static ENGLISH: Strings = Strings {
    tag: "en",
    prefer: &["en"],
    search: "Search",
    placeholder: "Words, “a phrase”, a code such as 600586 …",
    skip: "Skip to the results",
    no_articles: "No articles",
    one_article: "1 article",
    articles: "{} articles",
    in_stories: "in {} stories",
    sort: "Sort by",
    relevance: "Relevance",
    newest: "Newest",
    oldest: "Oldest",
    stories: "Group near-duplicates",
    market: "Market",
    symbol: "Security",
    locale: "Language",
    kind: "Kind",
    date: "Date",
    about: "About",
    since: "Since",
    until: "Until",
    matching: "Words",
    match_all: "all",
    match_any: "any",
    match_auto: "automatic",
    narrow: "Filters",
    chosen: "Active filters",
    remove: "Remove {}",
    colon: ": ",
    clear: "Clear all",
    over_time: "Articles over time",
    also: "also",
    copies: "and {} near-duplicates",
    some_words: "Articles with only some of the words",
    previous: "Previous",
    next: "Next",
    page: "Page {}",
    read_as: "Read as",
    as_words: "Search for the words",
    nothing: "No articles found.",
    did_you_mean: "Did you mean",
    without: "Without {}",
    try_help: "Try fewer words, another spelling, or another notation of the security.",
    original: "Original page",
    file: "File",
    stale: "The text cannot be shown: the file of this article is gone, or has changed since it was indexed.",
    securities: "Securities",
    related: "Linked articles",
    similar: "Similar articles",
    all_of: "All articles of {}",
    notations: "Other notations",
    may_be: "This notation can also mean",
    co_mentioned: "Often named together with",
    latest: "Latest articles",
    coverage: "Articles by month",
    wrong: "Error",
    home: "Home",
    token: "Token",
    enter: "Enter",
    keys: "/ search · j k move · Enter open",
    untitled: "(no title)",
    empty_index: "The index is empty. Index articles with: newsdex ingest PATH",
};

static SIMPLIFIED: Strings = Strings {
    tag: "zh-Hans",
    prefer: &["zh-CN", "zh"],
    search: "搜索",
    placeholder: "词语、“短语”、代码（如 600586）…",
    skip: "跳到结果",
    no_articles: "没有文章",
    one_article: "1 篇文章",
    articles: "{} 篇文章",
    in_stories: "共 {} 个事件",
    sort: "排序方式",
    relevance: "相关性",
    newest: "最新",
    oldest: "最早",
    stories: "合并近似文章",
    market: "市场",
    symbol: "证券",
    locale: "语言",
    kind: "类型",
    date: "日期",
    about: "关于",
    since: "从",
    until: "至",
    matching: "词语",
    match_all: "全部匹配",
    match_any: "任一匹配",
    match_auto: "自动",
    narrow: "筛选",
    chosen: "当前筛选",
    remove: "移除 {}",
    colon: "：",
    clear: "全部清除",
    over_time: "文章时间分布",
    also: "另有",
    copies: "及 {} 篇近似文章",
    some_words: "只含部分词语的文章",
    previous: "上一页",
    next: "下一页",
    page: "第 {} 页",
    read_as: "理解为",
    as_words: "按词语搜索",
    nothing: "没有找到文章。",
    did_you_mean: "您是不是要找",
    without: "去掉 {}",
    try_help: "请减少词语、换一种写法，或换一种证券代码格式。",
    original: "原文",
    file: "文件",
    stale: "无法显示正文：该文章的文件已不存在，或在索引后有改动。",
    securities: "证券",
    related: "文中链接的文章",
    similar: "类似文章",
    all_of: "{} 的全部文章",
    notations: "其他写法",
    may_be: "该代码也可能是",
    co_mentioned: "常一同提及",
    latest: "最新文章",
    coverage: "按月文章数",
    wrong: "出错",
    home: "首页",
    token: "令牌",
    enter: "进入",
    keys: "/ 搜索 · j k 移动 · Enter 打开",
    untitled: "（无标题）",
    empty_index: "索引为空。请用此命令建立索引：newsdex ingest PATH",
};

static TRADITIONAL: Strings = Strings {
    tag: "zh-Hant",
    prefer: &["zh-HK", "zh-TW", "zh"],
    search: "搜尋",
    placeholder: "詞語、「短語」、代碼（如 600586）…",
    skip: "跳到結果",
    no_articles: "沒有文章",
    one_article: "1 篇文章",
    articles: "{} 篇文章",
    in_stories: "共 {} 個事件",
    sort: "排序方式",
    relevance: "相關性",
    newest: "最新",
    oldest: "最早",
    stories: "合併近似文章",
    market: "市場",
    symbol: "證券",
    locale: "語言",
    kind: "類型",
    date: "日期",
    about: "關於",
    since: "從",
    until: "至",
    matching: "詞語",
    match_all: "全部符合",
    match_any: "任一符合",
    match_auto: "自動",
    narrow: "篩選",
    chosen: "目前篩選",
    remove: "移除 {}",
    colon: "：",
    clear: "全部清除",
    over_time: "文章時間分佈",
    also: "另有",
    copies: "及 {} 篇近似文章",
    some_words: "只含部分詞語的文章",
    previous: "上一頁",
    next: "下一頁",
    page: "第 {} 頁",
    read_as: "理解為",
    as_words: "按詞語搜尋",
    nothing: "沒有找到文章。",
    did_you_mean: "您是不是要找",
    without: "去掉 {}",
    try_help: "請減少詞語、換一種寫法，或換一種證券代碼格式。",
    original: "原文",
    file: "檔案",
    stale: "無法顯示正文：該文章的檔案已不存在，或在索引後有改動。",
    securities: "證券",
    related: "文中連結的文章",
    similar: "類似文章",
    all_of: "{} 的全部文章",
    notations: "其他寫法",
    may_be: "該代碼也可能是",
    co_mentioned: "常一同提及",
    latest: "最新文章",
    coverage: "按月文章數",
    wrong: "出錯",
    home: "首頁",
    token: "權杖",
    enter: "進入",
    keys: "/ 搜尋 · j k 移動 · Enter 開啟",
    untitled: "（無標題）",
    empty_index: "索引為空。請用此指令建立索引：newsdex ingest PATH",
};

impl Strings {
    /// The texts in the supported language with the highest weight in an `Accept-Language` header, or else English.
    pub(super) fn of(accepted: &str) -> &'static Self {
        let mut wanted: Vec<(f32, &str)> = accepted
            .split(',')
            .take(32)
            .filter_map(|one| {
                let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
                let weight =
                    rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
                (weight > 0.0).then_some((weight, tag.trim()))
            })
            .collect();
        wanted.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let known = wanted.into_iter().find_map(|(_, tag)| {
            let tag = tag.to_ascii_lowercase();
            let mut parts = tag.split('-');
            match parts.next()? {
                "en" => Some(&ENGLISH),
                "zh" | "yue" => {
                    let traditional = parts.any(|part| ["hant", "tw", "hk", "mo"].contains(&part));
                    Some(if traditional { &TRADITIONAL } else { &SIMPLIFIED })
                }
                _ => None,
            }
        });
        known.unwrap_or(&ENGLISH)
    }

    /// A message of a search or a request.
    pub(super) fn told(&self, message: &Message) -> String {
        let column = match self.tag {
            "zh-Hans" => 0,
            "zh-Hant" => 1,
            _ => return message.to_string(),
        };
        message.told(&|template| TRANSLATIONS.get(template).map(|row| row[column]))
    }

    /// A number of articles, with the noun.
    pub(super) fn count(&self, articles: usize) -> String {
        match articles {
            0 => self.no_articles.to_owned(),
            1 => self.one_article.to_owned(),
            many => fill(self.articles, &grouped(many)),
        }
    }
}

/// The text with `value` in the place of its `{}`.
pub(super) fn fill(text: &str, value: &str) -> String {
    text.replacen("{}", value, 1)
}

/// A number with thousands separators.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
