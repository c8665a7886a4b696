//! The venues, the names that others give them, and the form of a code at each.

use super::kind::{Confidence, Kind};
use super::mainland;

/// Codes are refused beyond this many bytes: the longest real ones are options, about 20.
const LONGEST_CODE: usize = 40;

/// Where a security trades, or who else vouches for its code.
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
    /// Canada where the exchange is not told, as in Bloomberg's `RY CN`.
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

    /// The venue of what follows the last dot of a notation, `.CN` apart, which has several meanings.
    ///
    /// Reuters' single letters for New York and Nasdaq are read, and its `.A .B .C .K` are not: there they are
    /// share classes. `.TO .V .NE .L .AX .T` (Yahoo) would else be read as US share classes that do not exist;
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

    /// The venue of an exchange as it stands before a colon: `NYSE American`, `SEHK`, `纳斯达克`.
    ///
    /// Names that two exchanges share stay unread: `TSE` (Tokyo, Toronto), `BSE` (Beijing, Bombay).
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

    /// The code as this venue writes it, from upper-case text; `None` where it cannot be a code here.
    pub(super) fn accept(self, raw: &str) -> Option<Box<str>> {
        if raw.len() > LONGEST_CODE {
            return None;
        }
        match self {
            Self::Us => {
                let code = raw.replace(['-', '/'], ".");
                let bare = code.strip_prefix(['.', '^']).unwrap_or(&code);
                let lettered = bare.bytes().any(|b| b.is_ascii_uppercase());
                (lettered && is_segmented(bare)).then(|| code.into())
            }
            Self::Hk if is_digits(raw) => {
                let code = raw.trim_start_matches('0');
                (raw.len() <= 5 && !code.is_empty()).then(|| code.into())
            }
            Self::Hk => (raw.starts_with(|c: char| c.is_ascii_uppercase()) && is_alphanumeric(raw))
                .then(|| raw.into()),
            Self::Sh | Self::Sz | Self::Bj => (is_six_digits(raw) || is_sector(raw)).then(|| raw.into()),
            Self::Cn => (mainland::is_without_exchange(raw) || is_sector(raw)).then(|| raw.into()),
            // `US.TSX` is Futu's spelling of a US security.
            _ => (is_segmented(raw) && raw != "US").then(|| raw.into()),
        }
    }

    /// What the numbering of the venue tells of an accepted code.
    pub(super) fn kind_of(self, code: &str) -> Kind {
        match self {
            _ if is_sector(code) => Kind::Sector,
            Self::Sh | Self::Sz | Self::Bj | Self::Cn => mainland::kind_at(code, self),
            Self::Hk | Self::Us if option_root(code).is_some() => Kind::Option,
            Self::Hk => hong_kong_kind(code),
            Self::Us if code.starts_with(['.', '^']) => Kind::Index,
            Self::Has | Self::Osl | Self::Bkkt => Kind::Crypto,
            _ => Kind::Unknown,
        }
    }
}

/// The root of an option code, `AAPL` of `AAPL260417C190000`: root, expiry as YYMMDD, `C` or `P`, strike price
/// in thousandths.
pub(super) fn option_root(code: &str) -> Option<&str> {
    let head = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let strike = code.len() - head.len();
    let head = head.strip_suffix(['C', 'P'])?;
    let (root, expiry) = head.split_at_checked(head.len().checked_sub(6)?)?;
    let (month, day) = (expiry.get(2..4)?, expiry.get(4..6)?);
    let dated = is_digits(expiry) && ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    let rooted = root.starts_with(|c: char| c.is_ascii_uppercase()) && root.len() <= 6;
    (dated && rooted && (1..=9).contains(&strike)).then_some(root)
}

/// Whether `code` is a sector of Longbridge (`IN00258`) or of Eastmoney (`BK0475`).
pub(super) fn is_sector(code: &str) -> bool {
    let digits = |prefix, count| code.strip_prefix(prefix).is_some_and(|d| d.len() == count && is_digits(d));
    digits("IN", 5) || digits("BK", 4)
}

/// Whether `text` consists of one or more ASCII digits.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` consists of six ASCII digits.
pub(super) fn is_six_digits(text: &str) -> bool {
    text.len() == 6 && is_digits(text)
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether `code` is one or more runs of letters and digits with single dots or hyphens between them.
fn is_segmented(code: &str) -> bool {
    code.split(['.', '-']).all(|run| !run.is_empty() && is_alphanumeric(run))
}

/// Hong Kong codes by the exchange's stock code allocation plan.
///
/// 10000–29999 and 89000–89999 derivative warrants, 60000–69999 callable bull/bear contracts (published by
/// the exchange in 2008 and 2012); 47000–48999 inline warrants and 49500–59999 further bull/bear contracts
/// are later additions. Letters name indices only (`HSI`). Shares and funds share the other ranges.
fn hong_kong_kind(code: &str) -> Kind {
    match code.parse::<u32>() {
        Ok(10_000..=29_999 | 47_000..=48_999 | 49_500..=69_999 | 89_000..=89_999) => Kind::Warrant,
        Err(_) if code.bytes().all(|b| b.is_ascii_uppercase()) => Kind::Index,
        Ok(_) | Err(_) => Kind::Unknown,
    }
}
