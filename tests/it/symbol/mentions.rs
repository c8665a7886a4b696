//! Securities in running text and titles: what is found, what is left alone, and how long it may take.

use std::time::{Duration, Instant};

use newsdex::symbol::{Mention, Symbol, mentions, title_mentions};
use proptest::prelude::*;

use super::check_spellings;

/// Texts with what is marked in them and what that is, for running text.
const IN_TEXT: &[(&str, &[(&str, &str)])] = &[
    ("Carnival (NYSE: CCL) rose.", &[("CCL", "CCL.US")]),
    ("Carnival (NYSE/LSE: CCL; NYSE: CUK)", &[("CCL", "CCL.US"), ("CCL", "CCL.LSE"), ("CUK", "CUK.US")]),
    ("Alphabet (Nasdaq: GOOG, GOOGL) and X", &[("GOOG", "GOOG.US"), ("GOOGL", "GOOGL.US")]),
    ("Berkshire (NYSE: BRK.A and BRK.B)", &[("BRK.A", "BRK.A.US"), ("BRK.B", "BRK.B.US")]),
    ("(NYSE: [CCL](#x))", &[("CCL", "CCL.US")]),
    ("Alibaba (HKEX: 9988, NYSE: BABA)", &[("9988", "9988.HK"), ("BABA", "BABA.US")]),
    ("Gold Co. (TSX.V: ABC) (OTCQB: ABCDF)", &[("ABC", "ABC.TSXV"), ("ABCDF", "ABCDF.US")]),
    ("Tencent (0700.HK), 9988.HK.", &[("0700.HK", "700.HK"), ("9988.HK", "9988.HK")]),
    ("贵州茅台600519.SH上涨", &[("600519.SH", "600519.SH")]),
    ("贵州茅台（600519）上涨，平安(601318)下跌", &[("600519", "600519.SH"), ("601318", "601318.SH")]),
    ("贵州茅台（SH600519）、腾讯（HK.00700）", &[("SH600519", "600519.SH"), ("HK.00700", "700.HK")]),
    ("证券（证券代码：600519；股份代号：02513）", &[("600519", "600519.SH"), ("02513", "2513.HK")]),
    ("苹果（纳斯达克：AAPL）", &[("AAPL", "AAPL.US")]),
    ("小米集团-W(01810.HK)、小米-01810.HK", &[("01810.HK", "1810.HK"), ("01810.HK", "1810.HK")]),
    (
        "$AAPL and $BRK.B, $TSLA. But $NVDA's",
        &[("$AAPL", "AAPL.US"), ("$BRK.B", "BRK.B.US"), ("$TSLA", "TSLA.US"), ("$NVDA", "NVDA.US")],
    ),
    ("$AAPL.US now", &[("$AAPL.US", "AAPL.US")]),
    ("see [st]ST/US/NVDA#英伟达.US[/st]!", &[("[st]ST/US/NVDA#英伟达.US[/st]", "NVDA.US")]),
    ("the .DJI.US fell", &[(".DJI.US", ".DJI.US")]),
    ("BRK.B.US BRK-B.US", &[("BRK.B.US", "BRK.B.US"), ("BRK-B.US", "BRK.B.US")]),
    ("Apple (AAPL.O) said", &[("AAPL.O", "AAPL.US")]),
    ("calls AAPL260417C190000.US", &[("AAPL260417C190000.US", "AAPL260417C190000.US")]),
    ("[600586.CN](https://longbridge.com/en/quote/600586.CN.md)", &[("600586.CN", "600586.SH")]),
    ("[Apple](https://longbridge.com/en/quote/AAPL.US.md)", &[("AAPL.US", "AAPL.US")]),
    ("600586.sh", &[("600586.sh", "600586.SH")]),
    ("SAP (ETR: SAP, NYSE: SAP)", &[("SAP", "SAP.XETRA"), ("SAP", "SAP.US")]),
    ("Toyota (TSE: 7203)", &[("7203", "7203.TYO")]),
    ("丰田（7203.T）、台积电(2330.TW)", &[("7203.T", "7203.TYO"), ("2330.TW", "2330.TWSE")]),
];

/// Running text in which nothing is a symbol.
const NOT_IN_TEXT: &[&str] = &[
    "A cost of 700 or 600586 units (600586) in 2025",
    "IT is AI. AAPL rose; (CMCLF) too, and (SEC), (GDP)",
    "US$500, $500, $5M, $M, ($M), $USD, A$AAPL, $$, $AAPLES, $AA1, $ES_F, $BTC.X",
    "U.S. e.g. i.e. NODE.JS deploy.sh WWW.HSBC.HK.COM a@B.US x/700.HK 12.5.HK",
    "（201912）（2025）（00700）（123）（前值：600519）",
    // Reuters' name of a share is often not its code, and a suffix alone may be the end of a sentence or of a domain.
    "SAP (SAPG.DE), SAP.DE, 7203.T, (AB.CO), (ICE: ABC)",
    "Note: (see NYSE: the exchange) (US: GDP) (Source: AAPL) (EPA: ABC)",
    "[st] [st]x[/st] [st]ST/US/[/st] [st",
    "(",
    "（",
    "$",
    "[",
    ".",
    "(NYSE:",
    "(NYSE: )",
    "((((",
    "[](",
    "](/quote/)",
];

fn marked(text: &str, found: &[Mention]) -> Vec<(String, String)> {
    found.iter().map(|m| (text[m.span.clone()].to_owned(), m.symbol.canonical())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn running_text_is_trusted_with_few_shapes() {
    for (text, expected) in IN_TEXT {
        assert_eq!(marked(text, &mentions(text)), owned(expected), "{text}");
        let padded = format!("{}{text}{}", "x ".repeat(100), " y".repeat(100));
        assert_eq!(marked(&padded, &mentions(&padded)), owned(expected), "{padded}");
    }
    for text in NOT_IN_TEXT {
        assert_eq!(marked(text, &mentions(text)), [], "{text}");
    }
}

#[test]
fn titles_are_trusted_with_more() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("CMOC Group (CMCLF): New Buy Recommendation", &[("CMCLF", "CMCLF.US")]),
        ("Strathmore Confirms 85% Hit Rate at Agate | SUUFF Stock News", &[("SUUFF", "SUUFF.US")]),
        ("存管公司(NSDL)、苹果(AAPL.US)涨，$TSLA", &[("AAPL.US", "AAPL.US"), ("$TSLA", "TSLA.US")]),
        ("Berkshire Hathaway (BRK.B) | BRK.A Stock News ", &[("BRK.B", "BRK.B.US"), ("BRK.A", "BRK.A.US")]),
        ("Carnival (NYSE: CCL) and eBay (EBAY)", &[("CCL", "CCL.US"), ("EBAY", "EBAY.US")]),
        ("Chief Executive (CEO) of the firm (CMCLF) | Stock News", &[]),
        ("Visa (V) (AAPL), Wayne County's (MI) bonds, HIGHVELD (HGVJ.J)", &[]),
    ];
    for (title, expected) in cases {
        assert_eq!(marked(title, &title_mentions(title)), owned(expected), "{title}");
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    let started = Instant::now();
    for unit in [
        "(",
        "（",
        "[st]",
        "$A",
        "A.",
        ".US",
        "US.",
        "(A",
        "(NYSE:",
        "(AB)",
        "](/quote/",
        "A",
        "(NYSE:A,",
        "|",
        "0.HK",
        "A (AB)",
    ] {
        let text = unit.repeat(100_000 / unit.len());
        assert!(mentions(&text).len() + title_mentions(&text).len() <= 2 * text.len());
        assert_eq!(Symbol::parse(&text), None);
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_ordered_mentions(text in "([ -~]|[（）：，股票代码600519]|\\PC|[$(\\[.]|NYSE: |AAPL|600519|\\.SH|[st]|/quote/){0,40}") {
        for found in [mentions(&text), title_mentions(&text)] {
            for mention in &found {
                prop_assert!(text.get(mention.span.clone()).is_some_and(|notation| !notation.is_empty()));
                check_spellings(&mention.symbol);
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start || pair[0].span == pair[1].span));
        }
    }
}
