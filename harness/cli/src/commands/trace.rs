//! `sprag trace`: what goes over the line between the harness and a program.

use std::sync::{Arc, Mutex, PoisonError};

use sprag::engine::{Arena, Progress, RandomnessLevel, execute};
use sprag::randomness::CaseSeed;
use sprag::run::catching;
use sprag::schedule::{Case, Schedule};
use sprag_process::{Observer, ProcessRatchet, Way};
use sprag_report::terminal::heading;
use sprag_report::{inert, inert_lines};

use super::{read, refused};
use crate::arguments::TraceArguments;
use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::subject::Subject;
use crate::worker::messages::Source;
use crate::worker::program::{launch, of_program, why};

/// Characters of a string that are shown unless all are asked for.
const SHOWN: usize = 48;

/// Lines of its standard error that are shown.
const SHOWN_LINES: usize = 12;

/// Shows the traffic of a short conversation, or of a case.
pub(crate) fn trace(arguments: &TraceArguments) -> Result<Exit, Refusal> {
    let Source::Exec { line, .. } = Subject::program("--exec", &arguments.exec)?.source else {
        return Err(Refusal::usage("only a program has traffic"));
    };
    let (seed, schedule) = conversation(arguments)?;
    let limits = arguments.workers.limits();
    let console = Arc::new(Mutex::new(Console::stdout()));
    let shown = if arguments.full { usize::MAX } else { SHOWN };
    let mut launch = launch(&line, limits).map_err(|error| Refusal::fault(error.to_string()))?;
    let prints = Arc::clone(&console);
    launch.observer = Some(Observer::new(move |way, line| {
        let arrow = if way == Way::To { "->" } else { "<-" };
        say(&prints, &format!("{} {}", heading(arrow), shortened(line, shown)));
    }));
    let profile = super::profile(arguments.profile.as_deref())?;
    let prints = Arc::clone(&console);
    let on_death = move |death: &sprag_process::Death| {
        say(&prints, &format!("here the program ends: {}", inert(&death.words)));
        for line in inert_lines(&death.stderr, SHOWN_LINES) {
            say(&prints, &format!("it wrote: {line}"));
        }
    };
    let ratchet = ProcessRatchet::start(launch, of_program(limits), profile, on_death);
    let ratchet =
        ratchet.map_err(|error| Refusal { exit: Exit::Unpairable, words: inert(&why(&error)) })?;
    // A panic is the end of the conversation, and was told.
    std::panic::set_hook(Box::new(|_| {}));
    let done = catching(|| {
        let (profile, progress) = (sprag::DynRatchet::profile(&ratchet), Progress::new());
        let arena = Arena::new(&ratchet, &profile, RandomnessLevel::None, &[], &progress);
        execute(&arena.seeded(seed), &schedule).map(drop)
    });
    for line in inert_lines(&ratchet.stderr(), SHOWN_LINES) {
        say(&console, &format!("it wrote: {line}"));
    }
    match done {
        Ok(Ok(())) => Ok(Exit::Fine),
        Ok(Err(rejection)) => {
            let words = format!("no session could be opened: {}", inert(&rejection.to_string()));
            Err(Refusal { exit: Exit::Unpairable, words })
        }
        Err(_) => Ok(Exit::Failed),
    }
}

fn conversation(arguments: &TraceArguments) -> Result<(CaseSeed, Schedule), Refusal> {
    if let Some(path) = &arguments.case {
        let case =
            Case::from_json(&read(path)?).map_err(|error| refused(path, &error.to_string()))?;
        return Ok((case.seed, case.schedule));
    }
    let schedule = super::probe::conversation().map_err(Refusal::fault)?;
    Ok((CaseSeed::of_trial(1, "trace", 0), schedule))
}

fn say(console: &Mutex<Console>, line: &str) {
    console.lock().unwrap_or_else(PoisonError::into_inner).line(line);
}

/// A line with its long strings cut. What is no JSON is cut as a whole.
fn shortened(line: &[u8], shown: usize) -> String {
    let text = match serde_json::from_slice(line) {
        Ok(mut value) => {
            cut_strings(&mut value, shown);
            value.to_string()
        }
        Err(_) => cut(&String::from_utf8_lossy(line), shown.saturating_mul(4)),
    };
    inert(&text)
}

fn cut_strings(value: &mut serde_json::Value, shown: usize) {
    match value {
        serde_json::Value::String(text) => *text = cut(text, shown),
        serde_json::Value::Array(all) => all.iter_mut().for_each(|one| cut_strings(one, shown)),
        serde_json::Value::Object(all) => all.values_mut().for_each(|one| cut_strings(one, shown)),
        _ => {}
    }
}

fn cut(text: &str, shown: usize) -> String {
    let length = text.chars().count();
    if length <= shown.saturating_add(16) {
        return text.to_owned();
    }
    let start: String = text.chars().take(shown).collect();
    format!("{start}… ({length} characters)")
}
