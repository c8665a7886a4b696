//! Infers venue and kind of six mainland digits from the numbering plans of the exchanges.
//!
//! The first three digits determine both, except for `000xxx`: Shenzhen lists shares under these codes and
//! Shanghai numbers its indices with them. The tables decide these, and codes not in the tables stay
//! ambiguous. A code that no plan covers stays unknown; nothing falls back to an exchange.

use super::Symbol;
use super::form::is_six_digits;
use super::kind::{Confidence, Kind};
use super::tables::{Reading, Tables};
use super::venue::Venue;

/// The security of six digits without a venue; `None` if no numbering plan covers them.
pub(super) fn infer(code: &str, tables: &Tables) -> Option<Symbol> {
    if !is_six_digits(code) {
        return None;
    }
    if !code.starts_with("000") {
        let (venue, _) = plan(code)?;
        return Symbol::at(code, venue, Confidence::Inferred);
    }
    match tables.reading(code) {
        Reading::Index => Symbol::at(code, Venue::SH, Confidence::Inferred),
        Reading::Share => Symbol::at(code, Venue::SZ, Confidence::Inferred),
        Reading::Both | Reading::Untold => {
            let mut share = Symbol::at(code, Venue::SZ, Confidence::Ambiguous)?;
            share.alternatives.push(Symbol::at(code, Venue::SH, Confidence::Ambiguous)?);
            Some(share)
        }
    }
}

/// The index of six digits in a notation that says it is an index.
pub(super) fn infer_index(code: &str) -> Option<Symbol> {
    if !is_six_digits(code) {
        return None;
    }
    let venue = if code.starts_with("000") { Venue::SH } else { plan(code)?.0 };
    Symbol::at(code, venue, Confidence::Inferred).filter(|symbol| symbol.kind == Kind::Index)
}

/// The kind of `code` at `venue`; unknown if the plan assigns such codes to another venue.
pub(super) fn kind_at(code: &str, venue: Venue) -> Kind {
    if code.starts_with("000") {
        return match venue {
            Venue::SH => Kind::Index,
            Venue::SZ => Kind::Stock,
            _ => Kind::Unknown,
        };
    }
    match plan(code) {
        Some((planned, kind)) if planned == venue || planned == Venue::CN => kind,
        _ => Kind::Unknown,
    }
}

/// Whether `code` names an index that no exchange lists.
pub(super) fn is_without_exchange(code: &str) -> bool {
    is_six_digits(code) && matches!(plan(code), Some((Venue::CN, _)))
}

/// Venue and kind by the first three digits. Earlier arms take precedence over the ranges of later ones.
///
/// Sources: the exchanges' own numbering rules and published lists. The Beijing exchange moved all codes to
/// 920xxx in October 2025; its earlier ones stay readable. Shenwan's sectors (801xxx) and Tongdaxin's
/// (880xxx, 881xxx) belong to no exchange; those who quote them write Shanghai's suffix.
fn plan(code: &str) -> Option<(Venue, Kind)> {
    let (sh, sz, bj, cn) = (Venue::SH, Venue::SZ, Venue::BJ, Venue::CN);
    let prefix: u16 = code.get(..3)?.parse().ok()?;
    Some(match prefix {
        899 => (bj, Kind::Index),
        801 | 880 | 881 => (sh, Kind::Sector),
        920 | 430..=439 | 820..=839 | 870..=889 => (bj, Kind::Stock),
        900 => (sh, Kind::BShare),
        600 | 601 | 603 | 605 | 688 | 689 => (sh, Kind::Stock),
        510..=518 | 520 | 530 | 550 | 551 | 560..=563 | 588 | 589 => (sh, Kind::Etf),
        501 | 502 | 506 => (sh, Kind::Lof),
        508 => (sh, Kind::Reit),
        500..=599 => (sh, Kind::Fund),
        110 | 111 | 113 | 118 | 132 => (sh, Kind::Bond),
        204 => (sh, Kind::Repo),
        399 => (sz, Kind::Index),
        159 => (sz, Kind::Etf),
        160..=169 => (sz, Kind::Lof),
        180 => (sz, Kind::Reit),
        184 => (sz, Kind::Fund),
        123 | 127 | 128 => (sz, Kind::Bond),
        131 => (sz, Kind::Repo),
        1..=3 | 300..=302 => (sz, Kind::Stock),
        200 | 201 => (sz, Kind::BShare),
        930..=939 | 980..=989 => (cn, Kind::Index),
        _ => return None,
    })
}
