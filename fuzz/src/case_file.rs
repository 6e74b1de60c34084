//! `case_file`: what is read as a case survives being written, and can be told.

use sprag::schedule::{Case, CaseError};

/// Reads a case file.
///
/// # Panics
/// If what was read is another case once it was written, or a fault has no place.
pub fn check(bytes: &[u8]) {
    check_reader(bytes, Case::from_json);
}

pub(crate) fn check_reader(bytes: &[u8], read: impl Fn(&str) -> Result<Case, CaseError>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(case) => {
            let json =
                case.to_json().unwrap_or_else(|error| panic!("it cannot be written: {error}"));
            let again = read(&json);
            let again = again.unwrap_or_else(|error| panic!("it cannot be read again: {error}"));
            assert_eq!(again, case, "it is another case once it was written");
            let told = case.schedule.to_string();
            assert!(told.lines().count() >= case.schedule.steps.len(), "an action is not told");
        }
        Err(CaseError::Syntax { line, column, reason }) => {
            assert!(line <= text.lines().count() + 1, "line {line} is behind the end: {reason}");
            assert!(column <= text.len() + 1 && !reason.is_empty(), "column {column}: {reason}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
