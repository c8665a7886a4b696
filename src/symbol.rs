//! Finds the security that a notation names, whatever the notation.
//!
//! Pages, filings, terminals and people write one security in a dozen ways: `600586.CN`, `SH600586`,
//! `600586.SS`, `1.600586`, `(NASDAQ: AAPL)`, `$AAPL`. [`Symbol::parse`] maps them all to one value, a code
//! and a venue, and the rest of the crate compares that value. [`Confidence`] tells what was inferred rather
//! than read, and [`Symbol::alternatives`] has the other readings of an ambiguous notation: nothing is
//! guessed silently.
//!
//! Table of contents: `notation` reads the input grammar, `venue` and `indices` are the tables of what others call venues
//! and indices, `code` knows the forms of codes, `mainland` infers the venue of six Chinese digits with the help of `tables`, `spelling` writes a symbol in
//! other notations, and `mention` finds symbols in running text.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

mod code;
mod form;
mod indices;
mod kind;
mod mainland;
mod mention;
mod name;
mod notation;
mod spelling;
mod tables;
mod venue;

pub use kind::{Confidence, Kind, UnknownKind};
pub use mention::{Mention, mentions, title_mentions};
pub use name::{is_legal_form, key as name_key, shown as shown_name, soft_keys};
pub use tables::Tables;

use venue::Venue;

/// One security: a code at a venue.
///
/// Two symbols are equal if code and venue are. Kind, confidence and alternatives take no part in equality,
/// order and hash.
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
    /// `None` if no rule applies; the caller keeps the text and reports it. Bare words and bare numbers are
    /// read too (`AAPL`, `700`), so use [`mentions`] for running text. The
    /// [built-in tables](Tables::built_in) decide the codes `000xxx`.
    #[must_use]
    pub fn parse(notation: &str) -> Option<Self> {
        Self::parse_with(notation, Tables::built_in())
    }

    /// [`Symbol::parse`] with the caller's own tables.
    #[must_use]
    pub fn parse_with(notation: &str, tables: &Tables) -> Option<Self> {
        notation::read(notation, tables)
    }

    /// Reads a facet path as [`Symbol::facet`] writes it, and nothing else.
    #[must_use]
    pub fn from_facet(path: &str) -> Option<Self> {
        let (market, rest) = path.strip_prefix('/')?.split_once('/')?;
        let (venue, code) = rest.split_once('/')?;
        Self::at_venue(code, venue).filter(|symbol| symbol.market() == market)
    }

    /// The symbol with this [code](Symbol::code) and the name of this [venue](Symbol::venue), and nothing else.
    #[must_use]
    pub fn at_venue(code: &str, venue: &str) -> Option<Self> {
        let symbol = Self::at(code, Venue::from_name(venue)?, Confidence::Exact)?;
        (symbol.code() == code).then_some(symbol)
    }

    /// The code: upper case, six digits on the mainland, without leading zeros in Hong Kong, share classes
    /// after a dot in the US (`BRK.B`), a leading dot for a US index (`.DJI`). At most 40 bytes of
    /// `[A-Z0-9.^-]`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The venue: `SH`, `SZ`, `BJ`, `HK`, `US`, `SG`, `XETRA` and so on; `CN` for a mainland index or sector
    /// that no exchange lists, `CA` where only the country is known, `UNKNOWN` for a suffix that no known venue has.
    #[must_use]
    pub fn venue(&self) -> &'static str {
        self.venue.name()
    }

    /// The market: the country or territory of the venue as a two-letter code (`CN` for `SH`, `SZ` and `BJ`,
    /// `CA` for `TSX` and `CSE`), `CRYPTO` for crypto venues, which have none, and `UNKNOWN` for an unknown venue.
    #[must_use]
    pub fn market(&self) -> &'static str {
        self.venue.market()
    }

    /// Whether a market has this name, in capitals.
    #[must_use]
    pub fn is_market(name: &str) -> bool {
        Venue::is_market(name)
    }

    /// The kind of security, as far as the notation or the numbering of the venue tells.
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

    /// The underlying security of a US option: `AAPL.US` for `AAPL260417C190000.US`. `None` for Hong Kong
    /// options, whose roots are not codes of the stock exchange.
    #[must_use]
    pub fn underlying(&self) -> Option<Self> {
        let root = form::option_root(&self.code).filter(|_| self.venue == Venue::US)?;
        Self::at(root, self.venue, self.confidence)
    }

    /// The facet path of the venue that has this name, in capitals, at any system: `/DE/XETRA` for `XETRA`, `XETR` or `ETR`.
    #[must_use]
    pub fn venue_facet(name: &str) -> Option<String> {
        let venue = Venue::from_name(name)
            .or_else(|| Venue::from_suffix(name).map(|(venue, _)| venue))
            .or_else(|| Venue::from_exchange(name))?;
        Some(format!("/{}/{}", venue.market(), venue.name()))
    }

    /// The one spelling that newsdex keeps: `600586.SH`, `700.HK`, `BRK.B.US`, `.DJI.US`. At an unknown venue, the code with
    /// the suffix that it was written with: `XYZ.QQ`.
    #[must_use]
    pub fn canonical(&self) -> String {
        if self.venue == Venue::UNKNOWN {
            self.code.to_string()
        } else {
            format!("{}.{}", self.code, self.venue())
        }
    }

    /// The facet path for counting and filtering, market, venue and code: `/CN/SH/600586`.
    #[must_use]
    pub fn facet(&self) -> String {
        ["/", self.market(), "/", self.venue(), "/", &self.code].concat()
    }

    /// The symbol in other notations, each with the name of the notation.
    ///
    /// A notation that cannot name this security, or that would be read as another one, is left out.
    #[must_use]
    pub fn notations(&self) -> Vec<(&'static str, String)> {
        spelling::notations(self)
    }

    /// A symbol at a known venue; `None` if `code` is not a code of that venue. Codes in Hong Kong's warrant
    /// ranges are at best inferred, because their kind is. Only the US may have a code `US`: `US.HK` is read
    /// as the code `HK` in the US.
    fn at(code: &str, venue: Venue, confidence: Confidence) -> Option<Self> {
        let code = venue.accept(code).filter(|code| venue == Venue::US || code.as_ref() != "US")?;
        let kind = venue.kind_of(&code);
        let inferred = kind == Kind::Warrant && confidence == Confidence::Exact;
        let confidence = if inferred { Confidence::Inferred } else { confidence };
        Some(Self { code, venue, kind, confidence, alternatives: Vec::new() })
    }

    /// The same symbol with the kind that the notation names.
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
    /// By code, then by name of the venue, as a reader would sort canonical spellings.
    fn cmp(&self, other: &Self) -> Ordering {
        self.code.cmp(&other.code).then_with(|| self.venue().cmp(other.venue()))
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The security of a text that is a notation as a whole: with a market (`AAPL.US`), with a dollar sign, or a
/// code in capitals.
#[must_use]
pub fn typed(typed: &str) -> Option<Symbol> {
    let typed = typed.trim();
    let code = typed.strip_prefix('$').unwrap_or(typed);
    // Letters that are not all capitals are a word.
    let is_word = code.chars().all(char::is_alphabetic) && code.chars().any(char::is_lowercase);
    if is_word && code == typed { None } else { Symbol::parse(code) }
}
