//! The newsdex binary; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    newsdex::cli::run()
}
