//! The measures of plain BM25 on a set for `newsdex eval`, to compare newsdex with.
//!
//! `cargo bench --bench plain -- SET [FILE]`. Title and body are one field of tantivy, analysed as by its `en_stem`; Han is
//! cut into overlapping bigrams. A query is an OR of all its words; k1 is 1.2, b 0.75. FILE gets the
//! nDCG@10 of each query, for `benches/paired`.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

use frostem::{Algorithm, Stemmer};
use newsdex::{
    eval::{EvalSet, Judged, Measure, Scores, read_documents},
    render,
    source::Unpacker,
    text::is_han_like,
};
use std::{
    env,
    fs::{self, File},
    io::{self, BufReader},
    path::Path,
};
use tantivy::{
    Index, Searcher, TantivyDocument, Term,
    collector::TopDocs,
    doc,
    query::{BooleanQuery, Query, TermQuery},
    schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value},
};

/// As many documents as `newsdex eval` retrieves.
const DEPTH: usize = 100;
/// tantivy's `en_stem` leaves out words of this many bytes or more.
const TOO_LONG: usize = 40;
const MEMORY: usize = 100 << 20;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [folder, per_query @ ..] = &args[..] else {
        println!("usage: cargo bench --bench plain -- SET [FILE]");
        return;
    };
    let folder = Path::new(folder);
    let open = |name| BufReader::new(File::open(folder.join(name)).unwrap());
    let set = EvalSet::read(open("queries.tsv"), open("qrels.tsv")).unwrap();
    let plain = Plain::of(folder);
    let mut judged = Vec::new();
    for (id, text) in &set.queries {
        let Some(grades) = set.judgements.get(id) else { continue };
        let found = plain.ask(text);
        let grade = |(document, _): &(String, f32)| grades.get(document).copied().unwrap_or(0);
        let ranked: Vec<u32> = found.iter().map(grade).collect();
        let scores = Scores::of(&ranked, grades.values().copied());
        judged.push(Judged { id: id.clone(), text: text.clone(), found, scores });
    }
    render::eval_text(&mut io::stdout(), plain.documents(), &judged, 0).unwrap();
    if let Some(file) = per_query.first() {
        let line = |one: &Judged| format!("{}\t{}\n", one.id, one.scores.get(Measure::Ndcg10));
        fs::write(file, judged.iter().map(line).collect::<String>()).unwrap();
    }
}

/// An index with one field of text.
struct Plain {
    searcher: Searcher,
    id: Field,
    text: Field,
}

impl Plain {
    fn of(folder: &Path) -> Self {
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING | STORED);
        // The text is cut into terms here, and joined by spaces for tantivy.
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::WithFreqs);
        let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, MEMORY).unwrap();
        let is_packed = !folder.join("docs.jsonl").exists();
        let name = if is_packed { "docs.jsonl.xz" } else { "docs.jsonl" };
        let documents = Unpacker::new(File::open(folder.join(name)).unwrap()).unwrap();
        for document in read_documents(documents) {
            let document = document.unwrap();
            let all = terms(&format!("{}\n{}", document.title, document.body)).join(" ");
            writer.add_document(doc!(id => document.id, text => all)).unwrap();
        }
        writer.commit().unwrap();
        writer.wait_merging_threads().unwrap();
        let searcher = index.reader().unwrap().searcher();
        Self { searcher, id, text }
    }

    fn documents(&self) -> usize {
        usize::try_from(self.searcher.num_docs()).unwrap()
    }

    /// The ids of the best documents with their scores. A word that is asked twice counts twice.
    fn ask(&self, query: &str) -> Vec<(String, f32)> {
        let word = |term: String| -> Box<dyn Query> {
            let term = Term::from_field_text(self.text, &term);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
        };
        let any = BooleanQuery::union(terms(query).into_iter().map(word).collect());
        let best = self.searcher.search(&any, &TopDocs::with_limit(DEPTH).order_by_score()).unwrap();
        let named = |(score, at)| {
            let document: TantivyDocument = self.searcher.doc(at).unwrap();
            (document.get_first(self.id).unwrap().as_str().unwrap().to_owned(), score)
        };
        best.into_iter().map(named).collect()
    }
}

/// The terms of a text: stems, and bigrams of Han.
fn terms(text: &str) -> Vec<String> {
    let stemmer = Stemmer::new(Algorithm::English);
    let mut terms = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let characters: Vec<char> = word.chars().collect();
        for run in characters.chunk_by(|a, b| is_han_like(*a) == is_han_like(*b)) {
            let written: String = run.iter().collect();
            if !is_han_like(run[0]) {
                if written.len() < TOO_LONG {
                    terms.push(stemmer.stem(&written.to_lowercase()).into_owned());
                }
            } else if run.len() == 1 {
                terms.push(written);
            } else {
                terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
            }
        }
    }
    terms
}
