//! The options of a search: one table from which the command line, HTTP, the web page and the tools of agents
//! derive their forms. Each option has one name, one meaning and one help text everywhere.

use std::ops::RangeInclusive;

/// An option of a search: filters first, then options for showing hits, from [`SearchOption::Sort`] on, then those
/// for counting, from [`SearchOption::By`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchOption {
    /// Securities that the article names.
    Symbol,
    /// Securities that the article is about.
    About,
    /// Markets of the article's securities.
    Market,
    /// Published in or after this period.
    Since,
    /// Published in or before this period.
    Until,
    /// Published in this period.
    Date,
    /// Locales of the article.
    Locale,
    /// Kinds of the article.
    Kind,
    /// How many of the plain words an article must have.
    Match,
    /// The order of the hits.
    Sort,
    /// The age at which a score has halved.
    Recency,
    /// At most this many hits.
    Limit,
    /// How many hits are skipped.
    Offset,
    /// Whether matches are counted by symbol, market and month.
    Facets,
    /// Whether each hit says how its score was computed.
    Explain,
    /// Whether each page is a separate hit.
    EachLocale,
    /// Whether near-duplicates are one hit.
    Stories,
    /// Preferred locales.
    Prefer,
    /// At most this many snippets per hit.
    Snippets,
    /// Approximate length of a snippet, in columns.
    SnippetLength,
    /// The fields and calendar units to count by.
    By,
    /// At most this many values of each field.
    Values,
}

/// A row of the table.
#[derive(Debug)]
pub struct OptionRow {
    /// The option.
    pub option: SearchOption,
    /// Its name, which is unique among the options of one command, route or tool. The command line replaces underscores
    /// by hyphens.
    pub name: &'static str,
    /// The values it takes.
    pub value: OptionValue,
    /// What it does, in one sentence without a full stop.
    pub help: &'static str,
    /// More about it; may be empty.
    pub details: &'static str,
}

/// The values of an option.
#[derive(Debug)]
pub enum OptionValue {
    /// Several texts; an article may match any. The string names what they are.
    Texts(&'static str),
    /// One text. The string names what it is.
    Text(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number: the default, unless it depends on other options, and the permitted range.
    Number(Option<usize>, RangeInclusive<usize>),
    /// True or false; false by default.
    Flag,
}

/// All options, in the order of the help, which is that of [`SearchOption`].
pub static OPTIONS: [OptionRow; 22] = [
    OptionRow {
        option: SearchOption::Symbol,
        name: "symbol",
        value: OptionValue::Texts("SYMBOL"),
        help: "Only articles that name this security: 600586, 700.HK, AAPL, tesla",
        details: "Any notation of the security, or its name. Several values, with commas or by repeating the option, widen the \
            filter, as in all filters here; quote a name that has a comma.",
    },
    OptionRow {
        option: SearchOption::About,
        name: "about",
        value: OptionValue::Texts("SYMBOL"),
        help: "Only articles about this security (title, lead, or first in a list of few)",
        details: "",
    },
    OptionRow {
        option: SearchOption::Market,
        name: "market",
        value: OptionValue::Texts("MARKET"),
        help: "Only articles that name a security of this market: CN, HK, US",
        details: "",
    },
    OptionRow {
        option: SearchOption::Since,
        name: "since",
        value: OptionValue::Text("DATE"),
        help: "Only articles published on or after this day, month or year",
        details: "",
    },
    OptionRow {
        option: SearchOption::Until,
        name: "until",
        value: OptionValue::Text("DATE"),
        help: "Only articles published up to the end of this day, month or year",
        details: "",
    },
    OptionRow {
        option: SearchOption::Date,
        name: "date",
        value: OptionValue::Text("DATE"),
        help: "Only articles of this period: 2025-03-07, 2025-Q1, 2025-01..2025-03, 7d",
        details: "A period in words works as well: yesterday, \"last week\", \"this month\".",
    },
    OptionRow {
        option: SearchOption::Locale,
        name: "locale",
        value: OptionValue::Texts("LOCALE"),
        help: "Only pages in this locale: en, zh-CN, zh for all Chinese",
        details: "",
    },
    OptionRow {
        option: SearchOption::Kind,
        name: "kind",
        value: OptionValue::Texts("KIND"),
        help: "Only pages of this kind: news, symbol",
        details: "",
    },
    OptionRow {
        option: SearchOption::Match,
        name: "match",
        value: OptionValue::Word(&["auto", "all", "any"]),
        help: "How many of the words an article must have [default: auto]",
        details: "all: every word. any: one of them. auto: every word; where fewer articles than one page have all, the \
            rest of the first page shows articles that have some of them, marked and not counted.",
    },
    OptionRow {
        option: SearchOption::Sort,
        name: "sort",
        value: OptionValue::Text("ORDER"),
        help: "relevance, newest, oldest or a key: price, price:desc [default: relevance; newest with filters only]",
        details: "A key is one of the front matter, or a field of your schema with numbers, dates or keywords. KEY and KEY:asc \
            begin with the least value, KEY:desc with the greatest; numbers come before dates and dates before texts, and \
            articles without the key last.",
    },
    OptionRow {
        option: SearchOption::Recency,
        name: "recency",
        value: OptionValue::Text("HALFLIFE"),
        help: "Halve a score for every 30d of age (recency half-life), e.g. 30d, 2w, 12h",
        details: "",
    },
    OptionRow {
        option: SearchOption::Limit,
        name: "limit",
        value: OptionValue::Number(Some(10), 0..=usize::MAX),
        help: "Show at most this many hits",
        details: "",
    },
    OptionRow {
        option: SearchOption::Offset,
        name: "offset",
        value: OptionValue::Number(Some(0), 0..=usize::MAX),
        help: "Skip this many hits",
        details: "",
    },
    OptionRow {
        option: SearchOption::Facets,
        name: "facets",
        value: OptionValue::Flag,
        help: "Also count the matches by symbol, market and month",
        details: "",
    },
    OptionRow {
        option: SearchOption::Explain,
        name: "explain",
        value: OptionValue::Flag,
        help: "Show how each score was computed",
        details: "",
    },
    OptionRow {
        option: SearchOption::EachLocale,
        name: "each_locale",
        value: OptionValue::Flag,
        help: "Show and count each locale of an article as an article of its own",
        details: "",
    },
    OptionRow {
        option: SearchOption::Stories,
        name: "stories",
        value: OptionValue::Flag,
        help: "Group near-duplicate articles (about 80 % equal, within six weeks) into one hit",
        details: "",
    },
    OptionRow {
        option: SearchOption::Prefer,
        name: "prefer",
        value: OptionValue::Texts("LOCALE"),
        help: "Show this locale of an article that matches in several",
        details: "",
    },
    OptionRow {
        option: SearchOption::Snippets,
        name: "snippets",
        value: OptionValue::Number(Some(1), 0..=100),
        help: "Show at most this many snippets per hit",
        details: "",
    },
    OptionRow {
        option: SearchOption::SnippetLength,
        name: "snippet_length",
        value: OptionValue::Number(Some(240), 20..=10_000),
        help: "Approximate snippet length, in terminal columns",
        details: "",
    },
    OptionRow {
        option: SearchOption::By,
        name: "by",
        value: OptionValue::Texts("NAME"),
        help: "Fields to count by: symbol, market, venue, year, month, day, locale, kind, one of your schema, or a free key",
        details: "",
    },
    OptionRow {
        option: SearchOption::Values,
        name: "limit",
        value: OptionValue::Number(None, 1..=usize::MAX),
        help: "Count at most this many values of each field [default: 20]",
        details: "Without it, the command line and HTTP count every year, month and day.",
    },
];

impl SearchOption {
    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> &'static OptionRow {
        &OPTIONS[self as usize]
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether it selects articles, rather than how they are shown.
    #[must_use]
    pub fn is_filter(self) -> bool {
        self < Self::Sort
    }

    /// Whether it tells which hits are shown, in which order and how.
    #[must_use]
    pub fn is_for_hits(self) -> bool {
        (Self::Sort..Self::By).contains(&self)
    }

    /// Whether it tells what is counted.
    #[must_use]
    pub fn is_for_counts(self) -> bool {
        self >= Self::By || self == Self::EachLocale
    }

    /// Whether it must be given, where it is taken.
    #[must_use]
    pub fn is_required(self) -> bool {
        self == Self::By
    }

    /// The range of a number; all numbers for an option that takes none.
    #[must_use]
    pub fn range(self) -> RangeInclusive<usize> {
        match &self.row().value {
            OptionValue::Number(_, range) => range.clone(),
            _ => 0..=usize::MAX,
        }
    }

    /// Whether it takes several values.
    #[must_use]
    pub fn is_several(self) -> bool {
        matches!(self.row().value, OptionValue::Texts(_))
    }
}
