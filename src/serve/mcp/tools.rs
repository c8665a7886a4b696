//! The table of all tools.

use super::{
    count::{self, FacetsOut, FacetsOwn, TimelineOut, TimelineOwn},
    hits::FoundOut,
    parameters::ToolOptions,
    read::{self, PageOut, ReadOwn},
    search::{self, SearchOwn, SimilarOwn},
    symbols::{self, ResolveOwn, ResolvedOut},
    tool::{ToolRow, input, output},
};

/// All tools.
pub(super) const TOOLS: [ToolRow; 6] = [
    ToolRow {
        name: "search",
        title: "Search financial news",
        description: "Find financial news articles by words, securities, markets and dates. Use it first for any question \
            about the news. Each hit has the citation: key, URL, date, file with lines, and the best matching sentence. \
            Put securities into `symbol` (articles that name it) or `about` (articles about it), not into `query`. \
            Without `query`, it returns the newest articles that pass the filters. Set `stories` to group near-duplicate \
            articles of several sites into one hit. Read an article with read_article before you rely on a sentence of it.",
        options: ToolOptions::Hits,
        own: input::<SearchOwn>,
        output: output::<FoundOut>,
        work: search::search,
    },
    ToolRow {
        name: "read_article",
        title: "Read an article",
        description: "Read the text of an article by its key, page by page, with line numbers of the file. Use it when the \
            sentence that search quotes is not enough: for figures, context and who said what. `from_line` starts at the \
            line of a citation; `cursor` gets the next page.",
        options: ToolOptions::Nothing,
        own: input::<ReadOwn>,
        output: output::<PageOut>,
        work: read::read,
    },
    ToolRow {
        name: "facets",
        title: "Count articles",
        description: "Count matching articles by security, market, venue, locale, kind, year, month or day. Use it before a \
            search to see which companies or markets a subject concerns, and how many articles there are; it returns no \
            articles. For counts over time with articles, use timeline.",
        options: ToolOptions::Counts,
        own: input::<FacetsOwn>,
        output: output::<FacetsOut>,
        work: count::facets,
    },
    ToolRow {
        name: "timeline",
        title: "Articles over time",
        description: "Count matching articles by day, month or year, and show the first articles of the busiest periods. Use \
            it to find out when something happened or was reported most; then search with `date` set to that period.",
        options: ToolOptions::Filters,
        own: input::<TimelineOwn>,
        output: output::<TimelineOut>,
        work: count::timeline,
    },
    ToolRow {
        name: "similar",
        title: "Find similar articles",
        description: "Find articles similar to a given one, by its key. Use it to find and compare other reports of the same \
            event, and reports from before and after it. It takes the filters of search.",
        options: ToolOptions::Hits,
        own: input::<SimilarOwn>,
        output: output::<FoundOut>,
        work: search::similar,
    },
    ToolRow {
        name: "resolve_symbol",
        title: "Resolve a security",
        description: "Resolve a notation or a name to a security, with its other notations and the number of articles that \
            name it or are about it. Use it before search when a company is given by name, or when a code may be \
            ambiguous (000001 is a bank in Shenzhen and an index in Shanghai).",
        options: ToolOptions::Nothing,
        own: input::<ResolveOwn>,
        output: output::<ResolvedOut>,
        work: symbols::resolve,
    },
];
