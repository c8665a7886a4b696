//! Every command of README is run, in its order, in one folder, and must succeed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::{fs, os::unix::fs::symlink, path::Path};

#[test]
fn every_command_of_readme_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let bench = Workbench::new();
    for name in ["tests", "schema"] {
        symlink(root.join(name), bench.path().join(name)).unwrap();
    }
    fs::create_dir(bench.path().join("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_newsdex"), bench.path().join("bin/newsdex")).unwrap();
    let path = format!("{}:{}", bench.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut blocks = 0;
    for block in readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        // Building is for `tests/run`, which runs the first block as it is written.
        let block = block.replace("cargo run --release --", "newsdex").replace("tests/run", "true");
        let lines: Vec<_> = block.lines().filter(|line| !line.starts_with("cargo install")).collect();
        let block = lines.join(
            "
",
        );
        let mut shell = std::process::Command::new("bash");
        shell.args(["-eu", "-c", &block]).current_dir(bench.path()).env_remove("NEWSDEX_INDEX");
        shell.env("PATH", &path).env("HOME", bench.path());
        shell
            .env("XDG_CACHE_HOME", bench.path().join("cache"))
            .env("XDG_DATA_HOME", bench.path().join("data"));
        let output = shell.output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{block}\n{said}");
        blocks += 1;
    }
    assert!(blocks >= 4, "the blocks were found");
}

#[test]
fn schema_files_of_the_documents_read() {
    for page in ["README.md", "schema/README.md"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
        let blocks: Vec<_> =
            text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(!blocks.is_empty(), "{page}");
        for block in blocks {
            newsdex::schema::Schema::extended_by(block).unwrap();
        }
    }
}
