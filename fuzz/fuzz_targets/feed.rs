//! Any bytes can be split into the items of a feed, which lie where they are said to, and each item can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use newsdex::{
    article::{Keys, RecordParser},
    source::{Piece, Splitter},
};

fuzz_target!(|bytes: &[u8]| {
    let keys = Keys::default();
    let mut items = Vec::new();
    let shape = Splitter::Feed.split(&mut &bytes[..], &keys, 1_000, &mut |place, piece| {
        let start = usize::try_from(place.offset).expect("within the bytes");
        let item = &bytes[start..start + place.bytes as usize];
        if let Piece::Record(record) = piece {
            assert_eq!(record, item);
            items.push(item);
        }
    });
    let Ok(shape) = shape else { return };
    let parser = RecordParser::new(shape.format, &shape.head, &keys);
    for item in items {
        let _ = parser.parse(item, "a/b.xml");
    }
});
