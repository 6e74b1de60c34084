//! What a run came to so far, beside the report that it will write: whoever is killed in the middle has lost little.

use std::path::{Path, PathBuf};

use sprag_report::Report;

use super::{is_stdout, put, with_suffix};

/// A whole report at every moment, which says of itself that it is not complete. It goes when the run is over.
pub(super) struct PartialReport(Option<PathBuf>);

impl PartialReport {
    /// Beside the report that goes to `path`, if it goes to a file.
    pub(super) fn beside(path: Option<&Path>) -> Self {
        let is_file = |path: &&Path| !is_stdout(path) && (path.is_file() || !path.exists());
        Self(path.filter(is_file).map(|path| with_suffix(path, "partial")))
    }

    /// Puts `report` in the place of the one before. The run goes on without where that is not possible: what became of the
    /// report itself is told at its end.
    pub(super) fn write(&self, report: &Report) {
        if let (Some(path), Ok(json)) = (&self.0, report.to_json()) {
            let _ = put(path, &json);
        }
    }

    /// Takes it away.
    pub(super) fn remove(self) {
        if let Some(path) = self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}
