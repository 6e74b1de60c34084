//! Every corpus is replayed, on stable Rust too: what a fuzzer once reached stays right.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sprag::fuzzing::{Input, Kind};
use sprag_cli::fuzzing::RATCHETS;
use sprag_fuzz::targets::TARGETS;

/// Bytes that all corpora may have together.
const MOST_BYTES: u64 = 2 << 20;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort_unstable();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn every_target_has_a_corpus_and_a_file_of_its_own() {
    let expected: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let corpora: BTreeSet<String> = files(&folder()).iter().map(|path| name(path)).collect();
    assert_eq!(corpora, expected);
    let targets = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"));
    for target in &targets {
        let lines = std::fs::read_to_string(target).unwrap().lines().count();
        assert!(lines < 60, "{} has {lines} lines", target.display());
    }
    let targets: BTreeSet<String> =
        targets.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(targets, expected);
}

#[test]
fn corpora_are_small_and_their_names_tell_something() {
    let mut bytes = 0;
    for (target, _) in TARGETS {
        let inputs = files(&folder().join(target));
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            bytes += input.metadata().unwrap().len();
            let name = name(&input);
            let is_hash = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(!is_hash, "{target}/{name}");
        }
    }
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}

#[test]
fn conversations_are_of_this_version() {
    for (target, kind) in [
        ("schedule", Kind::Schedule),
        ("decrypt", Kind::Decrypt),
        ("import", Kind::Import),
        ("differential", Kind::Schedule),
    ] {
        for file in files(&folder().join(target)) {
            let bytes = std::fs::read(&file).unwrap();
            let input = Input::read(&bytes, kind).unwrap();
            assert_eq!(input.kind, kind, "{}", file.display());
            assert_eq!(input.write().unwrap(), bytes, "{}", file.display());
        }
    }
}

#[test]
fn corpora_begin_with_every_ratchet() {
    for name in RATCHETS {
        let name = name.replace('/', ".");
        for (target, talk) in [("schedule", "theft-and-recovery"), ("import", "late-messages")] {
            let file = folder().join(target).join(format!("{talk}.{name}"));
            assert!(file.is_file(), "{}: run the example `seeds`", file.display());
        }
    }
}

fn replay(target: &str) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    for file in files(&folder().join(target)) {
        // The name stands in front of whatever a panic says.
        println!("{}", file.display());
        check(&std::fs::read(&file).unwrap());
    }
}

macro_rules! replays {
    ($($target:ident)+) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target));
            }
        )+
    };
}

replays! { schedule decrypt import differential child case_file baseline vectors child_messages }
