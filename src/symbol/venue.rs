//! The venues, and the names that others give them.

use super::kind::Confidence;

/// Where a security trades, or the publisher of its code: the index of a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Venue(u8);

/// A venue by the names that others give it. Where there are several, the first is written.
struct Row {
    /// The name that canonical spellings end in.
    name: &'static str,
    /// Country or territory.
    market: &'static str,
    /// Market identifier codes of ISO 10383.
    mic: &'static [&'static str],
    /// Suffixes of Yahoo Finance, from its help page on exchanges and data providers.
    yahoo: &'static [&'static str],
    /// Suffixes of Reuters instrument codes, but for those that Yahoo has for another venue.
    reuters: &'static [&'static str],
    /// Codes after a space, from Bloomberg's list of supported exchanges.
    bloomberg: &'static [&'static str],
    /// The prefix of Google Finance, from its list of exchanges; may be empty.
    google: &'static str,
    /// Further names, before a colon or after a dot.
    also: &'static [&'static str],
}

/// The table: a venue has no name that another has, so that the order of the rows says nothing. It is no file that is read:
/// that would cost a query a tenth of its instructions.
///
/// Left out are suffixes that mean something else here: `.SG`, Stuttgart's at Yahoo, is Singapore; `.CA`, Cairo's, is Canada;
/// `.CN` is read by its code; `.A .B .C .K`, also Reuters', are share classes. So is Bloomberg's `AB` for Saudi Arabia, which
/// ends the names of Swedish companies. Names of two exchanges, `BSE` and `TSE`, are in no row as a prefix.
#[rustfmt::skip]
static VENUES: [Row; 81] = [
    //  name       market     MIC                     Yahoo          Reuters      Bloomberg     Google     also
    row("SH",      "CN",      &["XSHG"],         &["SS"],        &["SS"],      &["CG"],       "SHA",     &["SSE", "SHSE", "SHG", "上交所"]),
    row("SZ",      "CN",      &["XSHE"],         &["SZ"],        &["SZ"],      &["CS"],       "SHE",     &["SZSE", "SHE", "深交所"]),
    row("BJ",      "CN",      &["BJSE"],         &[],            &[],          &[],           "",        &["BSE", "北交所"]),
    row("CN",      "CN",      &[],               &[],            &[],          &[],           "",        &[]),
    row("HK",      "HK",      &["XHKG"],         &["HK"],        &["HK"],      &["HK"],       "HKG",     &["HKEX", "SEHK", "HKSE", "港交所"]),
    row(
        "US", "US", &["XNYS", "XNAS", "XASE", "ARCX"], &[], &["O", "OQ", "N", "PK"], &["US", "UN", "UQ", "UW", "UA"], "",
        &[
            "NASDAQ", "NASDAQGS", "NASDAQGM", "NASDAQCM", "NYSE", "NYSEAMERICAN", "NYSEMKT", "NYSEARCA", "AMEX", "ARCA",
            "BATS", "CBOE", "OTC", "OTCMKTS", "OTCQB", "OTCQX", "OTCPINK", "OTCBB", "PINK", "纳斯达克", "納斯達克", "纽交所",
            "紐交所",
        ],
    ),
    row("SG",      "SG",      &["XSES"],         &["SI"],        &["SI"],      &["SP"],       "SGX",     &[]),
    row("CA",      "CA",      &[],               &[],            &[],          &["CN"],       "",        &[]),
    row("CSE",     "CA",      &["XCNQ"],         &[],            &[],          &[],           "CNSX",    &[]),
    row("HAS",     "CRYPTO",  &[],               &[],            &[],          &[],           "",        &[]),
    row("OSL",     "CRYPTO",  &[],               &[],            &[],          &[],           "",        &[]),
    row("BKKT",    "CRYPTO",  &[],               &[],            &[],          &[],           "",        &[]),
    row("UNKNOWN", "UNKNOWN", &[],               &[],            &[],          &[],           "",        &[]),
    row("TSX",     "CA",      &["XTSE"],         &["TO"],        &["TO"],      &["CT"],       "TSE",     &[]),
    row("TYO",     "JP",      &["XTKS", "XJPX"], &["T"],         &["T"],       &["JP", "JT"], "TYO",     &[]),
    row("BOM",     "IN",      &["XBOM"],         &["BO"],        &["BO"],      &["IB"],       "BOM",     &[]),
    row("TSXV",    "CA",      &["XTSX"],         &["V"],         &["V"],       &["CV"],       "CVE",     &[]),
    row("NEO",     "CA",      &["NEOE"],         &["NE"],        &[],          &[],           "",        &[]),
    row("BMV",     "MX",      &["XMEX"],         &["MX"],        &["MX"],      &["MM"],       "BMV",     &[]),
    row("BVMF",    "BR",      &["BVMF"],         &["SA"],        &["SA"],      &["BZ"],       "BVMF",    &["B3", "BMFBOVESPA"]),
    row("BCBA",    "AR",      &["XBUE"],         &["BA"],        &["BA"],      &["AR"],       "BCBA",    &["BYMA"]),
    row("BCS",     "CL",      &["XSGO"],         &["SN"],        &["SN"],      &["CI"],       "",        &[]),
    row("BVC",     "CO",      &["XBOG"],         &["CL"],        &[],          &["CB"],       "",        &[]),
    row("BVL",     "PE",      &["XLIM"],         &["LM"],        &["LM"],      &["PE"],       "",        &[]),
    row("XCAR",    "VE",      &["XCAR"],         &["CR"],        &["CR"],      &[],           "",        &[]),
    row("LSE",     "GB",      &["XLON"],         &["L", "IL"],   &["L"],       &["LN"],       "LON",     &["AIM"]),
    row("XETRA",   "DE",      &["XETR"],         &["DE"],        &["DE"],      &["GY", "GR"], "ETR",     &[]),
    row("FRA",     "DE",      &["XFRA"],         &["F"],         &["F"],       &["GF"],       "FRA",     &["FWB", "FSE"]),
    row("XSTU",    "DE",      &["XSTU"],         &[],            &[],          &[],           "",        &[]),
    row("XBER",    "DE",      &["XBER"],         &["BE"],        &["BE"],      &[],           "",        &[]),
    row("XBRE",    "DE",      &["XBRE"],         &["BM"],        &[],          &[],           "",        &[]),
    row("XDUS",    "DE",      &["XDUS"],         &["DU"],        &[],          &[],           "",        &[]),
    row("XHAM",    "DE",      &["XHAM"],         &["HM"],        &[],          &[],           "",        &[]),
    row("XHAN",    "DE",      &["XHAN"],         &["HA"],        &[],          &[],           "",        &[]),
    row("XMUN",    "DE",      &["XMUN"],         &["MU"],        &["MU"],      &[],           "",        &[]),
    row("PAR",     "FR",      &["XPAR"],         &["PA"],        &["PA"],      &["FP"],       "EPA",     &[]),
    row("AMS",     "NL",      &["XAMS"],         &["AS"],        &["AS"],      &["NA"],       "AMS",     &[]),
    row("BRU",     "BE",      &["XBRU"],         &["BR"],        &["BR"],      &["BB"],       "EBR",     &[]),
    row("LIS",     "PT",      &["XLIS"],         &["LS"],        &["LS"],      &["PL"],       "ELI",     &[]),
    row("DUB",     "IE",      &["XDUB"],         &["IR"],        &[],          &["ID"],       "",        &[]),
    row("MIL",     "IT",      &["XMIL", "MTAA"], &["MI"],        &["MI"],      &["IM"],       "BIT",     &[]),
    row("BME",     "ES",      &["XMAD", "BMEX"], &["MC"],        &["MC"],      &["SM"],       "BME",     &["MCE"]),
    row("SWX",     "CH",      &["XSWX", "XVTX"], &["SW"],        &["S", "VX"], &["SW"],       "SWX",     &["VTX"]),
    row("VIE",     "AT",      &["XWBO"],         &["VI"],        &["VI"],      &["AV"],       "VIE",     &[]),
    row("STO",     "SE",      &["XSTO"],         &["ST"],        &["ST"],      &["SS"],       "STO",     &[]),
    row("CPH",     "DK",      &["XCSE"],         &["CO"],        &["CO"],      &["DC"],       "CPH",     &[]),
    row("HEL",     "FI",      &["XHEL"],         &["HE"],        &["HE"],      &["FH"],       "HEL",     &[]),
    row("OSE",     "NO",      &["XOSL"],         &["OL"],        &["OL"],      &["NO"],       "",        &[]),
    row("XICE",    "IS",      &["XICE"],         &["IC"],        &["IC"],      &["IR"],       "ICE",     &[]),
    row("XTAL",    "EE",      &["XTAL"],         &["TL"],        &["TL"],      &["ET"],       "TAL",     &[]),
    row("XRIS",    "LV",      &["XRIS"],         &["RG"],        &["RG"],      &["LG"],       "RSE",     &[]),
    row("XLIT",    "LT",      &["XLIT"],         &["VS"],        &["VL"],      &["LH"],       "VSE",     &[]),
    row("WSE",     "PL",      &["XWAR"],         &["WA"],        &["WA"],      &["PW"],       "WSE",     &[]),
    row("XPRA",    "CZ",      &["XPRA"],         &["PR"],        &["PR"],      &["CP"],       "",        &[]),
    row("XBUD",    "HU",      &["XBUD"],         &["BD"],        &["BU"],      &["HB"],       "",        &[]),
    row("ATH",     "GR",      &["XATH", "ASEX"], &["AT"],        &["AT"],      &["GA"],       "",        &["ATHEX"]),
    row("BVB",     "RO",      &["XBSE"],         &["RO"],        &["BX"],      &["RO"],       "",        &[]),
    row("IST",     "TR",      &["XIST"],         &["IS"],        &["IS"],      &["TI"],       "IST",     &["BIST"]),
    row("MOEX",    "RU",      &["MISX"],         &["ME"],        &["MM"],      &["RM", "RX"], "",        &["MCX"]),
    row("KRX",     "KR",      &["XKRX"],         &["KS"],        &["KS"],      &["KS", "KP"], "KRX",     &["KOSPI"]),
    row("KOSDAQ",  "KR",      &["XKOS", "KQKS"], &["KQ"],        &["KQ"],      &["KQ"],       "KOSDAQ",  &[]),
    row("TWSE",    "TW",      &["XTAI"],         &["TW"],        &["TW"],      &["TT"],       "TPE",     &[]),
    row("TPEX",    "TW",      &["ROCO"],         &["TWO"],       &["TWO"],     &[],           "",        &["GTSM"]),
    row("NSE",     "IN",      &["XNSE"],         &["NS"],        &["NS"],      &["IN", "IS"], "NSE",     &[]),
    row("ASX",     "AU",      &["XASX"],         &["AX"],        &["AX"],      &["AU", "AT"], "ASX",     &[]),
    row("NZX",     "NZ",      &["XNZE"],         &["NZ"],        &["NZ"],      &["NZ"],       "NZE",     &[]),
    row("IDX",     "ID",      &["XIDX"],         &["JK"],        &["JK"],      &["IJ"],       "IDX",     &[]),
    row("KLSE",    "MY",      &["XKLS"],         &["KL"],        &["KL"],      &["MK"],       "KLSE",    &["MYX"]),
    row("SET",     "TH",      &["XBKK"],         &["BK"],        &["BK"],      &["TB"],       "BKK",     &[]),
    row("PSE",     "PH",      &["XPHS"],         &["PS"],        &["PS"],      &["PM"],       "",        &[]),
    row("HOSE",    "VN",      &["XSTC"],         &["VN"],        &[],          &["VM"],       "",        &[]),
    row("HNX",     "VN",      &["HSTC", "XHNX"], &["HN"],        &["HN"],      &["VH"],       "",        &[]),
    row("PSX",     "PK",      &["XKAR"],         &["KA"],        &["KA"],      &["PA"],       "",        &[]),
    row("TASE",    "IL",      &["XTAE"],         &["TA"],        &["TA"],      &["IT"],       "TLV",     &[]),
    row("TADAWUL", "SA",      &["XSAU"],         &["SR", "SAU"], &[],          &[],           "TADAWUL", &[]),
    row("DFM",     "AE",      &["XDFM"],         &["AE"],        &[],          &["DU"],       "",        &[]),
    row("ADX",     "AE",      &["XADS"],         &[],            &["AD"],      &["UH"],       "",        &[]),
    row("QSE",     "QA",      &["DSMD"],         &["QA"],        &["QA"],      &["QD"],       "",        &[]),
    row("XKUW",    "KW",      &["XKUW"],         &["KW"],        &["KW"],      &["KK"],       "",        &[]),
    row("EGX",     "EG",      &["XCAI"],         &[],            &[],          &["EY"],       "",        &[]),
    row("JSE",     "ZA",      &["XJSE"],         &["JO"],        &["J"],       &["SJ"],       "JSE",     &[]),
];

/// A row of the table.
#[expect(clippy::too_many_arguments, reason = "one for each column")]
const fn row(
    name: &'static str,
    market: &'static str,
    mic: &'static [&'static str],
    yahoo: &'static [&'static str],
    reuters: &'static [&'static str],
    bloomberg: &'static [&'static str],
    google: &'static str,
    also: &'static [&'static str],
) -> Row {
    Row { name, market, mic, yahoo, reuters, bloomberg, google, also }
}

impl Venue {
    pub(super) const SH: Self = Self(0);
    pub(super) const SZ: Self = Self(1);
    pub(super) const BJ: Self = Self(2);
    /// The mainland without an exchange: indices of CSI and CNI, sectors of data vendors.
    pub(super) const CN: Self = Self(3);
    pub(super) const HK: Self = Self(4);
    pub(super) const US: Self = Self(5);
    pub(super) const SG: Self = Self(6);
    /// Canada without an exchange, as in Bloomberg's `RY CN`.
    pub(super) const CA: Self = Self(7);
    /// The Canadian Securities Exchange.
    pub(super) const CSE: Self = Self(8);
    pub(super) const HAS: Self = Self(9);
    pub(super) const OSL: Self = Self(10);
    pub(super) const BKKT: Self = Self(11);
    /// That of a suffix that is not in the table; the code has the suffix.
    pub(super) const UNKNOWN: Self = Self(12);
    pub(super) const TSX: Self = Self(13);
    pub(super) const TYO: Self = Self(14);
    pub(super) const BOM: Self = Self(15);

    /// The row of this venue.
    fn row(self) -> &'static Row {
        &VENUES[usize::from(self.0)]
    }

    /// The first venue whose row fits.
    fn find(fits: impl Fn(Self, &Row) -> bool) -> Option<Self> {
        (0..).map(Self).zip(&VENUES).find(|(venue, row)| fits(*venue, row)).map(|(venue, _)| venue)
    }

    /// The name that canonical spellings end in.
    pub(super) fn name(self) -> &'static str {
        self.row().name
    }

    /// Country or territory, `CRYPTO` where there is none, `UNKNOWN` where it is not known.
    pub(super) fn market(self) -> &'static str {
        self.row().market
    }

    /// Yahoo's suffix.
    pub(super) fn yahoo(self) -> Option<&'static str> {
        self.row().yahoo.first().copied()
    }

    /// Bloomberg's code.
    pub(super) fn bloomberg(self) -> Option<&'static str> {
        self.row().bloomberg.first().copied()
    }

    /// Google Finance's prefix.
    pub(super) fn google(self) -> Option<&'static str> {
        Some(self.row().google).filter(|prefix| !prefix.is_empty())
    }

    /// Whether any venue is in a market of that name.
    pub(super) fn is_market(name: &str) -> bool {
        VENUES.iter().any(|row| row.market == name)
    }

    /// The venue of a canonical name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::find(|_, row| row.name == name)
    }

    /// The venue of the suffix after the last dot of a notation, except `.CN`, which has several meanings.
    pub(super) fn from_suffix(suffix: &str) -> Option<(Self, Confidence)> {
        let is_suffix = |venue: &Self| !matches!(*venue, Self::CN | Self::UNKNOWN);
        // Most are canonical.
        let exact = Self::from_name(suffix)
            .or_else(|| Self::find(|_, row| row.mic.contains(&suffix) || row.also.contains(&suffix)));
        if let Some(venue) = exact {
            return Some((venue, Confidence::Exact)).filter(|_| is_suffix(&venue));
        }
        let venue = Self::find(|_, row| row.yahoo.contains(&suffix) || row.reuters.contains(&suffix))?;
        Some((venue, venue.confidence_of_vendors()))
    }

    /// How sure a suffix of Yahoo or Reuters is, or a code of Bloomberg. Outside the markets that Longbridge lists, a suffix
    /// may also be a share class or the end of a domain, and a code a word.
    fn confidence_of_vendors(self) -> Confidence {
        match self {
            Self::SH | Self::SZ | Self::HK | Self::US | Self::SG => Confidence::Exact,
            _ => Confidence::Inferred,
        }
    }

    /// The venue of the code that Bloomberg writes after a space.
    pub(super) fn from_bloomberg(code: &str) -> Option<(Self, Confidence)> {
        let venue = Self::find(|_, row| row.bloomberg.contains(&code))?;
        // `CG` and `CS` are rare beside `CH` for both.
        let is_rare = matches!(venue, Self::SH | Self::SZ);
        Some((venue, if is_rare { Confidence::Inferred } else { venue.confidence_of_vendors() }))
    }

    /// The venue of an exchange name before a colon: `NYSE American`, `SEHK`, `纳斯达克`. `CN`, `CA` and `OSL` have other
    /// meanings there. Names of two exchanges are told by the code: see [`tagged`](super::notation::tagged).
    pub(super) fn from_exchange(name: &str) -> Option<Self> {
        let plain = name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase());
        let plain: String = plain.take(24).collect();
        let name = plain.as_str();
        Self::find(|venue, row| {
            let is_named =
                row.name == name && !matches!(venue, Self::CN | Self::CA | Self::OSL | Self::UNKNOWN);
            is_named || row.google == name || row.mic.contains(&name) || row.also.contains(&name)
        })
        .filter(|_| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{VENUES, Venue};
    use std::collections::BTreeMap;

    #[test]
    fn the_constants_are_the_first_rows() {
        let names = [
            "SH", "SZ", "BJ", "CN", "HK", "US", "SG", "CA", "CSE", "HAS", "OSL", "BKKT", "UNKNOWN", "TSX",
            "TYO", "BOM",
        ];
        let constants = [
            Venue::SH,
            Venue::SZ,
            Venue::BJ,
            Venue::CN,
            Venue::HK,
            Venue::US,
            Venue::SG,
            Venue::CA,
            Venue::CSE,
            Venue::HAS,
            Venue::OSL,
            Venue::BKKT,
            Venue::UNKNOWN,
            Venue::TSX,
            Venue::TYO,
            Venue::BOM,
        ];
        assert_eq!(constants.map(Venue::name), names);
    }

    /// No two venues share a suffix, a prefix or a code of Bloomberg.
    #[test]
    fn a_name_has_one_venue() {
        let mut suffixes: BTreeMap<&str, &str> = BTreeMap::new();
        let mut exchanges: BTreeMap<&str, &str> = BTreeMap::new();
        let mut codes: BTreeMap<&str, &str> = BTreeMap::new();
        let taken = |names: &mut BTreeMap<&str, &str>, name: &'static str, venue: &'static str| {
            let before = names.insert(name, venue);
            assert!(before.is_none_or(|before| before == venue), "{name} is {venue} and {before:?}");
        };
        for row in &VENUES {
            assert!(row.market.len() == 2 || matches!(row.market, "CRYPTO" | "UNKNOWN"), "{}", row.name);
            for name in [row.name].iter().chain(row.mic).chain(row.also) {
                taken(&mut suffixes, name, row.name);
                taken(&mut exchanges, name, row.name);
            }
            for suffix in row.yahoo.iter().chain(row.reuters) {
                taken(&mut suffixes, suffix, row.name);
                assert!(!matches!(*suffix, "A" | "B" | "C" | "K"), "share classes, not {}", row.name);
            }
            if !row.google.is_empty() {
                taken(&mut exchanges, row.google, row.name);
            }
            row.bloomberg.iter().for_each(|code| taken(&mut codes, code, row.name));
        }
    }
}
