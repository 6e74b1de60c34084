//! The workers of one ratchet: threads of the command, each with a worker process of its own.

mod chunk;
mod mapping;
mod probe;
pub(crate) mod process;
pub(crate) mod seat;
mod shrinking;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use sprag::Profile;
use sprag::games::Game;
use sprag::randomness::CaseSeed;
use sprag::run::Failure;
use sprag::schedule::Schedule;

pub(crate) use chunk::{CHUNK, ChunkResult, ENOUGH_DEATHS, GameInRun};
pub(crate) use mapping::{Mapped, map};
pub(crate) use probe::{Probed, probe};
use process::Stop;
use seat::{Seat, Settings};
pub(crate) use shrinking::{judge, shrink};

use crate::interrupt;
use crate::worker::messages::Job;

/// Something for a worker to do.
pub(crate) enum Task {
    /// Some trials of a game.
    Chunk {
        /// Index of the game.
        game: usize,
        /// The first trial, which also names the chunk.
        first: u64,
        /// How many.
        count: u64,
        /// Place in the run: (round, part of the round, game). Work behind a stopping place does not count.
        place: u64,
    },
    /// A failure to be made small.
    Shrink {
        /// Index of the game.
        game: usize,
        /// The failure.
        failure: Box<Failure>,
        /// How many the ratchet has.
        failures: usize,
    },
    /// An exposure map.
    Map {
        /// Index of the game whose failure it shows; without one, the map of the standard conversation.
        game: Option<usize>,
        /// What it is a map of.
        title: String,
        /// Seed of the case.
        seed: CaseSeed,
        /// The schedule of the failure.
        schedule: Option<Schedule>,
    },
}

/// What became of a task.
pub(crate) enum Done {
    /// A chunk was run.
    Chunk {
        /// Index of the game.
        game: usize,
        /// The chunk's first trial.
        first: u64,
        /// What it came to.
        result: Box<ChunkResult>,
        /// How long it took.
        took: Duration,
    },
    /// A chunk was not run to its end.
    Skipped {
        /// Index of the game.
        game: usize,
        /// Why not.
        why: Skip,
    },
    /// A failure is as small as it gets.
    Shrunk {
        /// Index of the game.
        game: usize,
        /// The failure.
        failure: Box<Failure>,
    },
    /// A map was made, or not.
    Mapped {
        /// Index of the game.
        game: Option<usize>,
        /// The map, or why there is none.
        mapped: Mapped,
    },
    /// The task could not be done.
    Stopped {
        /// Index of the game.
        game: usize,
        /// Why not.
        stop: Stop,
    },
}

/// Why a chunk was not run to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Skip {
    /// The game's workers died too often.
    Deaths,
    /// A game before it failed, and the first failure ends the run.
    FailFast,
    /// Ctrl-C.
    Interrupt,
    /// Time is up.
    Time,
}

/// What may keep a chunk from being begun. Except for time and interrupts, which are reported, none of it depends on
/// the number of workers: it only spares work that would not count.
#[derive(Default)]
pub(crate) struct Brakes {
    deadline: Mutex<Option<Instant>>,
    /// Work at places beyond this one is not begun.
    last_place: AtomicU64,
    /// Deaths by game and chunk.
    deaths: Mutex<BTreeMap<(usize, u64), u32>>,
    fail_fast: bool,
}

impl Brakes {
    pub(crate) fn new(fail_fast: bool) -> Self {
        Self { fail_fast, last_place: AtomicU64::new(u64::MAX), ..Self::default() }
    }

    /// After `deadline` no chunk is begun.
    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }

    /// The place behind which nothing counts.
    pub(crate) fn last_place(&self) -> u64 {
        self.last_place.load(Ordering::SeqCst)
    }

    fn skip(&self, game: usize, first: u64, place: u64) -> Option<Skip> {
        if interrupt::requested() {
            return Some(Skip::Interrupt);
        }
        if place > self.last_place() {
            return Some(Skip::FailFast);
        }
        let deadline = *self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Some(Skip::Time);
        }
        let deaths = self.deaths.lock().unwrap_or_else(PoisonError::into_inner);
        let before: u32 = deaths.range((game, 0)..(game, first)).map(|(_, deaths)| deaths).sum();
        (before >= ENOUGH_DEATHS).then_some(Skip::Deaths)
    }

    fn note(&self, game: usize, first: u64, place: u64, result: &ChunkResult) {
        if result.deaths > 0 {
            let mut deaths = self.deaths.lock().unwrap_or_else(PoisonError::into_inner);
            deaths.insert((game, first), result.deaths);
        }
        if self.fail_fast && result.totals.failure.is_some() {
            self.last_place.fetch_min(place, Ordering::SeqCst);
            interrupt::abandon(self.last_place() + 1);
        }
    }
}

/// What every thread of a crew looks at.
pub(crate) struct Shared<'s> {
    pub games: &'s [&'static dyn Game],
    pub profile: &'s Profile,
    pub settings: &'s Settings,
    pub seed: u64,
    pub brakes: &'s Brakes,
}

/// Threads at work. They live until the crew is dropped, since a worker process dies with the thread that started it.
pub(crate) struct Crew<'scope> {
    tasks: Option<Sender<Task>>,
    done: Receiver<Done>,
    _threads: Vec<ScopedJoinHandle<'scope, ()>>,
}

impl<'scope> Crew<'scope> {
    pub(crate) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        workers: usize,
        queue: &'scope Mutex<Option<Receiver<Task>>>,
        shared: &'scope Shared<'scope>,
    ) -> Self {
        let (tasks, waiting) = channel();
        *queue.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
        let (report, done) = channel();
        let thread = |number| {
            let report = report.clone();
            scope.spawn(move || {
                let mut seat = Seat::numbered(number, shared.settings.clone());
                let next = || {
                    let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                    queue.as_ref()?.recv().ok()
                };
                while let Some(task) = next() {
                    if report.send(shared.work(&mut seat, task)).is_err() {
                        break;
                    }
                }
            })
        };
        let threads = (0..workers.max(1)).map(thread).collect();
        Self { tasks: Some(tasks), done, _threads: threads }
    }

    /// Has all tasks done, and shows each result as it comes. What is still at work at `give_up` is abandoned.
    pub(crate) fn do_all(
        &self,
        tasks: Vec<Task>,
        mut give_up: Option<Instant>,
        mut each: impl FnMut(Done),
    ) {
        let Some(sender) = &self.tasks else { return };
        let mut waiting = tasks.len();
        for task in tasks {
            // The threads live as long as this sender.
            let _ = sender.send(task);
        }
        while waiting > 0 {
            let left = give_up.map(|until| until.saturating_duration_since(Instant::now()));
            let done = match left {
                Some(left) => self.done.recv_timeout(left),
                None => self.done.recv().map_err(RecvTimeoutError::from),
            };
            match done {
                Ok(done) => {
                    each(done);
                    waiting -= 1;
                }
                Err(RecvTimeoutError::Timeout) => {
                    give_up = None;
                    interrupt::abandon(0);
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

impl Shared<'_> {
    fn work(&self, seat: &mut Seat, task: Task) -> Done {
        match task {
            Task::Chunk { game, first, count, place } => {
                if let Some(why) = self.brakes.skip(game, first, place) {
                    return Done::Skipped { game, why };
                }
                let started = Instant::now();
                seat.at(Some(place));
                let run =
                    GameInRun { game: self.games[game], profile: self.profile, seed: self.seed };
                let ran = chunk::run_chunk(seat, run, first, count);
                seat.at(None);
                match ran {
                    Ok(result) => {
                        self.brakes.note(game, first, place, &result);
                        let result = Box::new(result);
                        Done::Chunk { game, first, result, took: started.elapsed() }
                    }
                    Err(Stop::Interrupted) => Done::Skipped { game, why: Skip::Interrupt },
                    Err(Stop::Abandoned) if place > self.brakes.last_place() => {
                        Done::Skipped { game, why: Skip::FailFast }
                    }
                    Err(Stop::Abandoned) => Done::Skipped { game, why: Skip::Time },
                    Err(stop) => Done::Stopped { game, stop },
                }
            }
            Task::Map { game, title, seed, schedule } => {
                if interrupt::requested() {
                    return Done::Mapped { game, mapped: Err("interrupted".to_owned()) };
                }
                // What a run can do without may be abandoned.
                seat.at(Some(0));
                let mapped = map(seat, &Job::Map { title, seed, schedule });
                seat.at(None);
                match mapped {
                    Ok(mapped) => Done::Mapped { game, mapped },
                    Err(stop) => Done::Stopped { game: game.unwrap_or_default(), stop },
                }
            }
            Task::Shrink { game, failure, failures } => {
                if interrupt::requested() {
                    return Done::Shrunk { game, failure };
                }
                match shrink(seat, self.settings, self.games[game], *failure.clone(), failures) {
                    Ok(small) => Done::Shrunk { game, failure: Box::new(small) },
                    Err(Stop::Interrupted | Stop::Abandoned) => Done::Shrunk { game, failure },
                    Err(stop) => Done::Stopped { game, stop },
                }
            }
        }
    }
}
