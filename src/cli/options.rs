//! The search options as arguments, generated from [`OPTIONS`].

use crate::search::{OPTIONS, OptionRow, OptionValue, SearchError, SearchOption, SearchParams};
use clap::{
    Arg, ArgAction, ArgMatches, Command, FromArgMatches, builder::PossibleValuesParser, error::ErrorKind,
};

/// The options of a command: the filters, or those that show hits.
#[derive(Debug)]
pub(super) struct OptionArgs<const FILTERS: bool>(pub SearchParams);

/// The filters of a command.
pub(super) type FilterArgs = OptionArgs<true>;
/// The options for showing hits.
pub(super) type HitArgs = OptionArgs<false>;

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
        OptionValue::Word(words) => {
            arg.value_name(row.name.to_ascii_uppercase()).value_parser(PossibleValuesParser::new(*words))
        }
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

fn rows(are_filters: bool) -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(move |row| row.option.is_filter() == are_filters)
}

impl<const FILTERS: bool> clap::Args for OptionArgs<FILTERS> {
    fn augment_args(command: Command) -> Command {
        command.args(rows(FILTERS).map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const FILTERS: bool> FromArgMatches for OptionArgs<FILTERS> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut params = SearchParams::default();
        let usage_error = |error: SearchError| clap::Error::raw(ErrorKind::ValueValidation, error);
        for row in rows(FILTERS) {
            let values: Vec<&str> = match row.value {
                OptionValue::Flag => vec![if matches.get_flag(row.name) { "true" } else { "false" }],
                _ => matches.get_many::<String>(row.name).into_iter().flatten().map(String::as_str).collect(),
            };
            for value in values {
                params.set(row.option, value).map_err(usage_error)?;
            }
        }
        Ok(Self(params))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
