//! Links the program to run at a fixed address, where the linker can do so.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A program that can be put anywhere has twenty thousand addresses to correct each time it starts: as much time as
    // a tenth of a query takes.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
