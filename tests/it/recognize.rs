//! Securities and questions among plain words.

use crate::workbench::Workbench;

/// Articles with a list of securities. `SOLR` is meant as a security by two of the three articles that have the word,
/// `FLAT` by one of three.
fn bench() -> Workbench {
    let bench = Workbench::new();
    let article = |number: u64, symbols, body| bench.listing(200_000_000 + number, "News", symbols, body);
    article(1, "SOLR.US", "The maker of roofs dismissed 40 workers; SOLR fell.");
    article(2, "SOLR.US", "SOLR opened a plant for glass.");
    article(3, "", "A club by the name of solr dismissed its trainer.");
    article(4, "SOLR.US, FLAT.US", "A flat roof for the plant.");
    article(5, "", "The market was flat, and workers wait.");
    article(6, "", "A flat tyre.");
    article(7, "600586.SH", "What became of the glass plant. 金晶科技为什么下跌");
    article(8, "600586.SH", "The plant was sold.");
    article(9, "BRK.A", "BRK.A rose.");
    article(10, "BRK.A", "Berkshire paid nothing.");
    bench.ingest();
    bench
}

fn key(number: u64) -> String {
    format!("{}/en", 200_000_000 + number)
}

fn keys<const N: usize>(numbers: [u64; N]) -> Vec<String> {
    numbers.into_iter().map(key).collect()
}

#[test]
fn capitals_are_a_security_where_half_of_the_articles_with_the_word_mean_it() {
    let bench = bench();
    assert_eq!(bench.sorted_keys(&["SOLR"]), keys([1, 2, 3, 4]), "listed, or the word");
    let said = bench.notes(&["SOLR"]);
    assert!(said.contains("SOLR.US") && said.contains("`=SOLR`"), "{said}");
    assert_eq!(bench.sorted_keys(&["=SOLR"]), keys([1, 2, 3]));
    assert_eq!(bench.notes(&["=SOLR"]), "");
    // A further word narrows, and need not stand beside the code.
    assert_eq!(bench.sorted_keys(&["SOLR plant", "--match", "all"]), keys([2, 4]));
    assert_eq!(bench.keys(&["SOLR roof plant"]), keys([4]));
}

#[test]
fn capitals_that_are_no_security_rank_as_small_letters() {
    let bench = Workbench::new();
    for day in 1..=6 {
        let body = if day == 3 { "The Federal Reserve met." } else { "The Fed met." };
        bench.article(&format!("{day}.md"), 200_000_000 + day, &format!("03-0{day}"), body);
    }
    bench.ingest();
    let ranked = |args: &[&str]| {
        let answer = bench.json(&[&["query", "--format", "json"], args].concat());
        let hits = answer["hits"].as_array().expect("a list").iter();
        hits.map(|hit| (hit["id"].to_string(), hit["score"].to_string())).collect::<Vec<_>>()
    };
    assert_eq!(ranked(&["fed"]).len(), 6, "with its synonym");
    assert_eq!(ranked(&["FED"]), ranked(&["fed"]));
    assert_eq!(ranked(&["Fed"]), ranked(&["fed"]));
    assert_eq!(ranked(&["FED", "--no-synonyms"]), ranked(&["fed", "--no-synonyms"]));
}

#[test]
fn a_class_of_shares_is_a_code_too() {
    let bench = bench();
    assert_eq!(bench.sorted_keys(&["BRK.A"]), keys([9, 10]));
    assert!(bench.notes(&["BRK.A"]).contains("`=BRK.A` is only the word"), "{}", bench.notes(&["BRK.A"]));
    assert_eq!(bench.sorted_keys(&["=BRK.A"]), keys([9]));
    assert!(!bench.notes(&["U.S. plant"]).contains("security"));
}

/// Articles that list securities in Shanghai, Hong Kong, the US and Germany.
fn listings() -> Workbench {
    let bench = Workbench::new();
    let listed = ["600586.SH", "700.HK", "BRK.B", "SAP.DE", "^GSPC", "XYZ.QQ", "7203.T"];
    for (number, symbol) in (1..).zip(listed) {
        bench.listing(200_000_000 + number, "News", symbol, "It rose.");
    }
    bench.ingest();
    bench
}

#[test]
fn a_code_with_its_exchange_before_it_is_the_security() {
    let bench = listings();
    for typed in ["SH600586", "sh600586", "SH600586怎么了", "SH600586 rose"] {
        assert_eq!(bench.keys(&[typed]), keys([1]), "{typed}");
    }
    for typed in ["HK00700", "hk00700", "hk0700", "HK700"] {
        assert_eq!(bench.keys(&[typed]), keys([2]), "{typed}");
    }
    assert!(bench.notes(&["sh600586"]).contains("600586.SH"), "{}", bench.notes(&["sh600586"]));
    assert_eq!(bench.keys(&["=sh600586"]), keys([]));
    assert!(!bench.notes(&["HK1997"]).contains("security"), "no article names one with that code");
}

#[test]
fn a_class_of_shares_and_a_foreign_suffix_are_read_in_any_spelling() {
    let bench = listings();
    for typed in ["$BRK.B", "$BRK-B", "BRK.B", "BRK-B", "BRK/B", "brk-b"] {
        assert_eq!(bench.keys(&[typed]), keys([3]), "{typed}");
        assert!(bench.notes(&[typed]).contains("BRK.B.US"), "{}", bench.notes(&[typed]));
    }
    for typed in ["SAP.DE", "sap.de", "ETR:SAP", "SAP.XETRA", "symbol:SAP.XETR", "venue:XETRA", "venue:etr"] {
        assert_eq!(bench.keys(&[typed]), keys([4]), "{typed}");
    }
    assert_eq!(bench.keys(&["7203.T"]), keys([7]));
}

#[test]
fn an_index_is_asked_by_the_names_of_others() {
    let bench = listings();
    for typed in ["^GSPC", "symbol:^GSPC", ".SPX", "SPX", "rose ^GSPC", "^GSPC^2 rose^3", "symbol:SPX"] {
        assert_eq!(bench.keys(&[typed]), keys([5]), "{typed}");
    }
    let wrong = bench.run(&["query", "rose^x"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("a boost is a number"), "{wrong:?}");
}

#[test]
fn a_security_of_an_unknown_exchange_is_in_no_market() {
    let bench = listings();
    assert_eq!(bench.keys(&["--symbol", "XYZ.QQ"]), keys([6]));
    assert_eq!(bench.sorted_keys(&["--market", "US"]), keys([3, 5]));
    assert_eq!(bench.keys(&["--market", "unknown"]), keys([6]));
    assert_eq!(bench.keys(&["--market", "DE"]), keys([4]));
}

#[test]
fn a_word_that_articles_mean_as_a_word_stays_one_with_a_hint() {
    let bench = bench();
    assert_eq!(bench.sorted_keys(&["FLAT"]), keys([4, 5, 6]));
    let said = bench.notes(&["FLAT"]);
    assert!(said.contains("`symbol:FLAT`"), "{said}");
    // Lower case is a word, with a hint where capitals would be a security.
    assert_eq!(bench.sorted_keys(&["solr"]), keys([1, 2, 3]));
    let said = bench.notes(&["solr"]);
    assert!(said.contains("`symbol:SOLR`"), "{said}");
    assert_eq!(bench.notes(&["flat"]), "");
    assert_eq!(bench.notes(&["GLASS"]), "", "no security has that code");
    // Codes are always in capitals.
    let said = listings().notes(&["BRK.B SAP.DE 7203.T"]);
    for code in ["BRK.B", "SAP.DE", "7203.T"] {
        assert!(said.contains(&format!("`{code}` was also read as the security")), "{said}");
    }
    // Three or more words all in capitals tell nothing.
    assert_eq!(bench.keys(&["SOLR OPENED GLASS"]), keys([2]));
    let said = bench.notes(&["SOLR OPENED GLASS"]);
    assert!(said.contains("`symbol:SOLR`"), "{said}");
}

#[test]
fn the_security_is_kept_and_other_words_only_rank_where_few_articles_have_all() {
    let bench = bench();
    let found = bench.relaxed_keys(&["SOLR dismissed tyre"]);
    assert_eq!(found.len(), 4, "no article without the security, though one has the tyre: {found:?}");
    assert!(found.iter().all(|(_, relaxed)| *relaxed));
    assert_eq!(found[0].0, key(1), "it has the security and a word");
    // A filter by security is one too.
    let found = bench.relaxed_keys(&["dismissed tyre", "--symbol", "SOLR"]);
    assert_eq!(found.iter().map(|(found, _)| found.as_str()).max(), Some(key(4).as_str()));
    assert_eq!((found.len(), found[0].0.as_str()), (3, key(1).as_str()));
}

#[test]
fn the_words_of_a_question_only_rank_beside_a_security() {
    let bench = bench();
    assert_eq!(bench.keys(&["what happened to 600586"]).len(), 2);
    assert_eq!(bench.keys(&["what happened to 600586 in the glass plant"]), keys([7]));
    assert_eq!(bench.keys(&["why did SOLR fall"]).len(), 4);
    assert_eq!(bench.keys(&["600586 怎么了"]).len(), 2);
    assert_eq!(bench.keys(&["600586怎么了"]).len(), 2);
    assert_eq!(bench.keys(&["600586为什么下跌"]), keys([7, 8]), "what is asked about ranks");
    assert_eq!(bench.keys(&["600586 為何大跌"]).len(), 2);
    assert_eq!(bench.keys(&["600586金晶怎么了"]), keys([7]));
    assert_eq!(bench.keys(&["what happened", "--symbol", "600586"]).len(), 2);
    // Without a security they are words like others.
    assert_eq!(bench.keys(&["what became of the plant"]), keys([7]));
    assert_eq!(bench.sorted_keys(&["SOLR plant of"]), Vec::<String>::new(), "this is no question");
}
