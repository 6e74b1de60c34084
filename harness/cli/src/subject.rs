//! What is checked: a built-in ratchet, or a program.

use sprag::Deviation;

use crate::exit::Refusal;
use crate::registry::Entry;
use crate::worker::messages::Source;

/// What is checked.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name, as far as it is known before it is asked.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// Where it is known to leak more than its profile says.
    pub deviations: Vec<Deviation>,
}

impl From<&Entry> for Subject {
    fn from(entry: &Entry) -> Self {
        let source = Source::BuiltIn(entry.name.clone());
        Self { name: entry.name.clone(), source, deviations: entry.deviations.clone() }
    }
}

impl Subject {
    /// The same program with the known deviations of a built-in ratchet.
    pub(crate) fn known_as(mut self, entry: &Entry) -> Self {
        if let Source::Exec { known_as, .. } = &mut self.source {
            *known_as = Some(entry.name.clone());
            self.deviations.clone_from(&entry.deviations);
        }
        self
    }

    /// The program of a command line, split as a shell does it.
    ///
    /// # Errors
    /// If the line is empty, or a quote in it is not closed.
    pub(crate) fn program(line: &str) -> Result<Self, Refusal> {
        let words = shlex::split(line).filter(|words| !words.is_empty()).ok_or_else(|| {
            Refusal::usage(format!("--exec: `{}` is no command line", sprag_report::inert(line)))
        })?;
        Ok(Self {
            name: line.to_owned(),
            source: Source::Exec { line: words, known_as: None },
            deviations: Vec::new(),
        })
    }
}
