//! The form of a code at each venue, and the kind that its numbering tells.

use super::{
    form::{is_alphanumeric, is_digits, is_sector, is_segmented, is_six_digits, option_root},
    indices::Index,
    kind::Kind,
    mainland,
    venue::Venue,
};

/// Maximum length of a code in bytes. The longest real codes are options, about 20.
const MAX_CODE_BYTES: usize = 40;

impl Venue {
    /// The code as this venue writes it, from upper-case text; `None` if it cannot be a code here.
    pub(super) fn accept(self, raw: &str) -> Option<Box<str>> {
        if raw.len() > MAX_CODE_BYTES {
            return None;
        }
        match self {
            Self::US => {
                let code = raw.replace(['-', '/'], ".");
                let bare = code.strip_prefix(['.', '^']).unwrap_or(&code);
                let lettered = bare.bytes().any(|b| b.is_ascii_uppercase());
                (lettered && is_segmented(bare)).then(|| code.into())
            }
            Self::HK if is_digits(raw) => {
                let code = raw.trim_start_matches('0');
                (raw.len() <= 5 && !code.is_empty()).then(|| code.into())
            }
            Self::HK => (raw.starts_with(|c: char| c.is_ascii_uppercase()) && is_alphanumeric(raw))
                .then(|| raw.into()),
            Self::SH | Self::SZ | Self::BJ => (is_six_digits(raw) || is_sector(raw)).then(|| raw.into()),
            Self::CN => (mainland::is_without_exchange(raw) || is_sector(raw)).then(|| raw.into()),
            Self::HAS | Self::OSL | Self::BKKT => is_segmented(raw).then(|| raw.into()),
            Self::UNKNOWN => is_of_unknown_venue(raw).then(|| raw.into()),
            _ => {
                // `BT.A`, Yahoo's `BT-A` and Bloomberg's `BT/A` are one.
                let code = raw.replace(['-', '/'], ".");
                // `US.TSX` is Futu's spelling of a US security.
                (is_segmented(&code) && code != "US").then(|| code.into())
            }
        }
    }

    /// The kind of an accepted code, as far as the numbering of the venue tells.
    pub(super) fn kind_of(self, code: &str) -> Kind {
        match self {
            _ if is_sector(code) => Kind::Sector,
            Self::SH | Self::SZ | Self::BJ | Self::CN => mainland::kind_at(code, self),
            Self::HK | Self::US if option_root(code).is_some() => Kind::Option,
            Self::HK => hong_kong_kind(code),
            Self::US if code.starts_with(['.', '^']) => Kind::Index,
            Self::US => Kind::Unknown,
            Self::HAS | Self::OSL | Self::BKKT => Kind::Crypto,
            Self::UNKNOWN if code.starts_with('^') => Kind::Index,
            _ if Index::at(code, self).is_some() => Kind::Index,
            _ => Kind::Unknown,
        }
    }
}

/// Whether `code` is a code with a suffix that no known venue has, `XYZ.QQ` or `NOVO-B.QQ`, or Yahoo's name of an index,
/// `^XYZ`. Longer suffixes are more often the end of a domain or of a file name.
fn is_of_unknown_venue(code: &str) -> bool {
    if let Some(name) = code.strip_prefix('^') {
        return (1..=12).contains(&name.len()) && is_segmented(name);
    }
    code.split_once('.').is_some_and(|(root, suffix)| {
        (1..=12).contains(&root.len())
            && is_segmented(root)
            && suffix.len() == 2
            && suffix.bytes().all(|b| b.is_ascii_uppercase())
    })
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
