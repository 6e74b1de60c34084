//! `sprag map`: who reads what, by the time of the theft.

use std::path::Path;

use sprag::map::{CONVERSATION, is_mappable};
use sprag::randomness::CaseSeed;
use sprag::schedule::{Case, Schedule};
use sprag_report::exposure::{self, Exposure, ExposureMap};
use sprag_report::inert;
use sprag_report::terminal::{WIDTH, wrap};

use super::documents::writable;
use super::{profile, put, read, refused};
use crate::arguments::MapArguments;
use crate::conduct::of_map;
use crate::console::Console;
use crate::crew::process::Stop;
use crate::crew::seat::{Described, Seat, Settings};
use crate::crew::{self, Mapped};
use crate::exit::{Exit, Refusal};
use crate::interrupt;
use crate::names;
use crate::subject::Subject;
use crate::worker::messages::Job;

/// What a map is drawn into, by the end of the file's name.
const FORMS: &[&str] = if cfg!(feature = "png") { &["svg", "png"] } else { &["svg"] };

/// Draws the maps of ratchets on one conversation.
pub(crate) fn map(arguments: &MapArguments) -> Result<Exit, Refusal> {
    let case = arguments.case.as_deref().map(case).transpose()?;
    let subjects = subjects(arguments, case.as_ref())?;
    let profile = profile(arguments.profile.as_deref())?;
    if let Some(path) = &arguments.output {
        if !FORMS.iter().any(|form| is_named(path, form)) {
            let forms = FORMS.join(" or .");
            let why = format!("a map is drawn into a file whose name ends in .{forms}");
            return Err(refused(path, &why));
        }
        writable(path).map_err(|error| refused(path, &error.to_string()))?;
    }
    interrupt::listen();
    let (seed, schedule) = match case {
        Some(case) => (case.seed, Some(case.schedule)),
        None => (of_map(arguments.seed), None),
    };
    let (mut maps, mut exits) = (Vec::new(), Vec::new());
    let mut errors = Console::stderr();
    for subject in subjects {
        let name = subject.name.clone();
        let mut settings = Settings {
            source: subject.source,
            profile: profile.clone(),
            randomness: None,
            limits: arguments.workers.limits(),
        };
        let missing = match map_of(&mut settings, seed, schedule.as_ref()) {
            Ok(Ok(map)) => {
                maps.push(*map);
                continue;
            }
            Ok(Err(why)) => (Exit::Unchecked, why),
            Err(Stop::Interrupted | Stop::Abandoned) => return Ok(Exit::Interrupted),
            Err(Stop::Fault(words)) => return Err(Refusal::fault(inert(&words))),
            Err(Stop::CannotPair(words)) => {
                (Exit::Unpairable, format!("no session could be opened: {words}"))
            }
            Err(Stop::Death(death)) => {
                (Exit::Unpairable, format!("no session could be opened: {}", death.detail()))
            }
        };
        let (exit, why) = missing;
        errors.line(&format!("{}: no map: {}", inert(&name), inert(&why)));
        exits.push(exit);
    }
    if interrupt::requested() {
        return Ok(Exit::Interrupted);
    }
    match &arguments.output {
        _ if maps.is_empty() => {}
        Some(path) => {
            put(path, drawn(path, &maps)?).map_err(|error| refused(path, &error.to_string()))?;
        }
        None => {
            let mut console = Console::stdout();
            if arguments.case.is_none() {
                let words = format!("The standard conversation: {CONVERSATION}.");
                console.line(&(wrap(&words, WIDTH).join("\n") + "\n"));
            }
            console.print(&exposure::blocks(&maps, true));
        }
    }
    let beyond = |map: &ExposureMap| map.count(Exposure::BeyondClaim) > 0;
    exits.extend(maps.iter().any(beyond).then_some(Exit::Failed));
    Ok(Exit::first(exits))
}

/// The maps in the form of the file's name.
fn drawn(path: &Path, maps: &[ExposureMap]) -> Result<Vec<u8>, Refusal> {
    #[cfg(feature = "png")]
    if is_named(path, "png") {
        let image = exposure::png_of_all(maps);
        return image.map_err(|error| refused(path, &error.to_string()));
    }
    let _ = path;
    Ok(exposure::svg_of_all(maps).into_bytes())
}

fn is_named(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|it| it.eq_ignore_ascii_case(extension))
}

/// A case that a map can be made of.
fn case(path: &Path) -> Result<Case, Refusal> {
    let case = Case::from_json(&read(path)?).map_err(|error| refused(path, &error.to_string()))?;
    if is_mappable(&case.schedule) {
        return Ok(case);
    }
    let why = "a map shows thefts in a conversation without crashes, and field `schedule` is none";
    Err(refused(path, why))
}

fn subjects(arguments: &MapArguments, case: Option<&Case>) -> Result<Vec<Subject>, Refusal> {
    let programs = arguments.exec.iter().map(|line| Subject::program("--exec", line));
    let programs = programs.collect::<Result<Vec<Subject>, Refusal>>()?;
    let named = match case {
        Some(case) if arguments.ratchets.is_empty() && programs.is_empty() => {
            names::ratchets(std::slice::from_ref(&case.ratchet))?
        }
        _ => names::ratchets(&arguments.ratchets)?,
    };
    Ok(named.into_iter().map(Subject::from).chain(programs).collect())
}

fn map_of(
    settings: &mut Settings,
    seed: CaseSeed,
    schedule: Option<&Schedule>,
) -> Result<Mapped, Stop> {
    let mut seat = Seat::new(settings.clone());
    let Described { name, profile, .. } = seat.describe()?;
    let probed = crew::probe(&mut seat)?;
    settings.randomness = Some(probed.randomness);
    settings.profile = probed.measured.or(Some(profile));
    drop(seat);
    let job = Job::Map { title: name, seed, schedule: schedule.cloned() };
    crew::map(&mut Seat::new(settings.clone()), &job)
}
