//! Faults planted into our readers, to measure how soon their targets find them, and to see that they can.

use serde_json::Value;
use sprag::scenario::ScenarioFile;
use sprag::schedule::{Case, CaseError};
use sprag_cli::fuzzing::read_baseline;
use sprag_process::message::{Answer, replies};

use crate::targets::Check;
use crate::{baseline, case_file, child, child_messages, vectors};

/// The variable that names a planted fault, by which the target reads in place of the real reader.
pub const VARIABLE: &str = "SPRAG_FUZZ_PLANTED";

/// A reader with a fault, as its target checks it.
#[derive(Clone, Copy)]
pub struct Planted {
    /// Name of the fault.
    pub name: &'static str,
    /// Name of the target that has to find it.
    pub target: &'static str,
    /// The target, reading with the fault.
    pub check: Check,
    /// An input that shows it.
    pub shown_by: &'static [u8],
}

/// Every planted fault.
pub const PLANTED: &[Planted] = &[
    Planted {
        name: "column-in-letters",
        target: "case_file",
        check: |bytes| case_file::check_reader(bytes, column_in_letters),
        shown_by: "é".as_bytes(),
    },
    Planted {
        name: "quotes-as-it-stands",
        target: "baseline",
        check: |bytes| baseline::check_reader(bytes, quotes_as_it_stands),
        shown_by: b"\x1b",
    },
    Planted {
        name: "depth-in-a-byte",
        target: "vectors",
        check: |bytes| vectors::check_reader(bytes, depth_in_a_byte),
        shown_by: &[b'['; 256],
    },
    Planted {
        name: "nothing-is-a-reply",
        target: "child_messages",
        check: |bytes| child_messages::check_reader(bytes, nothing_is_a_reply),
        shown_by: b"[]",
    },
    Planted {
        name: "takes-bytes-for-text",
        target: "child",
        check: |bytes| child::check_reader(bytes, takes_bytes_for_text),
        shown_by: b"!\xff",
    },
    Planted {
        name: "errors-have-codes",
        target: "child",
        check: |bytes| child::check_reader(bytes, errors_have_codes),
        shown_by: b"?{}",
    },
];

/// The fault that [`VARIABLE`] names, for the target of this name.
///
/// # Panics
/// If it is none of this target.
#[must_use]
pub fn named(target: &str) -> Option<Check> {
    let name = std::env::var(VARIABLE).ok()?;
    let fault = PLANTED.iter().find(|fault| fault.name == name && fault.target == target);
    Some(fault.unwrap_or_else(|| panic!("{target} has no planted fault called {name}")).check)
}

/// Shows where a file is wrong, and counts bytes where it should count letters.
fn column_in_letters(text: &str) -> Result<Case, CaseError> {
    let read = Case::from_json(text);
    if let Err(CaseError::Syntax { line, column, .. }) = &read {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let _shown = &line[..(*column).min(line.len())];
    }
    read
}

/// Quotes what it refuses, whatever that does to a terminal.
fn quotes_as_it_stands(text: &str) -> Result<usize, String> {
    read_baseline(text).map_err(|words| format!("{words}\n{text}"))
}

/// Counts how deep brackets nest, in one byte.
fn depth_in_a_byte(text: &str) -> Result<ScenarioFile, String> {
    let mut depth = 0_u8;
    for letter in text.chars() {
        match letter {
            '[' | '{' => {
                depth = depth.checked_add(1).unwrap_or_else(|| panic!("the depth overflows"));
            }
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    ScenarioFile::from_json(text)
}

/// Takes an empty batch for the replies to one.
fn nothing_is_a_reply(line: &[u8]) -> Result<Vec<(u64, Answer)>, String> {
    match serde_json::from_slice(line) {
        Ok(Value::Array(all)) if all.is_empty() => Ok(Vec::new()),
        _ => replies(line),
    }
}

/// Takes whatever a program writes for text.
fn takes_bytes_for_text(line: &[u8]) {
    std::str::from_utf8(line).unwrap_or_else(|error| panic!("{error}"));
}

/// Takes it for granted that an error has a code.
fn errors_have_codes(line: &[u8]) {
    let Ok(reply) = serde_json::from_slice::<Value>(line) else { return };
    if let Some(error) = reply.get("error") {
        error["code"].as_i64().unwrap_or_else(|| panic!("{error} has no code"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::panic::catch_unwind;

    use super::*;
    use crate::targets::TARGETS;

    #[test]
    fn each_fault_is_found_by_its_input_and_the_real_reader_bears_it() {
        for fault in PLANTED {
            let (_, real) = TARGETS.iter().find(|(name, _)| *name == fault.target).unwrap();
            real(fault.shown_by);
            assert!(catch_unwind(|| (fault.check)(fault.shown_by)).is_err(), "{}", fault.name);
            assert!(catch_unwind(|| (fault.check)(b"")).is_ok(), "{}", fault.name);
        }
    }

    #[test]
    fn every_reader_has_a_planted_fault() {
        let conversations = ["schedule", "decrypt", "import", "differential"];
        let readers =
            TARGETS.iter().map(|(name, _)| *name).filter(|name| !conversations.contains(name));
        let planted: BTreeSet<&str> = PLANTED.iter().map(|fault| fault.target).collect();
        assert_eq!(readers.collect::<BTreeSet<_>>(), planted);
        let names: BTreeSet<&str> = PLANTED.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), PLANTED.len());
    }
}
