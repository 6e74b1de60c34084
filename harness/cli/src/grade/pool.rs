//! Threads that work tasks off, each with a worker process of its own for the ratchet it is at.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use sprag::Verdict;
use sprag::games::{Game, naive};
use sprag::run::Failure;

use super::cell::{self, Cell};
use super::score::kills;
use super::{GradePlan, Probe, Subject};
use crate::conduct::bar;
use crate::crew::process::Stop;
use crate::crew::seat::{Seat, Settings};
use crate::crew::{Probed, probe, shrink};
use crate::interrupt;
use crate::registry::Entry;
use crate::worker::messages::{Limits, Source, Until};

/// Something to do with one ratchet.
pub(super) struct Task {
    /// The ratchet.
    pub subject: usize,
    /// What to do.
    pub work: Work,
}

/// What to do with a ratchet.
pub(super) enum Work {
    /// Find out what it is.
    Probe,
    /// Run games.
    Play(Play),
    /// Make a failure small.
    Shrink {
        /// Place of the game.
        game: usize,
        /// The failure.
        failure: Failure,
    },
}

/// Games to run.
pub(super) struct Play {
    /// Index of the seed.
    pub seed: usize,
    /// Places of the games in the list.
    pub games: Vec<usize>,
    /// Behind the first game that kills, run the expected one alone.
    pub first_kill: bool,
}

/// What became of a task.
pub(super) enum Outcome {
    /// It is known what the ratchet is.
    Probed(Box<Probe>),
    /// No session could be opened; the ratchet's words.
    Unpairable(String),
    /// Games were run: the seed, and what each came to.
    Played(usize, Vec<(usize, Cell)>),
    /// A failure is as small as it gets: how many actions.
    Shrunk(usize),
    /// The harness is at fault.
    Fault(String),
    /// Ctrl-C.
    Interrupted,
}

/// Works all tasks off; the outcomes stand in their order. `on_honest` says what a game came to on the correct
/// ratchet behind a mutant.
pub(super) fn run(
    plan: &GradePlan,
    players: &[&'static dyn Game],
    subjects: &[Subject],
    on_honest: impl Fn(&Subject, usize) -> Option<Verdict> + Sync,
    what: &str,
    tasks: &[Task],
) -> Vec<Outcome> {
    let bar = bar(what);
    bar.set_length(tasks.len() as u64);
    let next = AtomicUsize::new(0);
    let (report, done) = channel();
    let mut outcomes = BTreeMap::new();
    std::thread::scope(|scope| {
        for _ in 0..plan.workers.clamp(1, tasks.len().max(1)) {
            let (report, next, on_honest) = (report.clone(), &next, &on_honest);
            scope.spawn(move || {
                let mut bench = Bench { plan, players, seat: None };
                while let index = next.fetch_add(1, Ordering::SeqCst)
                    && let Some(task) = tasks.get(index)
                {
                    let subject = &subjects[task.subject];
                    let outcome = bench.work(task, subject, |game| on_honest(subject, game));
                    if report.send((index, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(report);
        for (index, outcome) in done.iter().take(tasks.len()) {
            bar.set_message(format!("{what}: {}", subjects[tasks[index].subject].entry.name));
            bar.inc(1);
            outcomes.insert(index, outcome);
        }
    });
    bar.finish_and_clear();
    outcomes.into_values().collect()
}

/// A thread's place, with the worker of the ratchet that it was at last.
struct Bench<'p> {
    plan: &'p GradePlan,
    players: &'p [&'static dyn Game],
    seat: Option<(usize, Seat)>,
}

impl Bench<'_> {
    fn work(
        &mut self,
        task: &Task,
        subject: &Subject,
        on_honest: impl Fn(usize) -> Option<Verdict>,
    ) -> Outcome {
        if interrupt::requested() {
            return Outcome::Interrupted;
        }
        let done = match (&task.work, &subject.probe) {
            (Work::Probe, _) => find_out(subject.entry, self.plan.limits),
            (Work::Play(play), Some(probe)) => {
                self.play(task.subject, subject.entry, probe, play, on_honest)
            }
            (Work::Shrink { game, failure }, Some(probe)) => {
                let game = self.players[*game];
                let seat = self.seat(task.subject, probe);
                let small = shrink(seat, &probe.settings, game, failure.clone(), 1);
                small.map(|small| Outcome::Shrunk(small.schedule.steps.len()))
            }
            (_, None) => Err(Stop::Fault("a ratchet was not probed".to_owned())),
        };
        done.unwrap_or_else(|stop| match stop {
            Stop::Fault(words) => Outcome::Fault(words),
            Stop::CannotPair(words) => Outcome::Unpairable(words),
            Stop::Death(death) => Outcome::Unpairable(death.kind.to_string()),
            Stop::Interrupted | Stop::Abandoned => Outcome::Interrupted,
        })
    }

    fn seat(&mut self, subject: usize, probe: &Probe) -> &mut Seat {
        let seat = self.seat.take().filter(|(at, _)| *at == subject);
        let fresh = || (subject, Seat::new(probe.settings.clone()));
        &mut self.seat.insert(seat.unwrap_or_else(fresh)).1
    }

    fn play(
        &mut self,
        at: usize,
        entry: &Entry,
        probe: &Probe,
        play: &Play,
        on_honest: impl Fn(usize) -> Option<Verdict>,
    ) -> Result<Outcome, Stop> {
        let expected = self.plan.expected(entry);
        let seed = self.plan.seed.wrapping_add(play.seed as u64);
        let mut cells = Vec::new();
        let mut killed = false;
        for &place in &play.games {
            if play.first_kill && killed && Some(place) != expected {
                continue;
            }
            let game = self.players[place];
            let id = game.about().id;
            let cell = match probe.not_run.get(id) {
                Some(reason) => Cell::not_run(reason.clone()),
                None => {
                    let seat = self.seat(at, probe);
                    cell::play(seat, game, &probe.profile, seed, until(entry, id))?
                }
            };
            killed |= kills(entry, id, cell.verdict, on_honest(place));
            cells.push((place, cell));
        }
        Ok(Outcome::Played(play.seed, cells))
    }
}

/// How soon a game has said enough.
fn until(entry: &Entry, game: &str) -> Until {
    let weak_is_enough =
        entry.mutant.is_some_and(|mutant| mutant.weak) || naive::find(game).is_some();
    if weak_is_enough { Until::Weakness } else { Until::Failure }
}

/// Finds out what a ratchet is, as `check` does.
fn find_out(entry: &Entry, limits: Limits) -> Result<Outcome, Stop> {
    let source = Source::BuiltIn(entry.name.clone());
    let mut settings = Settings { source, profile: None, randomness: None, limits };
    let mut seat = Seat::new(settings.clone());
    let mut profile = seat.describe()?.profile;
    let Probed { randomness, measured, not_run } = probe(&mut seat)?;
    settings.randomness = Some(randomness);
    if let Some(measured) = measured {
        settings.profile = Some(measured.clone());
        profile = measured;
    }
    Ok(Outcome::Probed(Box::new(Probe { settings, profile, not_run })))
}
