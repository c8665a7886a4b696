//! What kind of security a symbol names, and how sure the reading is.

use std::fmt;
use std::str::FromStr;

/// A kind of security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A share, or a depositary receipt that trades as one.
    Stock,
    /// A share of a mainland company quoted in foreign currency, on the mainland.
    BShare,
    /// An exchange-traded fund.
    Etf,
    /// A listed open-ended fund of the mainland.
    Lof,
    /// A real estate investment trust.
    Reit,
    /// An index.
    Index,
    /// A bond, convertible ones included.
    Bond,
    /// A warrant or a callable bull/bear contract.
    Warrant,
    /// An option contract.
    Option,
    /// A pair of currencies at a crypto venue.
    Crypto,
    /// A sector or concept index of a data vendor.
    Sector,
    /// A fund of a kind that the code does not tell.
    Fund,
    /// A repurchase agreement.
    Repo,
    /// The notation does not tell.
    Unknown,
}

impl Kind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 14] = [
        Self::Stock,
        Self::BShare,
        Self::Etf,
        Self::Lof,
        Self::Reit,
        Self::Index,
        Self::Bond,
        Self::Warrant,
        Self::Option,
        Self::Crypto,
        Self::Sector,
        Self::Fund,
        Self::Repo,
        Self::Unknown,
    ];

    /// The name in kebab case: `b-share`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::BShare => "b-share",
            Self::Etf => "etf",
            Self::Lof => "lof",
            Self::Reit => "reit",
            Self::Index => "index",
            Self::Bond => "bond",
            Self::Warrant => "warrant",
            Self::Option => "option",
            Self::Crypto => "crypto",
            Self::Sector => "sector",
            Self::Fund => "fund",
            Self::Repo => "repo",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    /// Reads a name as [`Kind::as_str`] writes it, in either case.
    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name)).ok_or(UnknownKind)
    }
}

/// A name that no [`Kind`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownKind;

impl fmt::Display for UnknownKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("unknown kind of security")
    }
}

impl std::error::Error for UnknownKind {}

/// How sure a reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// The notation names code and venue.
    Exact,
    /// A rule supplied what the notation leaves out, and only one reading is known.
    Inferred,
    /// There is more than one reading; this is the likelier one.
    Ambiguous,
}

impl Confidence {
    /// The name in lower case: `inferred`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Inferred => "inferred",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
