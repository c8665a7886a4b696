//! The tools that agents are offered, each with what tells when to use it.

use super::{
    count::{self, FacetsOut, FacetsOwn, TimelineOut, TimelineOwn},
    hits::FoundOut,
    parameters::Narrowing,
    read::{self, PageOut, ReadOwn},
    search::{self, SimilarOwn, Wanted},
    symbols::{self, ResolveOwn, ResolvedOut},
    tool::{ToolRow, input, output},
};

/// All tools.
pub(super) const TOOLS: [ToolRow; 6] = [
    ToolRow {
        name: "search",
        title: "Search financial news",
        description: "Find financial news articles by words, securities, markets and dates. Use it first for any question \
            about what was reported. Each hit has a key, the URL, the date, the file with its lines, and the sentence that \
            matched best, to be cited. Put securities into `symbol` (named) or `about` (the subject), not into `query`. \
            Without `query`, the newest articles that the filters let through. Set `stories` to see one hit for each \
            story that several sites printed. Read an article with read_article before you rely on one sentence of it.",
        own: input::<Wanted>,
        narrows: Some(input::<Narrowing>),
        output: output::<FoundOut>,
        work: search::search,
    },
    ToolRow {
        name: "read_article",
        title: "Read an article",
        description: "Read the text of one article by its key, by pages, each with the lines of the file that it stands \
            on. Use it when a sentence that search quotes is not enough: for figures, context and who said what. Give \
            `from_line` to read on from a citation, and `cursor` for the next page.",
        own: input::<ReadOwn>,
        narrows: None,
        output: output::<PageOut>,
        work: read::read,
    },
    ToolRow {
        name: "facets",
        title: "Count articles",
        description: "Count the articles that match by security, market, venue, locale, kind, year, month or day. Use it \
            to see which companies or markets a subject concerns, or how much there is, before you search; it gives no \
            articles. For counts over time with what happened, use timeline.",
        own: input::<FacetsOwn>,
        narrows: Some(input::<Narrowing>),
        output: output::<FacetsOut>,
        work: count::facets,
    },
    ToolRow {
        name: "timeline",
        title: "Articles over time",
        description: "Count the articles that match by day, month or year, and show the first articles of the busiest \
            periods. Use it to find out when something happened or was talked about most; then search with `date` set \
            to the period.",
        own: input::<TimelineOwn>,
        narrows: Some(input::<Narrowing>),
        output: output::<TimelineOut>,
        work: count::timeline,
    },
    ToolRow {
        name: "similar",
        title: "Find similar articles",
        description: "Find articles like one that you have, by its key. Use it to find other reports of the same event, to \
            compare them, and what went before or came after. The filters of search narrow it.",
        own: input::<SimilarOwn>,
        narrows: Some(input::<Narrowing>),
        output: output::<FoundOut>,
        work: search::similar,
    },
    ToolRow {
        name: "resolve_symbol",
        title: "Find out which security is meant",
        description: "Say which security a notation or a name means, how else it is written, and how many articles name it \
            or are about it. Use it before search when a company is given by name, or when a code may be ambiguous \
            (000001 is a bank in Shenzhen and an index in Shanghai).",
        own: input::<ResolveOwn>,
        narrows: None,
        output: output::<ResolvedOut>,
        work: symbols::resolve,
    },
];
