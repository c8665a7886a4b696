//! The search options as arguments, generated from [`OPTIONS`].

use crate::search::{
    Filters, OPTIONS, OptionRow, OptionValue, SearchError, SearchOption, SearchOptions, SearchParams,
};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, builder::PossibleValuesParser};

/// The filters of a command.
#[derive(Debug)]
pub(super) struct FilterArgs(pub Filters);

/// The options for showing hits.
#[derive(Debug)]
pub(super) struct HitArgs(pub SearchOptions);

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
        Err(SearchError::Value { message, .. }) => Err(message),
        Err(error) => Err(error.to_string()),
    };
    arg = match &row.value {
        OptionValue::Texts(name) => arg.value_name(*name).action(ArgAction::Append),
        OptionValue::Text(name) => arg.value_name(*name).value_parser(parser),
        OptionValue::Word(words) => arg.value_parser(PossibleValuesParser::new(*words)),
        OptionValue::Number(default, _) => {
            arg.value_name("N").value_parser(parser).default_value(default.to_string())
        }
        OptionValue::Flag => arg.action(ArgAction::SetTrue),
    };
    // Aliases and short options exist only on the command line.
    match option {
        SearchOption::Symbol => arg.alias("ticker"),
        SearchOption::Limit => arg.short('n'),
        SearchOption::Prefer => arg.value_delimiter(','),
        SearchOption::EachLocale => arg.conflicts_with(SearchOption::Stories.name()),
        _ => arg,
    }
}

fn add(command: Command, are_filters: bool) -> Command {
    let rows = OPTIONS.iter().filter(|row| row.option.is_filter() == are_filters);
    command.args(rows.map(arg))
}

fn read(matches: &ArgMatches, are_filters: bool) -> Result<SearchParams, clap::Error> {
    let mut params = SearchParams::default();
    let usage_error = |error: SearchError| clap::Error::raw(clap::error::ErrorKind::ValueValidation, error);
    for row in OPTIONS.iter().filter(|row| row.option.is_filter() == are_filters) {
        if matches!(row.value, OptionValue::Flag) {
            params
                .set(row.option, if matches.get_flag(row.name) { "true" } else { "false" })
                .map_err(usage_error)?;
        } else {
            for value in matches.get_many::<String>(row.name).into_iter().flatten() {
                params.set(row.option, value).map_err(usage_error)?;
            }
        }
    }
    Ok(params)
}

impl clap::Args for FilterArgs {
    fn augment_args(command: Command) -> Command {
        add(command, true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        add(command, true)
    }
}

impl FromArgMatches for FilterArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(read(matches, true)?.filters))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for HitArgs {
    fn augment_args(command: Command) -> Command {
        add(command, false)
    }

    fn augment_args_for_update(command: Command) -> Command {
        add(command, false)
    }
}

impl FromArgMatches for HitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(read(matches, false)?.options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
