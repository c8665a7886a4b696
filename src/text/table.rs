//! Folding tables from character to character, built at compile time.
//!
//! The source of a table is two lines of equal length in characters: what is folded, and into what. The
//! compiler turns it into blocks of 64 cells, so that startup costs nothing (a cold query reads only the few
//! pages of the binary that its text needs) and a lookup takes two loads for a character that stays as it is.

/// Low bits of a code point that select the cell in its block.
const BLOCK_BITS: u32 = 6;
const BLOCK: usize = 1 << BLOCK_BITS;

/// A folding table of `PAIRS` pairs, including the unused pair 0, and `CELLS` cells in blocks, for the code
/// points below `BLOCKS * 64`.
pub(super) struct Table<const BLOCKS: usize, const CELLS: usize, const PAIRS: usize> {
    /// The block number, by code point / 64. Block 0 is empty and serves all code points without pairs.
    blocks: [u16; BLOCKS],
    /// The pair number, or 0 if the character stays as it is.
    cells: [u16; CELLS],
    /// The folded character, by pair number.
    targets: [char; PAIRS],
}

impl<const BLOCKS: usize, const CELLS: usize, const PAIRS: usize> Table<BLOCKS, CELLS, PAIRS> {
    /// Builds a table from two lines. For a `static`: sizes that do not fit the lines are a compile error.
    #[expect(clippy::cast_possible_truncation, reason = "the sizes are asserted to fit u16")]
    pub(super) const fn new(lines: &str) -> Self {
        assert!(PAIRS <= u16::MAX as usize && CELLS <= BLOCK * u16::MAX as usize);
        let bytes = lines.as_bytes();
        let mut table = Self { blocks: [0; BLOCKS], cells: [0; CELLS], targets: ['\0'; PAIRS] };
        let (mut source, mut target) = (0, 0);
        while bytes[target] != b'\n' {
            target += 1;
        }
        target += 1;
        let (mut pair, mut used) = (1, 1);
        while bytes[source] != b'\n' {
            let (from, after_source) = decode(bytes, source);
            let (to, after_target) = decode(bytes, target);
            (source, target) = (after_source, after_target);
            let block = &mut table.blocks[from as usize / BLOCK];
            if *block == 0 {
                *block = used as u16;
                used += 1;
            }
            table.cells[*block as usize * BLOCK + from as usize % BLOCK] = pair as u16;
            table.targets[pair] = to;
            pair += 1;
        }
        assert!(bytes[target] == b'\n' && pair == PAIRS && used * BLOCK == CELLS);
        table
    }

    /// The folded character, which may be `character` itself.
    #[inline]
    pub(super) fn fold(&self, character: char) -> char {
        let code = character as usize;
        let block = self.blocks.get(code >> BLOCK_BITS).copied().unwrap_or(0);
        let cell = usize::from(block) << BLOCK_BITS | code & (BLOCK - 1);
        match self.cells.get(cell) {
            None | Some(0) => character,
            Some(&pair) => self.targets[usize::from(pair)],
        }
    }
}

/// The character at byte `at` of valid UTF-8, and the byte offset of the next.
const fn decode(bytes: &[u8], at: usize) -> (char, usize) {
    let lead = bytes[at] as u32;
    let (mut code, length) = match lead {
        0..0x80 => (lead, 1),
        0x80..0xE0 => (lead & 0x1F, 2),
        0xE0..0xF0 => (lead & 0x0F, 3),
        _ => (lead & 0x07, 4),
    };
    let mut next = 1;
    while next < length {
        code = code << 6 | (bytes[at + next] & 0x3F) as u32;
        next += 1;
    }
    match char::from_u32(code) {
        Some(character) => (character, at + length),
        None => panic!("a folding table holds something that is no character"),
    }
}
