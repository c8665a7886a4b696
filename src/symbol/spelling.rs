//! Writes a symbol in the notations of other services.
//!
//! Each spelling is parsed again, and left out if it gives another security: `600586.SZ` has no Longbridge
//! page, since `600586.CN` is Shanghai's. So each spelling names this symbol, or is ambiguous with this
//! symbol among the readings.

use super::Symbol;
use super::form::is_digits;
use super::indices::Index;
use super::kind::Kind;
use super::venue::Venue;

/// Names of notations with the spelling of `symbol` in each.
pub(super) fn notations(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let mut spellings = match symbol.venue {
        Venue::SH | Venue::SZ | Venue::BJ => mainland(symbol),
        Venue::CN => without_exchange(symbol),
        Venue::HK => hong_kong(symbol),
        Venue::US => american(symbol),
        Venue::HAS | Venue::OSL | Venue::BKKT => longbridge(symbol),
        _ => elsewhere(symbol),
    };
    for (name, spelling) in Index::at(&symbol.code, symbol.venue).into_iter().flat_map(Index::notations) {
        // Shanghai's indices have a code at Yahoo too.
        if !spellings.iter().any(|(known, _)| *known == name) {
            spellings.push((name, spelling));
        }
    }
    spellings.retain(|(_, spelling)| {
        Symbol::parse(spelling).is_some_and(|read| read == *symbol || read.alternatives.contains(symbol))
    });
    spellings
}

/// Venues with no rules of their own. Longbridge has of these only Singapore. Reuters' names of shares are often longer than
/// their codes, but not those in digits.
fn elsewhere(symbol: &Symbol) -> Vec<(&'static str, String)> {
    let (code, venue) = (symbol.code(), symbol.venue);
    let mut spellings = if venue == Venue::SG { longbridge(symbol) } else { Vec::new() };
    if symbol.kind == Kind::Index {
        return spellings;
    }
    if let Some(suffix) = venue.yahoo() {
        let yahoo = format!("{}.{suffix}", code.replace('.', "-"));
        if is_digits(code) {
            spellings.push(("reuters", yahoo.clone()));
        }
        spellings.push(("yahoo", yahoo));
    }
    if let Some(exchange) = venue.bloomberg() {
        spellings.push(("bloomberg", format!("{} {exchange}", code.replace('.', "/"))));
    }
    // How Google writes a class differs between venues.
    if let Some(prefix) = venue.google().filter(|_| !code.contains('.')) {
        spellings.push(("google", format!("{prefix}:{code}")));
    }
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
    let (suffix, market) = if symbol.venue == Venue::SH { ("SS", 1) } else { ("SZ", 0) };
    let is_index = symbol.kind == Kind::Index;
    if symbol.venue != Venue::BJ {
        spellings.push(("yahoo", format!("{code}.{suffix}")));
        if !is_index {
            spellings.push(("reuters", format!("{code}.{suffix}")));
        } else if symbol.venue == Venue::SZ {
            spellings.push(("reuters", format!(".{code}")));
        }
    }
    if !is_index {
        spellings.push(("bloomberg", format!("{code} CH")));
    }
    spellings.push(("xueqiu", format!("{venue}{code}")));
    if symbol.venue != Venue::BJ {
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
