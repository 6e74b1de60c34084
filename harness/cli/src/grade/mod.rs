//! Grading the harness: which game kills which planted bug, and how long that takes.
//!
//! With the first seed every game is run on every mutant, one round, up to the first trial that kills. With each
//! further seed only the games that killed with the first one are run, in the order of the list and up to the first
//! that kills, and the expected one in any case. The correct ratchets that the bugs were planted in are run too: what
//! a game says of them is no kill.

mod cell;
mod pool;
mod score;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sprag::games::Game;
use sprag::games::naive::NAIVE;
use sprag::{Profile, Verdict};

use crate::crew::seat::Settings;
use crate::interrupt;
use crate::registry::{self, Entry};
use crate::worker::messages::Limits;
use cell::Cell;
use pool::{Outcome, Play, Task, Work};

pub(crate) use score::{catalogue, matrix};

/// What is graded, and how thoroughly.
pub(crate) struct GradePlan {
    /// The first seed.
    pub seed: u64,
    /// How many seeds, from the first one on.
    pub seeds: u64,
    /// The games, in the order of the list.
    pub games: Vec<&'static dyn Game>,
    /// The mutants, in the order of the catalogue.
    pub mutants: Vec<&'static Entry>,
    /// Run every game with every seed.
    pub every_game: bool,
    /// Shrink what the first killer found.
    pub shrink: bool,
    /// Worker processes.
    pub workers: usize,
    /// What a case may use up.
    pub limits: Limits,
}

/// What became of a run.
pub(crate) struct Graded {
    /// The mutants of the plan.
    mutants: Vec<Subject>,
    /// The correct ratchets that their bugs were planted in.
    honest: Vec<Subject>,
    /// What is wrong with the harness.
    pub fault: Option<String>,
    complete: bool,
    took: Duration,
}

/// A ratchet that is graded by.
struct Subject {
    entry: &'static Entry,
    probe: Option<Probe>,
    /// The ratchet's words if no session could be opened.
    unpairable: Option<String>,
    /// By index of the seed: what each game came to, by its place in the list.
    plays: Vec<BTreeMap<usize, Cell>>,
    /// What the first killer found, as small as it gets.
    shrunk: Option<usize>,
}

/// What is found out about a ratchet before games are run on it.
struct Probe {
    settings: Settings,
    profile: Profile,
    /// Games that cannot be run, and why.
    not_run: BTreeMap<String, String>,
}

impl GradePlan {
    /// The games and, behind them, the naive harnesses.
    fn players(&self) -> Vec<&'static dyn Game> {
        self.games.iter().chain(NAIVE).copied().collect()
    }

    /// Place of the game that must kill a mutant, if it is run.
    fn expected(&self, entry: &Entry) -> Option<usize> {
        let expected = entry.mutant?.killed_by.first()?;
        self.games.iter().position(|game| game.about().id == *expected)
    }
}

/// Grades.
pub(crate) fn grade(plan: &GradePlan) -> Graded {
    let started = Instant::now();
    let mut run = Run::new(plan);
    run.probe();
    run.first_seed();
    run.further_seeds();
    if plan.shrink {
        run.shrink();
    }
    let honest = run.subjects.split_off(plan.mutants.len());
    Graded {
        mutants: run.subjects,
        honest,
        fault: run.fault,
        complete: run.complete && !interrupt::requested(),
        took: started.elapsed(),
    }
}

struct Run<'p> {
    plan: &'p GradePlan,
    players: Vec<&'static dyn Game>,
    /// The mutants, then the correct ratchets.
    subjects: Vec<Subject>,
    fault: Option<String>,
    complete: bool,
}

impl<'p> Run<'p> {
    fn new(plan: &'p GradePlan) -> Self {
        let mut honest: Vec<&'static Entry> = Vec::new();
        for base in plan.mutants.iter().filter_map(|entry| entry.base.as_deref()) {
            let known = honest.iter().any(|entry| entry.name == base);
            honest.extend(registry::find(base).filter(|_| !known));
        }
        let subject = |entry| Subject {
            entry,
            probe: None,
            unpairable: None,
            plays: vec![BTreeMap::new(); plan.seeds as usize],
            shrunk: None,
        };
        let subjects = plan.mutants.iter().copied().chain(honest).map(subject).collect();
        Self { plan, players: plan.players(), subjects, fault: None, complete: true }
    }

    fn probe(&mut self) {
        let tasks = (0..self.subjects.len()).map(|subject| Task { subject, work: Work::Probe });
        self.pass("probing", tasks.collect());
    }

    /// Every game on every ratchet.
    fn first_seed(&mut self) {
        let mut tasks = Vec::new();
        for subject in self.probed() {
            for game in 0..self.players.len() {
                let work = Work::Play(Play { seed: 0, games: vec![game], first_kill: false });
                tasks.push(Task { subject, work });
            }
        }
        self.pass("every game", tasks);
    }

    /// On the mutants, the games that kill.
    fn further_seeds(&mut self) {
        let mut tasks = Vec::new();
        for subject in self.probed().into_iter().filter(|&at| at < self.plan.mutants.len()) {
            let mutant = &self.subjects[subject];
            let expected = self.plan.expected(mutant.entry);
            let kills = |game: &usize| self.kills(mutant, 0, *game) || Some(*game) == expected;
            let killers: Vec<usize> = (0..self.plan.games.len()).filter(kills).collect();
            for seed in 1..self.plan.seeds as usize {
                if self.plan.every_game {
                    for game in 0..self.plan.games.len() {
                        let work = Work::Play(Play { seed, games: vec![game], first_kill: false });
                        tasks.push(Task { subject, work });
                    }
                } else {
                    let games = killers.clone();
                    let play = Play { seed, games, first_kill: true };
                    tasks.push(Task { subject, work: Work::Play(play) });
                }
            }
        }
        self.pass("further seeds", tasks);
    }

    /// What the first killers found.
    fn shrink(&mut self) {
        let mut tasks = Vec::new();
        for (subject, mutant) in self.subjects[..self.plan.mutants.len()].iter().enumerate() {
            let killer = (0..self.plan.games.len()).find(|&game| self.kills(mutant, 0, game));
            let failure = killer.and_then(|game| mutant.plays[0].get(&game)?.failure.clone());
            if let (Some(game), Some(failure)) = (killer, failure) {
                tasks.push(Task { subject, work: Work::Shrink { game, failure } });
            }
        }
        self.pass("shrinking", tasks);
    }

    fn probed(&self) -> Vec<usize> {
        let probed = |at: &usize| self.subjects[*at].probe.is_some();
        (0..self.subjects.len()).filter(probed).collect()
    }

    /// Whether a game killed a mutant with a seed.
    fn kills(&self, mutant: &Subject, seed: usize, game: usize) -> bool {
        let honest = &self.subjects[self.plan.mutants.len()..];
        score::killed(&self.players, honest, mutant, seed, game)
    }

    fn pass(&mut self, what: &str, tasks: Vec<Task>) {
        if interrupt::requested() {
            return;
        }
        let honest = &self.subjects[self.plan.mutants.len()..];
        let first_seed = |subject: &Subject, game| on_honest(subject.entry, honest, game);
        let results = pool::run(self.plan, &self.players, &self.subjects, first_seed, what, &tasks);
        for (task, outcome) in tasks.iter().zip(results) {
            let name = &self.subjects[task.subject].entry.name;
            match outcome {
                Outcome::Probed(probe) => self.subjects[task.subject].probe = Some(*probe),
                Outcome::Unpairable(words) if task.subject < self.plan.mutants.len() => {
                    self.subjects[task.subject].unpairable = Some(words);
                }
                Outcome::Unpairable(words) => {
                    // A correct ratchet opens sessions.
                    self.fault.get_or_insert_with(|| format!("{name}: {words}"));
                }
                Outcome::Played(seed, cells) => {
                    self.subjects[task.subject].plays[seed].extend(cells);
                }
                Outcome::Shrunk(actions) => self.subjects[task.subject].shrunk = Some(actions),
                Outcome::Fault(words) => {
                    self.fault.get_or_insert_with(|| format!("{name}: {words}"));
                    self.complete = false;
                }
                Outcome::Interrupted => self.complete = false,
            }
        }
    }
}

/// What a game came to on the correct ratchet behind a mutant.
fn on_honest(mutant: &Entry, honest: &[Subject], game: usize) -> Option<Verdict> {
    let base = honest.iter().find(|subject| Some(&subject.entry.name) == mutant.base.as_ref())?;
    base.plays[0].get(&game).map(|cell| cell.verdict)
}
