//! The venues, the names that others give them, and the form of a code at each.

use super::kind::Confidence;

/// Where a security trades, or the publisher of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Venue {
    Sh,
    Sz,
    Bj,
    /// The mainland without an exchange: indices of CSI and CNI, sectors of data vendors.
    Cn,
    Hk,
    Us,
    Sg,
    /// Canada without an exchange, as in Bloomberg's `RY CN`.
    Ca,
    Cse,
    Tsx,
    Tsxv,
    Neo,
    Lse,
    Asx,
    Tyo,
    Krx,
    Twse,
    Nse,
    Fra,
    Xetra,
    Swx,
    Has,
    Osl,
    Bkkt,
}

impl Venue {
    const ALL: [Self; 24] = [
        Self::Sh,
        Self::Sz,
        Self::Bj,
        Self::Cn,
        Self::Hk,
        Self::Us,
        Self::Sg,
        Self::Ca,
        Self::Cse,
        Self::Tsx,
        Self::Tsxv,
        Self::Neo,
        Self::Lse,
        Self::Asx,
        Self::Tyo,
        Self::Krx,
        Self::Twse,
        Self::Nse,
        Self::Fra,
        Self::Xetra,
        Self::Swx,
        Self::Has,
        Self::Osl,
        Self::Bkkt,
    ];

    /// Name and market.
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Sh => ("SH", "CN"),
            Self::Sz => ("SZ", "CN"),
            Self::Bj => ("BJ", "CN"),
            Self::Cn => ("CN", "CN"),
            Self::Hk => ("HK", "HK"),
            Self::Us => ("US", "US"),
            Self::Sg => ("SG", "SG"),
            Self::Ca => ("CA", "CA"),
            Self::Cse => ("CSE", "CA"),
            Self::Tsx => ("TSX", "CA"),
            Self::Tsxv => ("TSXV", "CA"),
            Self::Neo => ("NEO", "CA"),
            Self::Lse => ("LSE", "GB"),
            Self::Asx => ("ASX", "AU"),
            Self::Tyo => ("TYO", "JP"),
            Self::Krx => ("KRX", "KR"),
            Self::Twse => ("TWSE", "TW"),
            Self::Nse => ("NSE", "IN"),
            Self::Fra => ("FRA", "DE"),
            Self::Xetra => ("XETRA", "DE"),
            Self::Swx => ("SWX", "CH"),
            Self::Has => ("HAS", "CRYPTO"),
            Self::Osl => ("OSL", "CRYPTO"),
            Self::Bkkt => ("BKKT", "CRYPTO"),
        }
    }

    /// The name that canonical spellings end in.
    pub(super) fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether any venue is in a market of that name.
    pub(super) fn is_market(name: &str) -> bool {
        Self::ALL.into_iter().any(|venue| venue.market() == name)
    }

    /// Country or territory, `CRYPTO` where there is none.
    pub(super) fn market(self) -> &'static str {
        self.row().1
    }

    /// The venue of a canonical name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|venue| venue.name() == name)
    }

    /// The venue of the suffix after the last dot of a notation, except `.CN`, which has several meanings.
    ///
    /// Reuters' letters for New York and Nasdaq are read, but not its `.A .B .C .K`, which are read as share
    /// classes. Yahoo's `.TO .V .NE .L .AX .T` would otherwise be read as US share classes that do not exist;
    /// they are inferred.
    pub(super) fn from_suffix(suffix: &str) -> Option<(Self, Confidence)> {
        let exact = match suffix {
            "US" | "O" | "OQ" | "N" | "PK" => Self::Us,
            "HK" => Self::Hk,
            "SH" | "SS" | "SSE" | "XSHG" | "SHG" => Self::Sh,
            "SZ" | "SHE" | "XSHE" => Self::Sz,
            "BJ" | "BSE" => Self::Bj,
            "SG" | "SI" => Self::Sg,
            "TO" => return Some((Self::Tsx, Confidence::Inferred)),
            "V" => return Some((Self::Tsxv, Confidence::Inferred)),
            "NE" => return Some((Self::Neo, Confidence::Inferred)),
            "L" => return Some((Self::Lse, Confidence::Inferred)),
            "AX" => return Some((Self::Asx, Confidence::Inferred)),
            "T" => return Some((Self::Tyo, Confidence::Inferred)),
            "CN" => return None,
            name => Self::from_name(name)?,
        };
        Some((exact, Confidence::Exact))
    }

    /// The venue of an exchange name before a colon: `NYSE American`, `SEHK`, `纳斯达克`.
    ///
    /// Names of two exchanges are refused: `TSE` (Tokyo, Toronto), `BSE` (Beijing, Bombay).
    pub(super) fn from_exchange(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).take(24).collect();
        Some(match plain.as_str() {
            "NASDAQ" | "NASDAQGS" | "NASDAQGM" | "NASDAQCM" | "NYSE" | "NYSEAMERICAN" | "NYSEMKT"
            | "NYSEARCA" | "AMEX" | "ARCA" | "BATS" | "CBOE" | "OTC" | "OTCMKTS" | "OTCQB" | "OTCQX"
            | "OTCPINK" | "OTCBB" | "PINK" | "纳斯达克" | "納斯達克" | "纽交所" | "紐交所" => {
                Self::Us
            }
            "HKEX" | "SEHK" | "HKG" | "HKSE" | "港交所" => Self::Hk,
            "SSE" | "SHA" | "SHSE" | "XSHG" | "上交所" => Self::Sh,
            "SZSE" | "SHE" | "XSHE" | "深交所" => Self::Sz,
            "北交所" => Self::Bj,
            "SGX" => Self::Sg,
            "CVE" => Self::Tsxv,
            "CNSX" => Self::Cse,
            "LON" | "AIM" => Self::Lse,
            "KOSPI" | "KOSDAQ" => Self::Krx,
            "FWB" | "FSE" => Self::Fra,
            "ETR" => Self::Xetra,
            "CN" | "CA" | "OSL" => return None,
            name => Self::from_name(name)?,
        })
    }
}
