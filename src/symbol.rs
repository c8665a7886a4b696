//! Says which security a notation names, in whatever notation it was written.
//!
//! Pages, filings, terminals and people write one security in a dozen ways: `600586.CN`, `SH600586`,
//! `600586.SS`, `1.600586`, `(NASDAQ: AAPL)`, `$AAPL`. [`Symbol::parse`] reads them all to one value, a code
//! and a venue, and everything else in the crate compares that value. What was inferred rather than read says
//! so ([`Confidence`]), and where two readings are possible the other one stays with the value
//! ([`Symbol::alternatives`]): nothing is guessed silently.
//!
//! Table of contents: `notation` reads the input grammar, `venue` knows venues and the forms of their codes,
//! `mainland` infers the venue of six Chinese digits with the help of `tables`, `spelling` writes a symbol in
//! other notations, and `mention` finds symbols in running text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

mod kind;
mod mainland;
mod mention;
mod notation;
mod spelling;
mod tables;
mod venue;

pub use kind::{Confidence, Kind, UnknownKind};
pub use mention::{Mention, mentions, title_mentions};
pub use tables::Tables;

use venue::Venue;

/// One security: a code at a venue.
///
/// Two symbols are equal where code and venue are: how sure the reading was, and what kind of security the
/// notation told of, take no part in equality, order and hash.
#[derive(Clone, Debug)]
pub struct Symbol {
    code: Box<str>,
    venue: Venue,
    kind: Kind,
    confidence: Confidence,
    alternatives: Vec<Symbol>,
}

impl Symbol {
    /// Reads any known notation, in a place where a symbol is expected: a `--symbol` argument, a `ticker:`
    /// term, a front matter value, the text or the target of a link to a quote page.
    ///
    /// `None` where no rule applies; the caller keeps the text and reports it. Bare words and bare numbers are
    /// read too (`AAPL`, `700`), which is why running text goes through [`mentions`] instead. Among the codes
    /// `000xxx` the [built-in tables](Tables::built_in) decide.
    #[must_use]
    pub fn parse(notation: &str) -> Option<Self> {
        Self::parse_with(notation, Tables::built_in())
    }

    /// As [`Symbol::parse`], with tables of the caller's own.
    #[must_use]
    pub fn parse_with(notation: &str, tables: &Tables) -> Option<Self> {
        notation::read(notation, tables)
    }

    /// Reads a facet path as [`Symbol::facet`] writes it, and nothing else.
    #[must_use]
    pub fn from_facet(path: &str) -> Option<Self> {
        let (market, rest) = path.strip_prefix('/')?.split_once('/')?;
        let (venue, code) = rest.split_once('/')?;
        let symbol = Self::at(code, Venue::from_name(venue)?, Confidence::Exact)?;
        (symbol.market() == market && symbol.code() == code).then_some(symbol)
    }

    /// The code: upper case, six digits on the mainland, without leading zeros in Hong Kong, share classes
    /// after a dot in the US (`BRK.B`), a leading dot for a US index (`.DJI`). At most 40 bytes of
    /// `[A-Z0-9.^-]`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The venue: `SH`, `SZ`, `BJ`, `HK`, `US`, `SG`, `TSX` and so on; `CN` for a mainland index or sector
    /// that no exchange lists, `CA` where only the country is known.
    #[must_use]
    pub fn venue(&self) -> &'static str {
        self.venue.name()
    }

    /// The market: the country or territory of the venue as a two-letter code (`CN` for `SH`, `SZ` and `BJ`,
    /// `CA` for `TSX` and `CSE`), and `CRYPTO` for crypto venues, which have none.
    #[must_use]
    pub fn market(&self) -> &'static str {
        self.venue.market()
    }

    /// Whether a market has that name, in capitals.
    #[must_use]
    pub fn is_market(name: &str) -> bool {
        Venue::is_market(name)
    }

    /// What kind of security it is, as far as the notation or the numbering of the venue tells.
    ///
    /// A US or Hong Kong code does not tell a share from a fund, so `AAPL.US` is [`Kind::Unknown`] and
    /// `ST/US/AAPL` is [`Kind::Stock`].
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How sure the reading is.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// The other readings of an ambiguous notation: `000001.CN` is `000001.SZ`, or else `000001.SH`.
    #[must_use]
    pub fn alternatives(&self) -> &[Self] {
        &self.alternatives
    }

    /// The underlying security of a US option: `AAPL.US` for `AAPL260417C190000.US`. Roots of Hong Kong options
    /// are no codes of the stock exchange.
    #[must_use]
    pub fn underlying(&self) -> Option<Self> {
        let root = venue::option_root(&self.code).filter(|_| self.venue == Venue::Us)?;
        Self::at(root, self.venue, self.confidence)
    }

    /// The one spelling that newsdex keeps: `600586.SH`, `700.HK`, `BRK.B.US`, `.DJI.US`.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}.{}", self.code, self.venue())
    }

    /// The path by which it is counted and filtered: `/CN/SH/600586`, from market to venue to code.
    #[must_use]
    pub fn facet(&self) -> String {
        format!("/{}/{}/{}", self.market(), self.venue(), self.code)
    }

    /// The symbol in other notations, each with the name of the notation.
    ///
    /// A notation that cannot name this security, or that would be read as another one, is left out.
    #[must_use]
    pub fn notations(&self) -> Vec<(&'static str, String)> {
        spelling::notations(self)
    }

    /// A symbol at a known venue; `None` where `code` is no code of that venue. Codes from the warrant ranges
    /// of Hong Kong are at best inferred, since the kind is. Elsewhere than in the US no code is `US`, as `US.HK` is read
    /// as the code `HK` with the US before it.
    fn at(code: &str, venue: Venue, confidence: Confidence) -> Option<Self> {
        let code = venue.accept(code).filter(|code| venue == Venue::Us || code.as_ref() != "US")?;
        let kind = venue.kind_of(&code);
        let inferred = kind == Kind::Warrant && confidence == Confidence::Exact;
        let confidence = if inferred { Confidence::Inferred } else { confidence };
        Some(Self { code, venue, kind, confidence, alternatives: Vec::new() })
    }

    /// The same symbol where the notation itself names the kind.
    fn with_kind(mut self, kind: Kind, confidence: Confidence) -> Self {
        self.kind = kind;
        self.confidence = confidence;
        self
    }
}

impl fmt::Display for Symbol {
    /// Writes the [canonical](Symbol::canonical) spelling.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.canonical())
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        self.venue == other.venue && self.code == other.code
    }
}

impl Eq for Symbol {}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.venue.hash(state);
        self.code.hash(state);
    }
}

impl Ord for Symbol {
    /// By code, then by the name of the venue: the order of the canonical spellings to a reader's eye.
    fn cmp(&self, other: &Self) -> Ordering {
        self.code.cmp(&other.code).then_with(|| self.venue().cmp(other.venue()))
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The security that a whole text is a notation of: with a market (`AAPL.US`), a dollar sign, or as a code in capitals.
#[must_use]
pub fn typed(typed: &str) -> Option<Symbol> {
    let typed = typed.trim();
    let code = typed.strip_prefix('$').unwrap_or(typed);
    // Small letters are a word.
    let is_word = code.chars().all(char::is_alphabetic) && code.chars().any(char::is_lowercase);
    if is_word && code == typed { None } else { Symbol::parse(code) }
}
