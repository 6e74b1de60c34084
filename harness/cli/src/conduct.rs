//! One ratchet, all games: rounds until time is up or the number of rounds is reached, then shrinking and conclusions.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sprag::games::Game;
use sprag::judge::ViolationKind;
use sprag::map::is_mappable;
use sprag::randomness::CaseSeed;
use sprag::run::{Failure, GameResult, Totals, conclude};
use sprag::{Profile, Verdict};
use sprag_report::{GameTime, Maps, RatchetRun, RatchetTime, Stderr, inert};

use crate::crew::process::Stop;
use crate::crew::seat::{Described, Seat, Settings, unexpected};
use crate::crew::{
    Brakes, CHUNK, ChunkResult, Crew, Done, ENOUGH_DEATHS, Probed, Shared, Skip, Task, probe,
};
use crate::interrupt;
use crate::plan::Plan;
use crate::subject::Subject;
use crate::worker::messages::{Job, Reply, Source};

/// What may pass, in parts of the time for the rounds, until the first round is broken off in the middle of a trial.
const GRACE: f64 = 1.15;

/// The part of the time for the rounds that exposure maps may take on top of it.
const FOR_MAPS: f64 = 0.25;

/// Seed of the standard conversation.
pub(crate) fn of_map(run: u64) -> CaseSeed {
    CaseSeed::of_trial(run, "exposure map", 0)
}

/// What became of one ratchet.
pub(crate) struct Conducted {
    /// For the report.
    pub run: RatchetRun,
    /// Its times.
    pub time: RatchetTime,
    /// Calls of `encrypt` and `decrypt`.
    pub calls: u64,
    /// Whether everything that was asked for was run.
    pub complete: bool,
    /// The ratchet's words if no session could be opened.
    pub unpairable: Option<String>,
    /// What is wrong with the harness.
    pub fault: Option<String>,
}

/// Runs the games of `plan` against a ratchet. `watch` sees now and then what it came to so far.
pub(crate) fn conduct(subject: &Subject, plan: &Plan, watch: Watch<'_>) -> Conducted {
    let started = Instant::now();
    let mut conducted = Conducted {
        run: RatchetRun {
            name: subject.name.clone(),
            version: String::new(),
            profile: None,
            profile_source: if plan.profile.is_some() { "file" } else { "declared" },
            capabilities: None,
            randomness: None,
            deviations: subject.deviations.clone(),
            rounds: 0,
            games: Vec::new(),
            maps: Maps::default(),
        },
        time: RatchetTime { name: subject.name.clone(), ..RatchetTime::default() },
        calls: 0,
        complete: true,
        unpairable: None,
        fault: None,
    };
    if let Err(stop) = conducted.all(subject, plan, watch) {
        let reason = conducted.stopped(stop);
        conducted.run.maps.standard = Err(reason.clone());
        conducted.run.games =
            plan.games.iter().map(|game| GameResult::not_run(*game, reason.clone())).collect();
    }
    if let Source::Pair { .. } = subject.source {
        // The other ratchet may never bring about what one is known for.
        conducted.run.games.iter_mut().for_each(|game| game.missing_deviations.clear());
    }
    conducted.time.seconds = started.elapsed().as_secs_f64();
    conducted
}

/// Sees what a ratchet came to so far.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(&Conducted);

/// How often what is not over is shown to those who watch.
const SHOWN_EVERY: Duration = Duration::from_secs(1);

/// Who is shown how far it is.
struct Onlookers<'o> {
    bar: &'o ProgressBar,
    watch: Watch<'o>,
    /// When `watch` was last called.
    shown: Instant,
}

/// What is known about one game while it is run.
#[derive(Clone, Default)]
struct Tally {
    /// Chunks by their first trial.
    chunks: BTreeMap<u64, ChunkResult>,
    /// Chunks of the round that are still to come.
    outstanding: usize,
    took: Duration,
    skipped: Option<Skip>,
    /// Why it is not run (any more).
    not_run: Option<String>,
    stderr: Vec<String>,
    totals: Totals,
    died: bool,
}

impl Conducted {
    fn stopped(&mut self, stop: Stop) -> String {
        self.complete = false;
        match stop {
            Stop::Fault(words) => {
                let reason = format!("a fault of the harness: {words}");
                self.fault = Some(words);
                reason
            }
            Stop::CannotPair(words) => {
                let reason = format!("no session could be opened: {words}");
                self.unpairable = Some(words);
                reason
            }
            Stop::Death(death) => {
                let words = death.detail();
                let reason = format!("no session could be opened: {words}");
                self.unpairable = Some(words);
                reason
            }
            Stop::Interrupted => "interrupted".to_owned(),
            Stop::Abandoned => "time".to_owned(),
        }
    }

    fn all(&mut self, subject: &Subject, plan: &Plan, watch: Watch<'_>) -> Result<(), Stop> {
        let mut settings = Settings {
            source: subject.source.clone(),
            profile: plan.profile.clone(),
            randomness: None,
            limits: plan.limits,
        };
        let mut seat = Seat::new(settings.clone());
        let Described { name, version, mut profile, measured, capabilities } = seat.describe()?;
        (self.run.name, self.run.version) = (inert(&name), inert(&version));
        self.time.name.clone_from(&self.run.name);
        (self.run.profile, self.run.capabilities) = (Some(profile.clone()), Some(capabilities));
        if measured {
            self.run.profile_source = "measured";
        }
        let Probed { randomness, measured, not_run } = probe(&mut seat)?;
        drop(seat);
        if let Some(measured) = measured {
            self.run.profile_source = "measured";
            self.run.profile = Some(measured.clone());
            settings.profile = Some(measured.clone());
            profile = measured;
        }
        settings.randomness = Some(randomness);
        self.run.randomness = Some(randomness);
        let tally = |game: &&'static dyn Game| Tally {
            not_run: not_run.get(game.about().id).cloned(),
            ..Tally::default()
        };
        let mut tallies: Vec<Tally> = plan.games.iter().map(tally).collect();
        let brakes = Brakes::new(plan.fail_fast);
        let queue = Mutex::new(None);
        let shared = Shared {
            games: &plan.games,
            profile: &profile,
            settings: &settings,
            seed: plan.seed,
            brakes: &brakes,
        };
        std::thread::scope(|scope| {
            let crew = Crew::start(scope, plan.workers, &queue, &shared);
            let bar = bar(&self.run.name);
            let onlookers = Onlookers { bar: &bar, watch, shown: Instant::now() };
            self.rounds(plan, &profile, &crew, &brakes, &mut tallies, onlookers)?;
            bar.set_message(format!("{}: shrinking", self.run.name));
            let results = self.conclude(plan, &profile, &crew, &mut tallies);
            let results = results.and_then(|results| {
                bar.set_message(format!("{}: exposure maps", self.run.name));
                self.draw_maps(plan, &crew, &results).map(|()| results)
            });
            bar.finish_and_clear();
            self.run.games = results?;
            self.say_what_would_fit(plan, &settings)
        })
    }

    /// Rounds, the first of all games first.
    fn rounds(
        &mut self,
        plan: &Plan,
        profile: &Profile,
        crew: &Crew<'_>,
        brakes: &Brakes,
        tallies: &mut [Tally],
        mut onlookers: Onlookers<'_>,
    ) -> Result<(), Stop> {
        let started = Instant::now();
        let deadline = plan.time.map(|time| started + time);
        // Only the first round may be broken off: what a later one does must not depend on time.
        brakes.set_deadline(deadline);
        let mut longest = Duration::ZERO;
        for round in 0..plan.rounds.unwrap_or(u64::MAX) {
            let round_started = Instant::now();
            let runs = |tally: &Tally| tally.not_run.is_none() && tally.totals.failure.is_none();
            let tasks = tasks(plan, profile, round, |game| runs(&tallies[game]));
            if tasks.is_empty() {
                // With a fixed number of rounds, nothing is left to do in the others.
                self.run.rounds = plan.rounds.unwrap_or(round);
                break;
            }
            let bar = onlookers.bar;
            bar.set_message(format!("{}: round {}", self.run.name, round + 1));
            bar.set_length(tasks.len() as u64);
            bar.set_position(0);
            for task in &tasks {
                if let Task::Chunk { game, .. } = task {
                    tallies[*game].outstanding += 1;
                }
            }
            let mut stopped = None;
            let give_up =
                plan.time.filter(|_| round == 0).map(|time| started + time.mul_f64(GRACE));
            crew.do_all(tasks, give_up, |done| {
                bar.inc(1);
                match done {
                    Done::Chunk { game, first, result, took } => {
                        tallies[game].took += took;
                        tallies[game].outstanding -= 1;
                        tallies[game].chunks.insert(first, *result);
                    }
                    Done::Skipped { game, why } => {
                        tallies[game].outstanding -= usize::from(why == Skip::Deaths);
                        tallies[game].skip(why);
                    }
                    Done::Stopped { game, stop: Stop::CannotPair(words) } => {
                        let reason = self.stopped(Stop::CannotPair(words));
                        tallies[game].not_run = Some(reason);
                    }
                    Done::Stopped { stop, .. } => stopped = Some(stop),
                    Done::Shrunk { .. } | Done::Mapped { .. } => {}
                }
                if onlookers.shown.elapsed() >= SHOWN_EVERY {
                    onlookers.shown = Instant::now();
                    self.run.games = self.so_far(plan, profile, tallies);
                    self.calls = self.run.games.iter().map(|game| game.steps).sum();
                    (onlookers.watch)(self);
                }
            });
            if let Some(stop) = stopped {
                return Err(stop);
            }
            let stopping = brakes.last_place();
            for (game, tally) in tallies.iter_mut().enumerate() {
                if tally.not_run.is_none() {
                    let before = round * plan.games[game].trials(profile);
                    tally.settle(|first| place(plan, round, game, first - before) <= stopping);
                }
            }
            if self.unfinished(tallies, round) {
                break;
            }
            self.run.rounds = round + 1;
            brakes.set_deadline(None);
            longest = longest.max(round_started.elapsed());
            if stopping < u64::MAX || deadline.is_some_and(|end| Instant::now() + longest > end) {
                break;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        self.time.rounds_per_second = self.run.rounds as f64 / seconds.max(f64::EPSILON);
        Ok(())
    }

    /// What the games came to that had a whole round, not shrunk.
    fn so_far(&self, plan: &Plan, profile: &Profile, tallies: &[Tally]) -> Vec<GameResult> {
        let result = |(game, tally): (&&'static dyn Game, &Tally)| {
            if let Some(reason) = &tally.not_run {
                return GameResult::not_run(*game, reason.clone());
            }
            let mut totals = tally.totals.clone();
            if tally.outstanding == 0 {
                let mut whole = tally.clone();
                whole.settle(|_| true);
                totals = whole.totals;
            } else if totals.trials == 0 {
                return GameResult::not_run(*game, "not over yet".to_owned());
            }
            conclude(*game, profile, &self.run.deviations, &totals)
        };
        plan.games.iter().zip(tallies).map(result).collect()
    }

    /// Whether the round was broken off; then says so of every game that it was broken off in.
    fn unfinished(&mut self, tallies: &mut [Tally], round: u64) -> bool {
        let mut unfinished = false;
        for tally in tallies.iter_mut() {
            tally.outstanding = 0;
            let reason = match tally.skipped.take() {
                None | Some(Skip::Deaths) => continue,
                Some(Skip::FailFast) => "--fail-fast: another game failed",
                Some(Skip::Interrupt) => "interrupted",
                Some(Skip::Time) => "time",
            };
            unfinished = true;
            self.complete = false;
            // A failure that was found stays one, and so does what earlier rounds showed.
            if round == 0 && tally.totals.failure.is_none() {
                tally.not_run = Some(reason.to_owned());
            }
        }
        unfinished
    }

    /// Shrinks what failed and draws conclusions.
    fn conclude(
        &mut self,
        plan: &Plan,
        profile: &Profile,
        crew: &Crew<'_>,
        tallies: &mut [Tally],
    ) -> Result<Vec<GameResult>, Stop> {
        let failures = tallies.iter().filter(|tally| tally.totals.failure.is_some()).count();
        let tasks = tallies.iter().enumerate().filter_map(|(game, tally)| {
            let failure = Box::new(tally.totals.failure.clone()?);
            Some(Task::Shrink { game, failure, failures })
        });
        let (mut shrunk, mut stopped) = (BTreeMap::<usize, Failure>::new(), None);
        crew.do_all(tasks.collect(), None, |done| match done {
            Done::Shrunk { game, failure } => {
                shrunk.insert(game, *failure);
            }
            Done::Stopped { stop, .. } => stopped = Some(stop),
            Done::Chunk { .. } | Done::Skipped { .. } | Done::Mapped { .. } => {}
        });
        if let Some(stop) = stopped {
            return Err(stop);
        }
        self.calls = 0;
        let mut results = Vec::new();
        for (index, (game, tally)) in plan.games.iter().zip(tallies).enumerate() {
            self.calls += tally.totals.steps;
            let id = game.about().id.to_owned();
            self.time.games.push(GameTime { id: id.clone(), seconds: tally.took.as_secs_f64() });
            if !tally.stderr.is_empty() {
                let lines = std::mem::take(&mut tally.stderr);
                self.time.stderr.push(Stderr { game: id, lines });
            }
            if let Some(reason) = tally.not_run.take() {
                results.push(GameResult::not_run(*game, reason));
                continue;
            }
            if let Some(small) = shrunk.remove(&index) {
                tally.totals.failure = Some(small);
            }
            let mut result = conclude(*game, profile, &self.run.deviations, &tally.totals);
            if tally.died {
                result.reason += ". The game was not run on after this";
            }
            results.push(result);
        }
        if interrupt::requested() {
            self.complete = false;
        }
        Ok(results)
    }

    /// The exposure maps of the standard conversation and of what failed. They take a part of the time for the rounds at
    /// most: who is too slow has none.
    fn draw_maps(
        &mut self,
        plan: &Plan,
        crew: &Crew<'_>,
        results: &[GameResult],
    ) -> Result<(), Stop> {
        if !plan.maps {
            return Ok(());
        }
        let name = &self.run.name;
        let standard =
            Task::Map { game: None, title: name.clone(), seed: of_map(plan.seed), schedule: None };
        let of_failure = |(game, result): (usize, &GameResult)| {
            let Failure { seed, schedule, .. } = result.failure.as_ref()?;
            let title = format!("{name}, {}", result.id);
            let schedule = Some(schedule.clone()).filter(is_mappable)?;
            Some(Task::Map { game: Some(game), title, seed: *seed, schedule: Some(schedule) })
        };
        let failures = results.iter().enumerate().filter_map(of_failure);
        let tasks = std::iter::once(standard).chain(failures).collect();
        let give_up = plan.time.map(|time| Instant::now() + time.mul_f64(FOR_MAPS));
        let (maps, mut stopped) = (&mut self.run.maps, None);
        crew.do_all(tasks, give_up, |done| match done {
            Done::Mapped { game: None, mapped } => maps.standard = mapped.map(|map| *map),
            Done::Mapped { game: Some(game), mapped: Ok(map) } => {
                maps.games.insert(results[game].id, *map);
            }
            Done::Stopped { stop, .. } => stopped = Some(stop),
            _ => {}
        });
        stopped.map_or(Ok(()), Err)
    }

    /// Names the parameter values that would describe the ratchet, where its profile does not.
    fn say_what_would_fit(&mut self, plan: &Plan, settings: &Settings) -> Result<(), Stop> {
        for result in &mut self.run.games {
            let failure = result.failure.as_ref();
            if failure.is_none_or(|failure| failure.kind != ViolationKind::ProfileMismatch) {
                continue;
            }
            let job = Job::Fit { game: result.id.to_owned(), seed: plan.seed };
            match Seat::new(settings.clone()).ask(&job, |_| {}) {
                Ok(Reply::Fits(words)) => result.reason += &words,
                Ok(other) => return Err(unexpected(&other)),
                Err(Stop::Fault(words)) => return Err(Stop::Fault(words)),
                // Other profiles lead it to where it dies; the failure stands without a proposal.
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Whether any game failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.run.games.iter().any(|game| game.verdict == Verdict::Fail)
    }
}

impl Tally {
    fn skip(&mut self, why: Skip) {
        // Time and interrupts are what a reader has to know of.
        if self.skipped.is_none() || why != Skip::Deaths {
            self.skipped = Some(why);
        }
    }

    /// Merges the chunks of a round by index; `counts` says whether the one that begins with a trial does.
    fn settle(&mut self, counts: impl Fn(u64) -> bool) {
        let mut chunks = std::mem::take(&mut self.chunks);
        let all = chunks.len();
        chunks.retain(|&first, _| counts(first));
        if chunks.len() < all {
            self.skip(Skip::FailFast);
        }
        let mut deaths = 0;
        for chunk in chunks.into_values() {
            self.totals.merge(chunk.totals);
            if self.stderr.is_empty() {
                self.stderr = chunk.stderr;
            }
            deaths += chunk.deaths;
            if deaths >= ENOUGH_DEATHS {
                self.died = true;
                break;
            }
        }
    }
}

/// One trial of every game, then the rest of them game by game: a slow game hides nothing that another shows at once,
/// and when time is up the games that were begun first are whole.
fn tasks(plan: &Plan, profile: &Profile, round: u64, runs: impl Fn(usize) -> bool) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (game, played) in plan.games.iter().enumerate().filter(|&(game, _)| runs(game)) {
        let trials = played.trials(profile);
        let rest =
            (1..trials).step_by(CHUNK as usize).map(|first| (first, CHUNK.min(trials - first)));
        for (start, count) in (trials > 0).then_some((0, 1)).into_iter().chain(rest) {
            let (first, place) = (round * trials + start, place(plan, round, game, start));
            tasks.push((place, Task::Chunk { game, first, count, place }));
        }
    }
    tasks.sort_by_key(|(place, _)| *place);
    tasks.into_iter().map(|(_, task)| task).collect()
}

/// Place in the run of a chunk that begins with trial `start` of a round.
fn place(plan: &Plan, round: u64, game: usize, start: u64) -> u64 {
    let part = match (plan.games[game].comes_first(), start) {
        (true, _) => 0,
        (false, 0) => 1,
        (false, _) => 2,
    };
    (3 * round + part) * plan.games.len() as u64 + game as u64
}

/// A bar on standard error, invisible unless that is a terminal.
pub(crate) fn bar(name: &str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}
