//! The messages of searches and requests in the languages of the page.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, fs, path::Path};

/// The rooms whose messages the page can show.
const ROOMS: [&str; 4] = ["query", "search", "index", "serve"];

fn files(path: &Path, found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        found.push(fs::read_to_string(path).unwrap());
    }
}

/// The templates of the messages that a source makes.
fn templates(source: &str) -> impl Iterator<Item = String> {
    source.split("message!(").skip(1).filter_map(|call| {
        let literal = call.trim_start().strip_prefix('"')?;
        let mut template = String::new();
        let mut characters = literal.chars();
        loop {
            match characters.next()? {
                '"' => return Some(template),
                '\\' => template.push(characters.next()?),
                character => template.push(character),
            }
        }
    })
}

/// The values that a text has places for, in order of their numbers.
fn places(text: &str) -> Vec<usize> {
    let numbers = text.split('{').skip(1).enumerate().map(|(index, after)| {
        let number = after.split_once('}').unwrap().0;
        if number.is_empty() { index + 1 } else { number.parse().unwrap() }
    });
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn every_message_has_a_translation_and_every_translation_a_message() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for room in ROOMS {
        files(&src.join(room), &mut sources);
        files(&src.join(format!("{room}.rs")), &mut sources);
    }
    let mut made: BTreeSet<String> = sources.iter().flat_map(|source| templates(source)).collect();
    assert!(made.len() > 100, "{made:?}");
    // Lists are joined by `problem` itself.
    made.insert("{} or {}".into());
    let table = fs::read_to_string(src.join("serve/page/messages.txt")).unwrap();
    let mut known = BTreeSet::new();
    for block in table.trim_end().split("\n\n") {
        let lines: Vec<&str> = block.lines().map(str::trim).collect();
        let [english, simplified, traditional] = *lines else { panic!("three lines: {block}") };
        for translation in [simplified, traditional] {
            assert_eq!(places(translation), places(english), "{translation}");
            assert!(translation != english && !translation.is_ascii(), "{translation}");
        }
        assert!(known.insert(english.to_owned()), "twice: {english}");
    }
    assert_eq!(made.difference(&known).collect::<Vec<_>>(), [""; 0], "without a translation");
    assert_eq!(known.difference(&made).collect::<Vec<_>>(), [""; 0], "no message");
}
