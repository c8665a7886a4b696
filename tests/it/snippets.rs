//! Snippets: what is marked is what matched, where it stands, and cut with sense.

use newsdex::{
    query::{Clock, Fields, Language, Query, Slot},
    search::{Marker, Snippet, snippets},
    text,
};
use proptest::prelude::*;

fn cut(query: &str, body: &str, count: usize, length: usize) -> Vec<Snippet> {
    let query = Query::parse(query, &Language::new(Fields::default(), Clock::utc())).value;
    snippets(&Marker::new(&query), "body", body, Some(1), count, length)
}

/// A snippet with its marks in brackets.
fn shown(snippet: &Snippet) -> String {
    let mut text = String::new();
    let mut at = 0;
    for mark in &snippet.marks {
        text.extend([&snippet.text[at..mark.start], "[", &snippet.text[mark.clone()], "]"]);
        at = mark.end;
    }
    text + &snippet.text[at..]
}

#[test]
fn what_matched_is_what_is_marked() {
    let table = [
        ("battery", "Batteries and a battery.", "[Batteries] and a [battery]."),
        ("\"battery\"", "Batteries and a battery.", "Batteries and a [battery]."),
        ("batt*", "Batteries, battle.", "[Batteries], [battle]."),
        ("\"interest rate\"", "Interest: rate. Interest rate.", "[Interest: rate]. [Interest rate]."),
        ("\"interest rate\"", "Rate of interest", "Rate of interest"),
        ("\"interest rate\"~2", "The rate of interest", "The rate of interest"),
        ("\"rate interest\"~2", "The rate of interest", "The [rate] of [interest]"),
        ("\"very very\"~1", "Very good, if very, very slow", "Very good, if [very], [very] slow"),
        ("\"a b\" OR \"a b\"~3", "a c b", "[a] c [b]"),
        ("covid-19", "About COVID-19 now", "About [COVID-19] now"),
        ("solar -wind", "solar wind", "[solar] wind"),
        ("钙钛矿", "鈣鈦礦光伏，钙、钛矿", "[鈣鈦礦]光伏，钙、钛矿"),
        ("铜", "铜价与白铜。", "[铜]价与白[铜]。"),
        ("A股", "A股市场", "[A股]市场"),
        ("(铜 OR 铝) near/5 价格", "今天铜价上涨，铝价格下跌", "今天[铜]价上涨，[铝价格]下跌"),
        ("钙?矿", "鈣鈦礦光伏", "[鈣鈦礦]光伏"),
        ("perovskyte~1", "Perovskites and perovskite.", "Perovskites and [perovskite]."),
        ("p*ite", "Perovskite or pyrite", "[Perovskite] or [pyrite]"),
        ("/colou?rs?/", "Colors, colour", "[Colors], [colour]"),
        ("solar near/2 glass", "Glass for solar; solar.", "[Glass] for [solar]; solar."),
        (
            "\"solar glass\" near/3 price",
            "The price of solar glass, solar",
            "The [price] of [solar] [glass], solar",
        ),
        ("resume", "Her résumé", "Her [résumé]"),
        ("nothing", "Here is other text", "Here is other text"),
    ];
    for (query, body, marked) in table {
        let found = cut(query, body, 1, 200);
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(shown(&found[0]), marked, "{query}");
    }
}

#[test]
fn a_fragment_holds_the_most_words_and_begins_with_its_sentence() {
    let filler = "Some other sentence that says nothing much at all. ".repeat(10);
    let body =
        format!("{filler}Alpha alone stands here. {filler}Now alpha meets beta in one place. {filler}");
    let found = cut("alpha beta", &body, 1, 80);
    assert!(shown(&found[0]).starts_with("…Now [alpha] meets [beta] in one place."), "{}", shown(&found[0]));
    let found = cut("alpha beta", &body, 2, 80);
    assert_eq!(found.len(), 2);
    assert!(shown(&found[0]).contains("[Alpha] alone"), "in the order of the text");
}

#[test]
fn a_snippet_knows_its_line() {
    let body = "First line\n\nThird with alpha\nFourth\n\nSixth with beta";
    let query = Query::parse("beta", &Language::new(Fields::default(), Clock::utc())).value;
    let found = snippets(&Marker::new(&query), "body", body, Some(10), 1, 15);
    assert_eq!(found[0].line, Some(15));
    assert!(!found[0].text.contains('\n'));
}

#[test]
fn a_snippet_of_chinese_knows_its_line_and_has_no_spaces_for_line_ends() {
    let body = "第一条，\n公司拟实施员工持股计划。\n第三条\nabc，\n完\n\n下一段。\n\n完";
    let query = Query::parse("持股", &Language::new(Fields::default(), Clock::utc())).value;
    let found = snippets(&Marker::new(&query), "body", body, Some(10), 1, 200);
    assert_eq!(shown(&found[0]), "第一条，公司拟实施员工[持股]计划。第三条 abc，完 下一段。 完");
    assert_eq!(found[0].line, Some(11));
}

#[test]
fn no_text_no_snippet() {
    assert!(cut("alpha", "", 1, 80).is_empty());
    assert!(cut("alpha", "alpha", 0, 80).is_empty());
    assert_eq!(cut("alpha", "   \n ", 1, 80)[0].text, "");
}

/// Whether the words of a marked text fill the slots of one of the query's leaves, or are some of those that
/// a loose one has.
fn is_of_the_query(query: &Query, marked: &str) -> bool {
    let words: Vec<text::Token> = text::tokens(marked).collect();
    let mut fits = false;
    query.each_words(&mut |leaf| {
        let takes = |slot: &Slot, word: &text::Token| slot.terms.matcher().takes(&word.text);
        let any_of_its_words = || words.iter().any(|word| leaf.slots.iter().any(|slot| takes(slot, word)));
        let all_of_its_slots = || leaf.slots.iter().all(|slot| words.iter().any(|word| takes(slot, word)));
        fits |= if leaf.slop > 0 { any_of_its_words() } else { all_of_its_slots() };
    });
    fits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn marks_are_sound(
        body in "([a-c]{1,3}[ .\n]|[钙钛矿鈣鈦礦。\né\u{301}👩\u{200d}]|batter(y|ies) |[Ａ-Ｃ㐀-㐂ぁ-ぃ가-갃]){0,40}",
        query in prop::collection::vec(
            "[a-c]{1,2}|[钙鈦]钛?|\"a b\"|\"钙钛矿\"|batteries|=battery|a\\*|\"a b\"~2|[a-c]{2}~1|钙\\?矿|a股|/[ab]+/",
            1..4,
        ),
        count in 0_usize..3,
        length in 1_usize..120,
    ) {
        let parsed = Query::parse(&query.join(" "), &Language::new(Fields::default(), Clock::utc())).value;
        let marker = Marker::new(&parsed);
        for snippet in snippets(&marker, "body", &body, Some(1), count, length) {
            let mut last = 0;
            for mark in &snippet.marks {
                prop_assert!(last <= mark.start && mark.start < mark.end && mark.end <= snippet.text.len());
                prop_assert!(snippet.text.is_char_boundary(mark.start) && snippet.text.is_char_boundary(mark.end));
                prop_assert!(is_of_the_query(&parsed, &snippet.text[mark.clone()]), "{:?} of {}", mark, snippet.text);
                last = mark.end;
            }
        }
        let mut last = 0;
        for span in marker.spans("body", &body) {
            prop_assert!(last <= span.start && body.is_char_boundary(span.start) && body.is_char_boundary(span.end));
            prop_assert!(is_of_the_query(&parsed, &body[span.clone()]), "{}", &body[span]);
            last = span.end;
        }
    }
}
