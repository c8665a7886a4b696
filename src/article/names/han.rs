//! Names in Chinese text.

use crate::text::is_han_like;

/// How many characters in front of a bracket are read, and how many a name has at most.
const REACH: usize = 20;
const MAX_CHARS: usize = 10;

/// Words after which a name begins.
const BEFORE_NAMES: [&str; 47] = [
    "据悉",
    "消息",
    "根据",
    "截至发稿",
    "的",
    "和",
    "与",
    "及",
    "在",
    "对",
    "向",
    "将",
    "由",
    "为",
    "从",
    "被",
    "了",
    "日电",
    "日讯",
    "获悉",
    "持有",
    "出售",
    "收购",
    "收到",
    "股东",
    "显示",
    "关于",
    "公告",
    "系",
    "即",
    "如",
    "是",
    "称",
    "其中",
    "以及",
    "子公司",
    "企业",
    "公司",
    "个股",
    "龙头",
    "概念股",
    "第一股",
    "连板",
    "涨停",
    "股",
    "就",
    "随",
];
/// Words before which the name that begins a title ends.
const BEHIND_NAMES: [&str; 76] = [
    "晚间",
    "早间",
    "午间",
    "今日",
    "昨日",
    "日前",
    "近日",
    "公告",
    "发布",
    "披露",
    "公布",
    "回应",
    "回复",
    "表示",
    "称",
    "拟",
    "预计",
    "预告",
    "预盈",
    "预亏",
    "上半年",
    "下半年",
    "前三季",
    "一季",
    "二季",
    "三季",
    "四季",
    "第一季",
    "第二季",
    "第三季",
    "第四季",
    "年报",
    "中报",
    "季报",
    "半年报",
    "业绩",
    "控股股东",
    "股东",
    "持股",
    "董事",
    "子公司",
    "旗下",
    "实控人",
    "澄清",
    "终止",
    "签",
    "中标",
    "收购",
    "获",
    "将",
    "涨",
    "跌",
    "大涨",
    "大跌",
    "盘中",
    "开盘",
    "收盘",
    "午后",
    "与",
    "的",
    "向",
    "已",
    "宣布",
    "推出",
    "计划",
    "完成",
    "遭",
    "被",
    "股价",
    "净利",
    "营收",
    "市值",
    "首季",
    "首次",
    "斥资",
    "回购",
];

/// The name at the end of a text: what stands behind the last word after which one begins.
pub(super) fn before(text: &str) -> Option<&str> {
    let is_of_name =
        |c: char| is_han_like(c) || c.is_ascii_alphanumeric() || matches!(c, '*' | '&' | '·' | '-');
    let start = text.char_indices().rev().take(REACH).take_while(|(_, c)| is_of_name(*c)).last()?.0;
    let run = &text[start..];
    let ends = BEFORE_NAMES.iter().flat_map(|word| run.match_indices(word).map(|(at, word)| at + word.len()));
    let cut = ends.filter(|end| run[*end..].chars().count() >= 2).max().unwrap_or(0);
    name(&run[cut..])
}

/// The name at the beginning of a title, up to the first word or mark behind it.
pub(super) fn at_beginning(title: &str) -> Option<&str> {
    let title = title.trim_start_matches(['“', '"', '《', '【', ' ', '*']);
    let is_end = |at: usize, c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || !c.is_alphanumeric() && !matches!(c, '*' | '&' | '·' | '-')
            || BEHIND_NAMES.iter().any(|word| title[at..].starts_with(word))
    };
    let end = title.char_indices().take(14).skip(2).find(|(at, c)| is_end(*at, *c))?.0;
    let found = &title[..end];
    let cut =
        BEFORE_NAMES.iter().flat_map(|word| found.match_indices(word).map(|(at, word)| at + word.len()));
    let cut = cut.filter(|end| found[*end..].chars().count() >= 2).max().unwrap_or(0);
    name(&found[cut..])
}

/// A text as a name: some characters, at least one of them Han.
fn name(text: &str) -> Option<&str> {
    let length = text.chars().count();
    ((2..=MAX_CHARS).contains(&length) && text.contains(is_han_like)).then_some(text)
}
