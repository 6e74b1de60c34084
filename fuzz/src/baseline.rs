//! `baseline`: `sprag.toml` as the command reads it.

use sprag_cli::fuzzing::read_baseline;

/// Reads a baseline.
///
/// # Panics
/// If a refusal does not name its file, or holds what acts on a terminal.
pub fn check(bytes: &[u8]) {
    check_reader(bytes, read_baseline);
}

pub(crate) fn check_reader(bytes: &[u8], read: impl Fn(&str) -> Result<usize, String>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(entries) => {
            assert!(entries <= text.matches("expect").count() + text.matches('{').count())
        }
        Err(words) => {
            assert!(words.starts_with("sprag.toml: "), "{words:?}");
            let acts = |letter: char| letter.is_control() && letter != '\n';
            assert!(!words.contains(acts), "{words:?}");
        }
    }
}
