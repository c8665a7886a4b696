//! How fast files become articles, and texts words: megabytes a second on one core, per kind of text.
//!
//! `cargo bench --bench analysis [-- FOLDER...]`. Without folders the texts are those of the tests' corpus; with
//! them, up to 32 MB of the articles below each, titles and bodies. The best of twenty runs counts: others were interrupted.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

use newsdex::{
    article::{Article, Keys},
    text::{Sketch, Token, Tokens},
};
use std::{env, fs, hint::black_box, path::Path, time::Instant};

/// So much text is read of a folder.
const ENOUGH: usize = 32 << 20;
const RUNS: usize = 20;

fn main() {
    let mut folders: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if folders.is_empty() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
        folders = ["en", "zh-CN", "zh-HK"].map(|locale| format!("{corpus}/{locale}")).to_vec();
    }
    println!("{:>9} {:>9} {:>9} {:>9}  text", "reading", "words", "sketch", "MB");
    for folder in folders {
        let mut files = Vec::new();
        read(Path::new(&folder), &mut files, &mut 0);
        let keys = Keys::default();
        let reading = pace(&files, &|file| {
            black_box(Article::parse(file, "", &keys));
        });
        let article = |file: &Vec<u8>| Article::parse(file, "", &keys).value;
        let texts = files.iter().map(article).flat_map(|article| [article.title, article.body]);
        let texts: Vec<Vec<u8>> = texts.map(String::into_bytes).collect();
        let words = pace(&texts, &|bytes| {
            let mut words = Tokens::new(text(bytes));
            let mut word = Token::default();
            while words.advance(&mut word) {
                black_box(&word);
            }
        });
        let sketch = pace(&texts, &|bytes| {
            black_box(Sketch::of(&[text(bytes)]));
        });
        #[expect(clippy::cast_precision_loss, reason = "a size needs three digits")]
        let size = texts.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
        println!("{reading:>9.0} {words:>9.0} {sketch:>9.0} {size:>9.2}  {folder}");
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Megabytes of some texts that a piece of work does in a second, at its best.
fn pace(texts: &[Vec<u8>], work: &dyn Fn(&[u8])) -> f64 {
    let bytes: usize = texts.iter().map(Vec::len).sum();
    // A small text is read often enough for the clock.
    let times = (1_usize << 22).div_ceil(bytes.max(1));
    let once = || {
        let started = Instant::now();
        for text in (0..times).flat_map(|_| texts) {
            work(text);
        }
        started.elapsed().as_secs_f64()
    };
    let best = (0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_precision_loss, reason = "a pace needs three digits")]
    let megabytes = (bytes * times) as f64 / 1e6;
    megabytes / best
}

/// Reads the files of articles below a folder, in order, until there is enough.
fn read(path: &Path, files: &mut Vec<Vec<u8>>, bytes: &mut usize) {
    if *bytes >= ENOUGH {
        return;
    }
    if path.is_dir() {
        let mut inside: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        inside.sort();
        for path in inside {
            read(&path, files, bytes);
        }
    } else if path.extension().is_some_and(|ending| ending == "md") {
        let file = fs::read(path).unwrap();
        *bytes += file.len();
        files.push(file);
    }
}
