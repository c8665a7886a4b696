//! `newsdex schema`: prints the schema in use.

use super::{
    Outcome,
    examples::Examples,
    settings::{IndexArgs, SchemaArgs, Settings},
};
use crate::{index::IndexError, schema::Schema};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    index: IndexArgs,
}

/// The examples of `newsdex schema --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Print the schema of the index", "newsdex schema"),
    ("Verify a schema file, and print the whole schema that it makes", "newsdex schema --schema fields.yaml"),
];

/// Prints the schema of the file, else of the index, else the built-in one.
pub(super) fn run(args: &Args, _: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let schema = match args.schema.read()? {
        Some(schema) => schema,
        None => match args.index.location()?.open() {
            Ok(index) => index.schema().clone(),
            Err(IndexError::Missing(_)) => Schema::built_in()?,
            Err(error) => return Err(error.into()),
        },
    };
    out.write_all(schema.to_yaml().as_bytes())?;
    Ok(Outcome::Found)
}
