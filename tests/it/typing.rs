//! Queries as nobody should type them: pieces of the language in random order, and examples of the reference with
//! random damage. The same number gives the same queries.

use newsdex::query::REFERENCE;

/// What queries are made of.
const PIECES: [&str; 70] = [
    "solar",
    "perovskite",
    "rate",
    "rates",
    "glass",
    "钙钛矿",
    "鈣鈦礦",
    "铜",
    "A股",
    "600586",
    "000001.CN",
    "AAPL",
    "tesla",
    "2025-03",
    "7d",
    "3.5%",
    "S&P",
    "U.S.",
    "AND",
    "OR",
    "NOT",
    "near/5",
    "near/1000",
    "(",
    ")",
    "\"",
    "“",
    "”",
    "（",
    "）",
    "：",
    ":",
    "-",
    "+",
    "!",
    "^2",
    "^",
    "~1",
    "~2",
    "~",
    "*",
    "?",
    "/",
    "/a.*b/",
    "/[a-z]+e?/",
    "p*ite",
    "*e*",
    "wor?d",
    "title:",
    "body:",
    "symbol:",
    "about:",
    "mentions:",
    "market:",
    "venue:",
    "date:",
    "locale:",
    "kind:",
    "id:",
    "url:",
    "nsymbols:",
    "query:",
    "..",
    "\"interest rates\"",
    "-\"the new\"",
    "the",
    "\"the of\"~9",
    "last week",
    "(solar OR the)",
    "\u{202e}🚀\0",
];

/// Makes up queries.
pub(crate) struct Typist {
    state: u64,
    examples: Vec<&'static str>,
}

impl Typist {
    pub(crate) fn new(seed: u64) -> Self {
        let blocks = REFERENCE.split("```example\n").skip(1).filter_map(|rest| rest.split("```").next());
        let examples = blocks.flat_map(str::lines).filter_map(|line| line.split("  ").next());
        Self { state: seed.wrapping_mul(2).wrapping_add(1), examples: examples.collect() }
    }

    /// A number below `end`, by a multiply-with-xorshift generator.
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let high = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap_or_default() % end
    }

    /// The next query.
    pub(crate) fn query(&mut self) -> String {
        if self.below(2) == 0 {
            return self.pieces();
        }
        let example = self.below(self.examples.len());
        let mut query: Vec<char> = self.examples[example].chars().collect();
        for _ in 0..self.below(4) {
            let at = self.below(query.len() + 1);
            match self.below(3) {
                0 => drop(query.splice(at..at, PIECES[self.below(PIECES.len())].chars())),
                1 => query.truncate(at.max(1)),
                _ if at < query.len() => {
                    let other = self.below(query.len());
                    query.swap(at, other);
                }
                _ => {}
            }
        }
        query.into_iter().collect()
    }

    fn pieces(&mut self) -> String {
        let mut query = String::new();
        for _ in 0..=self.below(12) {
            query.push_str(PIECES[self.below(PIECES.len())]);
            if self.below(3) > 0 {
                query.push(' ');
            }
        }
        query
    }
}
