//! `newsdex query`: ranked hits with snippets.

use super::{
    Outcome,
    filters::{self, Asked, Filters},
    ingest,
    settings::{self, IndexArgs, Settings},
};
use crate::{
    engine::{self, Engine},
    query::{Query, Role},
    render::{self, Shown},
    schema::Schema,
    search::{FacetBy, FacetWanted, Recency, Request, Sort},
};
use anyhow::anyhow;
use clap::ValueEnum;
use std::{io::Write, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to look for; `newsdex help query` explains the language. Put `--` before words that begin with a dash
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Bring the index of this folder in step first, and search it
    #[arg(long = "in", value_name = "PATH")]
    inside: Option<PathBuf>,
    /// Do not search; print how the query is read, and the words of the index that it stands for
    #[arg(long, conflicts_with_all = ["count", "facets", "explain"])]
    analyze: bool,
    #[command(flatten)]
    how: How,
}

/// Which of the articles that are found are shown, and how.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
pub(super) struct How {
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub index: IndexArgs,
    /// In which order [default: relevance, or newest where there are only filters]
    #[arg(long, value_enum)]
    sort: Option<SortArg>,
    /// Let scores fade with age: half is left of an article's that is so old, as 30d, 2w or 12h
    #[arg(long, value_name = "HALFLIFE")]
    recency: Option<String>,
    /// At most this many hits
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Pass over this many hits first
    #[arg(long, default_value_t = 0, value_name = "N")]
    offset: usize,
    /// Print only how many articles match, and with --stories in how many stories
    #[arg(long)]
    count: bool,
    /// Also count the matches by symbol, market and month
    #[arg(long)]
    facets: bool,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say how each score came about
    #[arg(long)]
    explain: bool,
    /// Show each page by itself, not an article with its pages in all locales as one hit
    #[arg(long, conflicts_with = "stories")]
    each_locale: bool,
    /// Show articles whose texts agree, within six weeks of the first of them, as one hit
    #[arg(long)]
    stories: bool,
    /// Of an article that matches in several locales show the page in this one, where the page matches
    #[arg(long, value_name = "LOCALE", value_delimiter = ',')]
    prefer: Vec<String>,
    /// At most this many snippets of each hit
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=100))]
    snippets: u16,
    /// About how long a snippet is, in columns
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u16).range(20..=10_000))]
    snippet_length: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SortArg {
    Relevance,
    Newest,
    Oldest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object; schema/answer.json describes it
    Json,
    /// The hits alone, an object a line
    Jsonl,
    /// The hits as a table
    Csv,
    /// The files of the hits, each with the line of the best match: path:line
    Paths,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let how = &args.how;
    let engine = match &args.inside {
        Some(folder) => {
            let path = how.index.path_for(folder)?;
            ingest::before_query(folder, &path)?;
            settings::open(&path)?
        }
        None => how.index.open()?,
    };
    let asked = how.filters.query(&args.words, engine, settings)?;
    if !args.analyze {
        return answer(how, engine, asked, settings, out);
    }
    let Asked { query, notes, .. } = asked;
    let analysis = engine::analyze(engine, &query)?;
    let typed = query.to_string();
    match how.format {
        Format::Text => render::analysis_text(out, &typed, &analysis, &notes)?,
        Format::Json => render::analysis_json(out, &typed, &analysis, &notes)?,
        _ => return Err(anyhow!("--analyze prints text or json")),
    }
    Ok(Outcome::Found)
}

/// Answers a query in the form that is wanted.
pub(super) fn answer(
    args: &How,
    engine: &dyn Engine,
    asked: Asked,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let has_room = matches!(args.format, Format::Text | Format::Json) && !args.count;
    if !has_room {
        asked.tell();
    }
    let Asked { query, mut notes, typed, like } = asked;
    let mut request = args.request(query, engine.schema(), settings);
    request.recency = args.recency(settings)?;
    if request.recency.is_some() && request.sort != Sort::Relevance {
        return Err(anyhow!("--recency changes how words are ranked, and there are only filters"));
    }
    let chosen = like.is_none();
    (request.typed, request.without) = (typed, like);
    let strict = request.query.clone();
    // A count is of what was asked.
    let (answer, relaxed) =
        if args.count { (engine.search(&request)?, false) } else { engine::ask(engine, &mut request)? };
    if relaxed {
        let note = "nothing has all of these words; what has some of them is shown";
        if has_room {
            notes.push(note.into());
        } else {
            filters::tell(note);
        }
    }
    let outcome = if answer.total > 0 { Outcome::Found } else { Outcome::Nothing };
    if args.count {
        match answer.stories {
            Some(stories) => writeln!(out, "{}", render::in_stories(answer.articles, stories))?,
            None => writeln!(out, "{}", answer.total)?,
        }
        return Ok(outcome);
    }
    let suggestions =
        // A person chose the words, and can choose others.
        if chosen && (answer.total == 0 || relaxed) { engine::suggest(engine, &strict)? } else { Vec::new() };
    let shown = Shown {
        query: &request.query.to_string(),
        answer: &answer,
        notes: &notes,
        suggestions: &suggestions,
        offset: args.offset,
    };
    match args.format {
        Format::Text => render::answer_text(out, &shown, &settings.look())?,
        Format::Json => render::answer_json(out, &shown)?,
        Format::Jsonl => render::hits_jsonl(out, &shown)?,
        Format::Csv => render::answer_csv(out, &shown)?,
        Format::Paths => render::paths(out, &shown, &settings.look())?,
    }
    Ok(outcome)
}

impl How {
    fn recency(&self, settings: &Settings) -> anyhow::Result<Option<Recency>> {
        let Some(text) = &self.recency else { return Ok(None) };
        if !matches!(self.sort, None | Some(SortArg::Relevance)) {
            return Err(anyhow!("--recency changes relevance, and --sort asks for another order"));
        }
        let wrong = || anyhow!("--recency: `{text}` is no span of time; write one like 30d, 2w or 12h");
        let span: jiff::Span = text.trim().parse().map_err(|_| wrong())?;
        let now = &settings.clock.now;
        let then = now.checked_sub(span).map_err(|_| wrong())?;
        let half_life = then.duration_until(now).as_secs_f64();
        if half_life <= 0.0 {
            return Err(wrong());
        }
        Ok(Some(Recency { now: now.timestamp(), half_life }))
    }

    fn request(&self, mut query: Query, schema: &Schema, settings: &Settings) -> Request {
        let mut ranks = schema.ranks(&query);
        query.each_security(&mut |security| ranks |= security.role == Role::About);
        let sort = match self.sort {
            Some(SortArg::Relevance) => Sort::Relevance,
            Some(SortArg::Oldest) => Sort::Oldest,
            // Filters alone rank nothing.
            None if ranks => Sort::Relevance,
            Some(SortArg::Newest) | None => Sort::Newest,
        };
        let mut request = Request::new(query);
        request.sort = sort;
        request.offset = self.offset;
        request.limit = if self.count { 0 } else { self.limit };
        request.explain = self.explain;
        request.grouped = !self.each_locale;
        request.stories = self.stories;
        request.prefer.clone_from(&self.prefer);
        request.zone = settings.clock.zone().clone();
        request.snippets = self.snippets.into();
        request.snippet_length = self.snippet_length.into();
        if self.format == Format::Paths {
            // The line of the best one is shown.
            request.snippets = 1;
        }
        if self.facets {
            let wanted = [("symbol", 10), ("market", 10), ("month", usize::MAX)];
            let wanted =
                wanted.into_iter().filter_map(|(name, limit)| Some((FacetBy::named(name, schema)?, limit)));
            request.facets = wanted.map(|(by, limit)| FacetWanted { by, limit }).collect();
        }
        request
    }
}
