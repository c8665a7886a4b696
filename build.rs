//! Links the program to run at a fixed address, on Linux with the libraries of the system.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A program that can be put anywhere has twenty thousand addresses to correct each time it starts: as much time as
    // a tenth of a query takes.
    let of_target = |name: &str| std::env::var(name).unwrap_or_default();
    let dynamic = !of_target("CARGO_CFG_TARGET_FEATURE").contains("crt-static");
    if of_target("CARGO_CFG_TARGET_OS") == "linux" && of_target("CARGO_CFG_TARGET_ENV") == "gnu" && dynamic {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
