//! The key of a company's name: what its spellings have in common.

use crate::text::{SplitWhitespace, fold, is_han_like};

/// Maximum length of a key, in bytes.
const MAX_KEY: usize = 40;

/// Legal forms at the end of a name, sorted.
const LEGAL_FORMS: [&str; 41] = [
    "ab",
    "adr",
    "ads",
    "ag",
    "asa",
    "berhad",
    "bhd",
    "bv",
    "co",
    "companies",
    "company",
    "corp",
    "corporation",
    "cos",
    "gmbh",
    "inc",
    "incorporated",
    "jsc",
    "kgaa",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "nv",
    "oao",
    "ojsc",
    "oyj",
    "pao",
    "pjsc",
    "plc",
    "pte",
    "pty",
    "sa",
    "sab",
    "sarl",
    "sca",
    "se",
    "spa",
    "tbk",
];
/// Legal forms at the end of a Chinese name, longest first.
const HAN_LEGAL_FORMS: [&str; 3] = ["股份有限公司", "有限责任公司", "有限公司"];
/// First words after which a legal form is part of the name: `News Corp`, `General Co`.
const NEEDS_FORM: [&str; 8] =
    ["american", "first", "general", "global", "international", "national", "new", "news"];
/// What names of one company may have or lack at their end, beside legal forms.
const SOFT: [&str; 34] = [
    "bancorp",
    "bancorporation",
    "com",
    "computer",
    "enterprises",
    "financial",
    "financialgroup",
    "global",
    "group",
    "holding",
    "holdings",
    "industries",
    "international",
    "platforms",
    "stores",
    "technologies",
    "technology",
    "trust",
    "wholesale",
    "worldwide",
    "h股",
    "a股",
    "公司",
    "国际",
    "实业",
    "控股",
    "控股集团",
    "有限",
    "科技",
    "股份",
    "集团",
    "集团控股",
    "集团股份",
    "financialservicesgroup",
];

/// The key of a name: folded, without white space, punctuation, possessives and legal forms. `J.P. Morgan`, `JPMorgan Co.`
/// and `jp morgan` have one key, and so have 騰訊控股有限公司 and 腾讯控股. `None` for what cannot be a name.
#[must_use]
pub fn key(name: &str) -> Option<String> {
    let folded = fold(name.trim());
    // The words without anything between, and where each ends.
    let (mut joined, mut ends) = (String::with_capacity(folded.len()), Vec::with_capacity(8));
    for word in SplitWhitespace::new(&folded) {
        let start = joined.len();
        push_word(word, &mut joined);
        if joined.len() > start {
            ends.push(joined.len());
        }
    }
    let is_article = ends.len() > 1 && joined.starts_with("the") && ends[0] == 3;
    let start = if is_article { ends.remove(0) } else { 0 };
    while let [.., before, last] = ends[..]
        && is_legal_form(&joined[before..last])
        && !(ends.len() == 2 && NEEDS_FORM.contains(&&joined[start..before]))
    {
        ends.pop();
    }
    let joined = &joined[start..ends.last().copied().unwrap_or(start)];
    if ends.len() == 1 && is_legal_form(joined) {
        return None;
    }
    let is_han = !joined.is_ascii() && joined.contains(is_han_like);
    let key = if is_han { han(name, joined) } else { joined.to_owned() };
    let is_number = key.bytes().all(|byte| byte.is_ascii_digit());
    (key.chars().count() > 1 && key.len() <= MAX_KEY && !is_number).then_some(key)
}

/// The keys under which the same company may also be known: with and without words such as `Group` and 集团.
pub fn soft_keys(key: &str) -> impl Iterator<Item = String> {
    let longer = SOFT.iter().map(move |soft| format!("{key}{soft}"));
    let shorter = SOFT.iter().filter_map(move |soft| key.strip_suffix(soft));
    longer.chain(shorter.filter(|shorter| shorter.chars().count() > 1).map(str::to_owned))
}

/// Whether a folded word is a legal form.
#[must_use]
pub fn is_legal_form(word: &str) -> bool {
    LEGAL_FORMS.binary_search(&word).is_ok()
}

/// Adds the letters and digits of a word, and an `&` between them, without a possessive.
fn push_word(text: &str, joined: &mut String) {
    // Most words are letters and nothing else.
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        if text != "and" {
            joined.push_str(text);
        }
        return;
    }
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && !is_apostrophe(c));
    let text = text.strip_suffix("'s").or_else(|| text.strip_suffix("’s")).unwrap_or(text);
    let start = joined.len();
    joined.extend(text.chars().filter(|c| c.is_alphanumeric() || *c == '&'));
    let kept = &joined[start..];
    if kept == "and" || kept.bytes().all(|byte| byte == b'&') {
        joined.truncate(start);
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// The key of a Chinese name: without a legal form, a share class (万科A, 小米集团-W) and the mark of a warning (ST).
fn han(name: &str, joined: &str) -> String {
    let mut key = joined;
    for form in HAN_LEGAL_FORMS {
        if let Some(shorter) = key.strip_suffix(form).filter(|shorter| shorter.chars().count() > 1) {
            key = shorter;
            break;
        }
    }
    let class = share_class(name).len();
    let has_class = class > 0 && key.len() > class && key.is_char_boundary(key.len() - class);
    let key = if has_class { &key[..key.len() - class] } else { key };
    key.strip_prefix("st").filter(|rest| rest.starts_with(is_han_like)).unwrap_or(key).to_owned()
}

/// The share class at the end of a Chinese name, without its dash: `W`, `SW`, `A`.
fn share_class(name: &str) -> &str {
    let name = name.trim_end();
    let letters = name.len() - name.trim_end_matches(|c: char| c.is_ascii_uppercase()).len();
    let class = &name[name.len() - letters..];
    let before = name[..name.len() - letters].trim_end_matches('-');
    let known = matches!(class, "A" | "B" | "W" | "SW" | "S" | "U" | "P");
    if known && before.ends_with(is_han_like) { class } else { "" }
}

/// A name as it is shown: without the share class of Hong Kong's weighted voting rights (`-W`, `-SW`).
#[must_use]
pub fn shown(name: &str) -> &str {
    name.strip_suffix("-W").or_else(|| name.strip_suffix("-SW")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{LEGAL_FORMS, is_legal_form, key, shown, soft_keys};

    #[test]
    fn every_legal_form_is_found() {
        assert!(LEGAL_FORMS.is_sorted() && LEGAL_FORMS.iter().all(|form| is_legal_form(form)));
        assert!(!is_legal_form("c") && !is_legal_form("inca"));
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (key_of, names) in [
            ("jpmorgan", &["J.P. Morgan", "JPMorgan", "jp morgan", "JPMorgan Co.", "JPMORGAN Inc"][..]),
            ("walmart", &["Wal-Mart", "Walmart Inc", "WAL-MART CO"]),
            ("procter&gamble", &["Procter&Gamble Co"]),
            ("proctergamble", &["Procter & Gamble Co", "procter gamble", "Procter and Gamble Company"]),
            ("at&t", &["AT&T Inc", "at&t"]),
            ("mcdonald", &["McDonald's Corp", "mcdonald’s"]),
            ("newyorktimes", &["The New York Times Co", "new york times"]),
            ("newscorp", &["News Corp", "news corp."]),
            ("nestle", &["Nestlé SA", "NESTLE"]),
            ("宁德时代", &["宁德时代", "寧德時代", "宁德时代股份有限公司"]),
            ("万科", &["万科A", "万科"]),
            ("小米集团", &["小米集团-W", "小米集團"]),
            ("康美", &["ST康美", "*ST康美"]),
            ("腾讯控股", &["腾讯控股", "騰訊控股有限公司"]),
        ] {
            for name in names {
                assert_eq!(key(name).as_deref(), Some(key_of), "{name}");
            }
        }
        for nothing in ["", "Inc", "2024", "A", "贵", "&", &"x".repeat(41)] {
            assert_eq!(key(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn soft_forms_are_tried_both_ways() {
        let keys: Vec<String> = soft_keys("xiaomigroup").collect();
        assert!(keys.contains(&"xiaomi".to_owned()) && keys.contains(&"xiaomigroupholdings".to_owned()));
        assert!(soft_keys("腾讯").any(|key| key == "腾讯控股"));
        assert!(soft_keys("group").all(|key| !key.is_empty()));
    }

    #[test]
    fn a_class_of_voting_rights_is_not_shown() {
        assert_eq!(
            (shown("小米集团-W"), shown("阿里巴巴-SW"), shown("万科A")),
            ("小米集团", "阿里巴巴", "万科A")
        );
    }
}
