//! The search options as arguments, generated from [`OPTIONS`].

use crate::search::{OPTIONS, OptionRow, OptionValue, SearchError, SearchOption, SearchParams};
use clap::{
    Arg, ArgAction, ArgMatches, Command, FromArgMatches, builder::PossibleValuesParser, error::ErrorKind,
};
use std::marker::PhantomData;

/// Options of a command, given as arguments.
#[derive(Debug)]
pub(super) struct OptionArgs<S> {
    pub params: SearchParams,
    set: PhantomData<S>,
}

/// A set of options.
pub(super) trait OptionSet {
    /// Whether the set has an option.
    fn has(option: SearchOption) -> bool;
}

/// The filters.
#[derive(Debug)]
pub(super) struct FilterSet;
/// The options for showing hits.
#[derive(Debug)]
pub(super) struct HitSet;
/// The options for counting.
#[derive(Debug)]
pub(super) struct CountSet;

impl OptionSet for FilterSet {
    fn has(option: SearchOption) -> bool {
        option.is_filter()
    }
}

impl OptionSet for HitSet {
    fn has(option: SearchOption) -> bool {
        option.is_for_hits()
    }
}

impl OptionSet for CountSet {
    fn has(option: SearchOption) -> bool {
        option.is_for_counts()
    }
}

/// The clap argument of an option.
fn arg(row: &'static OptionRow) -> Arg {
    let mut arg = Arg::new(row.name).long(row.name.replace('_', "-")).help(row.help);
    if !row.details.is_empty() {
        arg = arg.long_help(format!("{}\n\n{}", row.help, row.details));
    }
    if row.option.is_filter() {
        arg = arg.help_heading("Filters");
    }
    // Parse each value as the search will, so that clap's error names the argument.
    let option = row.option;
    let parser = move |value: &str| match SearchParams::default().set(option, value) {
        Ok(()) => Ok(value.to_owned()),
        Err(SearchError::Value { message, .. }) => Err(message.to_string()),
        Err(error) => Err(error.to_string()),
    };
    arg = match &row.value {
        OptionValue::Texts(name) => arg.value_name(*name).action(ArgAction::Append),
        OptionValue::Text(name) => arg.value_name(*name).value_parser(parser),
        OptionValue::Word(words) => {
            arg.value_name(row.name.to_ascii_uppercase()).value_parser(PossibleValuesParser::new(*words))
        }
        OptionValue::Number(default, _) => {
            let arg = arg.value_name("N").value_parser(parser);
            default.iter().fold(arg, |arg, default| arg.default_value(default.to_string()))
        }
        OptionValue::Flag => arg.action(ArgAction::SetTrue),
    };
    arg = arg.required(option.is_required());
    // Aliases and short options exist only on the command line.
    match option {
        SearchOption::Symbol => arg.alias("ticker"),
        SearchOption::Limit | SearchOption::Values => arg.short('n'),
        SearchOption::Stories => arg.conflicts_with(SearchOption::EachLocale.name()),
        _ => arg,
    }
}

fn rows<S: OptionSet>() -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(|row| S::has(row.option))
}

impl<S: OptionSet> clap::Args for OptionArgs<S> {
    fn augment_args(command: Command) -> Command {
        command.args(rows::<S>().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: OptionSet> FromArgMatches for OptionArgs<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut params = SearchParams::default();
        let usage_error = |error: SearchError| clap::Error::raw(ErrorKind::ValueValidation, error);
        for row in rows::<S>() {
            let values: Vec<&str> = match row.value {
                OptionValue::Flag => vec![if matches.get_flag(row.name) { "true" } else { "false" }],
                _ => matches.get_many::<String>(row.name).into_iter().flatten().map(String::as_str).collect(),
            };
            for value in values {
                params.set(row.option, value).map_err(usage_error)?;
            }
        }
        Ok(Self { params, set: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
