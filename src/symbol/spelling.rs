//! Writes a symbol in the notations of other services.
//!
//! Each spelling is parsed again, and left out if it gives another security: `600586.SZ` has no Longbridge
//! page, since `600586.CN` is Shanghai's. So each spelling names this symbol, or is ambiguous with this
//! symbol among the readings.

use super::Symbol;
use super::form::is_digits;
use super::kind::Kind;
use super::venue::Venue;

/// Names of notations with the spelling of `symbol` in each.
pub(super) fn notations(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let mut spellings = match symbol.venue {
        Venue::Sh | Venue::Sz | Venue::Bj => mainland(symbol),
        Venue::Cn => without_exchange(symbol),
        Venue::Hk => hong_kong(symbol),
        Venue::Us => american(symbol),
        _ => longbridge(symbol),
    };
    spellings.retain(|(_, spelling)| {
        Symbol::parse(spelling).is_some_and(|read| read == *symbol || read.alternatives.contains(symbol))
    });
    spellings
}

/// Outside the mainland, Longbridge's page and API write the same.
fn longbridge(symbol: &Symbol) -> Vec<(&'static str, String)> {
    vec![("longbridge page", symbol.canonical()), ("longbridge api", symbol.canonical())]
}

/// Shanghai, Shenzhen and Beijing. Yahoo, Reuters and Futu do not carry Beijing. Reuters and Bloomberg name
/// indices in ways that the code does not tell, except for Shenzhen's 399 series.
fn mainland(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let (code, venue) = (symbol.code(), symbol.venue());
    let mut spellings =
        vec![("longbridge page", format!("{code}.CN")), ("longbridge api", symbol.canonical())];
    if symbol.kind == Kind::Sector {
        return spellings;
    }
    let (suffix, market) = if symbol.venue == Venue::Sh { ("SS", 1) } else { ("SZ", 0) };
    let is_index = symbol.kind == Kind::Index;
    if symbol.venue != Venue::Bj {
        spellings.push(("yahoo", format!("{code}.{suffix}")));
        if !is_index {
            spellings.push(("reuters", format!("{code}.{suffix}")));
        } else if symbol.venue == Venue::Sz {
            spellings.push(("reuters", format!(".{code}")));
        }
    }
    if !is_index {
        spellings.push(("bloomberg", format!("{code} CH")));
    }
    spellings.push(("xueqiu", format!("{venue}{code}")));
    if symbol.venue != Venue::Bj {
        spellings.push(("futu", format!("{venue}.{code}")));
    }
    spellings.push(("eastmoney", format!("{market}.{code}")));
    spellings
}

/// Indices and sectors of the mainland that no exchange lists.
fn without_exchange(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let sector = symbol.code().starts_with("BK");
    let own = if sector {
        ("eastmoney", format!("90.{}", symbol.code()))
    } else {
        ("longbridge page", symbol.canonical())
    };
    vec![own]
}

/// Hong Kong: each notation pads the number to a width of its own. Letters are an index.
fn hong_kong(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let mut spellings = longbridge(symbol);
    let code = symbol.code();
    if is_digits(code) {
        spellings.extend([
            ("yahoo", format!("{code:0>4}.HK")),
            ("reuters", format!("{code:0>4}.HK")),
            ("bloomberg", format!("{code} HK")),
            ("xueqiu", format!("{code:0>5}")),
            ("futu", format!("HK.{code:0>5}")),
            ("eastmoney", format!("116.{code:0>5}")),
        ]);
    } else if symbol.kind == Kind::Index {
        spellings.push(("bloomberg", format!("{code} Index")));
    }
    spellings
}

/// US securities. Reuters' suffix tells the exchange, which a symbol does not, so both are given.
fn american(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let mut spellings = longbridge(symbol);
    let code = symbol.code();
    if matches!(symbol.kind, Kind::Index | Kind::Option | Kind::Sector) {
        if symbol.kind == Kind::Index {
            spellings.push(("futu", format!("US.{code}")));
        }
        return spellings;
    }
    let reuters = match code.split_once('.') {
        Some((root, class)) => format!("{root}{}", class.to_ascii_lowercase()),
        None => code.to_owned(),
    };
    spellings.extend([
        ("yahoo", code.replace('.', "-")),
        ("reuters (nasdaq)", format!("{reuters}.O")),
        ("reuters (nyse)", format!("{reuters}.N")),
        ("bloomberg", format!("{} US", code.replace('.', "/"))),
        ("xueqiu", code.to_owned()),
        ("futu", format!("US.{code}")),
    ]);
    spellings
}
