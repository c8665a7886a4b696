//! The newsdex binary; everything is in the library.

use std::process::ExitCode;

/// Threads that read hand texts to threads that index: with the allocator of glibc, whose threads keep what they free
/// for themselves, an ingest of a million articles takes half as much memory again.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    newsdex::cli::run()
}
