//! Notations of securities: every rule of the grammar as rows of a table, and what must hold for any text.

use newsdex::symbol::{Confidence, Kind, Symbol, Tables};
use proptest::prelude::*;

mod mentions;

use Confidence::{Ambiguous, Exact, Inferred};

/// A notation, its canonical spelling, its kind and how sure the reading is.
struct Case(&'static str, &'static str, Kind, Confidence);

const MAINLAND: &[Case] = &[
    Case("600586.CN", "600586.SH", Kind::Stock, Inferred),
    Case("600586.SH", "600586.SH", Kind::Stock, Exact),
    Case("600586.SS", "600586.SH", Kind::Stock, Exact),
    Case("600586.XSHG", "600586.SH", Kind::Stock, Exact),
    Case("SH600586", "600586.SH", Kind::Stock, Exact),
    Case("sh.600586", "600586.SH", Kind::Stock, Exact),
    Case("SHSE.600586", "600586.SH", Kind::Stock, Exact),
    Case("1.600586", "600586.SH", Kind::Stock, Exact),
    Case("SSE:600586", "600586.SH", Kind::Stock, Exact),
    Case("600586 CH Equity", "600586.SH", Kind::Stock, Inferred),
    Case("600586 CG", "600586.SH", Kind::Stock, Inferred),
    Case("600586", "600586.SH", Kind::Stock, Inferred),
    Case("（６００５８６）", "600586.SH", Kind::Stock, Inferred),
    Case("https://longbridge.com/en/quote/600586.CN.md", "600586.SH", Kind::Stock, Inferred),
    Case("https://longbridge.com/zh-CN/quote/600586.CN/news/1.md", "600586.SH", Kind::Stock, Inferred),
    Case("[600586.CN](https://longbridge.com/en/quote/600586.CN.md)", "600586.SH", Kind::Stock, Inferred),
    Case("159863.CN", "159863.SZ", Kind::Etf, Inferred),
    Case("0.159863", "159863.SZ", Kind::Etf, Exact),
    Case("399319.CN", "399319.SZ", Kind::Index, Inferred),
    Case(".399319", "399319.SZ", Kind::Index, Inferred),
    Case("IX/SZ/399319", "399319.SZ", Kind::Index, Exact),
    Case("000001.CN", "000001.SZ", Kind::Stock, Ambiguous),
    Case("000001.SH", "000001.SH", Kind::Index, Exact),
    Case("sh000001", "000001.SH", Kind::Index, Exact),
    Case("000001.SZ", "000001.SZ", Kind::Stock, Exact),
    Case("000001 CH Index", "000001.SH", Kind::Index, Inferred),
    Case("000300.CN", "000300.SH", Kind::Index, Inferred),
    Case("000999.CN", "000999.SZ", Kind::Stock, Ambiguous),
    Case("920001", "920001.BJ", Kind::Stock, Inferred),
    Case("0.920001", "920001.BJ", Kind::Stock, Exact),
    Case("430047", "430047.BJ", Kind::Stock, Inferred),
    Case("899050", "899050.BJ", Kind::Index, Inferred),
    Case("BSE: 920001", "920001.BJ", Kind::Stock, Inferred),
    Case("900901", "900901.SH", Kind::BShare, Inferred),
    Case("200011", "200011.SZ", Kind::BShare, Inferred),
    Case("510300", "510300.SH", Kind::Etf, Inferred),
    Case("508000", "508000.SH", Kind::Reit, Inferred),
    Case("501018", "501018.SH", Kind::Lof, Inferred),
    Case("519066", "519066.SH", Kind::Fund, Inferred),
    Case("113050", "113050.SH", Kind::Bond, Inferred),
    Case("204001", "204001.SH", Kind::Repo, Inferred),
    Case("688981", "688981.SH", Kind::Stock, Inferred),
    Case("301000", "301000.SZ", Kind::Stock, Inferred),
    Case("302132", "302132.SZ", Kind::Stock, Inferred),
    Case("161725", "161725.SZ", Kind::Lof, Inferred),
    Case("127045", "127045.SZ", Kind::Bond, Inferred),
    Case("131810", "131810.SZ", Kind::Repo, Inferred),
    Case("880001", "880001.SH", Kind::Sector, Inferred),
    Case("801750.SH", "801750.SH", Kind::Sector, Exact),
    Case("801750.SI", "801750.SH", Kind::Sector, Inferred),
    Case("90.BK0475", "BK0475.CN", Kind::Sector, Exact),
    Case("930697", "930697.CN", Kind::Index, Inferred),
    Case("931008.CSI", "931008.CN", Kind::Index, Exact),
    Case("600586.SZ", "600586.SZ", Kind::Unknown, Exact),
];

const ELSEWHERE: &[Case] = &[
    Case("700.HK", "700.HK", Kind::Unknown, Exact),
    Case("0700.HK", "700.HK", Kind::Unknown, Exact),
    Case("00700.HK", "700.HK", Kind::Unknown, Exact),
    Case("HK.00700", "700.HK", Kind::Unknown, Exact),
    Case("hk00700", "700.HK", Kind::Unknown, Exact),
    Case("HK:00700", "700.HK", Kind::Unknown, Exact),
    Case("116.00700", "700.HK", Kind::Unknown, Exact),
    Case("700 HK", "700.HK", Kind::Unknown, Exact),
    Case("700", "700.HK", Kind::Unknown, Inferred),
    Case("ST/HK/700", "700.HK", Kind::Stock, Exact),
    Case("09992.HK", "9992.HK", Kind::Unknown, Exact),
    Case("02513", "2513.HK", Kind::Unknown, Inferred),
    Case("80700.HK", "80700.HK", Kind::Unknown, Exact),
    Case("10005.HK", "10005.HK", Kind::Warrant, Inferred),
    Case("WT/HK/10005", "10005.HK", Kind::Warrant, Exact),
    Case("HSI.HK", "HSI.HK", Kind::Index, Exact),
    Case("HSI Index", "HSI.HK", Kind::Index, Inferred),
    Case("AAPL", "AAPL.US", Kind::Unknown, Inferred),
    Case("aapl", "AAPL.US", Kind::Unknown, Inferred),
    Case("$AAPL", "AAPL.US", Kind::Unknown, Inferred),
    Case("AAPL.US", "AAPL.US", Kind::Unknown, Exact),
    Case("NASDAQ:AAPL", "AAPL.US", Kind::Unknown, Exact),
    Case("(NASDAQ: AAPL)", "AAPL.US", Kind::Unknown, Exact),
    Case("(NASDAQ: [AAPL](#x))", "AAPL.US", Kind::Unknown, Exact),
    Case("（纳斯达克：AAPL）", "AAPL.US", Kind::Unknown, Exact),
    Case("NYSE American: UAMY", "UAMY.US", Kind::Unknown, Exact),
    Case("AAPL.O", "AAPL.US", Kind::Unknown, Exact),
    Case("US.AAPL", "AAPL.US", Kind::Unknown, Exact),
    Case("US.T", "T.US", Kind::Unknown, Exact),
    Case("AAPL US Equity", "AAPL.US", Kind::Unknown, Exact),
    Case("ST/US/AAPL", "AAPL.US", Kind::Stock, Exact),
    Case("ETF/US/SPY", "SPY.US", Kind::Etf, Exact),
    Case("[st]ST/US/NVDA#英伟达.US[/st]", "NVDA.US", Kind::Stock, Exact),
    Case("[ST]st/us/nvda#x[/ST]", "NVDA.US", Kind::Stock, Exact),
    Case("BRK.B", "BRK.B.US", Kind::Unknown, Inferred),
    Case("BRK-B", "BRK.B.US", Kind::Unknown, Inferred),
    Case("BRK/B", "BRK.B.US", Kind::Unknown, Inferred),
    Case("BRK.B.US", "BRK.B.US", Kind::Unknown, Exact),
    Case("BRK/B US Equity", "BRK.B.US", Kind::Unknown, Exact),
    Case("BRKb.N", "BRK.B.US", Kind::Unknown, Exact),
    Case("US.BRK.B", "BRK.B.US", Kind::Unknown, Exact),
    Case(".DJI.US", ".DJI.US", Kind::Index, Exact),
    Case("IX/US/.DJI", ".DJI.US", Kind::Index, Exact),
    Case("https://longbridge.com/en/quote/.DJI.US.md", ".DJI.US", Kind::Index, Exact),
    Case("BK/US/IN00258", "IN00258.US", Kind::Sector, Exact),
    Case("AAPL260417C190000.US", "AAPL260417C190000.US", Kind::Option, Exact),
    Case("F", "F.US", Kind::Unknown, Inferred),
    Case("RY CN Equity", "RY.CA", Kind::Unknown, Inferred),
    Case("ABC.CN", "ABC.CSE", Kind::Unknown, Inferred),
    Case("CSE: ABC", "ABC.CSE", Kind::Unknown, Exact),
    Case("TSX: BBD.B", "BBD.B.TSX", Kind::Unknown, Exact),
    Case("TSX-V: ABC", "ABC.TSXV", Kind::Unknown, Exact),
    Case("RY.TO", "RY.TSX", Kind::Unknown, Inferred),
    Case("D05.SG", "D05.SG", Kind::Unknown, Exact),
    Case("D05.SI", "D05.SG", Kind::Unknown, Exact),
    Case("D05 SP", "D05.SG", Kind::Unknown, Exact),
    Case("BTCUSD.HAS", "BTCUSD.HAS", Kind::Crypto, Exact),
    Case("VA/HAS/BTCUSD", "BTCUSD.HAS", Kind::Crypto, Exact),
];

/// Notations of one security abroad, its canonical spelling and its market. Suffixes are those of Yahoo's help page on
/// exchanges, prefixes those of Google Finance, codes after a space Bloomberg's, of four letters ISO 10383's.
const ABROAD: &[(&[&str], &str, &str)] = &[
    (
        &["SAP.DE", "ETR:SAP", "XETRA: SAP", "SAP GY", "SAP GR Equity", "SAP.XETR", "SAP.XETRA"],
        "SAP.XETRA",
        "DE",
    ),
    (&["SAP.F", "FRA:SAP", "SAP GF"], "SAP.FRA", "DE"),
    (&["AIR.PA", "EPA:AIR", "AIR FP", "AIR.XPAR"], "AIR.PAR", "FR"),
    (&["ASML.AS", "AMS:ASML", "ASML NA Equity"], "ASML.AMS", "NL"),
    (&["NESN.SW", "NESN.S", "SWX:NESN", "NESN SW"], "NESN.SWX", "CH"),
    (&["ENI.MI", "BIT:ENI", "ENI IM"], "ENI.MIL", "IT"),
    (&["SAN.MC", "BME:SAN", "SAN SM"], "SAN.BME", "ES"),
    (&["VOD.L", "LON:VOD", "LSE: VOD", "VOD LN"], "VOD.LSE", "GB"),
    (&["BT-A.L", "BT.A.L", "LSE: BT.A", "BT/A LN"], "BT.A.LSE", "GB"),
    (&["VOLV-B.ST", "STO:VOLV-B"], "VOLV.B.STO", "SE"),
    (&["EQNR.OL", "EQNR NO", "EQNR.XOSL"], "EQNR.OSE", "NO"),
    (&["TCS.NS", "NSE:TCS", "TCS IN"], "TCS.NSE", "IN"),
    (&["500325.BO", "BOM:500325", "BSE: 500325", "500325 IB"], "500325.BOM", "IN"),
    (&["2330.TW", "TPE:2330", "TWSE: 2330", "2330 TT Equity"], "2330.TWSE", "TW"),
    (&["6488.TWO", "6488.ROCO"], "6488.TPEX", "TW"),
    (&["7203.T", "TYO:7203", "TSE: 7203", "7203 JP"], "7203.TYO", "JP"),
    (&["005930.KS", "KRX:005930", "005930 KS"], "005930.KRX", "KR"),
    (&["035720.KQ", "KOSDAQ:035720", "035720 KQ"], "035720.KOSDAQ", "KR"),
    (&["BHP.AX", "ASX: BHP", "BHP AU"], "BHP.ASX", "AU"),
    (&["RY.TO", "TSX: RY", "TSE:RY", "RY CT"], "RY.TSX", "CA"),
    (&["PETR4.SA", "BVMF:PETR4", "PETR4 BZ"], "PETR4.BVMF", "BR"),
    (&["2222.SR", "TADAWUL:2222"], "2222.TADAWUL", "SA"),
    (&["D05.SI", "SGX:D05", "D05.XSES"], "D05.SG", "SG"),
    (&["AAPL.OQ", "AAPL.XNAS", "NYSE:AAPL"], "AAPL.US", "US"),
    (&["XYZ.QQ", "$XYZ.QQ", "xyz.qq"], "XYZ.QQ", "UNKNOWN"),
    (&["RELIANCE.QQ"], "RELIANCE.QQ", "UNKNOWN"),
    (&["NOVO-B.QQ", "novo-b.qq"], "NOVO-B.QQ", "UNKNOWN"),
    (&["^XYZ"], "^XYZ", "UNKNOWN"),
    // Warrants, rights, when-issued shares as vendors of the US write them.
    (&["X.WT", "$X.WT"], "X.WT.US", "US"),
    (&["X.WS"], "X.WS.US", "US"),
    // Yahoo's suffix for Shanghai, after a space. In letters it is Stockholm's code at Bloomberg.
    (&["600519 SS", "600519.SS", "600519 SS Equity"], "600519.SH", "CN"),
    (&["000001 SS", "000001.SS"], "000001.SH", "CN"),
    (&["ERICB SS"], "ERICB.STO", "SE"),
];

/// Indices by the names of Yahoo, Reuters and Bloomberg.
const INDICES: &[(&[&str], &str)] = &[
    (&["^GSPC", ".SPX", "SPX", "SPX Index", ".SPX.US"], ".SPX.US"),
    (&["^DJI", ".DJI", "DJI", "INDU Index"], ".DJI.US"),
    (&["^IXIC", ".IXIC", "CCMP Index"], ".IXIC.US"),
    (&["^HSI", ".HSI", "HSI", "HSI Index", "IX/HK/HSI"], "HSI.HK"),
    (&[".SSEC", "SHCOMP Index", "000001.SS"], "000001.SH"),
    (&["^N225", ".N225", "NKY Index"], "N225.TYO"),
    (&["^FTSE", ".FTSE", "UKX Index"], "FTSE.LSE"),
    (&["^GDAXI", ".GDAXI", "DAX Index"], "GDAXI.XETRA"),
];

/// Texts that no rule reads. Guesses that others make here: any digits are Hong Kong's, any code Shenzhen's.
const UNREAD: &[&str] = &[
    "",
    " ",
    "()",
    "$",
    ".",
    "..",
    "...US",
    "700000",
    "000000.HK",
    "0",
    "0.HK",
    "600586.HK",
    "1.SH",
    "ABC.SH",
    "1234567",
    "APPLES",
    "AAPL..US",
    "AAPL. US",
    "A B C D",
    "HTTP://X.COM",
    "https://longbridge.com/en/news/1.md",
    "/quote/",
    "A/B/C",
    "ST/XX/A",
    "[st]",
    "[st][/st]",
    "苹果",
    "AAPL苹果",
    "BRK.ABC",
    "U.S",
    "u.s",
    "U.K",
    "A-.QQ",
    "MORETHANTWELVE.QQ",
    ".XYZ",
    "VOD.ZZZ",
    "NYSE:",
    ":A",
    "US.",
    "HK.",
    "A\0B",
    "AAPL\u{202e}.US",
];

fn read(notation: &str) -> Symbol {
    Symbol::parse(notation).unwrap_or_else(|| panic!("{notation:?} is not read"))
}

fn check(cases: &[Case]) {
    for Case(notation, canonical, kind, confidence) in cases {
        let symbol = read(notation);
        assert_eq!(symbol.canonical(), *canonical, "{notation:?}");
        assert_eq!(symbol.kind(), *kind, "{notation:?}");
        assert_eq!(symbol.confidence(), *confidence, "{notation:?}");
    }
}

#[test]
fn mainland_notations() {
    check(MAINLAND);
}

#[test]
fn notations_elsewhere() {
    check(ELSEWHERE);
}

#[test]
fn a_security_abroad_has_the_market_of_its_venue_in_any_notation() {
    for (notations, canonical, market) in ABROAD {
        for notation in *notations {
            let symbol = read(notation);
            assert_eq!((symbol.canonical().as_str(), symbol.market()), (*canonical, *market), "{notation}");
            check_spellings(&symbol);
        }
    }
}

#[test]
fn an_index_has_names_of_its_own_elsewhere() {
    for (notations, canonical) in INDICES {
        for notation in *notations {
            let symbol = read(notation);
            assert_eq!((symbol.canonical().as_str(), symbol.kind()), (*canonical, Kind::Index), "{notation}");
            check_spellings(&symbol);
        }
    }
    assert_eq!(read("DAX").canonical(), "DAX.US", "a fund has this code");
}

/// Behind a dot only what the exchanges of New York write there is a class of US shares.
#[test]
fn two_letters_that_no_venue_has_are_no_share_class() {
    for first in b'A'..=b'Z' {
        let alone = char::from(first);
        let is_venue = matches!(first, b'F' | b'J' | b'L' | b'S' | b'T' | b'V');
        let symbol = read(&format!("ABC.{alone}"));
        assert_eq!(symbol.market() == "US", !is_venue, "{symbol}");
        for second in b'A'..=b'Z' {
            let suffix = format!("{alone}{}", char::from(second));
            // `.MD` is the extension of a page.
            let is_american =
                matches!(suffix.as_str(), "US" | "OQ" | "PK" | "RT" | "WI" | "WS" | "WT" | "MD");
            let market = Symbol::parse(&format!("ABC.{suffix}")).map_or("", |symbol| symbol.market());
            assert_eq!(market == "US", is_american, "{suffix}");
            assert_eq!(read(&format!("ABC-{suffix}")).market(), "US", "a hyphen is Yahoo's for a class");
        }
    }
}

#[test]
fn what_no_rule_reads_is_refused() {
    assert_eq!(Symbol::parse("HK:US"), None, "its spelling `US.HK` is that of another");
    for notation in UNREAD {
        assert_eq!(Symbol::parse(notation).map(|symbol| symbol.canonical()), None, "{notation:?}");
    }
    assert_eq!(Symbol::parse(&format!("{}.LSE", "A".repeat(41))), None);
    assert_eq!(Symbol::parse(&"[".repeat(1_000_000)), None);
}

#[test]
fn an_ambiguous_code_keeps_its_other_reading() {
    let symbol = read("000001.CN");
    let readings: Vec<_> = symbol.alternatives().iter().map(Symbol::canonical).collect();
    assert_eq!(readings, ["000001.SH"]);
    assert_eq!(symbol.alternatives()[0].kind(), Kind::Index);
    assert!(read("000300.CN").alternatives().is_empty());
}

#[test]
fn an_option_has_an_underlying() {
    let option = read("AAPL260417C190000.US");
    assert_eq!(option.underlying(), Some(read("AAPL.US")));
    assert_eq!(read("AAPL.US").underlying(), None);
    assert_eq!(read("AAPL269917C190000.US").kind(), Kind::Unknown);
}

#[test]
fn facets_go_from_market_to_code() {
    for (notation, facet) in [
        ("600586.CN", "/CN/SH/600586"),
        ("159863.CN", "/CN/SZ/159863"),
        ("0700.HK", "/HK/HK/700"),
        ("AAPL", "/US/US/AAPL"),
        ("BRK/B", "/US/US/BRK.B"),
        ("ABC.CN", "/CA/CSE/ABC"),
        ("BTCUSD.HAS", "/CRYPTO/HAS/BTCUSD"),
        ("ETR:SAP", "/DE/XETRA/SAP"),
        ("XYZ.QQ", "/UNKNOWN/UNKNOWN/XYZ.QQ"),
    ] {
        let symbol = read(notation);
        assert_eq!(symbol.facet(), facet);
        assert_eq!(Symbol::from_facet(facet), Some(symbol));
    }
    for path in
        ["", "/", "/CN", "/CN/SH", "/CN/SH/", "/US/SH/600586", "/HK/HK/0700", "/US/US/A/B", "CN/SH/600586"]
    {
        assert_eq!(Symbol::from_facet(path), None, "{path:?}");
    }
}

#[test]
fn other_notations_of_a_symbol() {
    let table: &[(&str, &[&str])] = &[
        (
            "600586.SH",
            &[
                "600586.CN",
                "600586.SH",
                "600586.SS",
                "600586.SS",
                "600586 CH",
                "SH600586",
                "SH.600586",
                "1.600586",
            ],
        ),
        (
            "159863.SZ",
            &[
                "159863.CN",
                "159863.SZ",
                "159863.SZ",
                "159863.SZ",
                "159863 CH",
                "SZ159863",
                "SZ.159863",
                "0.159863",
            ],
        ),
        (
            "399319.SZ",
            &["399319.CN", "399319.SZ", "399319.SZ", ".399319", "SZ399319", "SZ.399319", "0.399319"],
        ),
        ("700.HK", &["700.HK", "700.HK", "0700.HK", "0700.HK", "700 HK", "00700", "HK.00700", "116.00700"]),
        ("AAPL.US", &["AAPL.US", "AAPL.US", "AAPL", "AAPL.O", "AAPL.N", "AAPL US", "AAPL", "US.AAPL"]),
        ("BRK.B.US", &["BRK.B.US", "BRK.B.US", "BRK-B", "BRKb.O", "BRKb.N", "BRK/B US", "BRK.B", "US.BRK.B"]),
        (".DJI.US", &[".DJI.US", ".DJI.US", "US..DJI", "^DJI", ".DJI", "INDU Index"]),
        ("HSI.HK", &["HSI.HK", "HSI.HK", "^HSI", ".HSI", "HSI Index"]),
        ("SAP.XETRA", &["SAP.DE", "SAP GY", "ETR:SAP"]),
        ("7203.TYO", &["7203.T", "7203.T", "7203 JP", "TYO:7203"]),
        ("BT.A.LSE", &["BT-A.L", "BT/A LN"]),
        ("XYZ.QQ", &[]),
        ("920001.BJ", &["920001.CN", "920001.BJ", "920001 CH", "BJ920001", "0.920001"]),
        // A page of Longbridge for 600586 is Shanghai's, and so is Bloomberg's composite.
        ("600586.SZ", &["600586.SZ", "600586.SZ", "600586.SZ", "SZ600586", "SZ.600586", "0.600586"]),
        ("BK0475.CN", &["90.BK0475"]),
        // Where the class is a suffix of Reuters, the spellings that end in it would be read as AGM.US.
        ("AGM.N.US", &["AGM.N.US", "AGM.N.US", "AGM-N", "AGMn.O", "AGMn.N", "AGM/N US"]),
    ];
    for (canonical, spellings) in table {
        let written: Vec<_> = read(canonical).notations().into_iter().map(|(_, s)| s).collect();
        assert_eq!(written, *spellings, "{canonical}");
    }
}

#[test]
fn kinds_are_read_as_they_are_written() {
    for kind in Kind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    assert_eq!("B-Share".parse(), Ok(Kind::BShare));
    assert!("share".parse::<Kind>().is_err());
}

#[test]
fn tables_can_be_replaced() {
    let tables =
        Tables::parse("as-of 2026-01-31\n000001 share # comment\r\n000300 share index\n000999 index\n");
    assert_eq!(tables.problems, []);
    let tables = tables.value;
    assert_eq!(tables.as_of(), Some("2026-01-31"));
    let read_with = |notation, tables: &Tables| {
        let symbol = Symbol::parse_with(notation, tables).map(|s| (s.canonical(), s.confidence()));
        symbol.unwrap_or_else(|| panic!("{notation:?} is not read"))
    };
    assert_eq!(read_with("000001", &tables), ("000001.SZ".into(), Inferred));
    assert_eq!(read_with("000300", &tables), ("000300.SZ".into(), Ambiguous));
    assert_eq!(read_with("000999", &tables), ("000999.SH".into(), Inferred));
    assert_eq!(read_with("000300", &Tables::empty()), ("000300.SZ".into(), Ambiguous));
}

#[test]
fn a_bad_line_of_a_table_is_reported() {
    let text = "000300 index\n600000 index\n000301 indices\n000302";
    let tables = Tables::parse(text);
    let lines: Vec<_> = tables.problems.iter().map(|problem| &text[problem.span.clone()]).collect();
    assert_eq!(lines, ["600000 index", "000301 indices", "000302"]);
    assert!(Tables::built_in().as_of().is_some());
}

#[test]
fn the_built_in_table_has_no_bad_line() {
    assert_eq!(Tables::parse(include_str!("../../src/symbol/shanghai_indices.txt")).problems, []);
}

/// Codes that a venue might have, and many that it has not.
fn codes() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z]{1,6}",
        "[0-9]{1,7}",
        "[A-Z0-9.^-]{1,12}",
        "(US|HK|SH|CN|BK|IN|0|1)[.]?[A-Z0-9]{0,6}",
        "[A-Z]{1,4}[.][A-Z]{1,3}"
    ]
}

fn venues() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "SH", "SZ", "BJ", "CN", "HK", "US", "SG", "CA", "CSE", "TSX", "TSXV", "NEO", "LSE", "ASX", "TYO",
        "KRX", "TWSE", "NSE", "FRA", "XETRA", "SWX", "HAS", "OSL", "BKKT", "PAR", "XBER", "KOSDAQ",
        "TADAWUL", "DE", "PA", "SW", "KS", "UNKNOWN", "QQ",
    ])
}

/// Whatever is read, spelled again, is the same security.
fn check_spellings(symbol: &Symbol) {
    let again = Symbol::parse(&symbol.canonical());
    assert_eq!(again.as_ref(), Some(symbol), "{}", symbol.canonical());
    assert_eq!(Symbol::from_facet(&symbol.facet()).as_ref(), Some(symbol), "{}", symbol.facet());
    assert!(symbol.code().len() <= 40 && !symbol.code().is_empty());
    assert!(
        symbol.code().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b".^-".contains(&b))
    );
    for (name, spelling) in symbol.notations() {
        let Some(read) = Symbol::parse(&spelling) else {
            panic!("{name} {spelling} of {symbol} is not read")
        };
        // Longbridge's pages drop the exchange: 000001.SH is on the page 000001.CN, which is ambiguous.
        let same = read == *symbol || (name == "longbridge page" && read.alternatives().contains(symbol));
        assert!(same, "{name} {spelling} of {symbol} is read as {read}");
    }
}

#[test]
fn every_vector_is_spelled_back() {
    for Case(notation, ..) in MAINLAND.iter().chain(ELSEWHERE) {
        check_spellings(&read(notation));
    }
    for code in (0..1_000_000).step_by(13) {
        let Some(symbol) = Symbol::parse(&format!("{code:06}")) else { continue };
        assert_eq!(Symbol::parse(&symbol.canonical()), Some(symbol));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_spellings_are_read_back(code in codes(), venue in venues()) {
        let notation = format!("{code}.{venue}");
        if let Some(symbol) = Symbol::parse(&notation) {
            check_spellings(&symbol);
        }
        if let Some(symbol) = Symbol::from_facet(&format!("/US/US/{code}")) {
            check_spellings(&symbol);
        }
    }

    #[test]
    fn any_notation_is_read_or_refused(text in "[A-Za-z0-9.^:/$#() \\[\\]-]{0,14}") {
        if let Some(symbol) = Symbol::parse(&text) {
            check_spellings(&symbol);
        }
    }
}
