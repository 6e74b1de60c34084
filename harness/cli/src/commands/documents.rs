//! The forms in which a report is written, and where each goes.

use std::path::{Path, PathBuf};

use sprag_report::bench::Bench;
use sprag_report::{
    Context, Replay, Report, Trouble, TroubleKind, badge, html, junit, markdown, sarif,
};

use super::outcome::Cases;
use super::{growing, is_stdout, read, refused, write};
use crate::arguments::DocumentArguments;
use crate::conduct::Conducted;
use crate::exit::Refusal;
use crate::subject::Subject;
use crate::worker::messages::Source;

/// What a report is written as.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Junit,
    Sarif,
    Markdown,
    Html,
    Badge,
}

/// The documents that were asked for.
pub(super) struct Documents<'a> {
    asked: Vec<(Form, &'a Path)>,
    /// What they tell of times.
    bench: Option<Bench>,
}

impl<'a> Documents<'a> {
    /// Looks at each path before any work is done.
    ///
    /// # Errors
    /// If one cannot be written, or two go to standard output; if the comparison of times cannot be read, or no document
    /// would tell it.
    pub(super) fn of(arguments: &'a DocumentArguments) -> Result<Self, Refusal> {
        let DocumentArguments { json, junit, sarif, markdown, html, badge, bench } = arguments;
        let asked = [
            (Form::Json, json),
            (Form::Junit, junit),
            (Form::Sarif, sarif),
            (Form::Markdown, markdown),
            (Form::Html, html),
            (Form::Badge, badge),
        ];
        let given = |(form, path): (Form, &'a Option<PathBuf>)| Some((form, path.as_deref()?));
        let asked: Vec<(Form, &Path)> = asked.into_iter().filter_map(given).collect();
        if asked.iter().filter(|(_, path)| is_stdout(path)).count() > 1 {
            return Err(Refusal::usage("only one document can go to standard output"));
        }
        for (_, path) in &asked {
            writable(path).map_err(|error| refused(path, &error.to_string()))?;
        }
        if bench.is_some() && html.is_none() && markdown.is_none() {
            return Err(Refusal::usage(
                "--bench is told in what --html or --markdown writes; name one",
            ));
        }
        let compared = |path: &PathBuf| {
            Bench::from_json(&read(path)?).map_err(|error| refused(path, &error.to_string()))
        };
        Ok(Self { asked, bench: bench.as_ref().map(compared).transpose()? })
    }

    /// Whether none was asked for.
    pub(super) const fn are_none(&self) -> bool {
        self.asked.is_empty()
    }

    /// Whether one of them goes to standard output.
    pub(super) fn take_to_stdout(&self) -> bool {
        self.asked.iter().any(|(_, path)| is_stdout(path))
    }

    /// Writes them all. `artifact` is the file that findings are laid to.
    pub(super) fn write(
        &self,
        report: &Report,
        artifact: &str,
        context: &Context,
    ) -> Result<(), Refusal> {
        let context = &Context { bench: self.bench.clone(), ..context.clone() };
        for (form, path) in &self.asked {
            let is_json = path.extension().is_some_and(|extension| extension == "json");
            let text = match form {
                Form::Json => report.to_json().map_err(fault),
                Form::Junit => junit::render(report, context).map_err(fault),
                Form::Sarif => sarif::render(report, artifact, context).map_err(fault),
                Form::Markdown => Ok(markdown::render(report, context, markdown::LIMIT)),
                Form::Html => Ok(html::render(report, context)),
                Form::Badge if is_json => {
                    badge::endpoint(report, badge::LABEL, context).map_err(fault)
                }
                Form::Badge => Ok(badge::svg(report, badge::LABEL, context)),
            };
            write(path, &text?)?;
        }
        Ok(())
    }
}

fn fault(error: impl std::error::Error) -> Refusal {
    Refusal::fault(error.to_string())
}

/// Whether a file can be written there, and a new one beside it. What is not there yet is not there afterwards either.
pub(super) fn writable(path: &Path) -> std::io::Result<()> {
    if is_stdout(path) {
        return Ok(());
    }
    opens(path)?;
    if path.exists() && !path.is_file() { Ok(()) } else { opens(&growing(path)) }
}

fn opens(path: &Path) -> std::io::Result<()> {
    let is_new = !path.exists();
    std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    if is_new { std::fs::remove_file(path) } else { Ok(()) }
}

/// What stands beside the report of a run.
pub(super) fn context(
    report: &Report,
    conducted: &[Conducted],
    cases: &Cases<'_>,
    strict: bool,
) -> Context {
    let replays = cases.commands(report).into_iter();
    let replays = replays.map(|(ratchet, game, command)| Replay { ratchet, game, command });
    let trouble = |one: &Conducted| {
        let of = |kind, words: &Option<String>| {
            let (ratchet, words) = (one.run.name.clone(), words.clone()?);
            Some(Trouble { ratchet, kind, words })
        };
        [of(TroubleKind::Harness, &one.fault), of(TroubleKind::Unpairable, &one.unpairable)]
    };
    let troubles = conducted.iter().flat_map(trouble).flatten().collect();
    Context { strict, replays: replays.collect(), troubles, bench: None }
}

/// The file that findings are laid to: the first of a program's command line that is one, else the ratchet's name.
pub(super) fn artifact(subjects: &[Subject]) -> String {
    fn file(source: &Source) -> Option<String> {
        match source {
            Source::Exec { line, .. } => {
                line.iter().rev().find(|word| Path::new(word).is_file()).cloned()
            }
            Source::Pair { initiator, responder } => file(initiator).or_else(|| file(responder)),
            Source::BuiltIn(_) => None,
        }
    }
    let name = || subjects.first().map(|subject| subject.name.clone());
    subjects.iter().find_map(|subject| file(&subject.source)).or_else(name).unwrap_or_default()
}
