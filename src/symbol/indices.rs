//! The indices that have names of their own in other systems.

use super::venue::Venue;

/// An index by the names that others give it. Where there are several, the first is written; an empty one is none.
pub(super) struct Index {
    pub code: &'static str,
    /// The name of its venue.
    pub venue: &'static str,
    /// Yahoo Finance's names, after `^`.
    yahoo: &'static [&'static str],
    /// Reuters' names, after a dot.
    reuters: &'static [&'static str],
    /// Bloomberg's name, before `Index`.
    bloomberg: &'static str,
    /// The name that means the index by itself, as no share has it.
    plain: &'static str,
}

#[rustfmt::skip]
static INDICES: [Index; 33] = [
    //    code       venue     Yahoo             Reuters          Bloomberg  plain
    index(".SPX",    "US",     &["GSPC", "SPX"], &["SPX", "INX"], "SPX",     "SPX"),
    index(".DJI",    "US",     &["DJI"],         &["DJI"],        "INDU",    "DJI"),
    index(".IXIC",   "US",     &["IXIC"],        &["IXIC"],       "CCMP",    "IXIC"),
    index(".NDX",    "US",     &["NDX"],         &["NDX"],        "NDX",     "NDX"),
    index(".VIX",    "US",     &["VIX"],         &["VIX"],        "VIX",     "VIX"),
    index(".RUT",    "US",     &["RUT"],         &["RUT"],        "RTY",     ""),
    index(".SOX",    "US",     &["SOX"],         &["SOX"],        "SOX",     ""),
    index(".NYA",    "US",     &["NYA"],         &["NYA"],        "NYA",     ""),
    index("HSI",     "HK",     &["HSI"],         &["HSI"],        "HSI",     "HSI"),
    index("HSCEI",   "HK",     &["HSCE"],        &["HSCE"],       "HSCEI",   "HSCEI"),
    index("HSTECH",  "HK",     &[],              &["HSTECH"],     "HSTECH",  "HSTECH"),
    index("000001",  "SH",     &["SSEC"],        &["SSEC"],       "SHCOMP",  ""),
    index("000300",  "SH",     &[],              &["CSI300"],     "SHSZ300", ""),
    index("N225",    "TYO",    &["N225"],        &["N225"],       "NKY",     ""),
    index("TOPX",    "TYO",    &[],              &["TOPX"],       "TPX",     ""),
    index("KS11",    "KRX",    &["KS11"],        &["KS11"],       "KOSPI",   ""),
    index("KQ11",    "KOSDAQ", &["KQ11"],        &["KQ11"],       "KOSDAQ",  ""),
    index("TWII",    "TWSE",   &["TWII"],        &["TWII"],       "TWSE",    ""),
    index("STI",     "SG",     &["STI"],         &["STI"],        "STI",     ""),
    index("BSESN",   "BOM",    &["BSESN"],       &["BSESN"],      "SENSEX",  ""),
    index("NSEI",    "NSE",    &["NSEI"],        &["NSEI"],       "NIFTY",   ""),
    index("AXJO",    "ASX",    &["AXJO"],        &["AXJO"],       "AS51",    ""),
    index("FTSE",    "LSE",    &["FTSE"],        &["FTSE"],       "UKX",     ""),
    index("GDAXI",   "XETRA",  &["GDAXI"],       &["GDAXI"],      "DAX",     ""),
    index("FCHI",    "PAR",    &["FCHI"],        &["FCHI"],       "CAC",     ""),
    index("AEX",     "AMS",    &["AEX"],         &["AEX"],        "AEX",     ""),
    index("IBEX",    "BME",    &["IBEX"],        &["IBEX"],       "IBEX",    ""),
    index("FTSEMIB", "MIL",    &[],              &["FTMIB"],      "FTSEMIB", ""),
    index("SSMI",    "SWX",    &["SSMI"],        &["SSMI"],       "SMI",     ""),
    index("GSPTSE",  "TSX",    &["GSPTSE"],      &["GSPTSE"],     "SPTSX",   ""),
    index("BVSP",    "BVMF",   &["BVSP"],        &["BVSP"],       "IBOV",    ""),
    index("MXX",     "BMV",    &["MXX"],         &["MXX"],        "MEXBOL",  ""),
    index("JKSE",    "IDX",    &["JKSE"],        &["JKSE"],       "JCI",     ""),
];

const fn index(
    code: &'static str,
    venue: &'static str,
    yahoo: &'static [&'static str],
    reuters: &'static [&'static str],
    bloomberg: &'static str,
    plain: &'static str,
) -> Index {
    Index { code, venue, yahoo, reuters, bloomberg, plain }
}

impl Index {
    /// The index of a code at a venue.
    pub(super) fn at(code: &str, venue: Venue) -> Option<&'static Self> {
        INDICES.iter().find(|index| index.code == code && index.venue == venue.name())
    }

    /// `GSPC` of Yahoo's `^GSPC`.
    pub(super) fn of_yahoo(name: &str) -> Option<&'static Self> {
        INDICES.iter().find(|index| index.yahoo.contains(&name))
    }

    /// `SPX` of Reuters' `.SPX`.
    pub(super) fn of_reuters(name: &str) -> Option<&'static Self> {
        INDICES.iter().find(|index| index.reuters.contains(&name))
    }

    /// `UKX` of Bloomberg's `UKX Index`.
    pub(super) fn of_bloomberg(name: &str) -> Option<&'static Self> {
        INDICES.iter().find(|index| index.bloomberg == name)
    }

    /// A name that means the index by itself.
    pub(super) fn of_plain(name: &str) -> Option<&'static Self> {
        INDICES.iter().find(|index| index.plain == name && !name.is_empty())
    }

    /// The names of other systems, with what is written around them.
    pub(super) fn notations(&self) -> impl Iterator<Item = (&'static str, String)> {
        let yahoo = self.yahoo.first().map(|name| ("yahoo", format!("^{name}")));
        let reuters = self.reuters.first().map(|name| ("reuters", format!(".{name}")));
        let bloomberg = ("bloomberg", format!("{} Index", self.bloomberg));
        yahoo.into_iter().chain(reuters).chain([bloomberg])
    }
}

#[cfg(test)]
mod tests {
    use super::{INDICES, Index};
    use crate::symbol::venue::Venue;

    #[test]
    fn an_index_has_a_venue_and_names_of_its_own() {
        for index in &INDICES {
            let venue = Venue::from_name(index.venue).expect(index.venue);
            assert!(std::ptr::eq(Index::at(index.code, venue).expect("it is there"), index));
            assert!(Index::of_bloomberg(index.bloomberg).is_some_and(|first| std::ptr::eq(first, index)));
            for name in index.yahoo {
                assert!(Index::of_yahoo(name).is_some_and(|first| std::ptr::eq(first, index)), "{name}");
            }
            for name in index.reuters {
                assert!(Index::of_reuters(name).is_some_and(|first| std::ptr::eq(first, index)), "{name}");
            }
        }
    }
}
