//! Files in encodings other than UTF-8 that are damaged or cut off.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
use newsdex::article::{Article, Format, Keys, RecordParser};

const SIMPLIFIED: &str = "银行利率新闻\n\n今年的报告指出，市场继续增长，银行利率保持不变。分析师认为铜价上涨的原因是供应减少，\
    而需求仍然强劲。公司表示，第3季度的净利润同比增长12%，营业收入达到45亿元。\n\n董事会决定派发中期股息，并且继续回购股份。\
    投资者关注美联储的下一次会议，以及人民币汇率的变化。";
const TRADITIONAL: &str = "銀行利率新聞\n\n今年的報告指出，市場繼續增長，銀行利率保持不變。分析師認為銅價上漲的原因是供應減少，\
    而需求仍然強勁。公司表示，第3季度的淨利潤同比增長12%，營業收入達到45億元。\n\n董事會決定派發中期股息，並且繼續回購股份。\
    投資者關注聯儲局的下一次會議，以及人民幣匯率的變化。";
/// Without ASCII nothing brings the bytes back into step after one is lost.
const RUN: &str =
    "今年的报告指出，市场继续增长，银行利率保持不变。分析师认为铜价上涨的原因是供应减少，而需求仍然强劲。";

/// The body of a file of Markdown without front matter, as what it was read, and the codes of what else was found.
fn read(bytes: &[u8]) -> (String, String, Vec<&'static str>) {
    let parsed = Article::parse(bytes, "a.md", &Keys::default());
    let detected = parsed.problems.iter().find(|problem| problem.code == "encoding-detected");
    let read_as = detected.map(|problem| problem.message.to_string()).unwrap_or_default();
    let name = read_as.rsplit(' ').next().unwrap_or_default().to_owned();
    let is_of_bytes = |code: &&str| code.starts_with("invalid-");
    let codes = parsed.problems.iter().map(|problem| problem.code).filter(is_of_bytes).collect();
    (parsed.value.body, name, codes)
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy);
    bytes.into_owned()
}

#[test]
fn a_text_that_is_cut_within_a_character_stays_in_its_encoding() {
    for (encoding, text) in [(GBK, SIMPLIFIED), (BIG5, TRADITIONAL)] {
        let bytes = encoded(encoding, text);
        assert!((200..400).contains(&bytes.len()), "{}", bytes.len());
        for end in 8..=bytes.len() {
            let (found, name, codes) = read(&bytes[..end]);
            assert_eq!(name, encoding.name(), "{end}: {found}");
            assert!(found.starts_with("银行利率") || found.starts_with("銀行利率"), "{end}: {found}");
            let is_cut = encoding.decode_without_bom_handling(&bytes[..end]).1;
            assert_eq!(
                codes,
                if is_cut { &["invalid-encoding"][..] } else { &[] },
                "{name} at {end}: {found}"
            );
        }
    }
}

#[test]
fn a_byte_that_is_lost_or_wrong_costs_no_more_than_its_run() {
    for (encoding, text) in [(GBK, SIMPLIFIED), (BIG5, TRADITIONAL)] {
        let bytes = encoded(encoding, text);
        let last = bytes.iter().rposition(|byte| *byte == b'\n').unwrap();
        for at in 0..bytes.len() {
            let removed = [&bytes[..at], &bytes[at + 1..]].concat();
            let replaced = [&bytes[..at], b"\xff", &bytes[at + 1..]].concat();
            for damaged in [removed, replaced] {
                let (found, name, _) = read(&damaged);
                assert_eq!(name, encoding.name(), "{at}: {found}");
                if at < last {
                    assert!(found.ends_with("的變化。") || found.ends_with("的变化。"), "{at}: {found}");
                }
            }
        }
    }
}

#[test]
fn a_run_that_is_out_of_step_does_not_change_the_encoding() {
    let bytes = encoded(GBK, RUN);
    for at in (0..bytes.len()).step_by(2) {
        let (found, name, _) = read(&[&bytes[..at], &bytes[at + 1..]].concat());
        assert_eq!(name, "GBK", "without {at}: {found}");
        // What stands before the loss is whole.
        let before = GBK.decode(&bytes[..at]).0.into_owned();
        assert!(found.contains(&before), "without {at}: {found}");
    }
}

#[test]
fn japanese_and_korean_may_be_cut_too() {
    let japanese = "日本銀行は政策金利を据え置くことを決めた。市場では円安が進み、輸出企業の株価が上昇した。";
    let korean =
        "한국은행은 기준금리를 동결하기로 결정했다. 시장에서는 원화 약세가 이어지면서 주가가 상승했다.";
    for (encoding, text) in [(SHIFT_JIS, japanese), (EUC_JP, japanese), (EUC_KR, korean)] {
        let bytes = encoded(encoding, text);
        for end in 20..bytes.len() {
            let (found, name, _) = read(&bytes[..end]);
            assert_eq!(name, encoding.name(), "{end}: {found}");
            assert!(found.starts_with(text.get(..9).unwrap()), "{name} at {end}: {found}");
        }
    }
}

#[test]
fn western_and_cyrillic_texts_are_not_taken_for_east_asian_ones() {
    for (encoding, text) in [
        (
            WINDOWS_1252,
            "Copper rose 3% to £7,450 a tonne – its “highest” since 2011 – as smelters cut output. Société Générale’s \
            analysts said the café chain’s résumé was naïve; the yield was 4½%. © Reuters ® €1.2bn",
        ),
        (
            WINDOWS_1252,
            "Les marchés européens ont terminé en hausse après la décision de la Banque centrale européenne. L’indice a \
            gagné 1,2 % à la clôture. « C’est très encourageant », a déclaré l’économiste en chef.",
        ),
        (
            WINDOWS_1252,
            "Die Börse schloß fester: Der Dax stieg um 1,2 Prozent, während Aktien größerer Häuser für Überraschungen \
            sorgten. „Das wäre schön“, äußerte der Vorstand.",
        ),
        (
            WINDOWS_1251,
            "Цены на медь выросли до максимума за год. Аналитики считают, что предложение сократится, а спрос останется \
            высоким.",
        ),
    ] {
        let bytes = encoded(encoding, text);
        for start in (0..20).step_by(3) {
            for end in start + 20..bytes.len() {
                let (found, ..) = read(&bytes[start..end]);
                let foreign = |c: char| matches!(c, '\u{2e80}'..='\u{fffc}');
                assert!(!found.contains(foreign), "{start}..{end}: {found}");
            }
        }
    }
}

#[test]
fn a_page_is_in_the_encoding_that_it_declares_though_a_byte_is_wrong() {
    // GB 18030: 铜 is CDAD, 价 is BCDB, 上 is C9CF, 涨 is D5C7.
    let words = b"\xcd\xad\xbc\xdb\xc9\xcf\xd5\xc7";
    let page = [b"<meta charset=gbk><title>a</title><p>", &words[..], b"\xff", words, b"</p>"].concat();
    let keys = Keys::default();
    let parsed = RecordParser::new(Format::Html, b"", &keys).parse(&page, "a.html").unwrap();
    assert_eq!(parsed.value.body, "铜价上涨\u{fffd}铜价上涨");
    let codes: Vec<_> = parsed.problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"invalid-encoding") && !codes.contains(&"encoding-detected"), "{codes:?}");
}

#[test]
fn records_in_another_encoding_are_read_around_a_wrong_byte() {
    let bench = Workbench::new();
    std::fs::create_dir_all(bench.news()).unwrap();
    let line = |n| format!("{{\"title\":\"银行利率新闻{n}\",\"text\":\"今年的报告指出市场继续增长\"}}\n");
    let mut bytes = encoded(GBK, &(0..5).map(line).collect::<String>());
    // The second byte of the first character of the third text.
    let line = bytes.len() / 5;
    let at = 2 * line + "{'title':'".len() + 13 + "','text':'".len() + 1;
    bytes[at] = 0xff;
    std::fs::write(bench.news().join("a.jsonl"), &bytes).unwrap();
    let report = bench.ingest();
    assert_eq!(report["indexed"], 5);
    let told = report.to_string();
    assert!(told.contains("1 byte sequences are not GBK; U+FFFD replaces them"), "{told}");
    assert_eq!(bench.json(&["query", "银行利率新闻", "--format", "json"])["articles"], 5);
}

#[test]
fn an_index_page_may_be_in_any_encoding() {
    let item = |n: u32, title| {
        format!("- 2025-03-0{n} [{title}](https://longbridge.com/zh-CN/news/23090568{n}.md)\n")
    };
    let page =
        ["# 新闻\n\n".to_owned(), item(1, "铜价上涨"), item(2, "银行利率不变"), item(3, "市场继续增长")]
            .concat();
    let wide: Vec<u8> = format!("\u{feff}{page}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [page.clone().into_bytes(), encoded(GBK, &page), wide] {
        let bench = Workbench::new();
        std::fs::create_dir_all(bench.news()).unwrap();
        std::fs::write(bench.news().join("news.md"), &bytes).unwrap();
        assert_eq!(bench.ingest()["indexed"], 3);
        // A text that is decoded cannot be found again in its file.
        let bench = Workbench::new();
        std::fs::create_dir_all(bench.news()).unwrap();
        std::fs::write(bench.news().join("news.md"), &bytes).unwrap();
        bench.ok(&["ingest", "news", "--store", "none"]);
        let articles = if bytes == page.as_bytes() { 3 } else { 1 };
        let found = bench.json(&["query", "上涨 OR 利率 OR 增长", "--format", "json"])["articles"].clone();
        assert_eq!(found, articles);
    }
}
