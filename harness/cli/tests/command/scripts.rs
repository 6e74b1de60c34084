//! What the scripts for fuzzing and benches say where a tool is missing.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Bench, Said, repository};

/// Runs a script where nothing is installed but bash and this `cargo`.
fn alone(script: &str, arguments: &[&str], cargo: &str) -> Said {
    let bench = Bench::new();
    let folder = bench.path("bin");
    std::fs::create_dir(&folder).unwrap();
    let shell = ["/bin/bash", "/usr/bin/bash"].into_iter().find(|path| Path::new(path).exists());
    symlink(shell.unwrap(), folder.join("bash")).unwrap();
    for name in ["dirname", "realpath"] {
        symlink(Path::new("/usr/bin").join(name), folder.join(name)).unwrap();
    }
    let program = folder.join("cargo");
    std::fs::write(&program, format!("#!/bin/sh\n{cargo}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(repository(script));
    command.args(arguments).env("PATH", &folder).env_remove("CARGO_TARGET_DIR");
    Said::from(command.output().unwrap())
}

#[test]
fn what_is_missing_is_named_with_how_to_get_it() {
    let no_nightly = "exit 1";
    let no_fuzzer = r#"case $2 in --version) ;; *) exit 1 ;; esac"#;
    for (script, arguments, cargo, words) in [
        ("fuzz/run", ["schedule"].as_slice(), no_nightly, "rustup toolchain install nightly"),
        ("fuzz/run", &["schedule"], no_fuzzer, "cargo install --locked cargo-fuzz"),
        ("fuzz/measure", &["schedule", "mutant/a"], no_nightly, "rustup toolchain install nightly"),
        ("ci/fuzz", &[], no_nightly, "rustup toolchain install nightly"),
        ("benches/count", &[], no_nightly, "apt-get install valgrind"),
    ] {
        let said = alone(script, arguments, cargo);
        assert_eq!(said.code, Some(2), "{script}: {said:?}");
        assert!(said.err.contains("missing") && said.err.contains(words), "{script}: {said:?}");
    }
}

#[test]
fn a_script_without_its_arguments_says_what_it_takes() {
    for script in ["fuzz/run", "fuzz/measure"] {
        let said = alone(script, &[], "");
        assert_eq!(said.code, Some(2), "{script}: {said:?}");
        assert!(said.err.contains("usage"), "{script}: {said:?}");
    }
}
