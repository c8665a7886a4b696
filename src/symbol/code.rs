//! The form of a code at each venue, and the kind that its numbering tells.

use super::{
    form::{is_alphanumeric, is_digits, is_sector, is_segmented, is_six_digits, option_root},
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

    /// The kind of an accepted code, as far as the numbering of the venue tells.
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
