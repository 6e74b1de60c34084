//! `sprag replay`: a stored case, step by step.

use sprag::engine::RandomnessLevel;
use sprag::games::Game;
use sprag::randomness::CaseSeed;
use sprag::schedule::{ActionId, Case, Schedule};
use sprag_report::inert;
use sprag_report::terminal::{WIDTH, heading, paint, wrap};

use super::{from_fuzz, profile, read, refused};
use crate::arguments::ReplayArguments;
use crate::console::Console;
use crate::crew::judge;
use crate::crew::process::Stop;
use crate::crew::seat::{Seat, Settings, unexpected};
use crate::exit::{Exit, Refusal};
use crate::interrupt;
use crate::names;
use crate::subject::Subject;
use crate::worker::messages::{Job, Reply};

/// Repeats a case; it exits 1 if the game still fails.
pub(crate) fn replay(arguments: &ReplayArguments) -> Result<Exit, Refusal> {
    let mut console = Console::stdout();
    let (path, case, crash) = match (&arguments.case, &arguments.from_fuzz) {
        (Some(path), _) => {
            let case = Case::from_json(&read(path)?);
            (path, case.map_err(|error| refused(path, &error.to_string()))?, None)
        }
        (None, Some(path)) => {
            let crash = from_fuzz::case(path, arguments, &mut console)?;
            (path, crash.case, Some((crash.games, crash.is_damaged)))
        }
        (None, None) => return Err(Refusal::usage("no case is named")),
    };
    let at_field = |refusal: Refusal, field: &str| {
        let path = inert(&path.to_string_lossy());
        Refusal { words: format!("{path}: field `{field}`: {}", refusal.words), ..refusal }
    };
    let subject = match (&arguments.exec, &arguments.pair) {
        (Some(line), _) => {
            let program = Subject::program("--exec", line)?;
            match &arguments.known_as {
                Some(name) => program.known_as(name)?,
                None => program,
            }
        }
        (None, Some(pair)) => Subject::pair(pair)?,
        (None, None) => {
            let entries = names::ratchets(std::slice::from_ref(&case.ratchet));
            let entries = entries.map_err(|refusal| at_field(refusal, "ratchet"))?;
            let [entry] = entries.as_slice() else {
                return Err(at_field(Refusal::usage("names more than one ratchet"), "ratchet"));
            };
            Subject::from(*entry)
        }
    };
    let game = names::game(&case.game).map_err(|refusal| at_field(refusal, "game"))?;
    let mut settings = Settings {
        source: subject.source,
        profile: profile(arguments.profile.as_deref())?,
        randomness: None,
        limits: arguments.workers.limits(),
    };
    interrupt::listen();
    console.line(&format!("{} on {}", heading(game.about().id), inert(&case.ratchet)));
    if !case.found.is_empty() {
        say(&mut console, "found: ", &case.found);
    }
    let (games, is_damaged) = crash.unwrap_or_else(|| (std::slice::from_ref(&game), false));
    let exit = repeat(&case, games, &mut settings, &mut console).or_else(ended)?;
    if is_damaged && exit == Exit::Fine {
        console.line("the damage to the export was not played: run the target with this file");
        return Ok(Exit::Unchecked);
    }
    Ok(exit)
}

/// What a command that has one ratchet comes to when it is stopped.
pub(super) fn ended(stop: Stop) -> Result<Exit, Refusal> {
    let unpairable = |words: String| {
        let words = format!("no session could be opened: {words}");
        Err(Refusal { exit: Exit::Unpairable, words })
    };
    match stop {
        Stop::Interrupted | Stop::Abandoned => Ok(Exit::Interrupted),
        Stop::Fault(words) => Err(Refusal::fault(inert(&words))),
        Stop::CannotPair(words) => unpairable(inert(&words)),
        Stop::Death(death) => unpairable(death.detail()),
    }
}

fn repeat(
    case: &Case,
    games: &[&'static dyn Game],
    settings: &mut Settings,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let mut seat = Seat::new(settings.clone());
    settings.randomness = match seat.ask(&Job::Probe, |_| {}) {
        Ok(Reply::Probed { randomness, measured, .. }) => {
            settings.profile =
                measured.map(|measured| *measured).or_else(|| settings.profile.take());
            Some(randomness)
        }
        // What it dies of is what the case may be about.
        Err(Stop::Death(_)) => Some(RandomnessLevel::None),
        Ok(other) => return Err(unexpected(&other)),
        Err(stop) => return Err(stop),
    };
    let mut seat = Seat::new(settings.clone());
    tell(case.seed, &case.schedule, &mut seat, console)?;
    console.print("\n");
    for game in games {
        if let Some(failure) = judge(&mut seat, *game, case.seed, &case.schedule, true)? {
            let words = format!("{}. {}", failure.kind, failure.detail);
            say(console, &format!("{}: ", paint(sprag::Verdict::Fail, "fail")), &words);
            return Ok(Exit::Failed);
        }
        let pass = paint(sprag::Verdict::Pass, "no failure");
        console.line(&format!("{pass}: {} finds nothing in this case", game.about().id));
    }
    Ok(Exit::Fine)
}

/// Executes a schedule and tells each action with what it made happen.
pub(super) fn tell(
    seed: CaseSeed,
    schedule: &Schedule,
    seat: &mut Seat,
    console: &mut Console,
) -> Result<(), Stop> {
    /// Events of one action that are told.
    const TOLD: usize = 8;
    let mut reached = None;
    let job = Job::Tell { seed, schedule: schedule.clone() };
    let told = seat.ask(&job, |reply| {
        if let Reply::Call(action, _) = reply {
            reached = Some(*action);
        }
    });
    let (events, death) = match told {
        Ok(Reply::Told(events)) => (events, None),
        Err(Stop::Death(death)) => (Vec::new(), Some(death)),
        Ok(other) => return Err(unexpected(&other)),
        Err(stop) => return Err(stop),
    };
    let of = |action: ActionId| {
        let words: Vec<&str> = events
            .iter()
            .filter(|(of, _)| *of == action)
            .map(|(_, words)| words.as_str())
            .collect();
        words
    };
    for words in of(ActionId::PAIRING) {
        say(console, "        ", words);
    }
    for step in &schedule.steps {
        say(console, "", step.to_string().trim_end());
        let words = of(step.id);
        for words in words.iter().take(TOLD) {
            say(console, "        ", words);
        }
        if words.len() > TOLD {
            console.line(&format!("        … and {} more", words.len() - TOLD));
        }
        if let Some(death) = death.as_ref().filter(|_| reached == Some(step.id)) {
            say(
                console,
                "        ",
                &format!("here the ratchet ends its process: {}", death.words),
            );
            break;
        }
    }
    if let Some(death) = death {
        for line in &death.stderr {
            say(console, "        ", &format!("it wrote: {line}"));
        }
    }
    Ok(())
}

/// One paragraph, its later lines indented. The text may be a ratchet's.
fn say(console: &mut Console, head: &str, text: &str) {
    let text = inert(text);
    let indent = text.len() - text.trim_start().len();
    let lines = wrap(&text, WIDTH - 12);
    let first = format!("{head}{}", " ".repeat(indent));
    console.line(&format!("{first}{}", lines.join("\n          ")));
}
