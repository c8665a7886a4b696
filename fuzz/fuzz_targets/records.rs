//! Any bytes are a file of records: each is where its place says, and is an article, or told why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::{
    article::{Keys, RecordParser},
    source::{Piece, Splitter},
};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let splitters = [Splitter::Json, Splitter::JsonLines, Splitter::Csv, Splitter::Tsv];
    let splitter = splitters[usize::from(first % 4)];
    let (keys, limit) = (Keys::default(), usize::from(*first) * 8);
    let mut records = Vec::new();
    let shape = splitter.split(&mut &*bytes, &keys, limit, &mut |place, piece| {
        if let Piece::Record(record) = piece {
            let start = place.offset as usize;
            assert_eq!(&bytes[start..start + place.bytes as usize], record);
            assert!(record.len() <= limit);
            records.push(record.to_vec());
        }
    });
    let Ok(shape) = shape else { return };
    let parser = RecordParser::new(shape.format, &shape.head, &keys);
    for record in records {
        if let Ok(parsed) = parser.parse(&record, "a/b.json") {
            assert!(!parsed.value.title.is_empty() && !parsed.value.title.contains('\n'));
        }
    }
});
