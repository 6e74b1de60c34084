//! A worker process: it holds engine and ratchet, and only results leave it.

mod announcing;
pub(crate) mod messages;
pub(crate) mod program;
mod replies;
mod watchdog;

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::ops::Range;

use sprag::engine::{Arena, Progress, RandomnessLevel, detect_randomness, execute, narrate};
use sprag::games::{self, GAMES, Game, naive};
use sprag::map::{standard_conversation, theft_map};
use sprag::randomness::CaseSeed;
use sprag::run::{
    self, NOT_COPIED, Totals, catching, describe_fits, fitting_profiles, judge_case, run_trial,
    why_not, with_known_limits,
};
use sprag::schedule::Schedule;
use sprag::{Deviation, DynRatchet, Profile, TwoRatchets};
use sprag_report::exposure::{ExposureMap, Naming};

use crate::platform;
use crate::registry;
use crate::subject::of_both;
use announcing::Announcing;
use messages::{Job, Limits, Reply, Source, Until};
use replies::Replies;
use watchdog::Busy;

/// Exit status of a worker whose command is gone.
const COMMAND_GONE: i32 = 3;

/// Exit status of a worker that its watchdog ended.
const GAVE_UP: i32 = 4;

static PROGRESS: Progress = Progress::new();

/// Works on jobs from standard input until there are no more.
///
/// # Errors
/// If standard input or output cannot be used.
pub(crate) fn work() -> std::io::Result<()> {
    let replies: &'static Replies = Box::leak(Box::new(Replies::new(platform::take_stdout()?)));
    // A panic becomes a verdict; its text reaches the command in words.
    std::panic::set_hook(Box::new(|_| {}));
    let mut jobs = std::io::stdin().lock().lines();
    let mut next = || -> Option<Result<Job, String>> {
        let line = jobs.next()?.map_err(|error| error.to_string());
        Some(line.and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string())))
    };
    let fault = |words: String| replies.send(&Reply::Fault(words));
    let (source, profile, randomness, limits) = match next() {
        Some(Ok(Job::Open { source, profile, randomness, limits })) => {
            (source, profile, randomness, limits)
        }
        None => return Ok(()),
        Some(other) => {
            fault(format!("a worker begins with an `open` job, not {other:?}"));
            return Ok(());
        }
    };
    let busy = Busy::default();
    restrain(replies, limits.of_worker(&source), &busy)?;
    let opened = busy.during(|| open(&source, profile.as_deref(), limits, replies));
    let Opened { ratchet, version, deviations, reference, measured } = match opened {
        Ok(opened) => opened,
        Err(reply) => {
            replies.send(&reply);
            return Ok(());
        }
    };
    let described = busy.during(|| {
        catching(|| {
            let profile = profile.map_or_else(|| ratchet.profile(), |profile| *profile);
            (ratchet.name().into_owned(), ratchet.capabilities(), profile)
        })
    });
    let (name, capabilities, profile) = match described {
        Ok(described) => described,
        Err(panic) => {
            replies.send(&Reply::CannotPair(format!(
                "it panics when it is asked what it is: {panic}"
            )));
            return Ok(());
        }
    };
    let boxed = Box::new(profile.clone());
    replies.send(&Reply::Described { name, version, profile: boxed, measured, capabilities });
    let ratchet = Announcing::new(ratchet, &PROGRESS, replies);
    let level = randomness.unwrap_or(RandomnessLevel::None);
    let arena = Arena::new(&ratchet, &profile, level, &deviations, &PROGRESS).against(reference);
    while let Some(job) = next() {
        let worker = Worker { ratchet: &ratchet, profile: &profile, replies };
        let reply = busy.during(|| match job {
            Ok(Job::Open { .. }) => Reply::Fault("a worker has one ratchet".to_owned()),
            Ok(Job::Probe) => worker.probe(&arena),
            Ok(Job::Fit { game, seed }) => with_game(&game, |game| fit(game, &arena, seed)),
            Ok(Job::Trials { game, seed, first, count, announce, until }) => {
                with_game(&game, |game| {
                    let trials = first..first + count;
                    worker.trials(game, &arena, seed, trials, announce, until)
                })
            }
            Ok(Job::Judge { game, seed, schedule, announce }) => {
                with_game(&game, |game| worker.judge(game, &arena, seed, &schedule, announce))
            }
            Ok(Job::Map { title, seed, schedule }) => {
                map(&arena.seeded(seed), &title, schedule.as_ref())
            }
            Ok(Job::Tell { seed, schedule }) => worker.tell(&arena.seeded(seed), &schedule),
            Err(words) => Reply::Fault(words),
        });
        replies.send(&reply);
    }
    Ok(())
}

/// A ratchet at hand, for as long as the worker lives.
struct Opened {
    ratchet: &'static dyn DynRatchet,
    version: String,
    deviations: Vec<Deviation>,
    /// The ratchet whose bytes its own must be, if there is one.
    reference: Option<&'static dyn DynRatchet>,
    /// Whether limits in its profile were measured.
    measured: bool,
}

fn open(
    source: &Source,
    profile: Option<&Profile>,
    limits: Limits,
    replies: &'static Replies,
) -> Result<Opened, Reply> {
    match source {
        Source::BuiltIn(name) => {
            let entry = registry::find(name)
                .ok_or_else(|| Reply::Fault(format!("no ratchet is called {name}")))?;
            let (version, deviations) = (entry.version.to_owned(), entry.deviations.clone());
            let (ratchet, reference) = (&*entry.ratchet, registry::reference(entry));
            Ok(Opened { ratchet, version, deviations, reference, measured: false })
        }
        Source::Exec { line, known_as } => {
            let ratchet = program::start(line, profile, limits, replies, &PROGRESS)?;
            let version = ratchet.description().version.clone();
            let ratchet = Box::leak(Box::new(ratchet));
            let known = known_as.as_deref().and_then(registry::find);
            let deviations = known.map(|entry| entry.deviations.clone()).unwrap_or_default();
            Ok(Opened { ratchet, version, deviations, reference: None, measured: false })
        }
        Source::Pair { initiator, responder } => {
            let one = open(initiator, profile, limits, replies)?;
            let other = open(responder, profile, limits, replies)?;
            pair(&one, &other, profile)
        }
    }
}

/// Both ends in one conversation, each held to what it claims, its limits measured where it declares none.
fn pair(one: &Opened, other: &Opened, profile: Option<&Profile>) -> Result<Opened, Reply> {
    let ends = [one, other];
    let unusable = |words: String| Reply::CannotPair(words);
    let (profile, measured) = match profile {
        Some(profile) => (profile.clone(), false),
        None => {
            let claims = ends.map(|end| known_claims(end.ratchet).map_err(unusable));
            let [initiator, responder] = claims;
            let ((initiator, one), (responder, other)) = (initiator?, responder?);
            let profile = Profile::of_both(&initiator, &responder)
                .map_err(|error| unusable(error.to_string()))?;
            (profile, one || other)
        }
    };
    let both = TwoRatchets::new(ends.map(|end| end.ratchet), profile)
        .map_err(|rejection| unusable(rejection.to_string()))?;
    let deviations = of_both(&one.deviations, &other.deviations);
    let version = format!("{},{}", one.version, other.version);
    let ratchet = Box::leak(Box::new(both));
    Ok(Opened { ratchet, version, deviations, reference: None, measured })
}

/// What a ratchet claims with every limit known, and whether one was measured.
fn known_claims(ratchet: &dyn DynRatchet) -> Result<(Profile, bool), String> {
    let measured = catching(|| {
        let claimed = ratchet.profile();
        let arena = Arena::new(ratchet, &claimed, RandomnessLevel::None, &[], &PROGRESS);
        with_known_limits(&arena, &claimed)
    });
    let words = |why: String| format!("{}: {why}", ratchet.name());
    measured.map_err(words)?.map_err(|rejection| words(rejection.to_string()))
}

fn restrain(replies: &'static Replies, limits: Limits, busy: &Busy) -> std::io::Result<()> {
    platform::restrain(limits.memory_mib);
    watchdog::start(&PROGRESS, replies, limits, busy.clone())
}

fn with_game(id: &str, work: impl FnOnce(&dyn Game) -> Reply) -> Reply {
    let game = games::find(id).or_else(|| naive::find(id));
    game.map_or_else(|| Reply::Fault(format!("no game is called {id}")), work)
}

/// Whether a trial shows what the others need not show again.
fn is_enough(game: &dyn Game, profile: &Profile, trial: &Totals, until: Until) -> bool {
    // What is weak in a disturbed trial does not count.
    let is_weak = || trial.disturbed == 0 && run::is_weak(game, profile, trial);
    match until {
        Until::End => false,
        Until::Failure => trial.failure.is_some(),
        Until::Weakness => trial.failure.is_some() || is_weak(),
    }
}

fn fit(game: &dyn Game, arena: &Arena<'_>, seed: u64) -> Reply {
    let fits = catching(|| describe_fits(&fitting_profiles(game, arena, seed)));
    Reply::Fits(fits.unwrap_or_default())
}

fn map(arena: &Arena<'_>, title: &str, schedule: Option<&Schedule>) -> Reply {
    let mapped = catching(|| match schedule {
        Some(schedule) => theft_map(arena, schedule),
        None => theft_map(arena, &standard_conversation()),
    });
    let naming = if schedule.is_some() { Naming::ByAction } else { Naming::Counted };
    match mapped {
        Ok(Ok(map)) => {
            let map = ExposureMap::judged(title, &map, naming);
            Reply::Mapped(map.map(Box::new).map_err(|error| error.to_string()))
        }
        Ok(Err(rejection)) => Reply::CannotPair(rejection.to_string()),
        Err(panic) if panic == NOT_COPIED => Reply::Mapped(Err(panic)),
        Err(panic) => {
            let action = arena.progress.action();
            Reply::Mapped(Err(format!("the ratchet panics at action {action}: {panic}")))
        }
    }
}

struct Worker<'w> {
    ratchet: &'w Announcing<'w>,
    profile: &'w Profile,
    replies: &'w Replies,
}

impl Worker<'_> {
    fn probe(&self, arena: &Arena<'_>) -> Reply {
        match catching(|| arena.pair()) {
            Ok(Ok(_)) => self.replies.send(&Reply::Paired),
            Ok(Err(rejection)) => return Reply::CannotPair(rejection.to_string()),
            Err(panic) => return Reply::CannotPair(format!("it panics: {panic}")),
        }
        // A ratchet that panics in plain conversation will do so in the games, where it counts.
        let claimed = || (self.profile.clone(), false);
        let (profile, measured) = match catching(|| with_known_limits(arena, self.profile)) {
            Ok(Ok(known)) => known,
            Ok(Err(rejection)) => return Reply::CannotPair(rejection.to_string()),
            Err(_) => claimed(),
        };
        let randomness = match catching(|| detect_randomness(arena)) {
            Ok(Ok(level)) => level,
            Ok(Err(rejection)) => return Reply::CannotPair(rejection.to_string()),
            Err(_) => RandomnessLevel::None,
        };
        let arena =
            Arena::new(arena.ratchet, &profile, randomness, arena.deviations, arena.progress)
                .against(arena.reference);
        let mut not_run = BTreeMap::new();
        for game in GAMES {
            let reason = catching(|| why_not(*game, &arena))
                .unwrap_or_else(|panic| Some(format!("the ratchet panics: {panic}")));
            if let Some(reason) = reason {
                not_run.insert(game.about().id.to_owned(), reason);
            }
        }
        let measured = measured.then(|| Box::new(profile));
        Reply::Probed { randomness, measured, not_run }
    }

    fn trials(
        &self,
        game: &dyn Game,
        arena: &Arena<'_>,
        seed: u64,
        trials: Range<u64>,
        announce: bool,
        until: Until,
    ) -> Reply {
        let mut totals = Totals::default();
        let began = platform::thread_time();
        for trial in trials {
            self.replies.send(&Reply::Trial(trial));
            self.ratchet.announce(announce);
            // Drawing the schedule is the harness's own work, so a panic that gets here is its fault.
            match catching(|| run_trial(game, arena, seed, trial)) {
                Ok(Ok(one)) => {
                    let enough = is_enough(game, self.profile, &one, until);
                    totals.merge(one);
                    if enough {
                        break;
                    }
                }
                Ok(Err(rejection)) => return Reply::CannotPair(rejection.to_string()),
                Err(panic) => {
                    let (id, family) = (game.about().id, self.profile.family.name());
                    return Reply::Fault(format!("{id}, trial {trial} ({family}): {panic}"));
                }
            }
        }
        self.ratchet.announce(false);
        self.replies.send(&Reply::Took(platform::thread_time().saturating_sub(began)));
        Reply::Totals(Box::new(totals))
    }

    fn judge(
        &self,
        game: &dyn Game,
        arena: &Arena<'_>,
        seed: CaseSeed,
        schedule: &Schedule,
        announce: bool,
    ) -> Reply {
        self.ratchet.announce(announce);
        let judged = catching(|| judge_case(game, arena, seed, schedule));
        self.ratchet.announce(false);
        match judged {
            Ok(Ok(failure)) => Reply::Judged(failure.map(Box::new)),
            Ok(Err(rejection)) => Reply::CannotPair(rejection.to_string()),
            Err(panic) => Reply::Fault(format!("{}: {panic}", game.about().id)),
        }
    }

    fn tell(&self, arena: &Arena<'_>, schedule: &Schedule) -> Reply {
        self.ratchet.announce(true);
        let told = catching(|| execute(arena, schedule));
        self.ratchet.announce(false);
        match told {
            Ok(Ok(transcript)) => Reply::Told(
                transcript
                    .events
                    .iter()
                    .map(|event| (event.action, narrate(&transcript, event)))
                    .collect(),
            ),
            Ok(Err(rejection)) => Reply::CannotPair(rejection.to_string()),
            Err(panic) => {
                let action = arena.progress.action();
                Reply::Told(vec![(action, format!("the ratchet panics: {panic}"))])
            }
        }
    }
}
