//! What is checked: a built-in ratchet, or a program.

use sprag::Deviation;

use crate::exit::Refusal;
use crate::names;
use crate::registry::{self, Entry};
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
    /// The same program with the known deviations of a built-in ratchet, by its whole name.
    ///
    /// # Errors
    /// If there is no such ratchet.
    pub(crate) fn known_as(mut self, name: &str) -> Result<Self, Refusal> {
        let [entry] = names::ratchets(&[name.to_owned()])?[..] else {
            return Err(Refusal::usage("--known-as: one ratchet, by its whole name"));
        };
        if let Source::Exec { known_as, .. } = &mut self.source {
            *known_as = Some(entry.name.clone());
            self.deviations.clone_from(&entry.deviations);
        }
        Ok(self)
    }

    /// Two ratchets in one conversation: `INITIATOR,RESPONDER`, each the whole name of a built-in one or the command line of a
    /// program. A comma within a command line is written `\\,`.
    ///
    /// # Errors
    /// If these are not two, or one is neither.
    pub(crate) fn pair(pair: &str) -> Result<Self, Refusal> {
        const COMMA: &str = "\0";
        let ends = pair.replace("\\,", COMMA);
        let ends: Vec<String> = ends.split(',').map(|end| end.replace(COMMA, ",")).collect();
        let [initiator, responder] = &ends[..] else {
            let pair = sprag_report::inert(pair);
            return Err(Refusal::usage(format!(
                "--pair: `{pair}` is not INITIATOR,RESPONDER; a comma within a command line is written \\,"
            )));
        };
        let (initiator, responder) = (Self::end(initiator)?, Self::end(responder)?);
        let deviations = of_both(&initiator.deviations, &responder.deviations);
        let (initiator, responder) = (Box::new(initiator.source), Box::new(responder.source));
        Ok(Self {
            name: pair.to_owned(),
            source: Source::Pair { initiator, responder },
            deviations,
        })
    }

    fn end(end: &str) -> Result<Self, Refusal> {
        let end = end.trim();
        let is_of =
            |folder: &str| registry::all().iter().any(|entry| entry.name.starts_with(folder));
        match registry::find(end) {
            Some(entry) => Ok(Self::from(entry)),
            // Nearly a name of the registry is no program.
            None if end
                .split_inclusive('/')
                .next()
                .is_some_and(|it| it.ends_with('/') && is_of(it)) =>
            {
                names::ratchets(&[end.to_owned()])?;
                Err(Refusal::usage("--pair: each end is one ratchet, by its whole name"))
            }
            None => Self::program("--pair", end),
        }
    }

    /// The options by which a command is told of it; none for what the registry has.
    pub(crate) fn options(&self) -> String {
        let line = quoted(&self.name);
        match &self.source {
            Source::BuiltIn(_) => String::new(),
            Source::Exec { known_as: None, .. } => format!(" --exec {line}"),
            Source::Exec { known_as: Some(known), .. } => {
                format!(" --exec {line} --known-as {}", quoted(known))
            }
            Source::Pair { .. } => format!(" --pair {line}"),
        }
    }

    /// The program of a command line, split as a shell does it.
    ///
    /// # Errors
    /// If the line is empty, or a quote in it is not closed; `option` is where it stands.
    pub(crate) fn program(option: &str, line: &str) -> Result<Self, Refusal> {
        let words = shlex::split(line).filter(|words| !words.is_empty()).ok_or_else(|| {
            Refusal::usage(format!("{option}: `{}` is no command line", sprag_report::inert(line)))
        })?;
        Ok(Self {
            name: line.to_owned(),
            source: Source::Exec { line: words, known_as: None },
            deviations: Vec::new(),
        })
    }
}

/// What is known of either of two ratchets.
pub(crate) fn of_both(one: &[Deviation], other: &[Deviation]) -> Vec<Deviation> {
    let more = other.iter().filter(|known| !one.contains(known));
    one.iter().chain(more).cloned().collect()
}

/// `text` as one word of a shell's command line.
pub(crate) fn quoted(text: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+=:@,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
