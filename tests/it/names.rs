//! Names of securities that are learned from articles.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::{serve::Server, workbench::Workbench};

/// Articles in which Orvane Corp has the lines ORV.A and ORV.B of one share, Belka Inc is BLKA, and 青禾电池 has an A and
/// an H share. Zorin is stated for ZRN once and for QQRT once.
fn bench() -> Workbench {
    let bench = Workbench::new();
    let w = |id, title, symbols, body| bench.listing(id, title, symbols, body);
    w(1, "Belka opens a plant", "BLKA.US", "Belka Inc (NASDAQ: BLKA) opened a plant.");
    w(2, "Belka cuts jobs", "BLKA.US", "The maker Belka Inc (BLKA) cut jobs.");
    w(3, "Belka to build ships", "BLKA.US", "Belka Inc said it would build ships.");
    w(4, "Ships are late", "WIND.US, BLKA.US", "The harbour waits for ships.");
    w(5, "Orvane shares rise", "ORVA.US, ORVB.US", "Orvane Corp (NYSE: ORVA) rose.");
    w(6, "Orvane pays a dividend", "ORVA.US, ORVB.US", "Orvane Corp pays.");
    w(7, "Orvane to split its shares", "ORVA.US, ORVB.US", "A split by Orvane Corp (NYSE: ORVB).");
    w(8, "A visit to Belka", "", "A reader visits the town, without a list of securities.");
    w(9, "青禾电池扩产", "", "青禾电池(300999.SZ)将扩产。");
    w(10, "青禾电池上市", "", "《青禾电池（03999.HK）》在香港上市。青禾电池(300999.SZ)上涨。");
    w(11, "Zorin rises", "ZRN.US", "Zorin Ltd rises.");
    w(12, "Zorin falls", "QQRT.US", "Zorin Ltd falls.");
    w(13, "电池厂裁员", "", "一家电池厂裁员。");
    bench.ingest();
    bench
}

fn keys<const N: usize>(ids: [u64; N]) -> Vec<String> {
    let mut keys: Vec<String> = ids.into_iter().map(|id| format!("{id}/en")).collect();
    keys.sort();
    keys
}

#[test]
fn a_learned_name_is_that_security() {
    let bench = bench();
    for name in ["belka", "Belka", "BELKA INC", "Belka Inc."] {
        assert_eq!(bench.sorted_keys(&["--symbol", name]), keys([1, 2, 3, 4]), "{name}");
    }
    let said = bench.notes(&["--symbol", "belka"]);
    assert!(said.contains("the name of BLKA.US"), "{said}");
    // Lines of one issuer are joined for the name, and never for a code.
    assert_eq!(bench.sorted_keys(&["--symbol", "orvane"]), keys([5, 6, 7]));
    assert!(bench.notes(&["--symbol", "orvane"]).contains("ORVA.US or ORVB.US"));
    assert_eq!(bench.notes(&["--symbol", "ORVA"]), "");
    // In Chinese a bracket is enough, and both scripts are one.
    for name in ["青禾电池", "青禾電池", "青禾电池股份有限公司"] {
        assert_eq!(bench.sorted_keys(&["--symbol", name]), keys([9, 10]), "{name}");
    }
}

#[test]
fn a_name_that_is_not_clear_lists_its_candidates() {
    let bench = bench();
    let said = bench.notes(&["--symbol", "zorin"]);
    assert!(said.contains("QQRT.US") && said.contains("ZRN.US") && said.contains("may be"), "{said}");
    assert!(bench.notes(&["--symbol", "nosuchfirm"]).contains("neither a security notation nor the name"));
}

#[test]
fn an_article_is_about_what_its_title_names() {
    let bench = bench();
    // The eighth names the firm in its title and lists nothing; the fourth lists it behind another.
    assert_eq!(bench.sorted_keys(&["about:belka"]), keys([1, 2, 3, 8]));
    assert_eq!(bench.sorted_keys(&["about:BLKA"]), keys([1, 2, 3, 8]));
    assert_eq!(bench.sorted_keys(&["mentions:BLKA"]), keys([4]));
    let shown = bench.ok(&["query", "about:belka"]);
    assert!(
        shown.contains("[Belka] cuts jobs") && shown.contains("visit to [Belka]"),
        "it is marked: {shown}"
    );
}

#[test]
fn a_name_among_words_is_kept_where_few_articles_have_all() {
    let bench = bench();
    let found = bench.relaxed_keys(&["belka earthquake"]);
    let mut keys_found: Vec<String> = found.iter().map(|(key, _)| key.clone()).collect();
    keys_found.sort();
    assert_eq!(keys_found, keys([1, 2, 3, 8]), "no article without the name");
    assert!(found.iter().all(|(_, relaxed)| *relaxed));
    let synonym = bench.relaxed_keys(&["belka layoffs"]);
    assert_eq!(synonym[0], ("2/en".to_owned(), false), "`cuts jobs` means it");
    let found = bench.relaxed_keys(&["belka harbour jobs"]);
    assert_eq!(found[0].0, "2/en", "the other words rank: {found:?}");
    assert_eq!(bench.sorted_keys(&["what happened to belka"]), keys([1, 2, 3, 8]));
}

#[test]
fn a_name_at_the_beginning_of_a_han_run_is_kept() {
    let bench = bench();
    let found = |typed| bench.relaxed_keys(&[typed]).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let mut of_the_firm = found("青禾电池裁员");
    of_the_firm.sort();
    assert_eq!(of_the_firm, keys([10, 9]), "and not the battery maker that cuts jobs");
    assert_eq!(bench.keys(&["青禾电池上涨"]), ["10/en"], "words and name need not be neighbours");
}

#[test]
fn a_security_is_looked_up_by_its_name() {
    let bench = bench();
    let said = bench.ok(&["symbol", "belka"]);
    assert!(said.starts_with("belka → BLKA.US  Belka Inc"), "{said}");
    let json = bench.json(&["symbol", "BLKA", "--format", "json"]);
    assert_eq!((&json["symbol"], &json["name"]), (&"BLKA.US".into(), &"Belka Inc".into()));
    // What no article names is unknown, and has no notations.
    let output = bench.run(&["symbol", "tesla"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(bench.fails(&["symbol", "zorin"], 1).contains("may be"), "candidates are listed");
    // A notation with a market needs no index; capitals are a ticker without one.
    let without = |word| bench.run(&["symbol", word, "--index", "nowhere"]).status.code();
    assert_eq!([without("600586.SH"), without("AAPL"), without("tesla")], [Some(0), Some(0), Some(1)]);
}

#[test]
fn names_of_the_user_come_first() {
    let bench = bench();
    let settings = bench.path().join("config/newsdex");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("names.yaml"), "Belka: WIND\nthe harbour firm: [WIND.US, ZRN.US]\n")
        .unwrap();
    assert_eq!(bench.sorted_keys(&["--symbol", "belka inc"]), keys([4]));
    assert_eq!(bench.sorted_keys(&["symbol:\"the harbour firm\""]), keys([4, 11]));
    assert!(bench.ok(&["symbol", "belka"]).contains("→ WIND.US"));
    std::fs::write(settings.join("names.yaml"), "Belka: no such!\n").unwrap();
    assert!(bench.fails(&["query", "x"], 2).contains("names.yaml: line 1: `no such!`"));
}

/// The pages of one article in several languages state its names once: by titles alone, a Chinese name needs two articles.
#[test]
fn an_article_in_two_scripts_states_a_name_once() {
    let bench = Workbench::new();
    let write = |id: u64, locale: &str, title: &str| {
        let url = format!("https://news.example/{locale}/news/{id}.md");
        let head = format!("title: {title}\nlocale: {locale}\nurl: {url}\nsymbols: [600586.SH]");
        bench.write(&format!("{locale}/{id}.md"), &format!("---\n{head}\n---\n正文\n"));
    };
    write(200_000_001, "zh-CN", "北方玻璃：营收增长");
    write(200_000_001, "zh-HK", "北方玻璃：營收增長");
    bench.ingest();
    bench.fails(&["symbol", "北方玻璃"], 1);
    write(200_000_002, "zh-CN", "北方玻璃发布年报");
    bench.ingest();
    assert!(bench.ok(&["symbol", "北方玻璃"]).contains("→ 600586.SH"));
}

#[test]
fn learned_names_follow_the_articles() {
    let bench = bench();
    bench.ok(&["optimize"]);
    assert_eq!(bench.sorted_keys(&["--symbol", "belka"]), keys([1, 2, 3, 4]));
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
    // Without the articles that state it, the name is not known any more.
    for id in [1, 2, 3] {
        std::fs::remove_file(bench.news().join(format!("{id}.md"))).unwrap();
    }
    bench.ingest();
    assert_eq!(bench.sorted_keys(&["--symbol", "belka"]), Vec::<String>::new());
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
}

#[test]
fn a_name_stands_beside_the_code_where_people_read() {
    let bench = bench();
    let server = Server::start(&bench, &[]);
    let named = "BLKA.US <span class=\"name\">Belka Inc</span>";
    let facets = bench.ok(&["facets", "--by", "symbol"]);
    assert!(
        facets.lines().any(|line| line.starts_with("  BLKA.US") && line.ends_with("4  Belka Inc")),
        "{facets}"
    );
    // A hit and the facet; the chosen filter; an article; the security beside another.
    for (address, times) in [
        ("/search?q=plant", 1),
        ("/search?symbol=BLKA&symbol=WIND", 2),
        ("/article/4/en", 1),
        ("/symbol/WIND.US", 1),
    ] {
        let page = server.get(address).body.replace(" </span>", "</span>");
        assert!(page.matches(named).count() >= times, "{address}: {page}");
    }
}
