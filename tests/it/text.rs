//! Text into words: tables of what is cut where, and properties that hold for any text.

use newsdex::text::english::{Family, stem, suffixes};
use newsdex::text::{MAX_TOKEN_BYTES, Token, TokenKind, Tokens, fold, is_han_like, tokens};
use proptest::prelude::*;

/// The words of a text with a space between.
fn cut(text: &str) -> String {
    tokens(text).map(|word| word.text).collect::<Vec<_>>().join(" ")
}

/// The parts of the source that the words of a text were read from, with a bar between.
fn spans(text: &str) -> String {
    tokens(text).map(|word| text[word.span].to_owned()).collect::<Vec<_>>().join("|")
}

#[test]
fn alphabets_are_cut_into_words() {
    let cases = [
        ("", ""),
        ("  …—!? \n", ""),
        ("Shares ROSE sharply", "shares rose sharply"),
        // Points.
        ("up 3.5% to 1.2.3", "up 3.5 to 1.2.3"),
        ("at the end.Next one", "at the end next one"),
        ("longbridge.com BRK.B 600586.CN", "longbridge com brk b 600586 cn"),
        ("3.5.", "3.5"),
        (".5 5.", "5 5"),
        ("The U.S. and U.K. of J.P. Morgan", "the us and uk of jp morgan"),
        ("U.S economy, a U.S.A. e.g. S.p.A.", "us economy a usa eg spa"),
        ("J.P.Morgan", "jp morgan"),
        ("the U.S.'s debt, U.S.’s too, U.S.'so", "the us debt us too us so"),
        ("Plan B. Next", "plan b next"),
        // Commas.
        ("1,234,567", "1234567"),
        ("$1,234.56 and 12,345,678.9m", "1234.56 and 12345678.9m"),
        ("1,2345 12345,678 2023,2024", "1 2345 12345 678 2023 2024"),
        ("1,234,56 5.123,456 a1,234", "1234 56 5.123 456 a1 234"),
        ("600586,600585 1, 234 yes,no", "600586 600585 1 234 yes no"),
        // Apostrophes.
        ("company's COMPANY’S don't don’t", "company company don't don't"),
        ("rock'n'roll 'quoted' workers' 1990's", "rock'n'roll quoted workers 1990 s"),
        ("O'Neill it's's", "o'neill it's"),
        // Letters and digits, and what separates them.
        ("70b 5G Q3 A380", "70b 5g q3 a380"),
        ("COVID-19 S&P AC/DC $TSLA #ipo @ceo a_b", "covid 19 s p ac dc tsla ipo ceo a b"),
        ("https://a.example/x?y=1", "https a example x y 1"),
        // Symbols and emoji.
        ("🚀 to 👩‍🚀 the 🇺🇸 ☀️ moon 🅰️", "to the moon"),
        // Other alphabets.
        ("Ελλάδα Москва ЁЛКА", "ελλαδα москва елка"),
        ("שָׁלוֹם سَلَام", "שלום سلام"),
        ("हिन्दी में", "हिन्दी में"),
    ];
    for (text, expected) in cases {
        assert_eq!(cut(text), expected, "{text}");
    }
}

#[test]
fn spans_are_those_of_the_source() {
    let cases = [
        ("A company's 1,234.5 U.S. Äpfel!", "A|company|1,234.5|U.S|Äpfel"),
        ("證券，市場", "證券|券|市場|場"),
        ("cafe\u{301}s", "cafe\u{301}s"),
        ("soft\u{AD}ware and", "soft\u{AD}ware|and"),
        ("中\u{200B}国", "中\u{200B}国|国"),
        ("zero\u{200B}width", "zero|width"),
        // 삼성, decomposed: the syllables are marked as they are written.
        (
            "\u{1109}\u{1161}\u{11B7}\u{1109}\u{1165}\u{11BC}!",
            "\u{1109}\u{1161}\u{11B7}\u{1109}\u{1165}\u{11BC}|\u{1109}\u{1165}\u{11BC}",
        ),
        ("衞生，", "衞生|生"),
    ];
    for (text, expected) in cases {
        assert_eq!(spans(text), expected, "{text}");
    }
}

#[test]
fn ways_of_writing_fold_into_one() {
    let cases = [
        ("ÉLAN élan e\u{301}lan ＥＬＡＮ", "elan elan elan elan"),
        ("Øre Łódź Straße œuvre Æsir İstanbul Þór", "ore lodz strasse oeuvre aesir istanbul thor"),
        ("ﬁnance Ⅳ m² ５Ｇ ３．５ company＇s", "finance iv m2 5g 3.5 company"),
        ("zero\u{200B}width soft\u{AD}hyphen \u{202A}bidi\u{202C}", "zero width softhyphen bidi"),
        (
            "zero\u{200C}width zero\u{200D}width zero\u{2060}width zero\u{FEFF}width",
            "zerowidth zerowidth zerowidth zerowidth",
        ),
        ("證券 证券", "证券 券 证券 券"),
        ("ﾊﾟﾅｿﾆｯｸ パナソニック", "パナ ナソ ソニ ニッ ック ク パナ ナソ ソニ ニッ ック ク"),
        ("か\u{3099}", "が"),
        ("ワ\u{3099} ゝ\u{3099}", "ヷ ゞ"),
        // The Unicode Standard, section 3.12, composes these to U+D4DB, U+AC00 and U+AC01.
        ("\u{1111}\u{1171}\u{11B6} \u{1100}\u{1161} \u{AC00}\u{11A8}", "\u{D4DB} \u{AC00} \u{AC01}"),
        ("\u{1109}\u{AD}\u{1161}\u{200B}\u{11B7}", "삼"),
        // Letters that compose no syllable stay: a final consonant without a vowel, and behind one that is there.
        ("\u{1100}\u{11A8}", "\u{1100}\u{11A8} \u{11A8}"),
        ("\u{AC01}\u{11A8}", "\u{AC01}\u{11A8} \u{11A8}"),
        // Hong Kong, Taiwan and Japan.
        ("衞生 衛生 卫生", "卫生 生 卫生 生 卫生 生"),
        ("店舖 店鋪 店铺", "店铺 铺 店铺 铺 店铺 铺"),
        ("為着 為著 回覆 回復 回复", "为着 着 为着 着 回复 复 回复 复 回复 复"),
        ("戸値 経済 価格 亀歳", "户值 值 经济 济 价格 格 龟岁 岁"),
        ("煙霧 大砲 羣眾 啟 裡", "烟雾 雾 大炮 炮 群众 众 启 里"),
        // Words of their own in simplified Chinese stay, though Japan writes 藝, 辨, 濱 and 瀋 so.
        ("芸 弁 浜 沈", "芸 弁 浜 沈"),
        ("⾦ 金", "金 金"),
    ];
    for (text, expected) in cases {
        assert_eq!(cut(text), expected, "{text}");
    }
    assert_eq!(fold("Hong Kong’s 證券"), "hong kong's 证券");
    assert_eq!(fold("薴 苧"), "苎 苎");
    assert_eq!(fold("３．５％"), "3.5%");
    assert!(matches!(fold("already folded"), std::borrow::Cow::Borrowed(_)));
    assert!(matches!(fold("证券"), std::borrow::Cow::Borrowed(_)));
}

#[test]
fn runs_are_cut_into_every_two_characters() {
    let kinds = |text| tokens(text).map(|word| (word.text, word.position, word.kind)).collect::<Vec<_>>();
    let word = |text: &str, position, kind| (text.to_owned(), position, kind);
    assert_eq!(kinds("涨"), [word("涨", 0, TokenKind::Single)]);
    assert_eq!(
        kinds("铜价涨3.5%至新高"),
        [
            word("铜价", 0, TokenKind::Bigram),
            word("价涨", 1, TokenKind::Bigram),
            word("涨", 2, TokenKind::Tail),
            word("3.5", 3, TokenKind::Number),
            word("至新", 4, TokenKind::Bigram),
            word("新高", 5, TokenKind::Bigram),
            word("高", 6, TokenKind::Tail),
        ]
    );
    // No bigram crosses from one script to another; 々 and ー stay in their runs.
    assert_eq!(cut("東京タワー"), "东京 京 タワ ワー ー");
    assert_eq!(cut("人々の"), "人々 々 の");
    assert_eq!(cut("삼성電子"), "삼성 성 电子 子");
    assert_eq!(cut("A股iPhone手机"), "a 股 iphone 手机 机");
    // Beyond the first plane.
    assert_eq!(cut("𠮷野家"), "𠮷野 野家 家");
    for character in "中々〇あアｱーー한ㄱ𠮷".chars() {
        assert!(is_han_like(character), "{character}");
    }
    for character in "aéЖ1，。・ ".chars() {
        assert!(!is_han_like(character), "{character}");
    }
}

#[test]
fn words_and_numbers_are_told_apart() {
    let numbers = tokens("600586 3.5 1,234 ５ 70b q3 six")
        .map(|word| word.kind == TokenKind::Number)
        .collect::<Vec<_>>();
    assert_eq!(numbers, [true, true, true, true, false, false, false]);
}

#[test]
fn a_long_word_is_cut_and_nothing_is_lost() {
    for unit in ["a", "Z", "7", "é", "ß", "d'", "ж", "ि"] {
        let text = unit.repeat(1_000);
        let whole = tokens(&text).map(|word| word.text).collect::<String>();
        assert!(tokens(&text).all(|word| word.text.len() <= MAX_TOKEN_BYTES), "{unit}");
        assert!(tokens(&text).zip(0..).all(|(word, position)| word.position == position), "{unit}");
        let letters = |text: &str| text.replace('\'', "");
        assert_eq!(letters(&whole), letters(&fold(&text)), "{unit}");
    }
}

#[test]
fn strange_texts_take_linear_time() {
    for unit in [
        "a.",
        "1,",
        "1,234",
        "'",
        "a'",
        "\u{200B}",
        "中\u{FE00}",
        "中\u{200B}",
        "\u{1100}\u{1161}",
        "\u{1100}\u{200B}",
        "か\u{3099}",
        "a.\u{200B}",
        "1.\u{AD}",
    ] {
        let text = unit.repeat(300_000);
        let mut all = Tokens::new(&text);
        let mut word = Token::default();
        while all.advance(&mut word) {}
    }
}

#[test]
fn every_pair_of_the_tables_is_folded() {
    for lines in [include_str!("../../src/text/traditional.txt"), include_str!("../../src/text/variants.txt")]
    {
        let (sources, targets) = lines.trim_end().split_once('\n').expect("two lines");
        assert_eq!(sources.chars().count(), targets.chars().count());
        for (source, target) in sources.chars().zip(targets.chars()) {
            let (source, target) = (source.to_string(), target.to_string());
            assert_eq!(fold(&source), fold(&target), "{source}");
            assert_eq!(fold(&fold(&source)), fold(&source), "{source}");
        }
    }
}

#[test]
fn every_character_folds_once_and_for_all() {
    for character in '\0'..=char::MAX {
        let text = character.to_string();
        let folded = fold(&text).into_owned();
        assert_eq!(fold(&folded), folded, "{character:?}");
        for word in tokens(&text) {
            assert_eq!(word.text, folded, "{character:?}");
        }
    }
}

#[test]
fn english_words_have_stems() {
    let cases = [
        ("prices", "price"),
        ("pricing", "price"),
        ("running", "run"),
        ("happily", "happili"),
        ("600586", "600586"),
        ("70bs", "70bs"),
        ("us", "us"),
        ("证券", "证券"),
        ("élan", "élan"),
    ];
    for (word, expected) in cases {
        assert_eq!(stem(word), expected, "{word}");
    }
}

#[test]
fn families_are_reached_from_each_member() {
    let families = [
        "price prices priced pricing",
        "hope hoped hoping hopes",
        "hop hopped hopping hops",
        "agree agreed agreeing agrees",
        "happy happiness",
        "possible possibility possibly possibilities",
        "control controlled controlling controls controllable",
        "organization organizations organizational organize organizing",
        "urgency urgent urgently",
        "die dying died dies",
        "sky skies",
        "paste pasted pasting",
        "company companies",
        "free freed freeing",
        "use used using uses useful usefulness",
    ];
    for members in families {
        let members = members.split(' ').collect::<Vec<_>>();
        for from in &members {
            let family = Family::new(from).expect("a word with forms");
            assert!(family.contains(from), "{from}");
            for to in members.iter().filter(|to| stem(to) == stem(from)) {
                let ending = to.strip_prefix(family.prefix());
                assert!(ending.is_some_and(|ending| suffixes().contains(&ending)), "{from} to {to}");
            }
        }
    }
    assert!(suffixes().is_sorted_by(|a, b| a < b));
    assert_eq!(suffixes().first(), Some(&""));
    for none in ["", "a", "us", "q3", "2024", "证券", "é", "Price"] {
        assert_eq!(Family::new(none), None, "{none}");
    }
}

/// Text with much of what the analysis treats in its own way.
fn lively() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zA-Z]{1,9}",
        "[0-9]{1,4}",
        "[.,'’ \\-&]",
        "[證券市場涨跌中国\n]{1,4}",
        "[アｱｶﾞがー\u{3099}\u{FF9E}한국\u{1100}\u{1161}\u{11A8}\u{200B}\n]{1,4}",
        "[éÉßœ\u{301}\u{200B}\u{AD}\u{FE0F}\u{202E}ＡＢ１．，\n]",
        "\\PC{0,3}",
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

/// Han, with one or no break in it.
fn han() -> impl Strategy<Value = String> {
    "[甲乙丙證证]{1,6}(，?[甲乙丙證证]{1,6})?"
}

/// Whether the words of a query are those of a phrase in a text: a character alone is found in any word of
/// a run that begins with it.
fn finds(text: &str, query: &str) -> bool {
    let text = tokens(text).collect::<Vec<_>>();
    let query = tokens(query).filter(|word| word.kind != TokenKind::Tail).collect::<Vec<_>>();
    text.windows(query.len()).any(|window| {
        window.iter().zip(&query).all(|(there, wanted)| match wanted.kind {
            TokenKind::Single => there.text.starts_with(&wanted.text),
            _ => there.text == wanted.text,
        })
    })
}

proptest! {
    #[test]
    fn words_are_in_order_and_on_boundaries(text in prop_oneof![lively(), any::<String>()]) {
        let mut end = 0;
        let mut last = None::<Token>;
        for (word, position) in tokens(&text).zip(0..) {
            prop_assert!(!word.text.is_empty() && word.text.len() <= MAX_TOKEN_BYTES);
            prop_assert_eq!(word.position, position);
            prop_assert!(!word.span.is_empty());
            let source = &text[word.span.clone()];
            let overlaps = last.as_ref().is_some_and(|last| last.kind == TokenKind::Bigram);
            prop_assert!(overlaps || word.span.start >= end);
            // A line feed inside a word is no part of it.
            let folded = fold(&source.replace('\n', "")).into_owned();
            match word.kind {
                TokenKind::Word | TokenKind::Number => {
                    let bare = |text: &str| text.replace(['.', ','], "");
                    prop_assert_eq!(bare(&word.text), bare(&folded));
                }
                _ => prop_assert_eq!(&word.text, &folded),
            }
            end = word.span.end;
            last = Some(word);
        }
        prop_assert!(last.is_none_or(|last| last.kind != TokenKind::Bigram));
    }

    #[test]
    fn words_of_ascii_are_its_letters_and_digits(
        parts in prop::collection::vec(("[a-zA-Z0-9]{1,9}|[a-zA-Z0-9]{50,140}", "[ -]{1,3}|[ -]{50,140}|，|， "), 0..24)
    ) {
        let text = parts.into_iter().map(|(word, gap)| word + &gap).collect::<String>();
        let mut due = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        for word in tokens(&text) {
            let part = due.next();
            prop_assert_eq!(Some(&text[word.span]), part);
            prop_assert_eq!(Some(word.text), part.map(str::to_ascii_lowercase));
            let is_number = part.is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            prop_assert_eq!(word.kind == TokenKind::Number, is_number);
        }
        prop_assert_eq!(due.next(), None);
    }

    #[test]
    fn folding_again_changes_nothing(text in prop_oneof![lively(), any::<String>()]) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once.clone());
    }

    #[test]
    fn the_way_of_writing_makes_no_difference(text in "[a-z0-9é 证券市场国]{0,30}") {
        let plain = text.replace('é', "e");
        let traditional = text.replace('证', "證").replace('场', "場").replace('国', "國");
        let wide = plain
            .chars()
            .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xFEE0).expect("a full-width form") } else { c })
            .collect::<String>();
        for other in [plain, text.to_uppercase(), traditional, wide, text.replace('é', "e\u{301}")] {
            prop_assert_eq!(cut(&other), cut(&text));
        }
    }

    #[test]
    fn any_part_of_a_run_is_found_exactly(text in han(), query in "[甲乙丙證证]{1,3}") {
        prop_assert_eq!(finds(&text, &query), fold(&text).contains(&*fold(&query)));
    }

    #[test]
    fn a_word_is_of_its_own_family(word in "[a-z']{0,14}") {
        if let Some(family) = Family::new(&word) {
            prop_assert!(family.contains(&word));
            prop_assert!(!family.prefix().is_empty());
        }
    }
}
