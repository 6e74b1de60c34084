//! What a run says of the harness: which kills count, what is missed, and which games earn their place.

use std::time::Duration;

use sprag::Verdict;
use sprag::games::{self, Game, naive};
use sprag::schedule::SUITE;
use sprag_mutants::{Grade, Mutant, census};
use sprag_report::{
    Count, Expectation, GameScore, GameTime, HarnessScore, HonestRow, Killed, MATRIX_WIRE, Matrix,
    MatrixCell, MatrixTimings, MutantRow, MutantTime, Score, inert,
};

use super::{GradePlan, Graded, Subject, on_honest};
use crate::registry::Entry;

/// The game that compares with the bytes of a correct ratchet. It sees whatever changes them, so it counts only where
/// nothing else is expected to see anything.
const REFERENCE: &str = "differential/reference";

/// Games that compare everything at once. They see that something is wrong without naming it, so a named game is not
/// idle because one of them sees the same.
const COMPARE_EVERYTHING: [&str; 3] = ["model/", "differential/", "metamorphic/"];

const GRADES: [(Grade, &str); 3] =
    [(Grade::Trivial, "trivial"), (Grade::Moderate, "moderate"), (Grade::Subtle, "subtle")];

/// Whether a verdict of `game` on a mutant is a kill, given what the game says of the correct ratchet behind it.
pub(super) fn kills(
    entry: &Entry,
    game: &str,
    verdict: Verdict,
    on_honest: Option<Verdict>,
) -> bool {
    let Some(mutant) = entry.mutant else { return false };
    // A plain assertion does not grade what it sees.
    let weak_counts = mutant.weak || naive::find(game).is_some();
    let is_worse = on_honest.is_none_or(|honest| verdict > honest);
    let counts = verdict == Verdict::Fail || (verdict == Verdict::Weak && weak_counts);
    let asked = game != REFERENCE || mutant.killed_by.contains(&REFERENCE);
    counts && is_worse && asked
}

/// The report on a run.
pub(crate) fn matrix(plan: &GradePlan, graded: &Graded) -> Matrix {
    let view = View { plan, players: plan.players(), graded };
    let (mutants, times): (Vec<MutantRow>, Vec<MutantTime>) = graded
        .mutants
        .iter()
        .filter_map(|subject| Some((view.row(subject, subject.entry.mutant?), view.time(subject))))
        .unzip();
    Matrix {
        suite: SUITE,
        wire: MATRIX_WIRE,
        seed: plan.seed,
        seeds: plan.seeds,
        complete: graded.complete,
        whole: plan.games.len() == games::GAMES.len()
            && plan.mutants.len() == sprag_mutants::CATALOGUE.len(),
        score: score(&mutants),
        catalogue: catalogue(),
        harnesses: harnesses(&mutants),
        games: view.games(&mutants),
        honest: graded.honest.iter().map(|subject| view.honest(subject)).collect(),
        timings: MatrixTimings {
            workers: plan.workers,
            seconds: graded.took.as_secs_f64(),
            median: median(times.iter().flat_map(|time| &time.to_kill).copied().collect()),
            mutants: times,
        },
        mutants,
    }
}

/// Whether the game at this place killed a mutant with a seed.
pub(super) fn killed(
    players: &[&'static dyn Game],
    honest: &[Subject],
    mutant: &Subject,
    seed: usize,
    place: usize,
) -> bool {
    let Some(cell) = mutant.plays[seed].get(&place) else { return false };
    let game = players[place].about().id;
    kills(mutant.entry, game, cell.verdict, on_honest(mutant.entry, honest, place))
}

struct View<'g> {
    plan: &'g GradePlan,
    players: Vec<&'static dyn Game>,
    graded: &'g Graded,
}

impl View<'_> {
    fn kills(&self, mutant: &Subject, seed: usize, place: usize) -> bool {
        killed(&self.players, &self.graded.honest, mutant, seed, place)
    }

    /// Id of a game, or of a naive harness behind the games.
    fn id(&self, place: usize) -> &'static str {
        self.players[place].about().id
    }

    fn games(&self, rows: &[MutantRow]) -> Vec<GameScore> {
        let score = |game: &&'static dyn Game| {
            let id = game.about().id;
            let killed: Vec<&MutantRow> =
                rows.iter().filter(|row| killers(row).any(|killer| killer == id)).collect();
            let by_it_and = |others: &dyn Fn(&str) -> bool| {
                let fits =
                    |row: &&&MutantRow| killers(row).all(|killer| killer == id || others(killer));
                killed.iter().filter(fits).map(|row| row.id.clone()).collect()
            };
            GameScore {
                id: id.to_owned(),
                kills: killed.len(),
                named: by_it_and(&compares_everything),
                alone: by_it_and(&|_| false),
                kept: game.about().kept.to_owned(),
            }
        };
        self.plan.games.iter().map(score).collect()
    }

    fn honest(&self, subject: &Subject) -> HonestRow {
        let games = |verdict: Verdict| {
            let cells = subject.plays[0].iter().filter(|(_, cell)| cell.verdict == verdict);
            cells.map(|(&place, _)| self.id(place).to_owned()).collect()
        };
        HonestRow {
            name: subject.entry.name.clone(),
            accused_by: games(Verdict::Fail),
            weak_in: games(Verdict::Weak),
        }
    }

    fn row(&self, subject: &Subject, mutant: &Mutant) -> MutantRow {
        let games = 0..self.plan.games.len();
        let first = games.clone().find(|&place| self.kills(subject, 0, place));
        let first_cell = first.and_then(|place| subject.plays[0].get(&place));
        let cells = games.filter_map(|place| {
            let cell = subject.plays[0].get(&place)?;
            Some(MatrixCell {
                game: self.id(place).to_owned(),
                verdict: cell.verdict,
                kills: self.kills(subject, 0, place),
                trials: cell.trials,
            })
        });
        let naive = (self.plan.games.len()..self.players.len())
            .filter(|&place| self.kills(subject, 0, place));
        let (expectation, missed_seeds, missed_because) = self.expectation(subject);
        MutantRow {
            id: mutant.id.to_owned(),
            entry: mutant.entry(),
            class: class(mutant),
            grade: grade(mutant),
            description: mutant.description.to_owned(),
            weak: mutant.weak,
            expected: mutant.killed_by.first().copied().unwrap_or_default().to_owned(),
            expectation,
            missed_seeds,
            missed_because,
            first_killer: first.map(|place| self.id(place).to_owned()),
            trials: first_cell.map(|cell| cell.trials),
            found: first_cell.map(|cell| inert(&cell.reason)),
            shrunk: subject.shrunk,
            naive: naive.map(|place| self.id(place).to_owned()).collect(),
            unpairable: subject.unpairable.as_deref().map(inert),
            cells: cells.collect(),
        }
    }

    fn expectation(&self, subject: &Subject) -> (Expectation, Vec<u64>, Option<String>) {
        let not_asked = (Expectation::NotAsked, Vec::new(), None);
        let Some(place) = self.plan.expected(subject.entry) else { return not_asked };
        let ran = |&seed: &usize| subject.plays[seed].contains_key(&place);
        let missed: Vec<usize> = (0..subject.plays.len())
            .filter(ran)
            .filter(|&seed| !self.kills(subject, seed, place))
            .collect();
        let because = missed.first().and_then(|&seed| {
            let cell = subject.plays[seed].get(&place)?;
            Some(inert(&format!("{}. {}", cell.verdict, cell.reason)))
        });
        let seeds = missed.iter().map(|&seed| self.plan.seed.wrapping_add(seed as u64)).collect();
        let all_ran = (0..subject.plays.len()).all(|seed| ran(&seed));
        match (missed.is_empty(), all_ran) {
            (true, true) => (Expectation::Met, seeds, None),
            (true, false) => not_asked,
            (false, _) => (Expectation::Missed, seeds, because),
        }
    }

    fn time(&self, subject: &Subject) -> MutantTime {
        let games = 0..self.plan.games.len();
        let first = |seed: usize| games.clone().find(|&place| self.kills(subject, seed, place));
        let to_kill: Vec<Option<f64>> = (0..subject.plays.len())
            .filter(|&seed| !subject.plays[seed].is_empty())
            .map(|seed| {
                first(seed).and_then(|place| Some(seconds(subject.plays[seed].get(&place)?.cpu)))
            })
            .collect();
        let until_kill = |last: usize| {
            let cells = subject.plays[0].range(..=last);
            seconds(cells.map(|(_, cell)| cell.cpu).sum())
        };
        let game = |(&place, cell): (&usize, &super::Cell)| GameTime {
            id: self.id(place).to_owned(),
            seconds: seconds(cell.cpu),
        };
        let worst =
            to_kill.iter().copied().try_fold(0.0, |worst: f64, time| Some(worst.max(time?)));
        MutantTime {
            id: subject.entry.mutant.map_or("", |mutant| mutant.id).to_owned(),
            median: median(to_kill.clone()),
            worst: worst.filter(|_| !to_kill.is_empty()),
            to_kill,
            whole_run: first(0).map(until_kill),
            games: subject.plays[0].iter().map(game).collect(),
        }
    }
}

/// Ids of the games that kill a mutant.
fn killers(row: &MutantRow) -> impl Iterator<Item = &str> {
    row.cells.iter().filter(|cell| cell.kills).map(|cell| cell.game.as_str())
}

fn compares_everything(game: &str) -> bool {
    COMPARE_EVERYTHING.iter().any(|family| game.starts_with(family))
}

fn score(rows: &[MutantRow]) -> Score {
    let count = |holds: &dyn Fn(&MutantRow) -> bool| rows.iter().filter(|row| holds(row)).count();
    let stands = |wanted: Expectation| count(&|row| row.expectation == wanted);
    Score {
        mutants: rows.len(),
        killed: count(&|row| row.first_killer.is_some()),
        killed_without_reference: count(&|row| {
            row.cells.iter().any(|cell| cell.kills && cell.game != REFERENCE)
        }),
        met: stands(Expectation::Met),
        missed: stands(Expectation::Missed),
        not_asked: stands(Expectation::NotAsked),
    }
}

/// The naive harnesses, each with the ones before it, and this one.
fn harnesses(rows: &[MutantRow]) -> Vec<HarnessScore> {
    let by_grade = |is_killed: &dyn Fn(&MutantRow) -> bool| {
        let killed = |&(_, grade): &(Grade, &'static str)| {
            let of_grade = || rows.iter().filter(|row| row.grade == grade);
            let killed = of_grade().filter(|row| is_killed(row)).count();
            Killed { grade, killed, mutants: of_grade().count() }
        };
        GRADES.iter().map(killed).collect()
    };
    let mut scores: Vec<HarnessScore> = Vec::new();
    let titles = ["round trips", "+ tampering and replays", "+ one theft"];
    for (last, title) in titles.into_iter().enumerate() {
        let modes = &naive::NAIVE[..=last];
        let is_killed = |row: &MutantRow| {
            modes.iter().any(|mode| row.naive.iter().any(|id| id == mode.about().id))
        };
        scores.push(HarnessScore {
            id: modes[last].about().id.to_owned(),
            title: title.to_owned(),
            killed: by_grade(&is_killed),
        });
    }
    scores.push(HarnessScore {
        id: "sprag".to_owned(),
        title: "Sprag's games".to_owned(),
        killed: by_grade(&|row| row.first_killer.is_some()),
    });
    scores
}

/// How many entries of the catalogue stand where.
pub(crate) fn catalogue() -> Vec<Count> {
    let census = census();
    [
        ("entries", census.entries),
        ("built", census.built),
        ("waiting for a handshake", census.wait_for_handshake),
        ("waiting for residue and timing", census.wait_for_residue_and_timing),
        ("waiting for a store", census.wait_for_store),
        ("equivalent", census.equivalent),
        ("expected survivors", census.survivors),
        ("mutants in all", census.mutants),
        ("of our own", census.own),
        ("with two faults", census.two_faults),
    ]
    .map(|(name, count)| Count { name, count })
    .to_vec()
}

fn grade(mutant: &Mutant) -> &'static str {
    GRADES.iter().find(|(grade, _)| *grade == mutant.grade).map_or("", |(_, name)| name)
}

/// As the class is written in JSON.
fn class(mutant: &Mutant) -> String {
    let json = serde_json::to_value(mutant.class).ok();
    json.and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn seconds(time: Duration) -> f64 {
    // Microseconds are more than the clock is good for.
    (time.as_secs_f64() * 1e6).round() / 1e6
}

/// The median of times, of which `None` is longer than any other.
fn median(mut times: Vec<Option<f64>>) -> Option<f64> {
    let length = |time: &Option<f64>| time.unwrap_or(f64::INFINITY);
    times.sort_by(|one, other| length(one).total_cmp(&length(other)));
    let middle = times.len().checked_sub(1)? / 2;
    times[middle]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sprag::games::GAMES;
    use sprag_mutants::Class;
    use sprag_protocols::DoubleRatchet;

    use super::super::Cell;
    use super::*;
    use crate::registry;
    use crate::worker::messages::Limits;

    const EXPECTED: &str = "recovery/healing-time";

    /// A plan of one mutant and all games.
    fn plan(seeds: u64) -> GradePlan {
        GradePlan {
            seed: 5,
            seeds,
            games: GAMES.to_vec(),
            mutants: vec![registry::find("mutant/p02-renews-once").unwrap()],
            every_game: false,
            shrink: false,
            workers: 1,
            limits: Limits { call_ms: None, memory_mib: 64 },
        }
    }

    fn cell(verdict: Verdict, millis: u64) -> Cell {
        let (cpu, reason) = (Duration::from_millis(millis), "why".to_owned());
        Cell { verdict, reason, trials: 7, cpu, failure: None }
    }

    fn place(id: &str) -> usize {
        GAMES.iter().position(|game| game.about().id == id).unwrap()
    }

    /// The matrix of a run in which, with each seed, these games came to these verdicts on the mutant, and `honest`
    /// on the correct ratchet.
    fn graded(seeds: &[&[(&str, Verdict)]], honest: &[(&str, Verdict)]) -> Matrix {
        let cells = |verdicts: &[(&str, Verdict)]| {
            let one = |&(id, verdict): &(&str, Verdict)| (place(id), cell(verdict, 10));
            verdicts.iter().map(one).collect::<BTreeMap<usize, Cell>>()
        };
        let plan = plan(seeds.len() as u64);
        let subject =
            |entry, plays| Subject { entry, probe: None, unpairable: None, plays, shrunk: None };
        let base = registry::find("textbook/double-ratchet-eager").unwrap();
        let graded = Graded {
            mutants: vec![subject(plan.mutants[0], seeds.iter().map(|seed| cells(seed)).collect())],
            honest: vec![subject(base, vec![cells(honest)])],
            fault: None,
            complete: true,
            took: Duration::ZERO,
        };
        matrix(&plan, &graded)
    }

    #[test]
    fn an_expected_kill_is_met_with_every_seed_or_missed() {
        let (killed, missed) = ([(EXPECTED, Verdict::Fail)], [(EXPECTED, Verdict::Pass)]);
        let row = |seeds: &[&[(&str, Verdict)]]| graded(seeds, &[]).mutants.remove(0);
        assert_eq!(row(&[&killed, &killed]).expectation, Expectation::Met);
        let one_missed = row(&[&killed, &missed]);
        assert_eq!(one_missed.expectation, Expectation::Missed);
        assert_eq!(one_missed.missed_seeds, [6]);
        assert_eq!(one_missed.missed_because.unwrap(), "pass. why");
        // Another game's kill is none of the expected one.
        let other = [("model/random-schedule", Verdict::Fail), (EXPECTED, Verdict::NotRun)];
        let by_another = row(&[&other]);
        assert_eq!(by_another.expectation, Expectation::Missed);
        assert_eq!(by_another.first_killer.unwrap(), "model/random-schedule");
        // Broken off before the second seed.
        assert_eq!(row(&[&killed, &[]]).expectation, Expectation::NotAsked);
    }

    #[test]
    fn time_to_kill_is_that_of_the_first_killer_and_never_if_there_is_none() {
        let both = [("forgery/replay", Verdict::Pass), (EXPECTED, Verdict::Fail)];
        let matrix = graded(&[&both, &[(EXPECTED, Verdict::Pass)], &both], &[]);
        let time = &matrix.timings.mutants[0];
        assert_eq!(time.to_kill, [Some(0.01), None, Some(0.01)]);
        assert_eq!((time.median, time.worst), (Some(0.01), None));
        // The replay game stands behind the healing game in the list.
        assert_eq!(time.whole_run, Some(0.01));
        let late = [("model/random-schedule", Verdict::Pass), (EXPECTED, Verdict::Fail)];
        assert_eq!(graded(&[&late], &[]).timings.mutants[0].whole_run, Some(0.02));
    }

    #[test]
    fn a_correct_ratchet_takes_the_blame_away_and_is_accused() {
        let killed = [(EXPECTED, Verdict::Fail)];
        let matrix = graded(&[&killed], &killed);
        assert_eq!(matrix.mutants[0].first_killer, None);
        assert_eq!(matrix.honest[0].accused_by, [EXPECTED]);
        assert_eq!(matrix.accused().count(), 1);
    }

    #[test]
    fn a_game_is_idle_if_another_named_one_kills_the_same() {
        // Neither this game nor `recovery/loss` is kept on purpose.
        const NAMED: &str = "recovery/periodicity";
        let kills = |games: &[&str]| {
            let cells: Vec<_> = games.iter().map(|&game| (game, Verdict::Fail)).collect();
            let matrix = Matrix { whole: true, ..graded(&[&cells], &[]) };
            let idle: Vec<String> = matrix.idle_games().map(|game| game.id.clone()).collect();
            (matrix, idle)
        };
        let (matrix, idle) = kills(&["model/random-schedule", NAMED]);
        let game = &matrix.games[place(NAMED)];
        assert_eq!((game.named.len(), game.alone.len()), (1, 0));
        assert!(!idle.contains(&NAMED.to_owned()));
        assert!(idle.contains(&"recovery/loss".to_owned()));
        let (matrix, idle) = kills(&["recovery/ratchet-liveness", NAMED]);
        assert!(idle.contains(&NAMED.to_owned()));
        // It is kept on purpose.
        assert!(!idle.contains(&"recovery/ratchet-liveness".to_owned()));
        assert!(matrix.games.iter().all(|game| game.named.is_empty()));
        let part = Matrix { whole: false, ..matrix };
        assert_eq!(part.idle_games().count(), 0, "a part of the matrix says nothing");
    }

    #[test]
    fn what_counts_as_a_kill() {
        static MUTANT: Mutant = Mutant {
            id: "a99-test",
            class: Class::Forgery,
            grade: Grade::Subtle,
            description: "",
            killed_by: &["forgery/bit-flips"],
            weak: false,
        };
        static WEAK: Mutant = Mutant { weak: true, ..MUTANT };
        static REFERRED: Mutant = Mutant { killed_by: &[REFERENCE], ..MUTANT };
        let planted = |mutant: &'static Mutant| Entry {
            name: "mutant/a99-test".into(),
            version: "1",
            description: "",
            ratchet: Box::new(DoubleRatchet::eager()),
            deviations: Vec::new(),
            mutant: Some(mutant),
            base: None,
        };
        let game = "forgery/bit-flips";
        for (mutant, game, verdict, honest, expected) in [
            (&MUTANT, game, Verdict::Fail, Some(Verdict::Pass), true),
            (&MUTANT, game, Verdict::Fail, Some(Verdict::Weak), true),
            (&MUTANT, game, Verdict::Fail, Some(Verdict::Fail), false),
            (&MUTANT, game, Verdict::Weak, Some(Verdict::Pass), false),
            (&MUTANT, "naive/round-trips", Verdict::Weak, Some(Verdict::Pass), true),
            (&MUTANT, game, Verdict::NotClaimed, Some(Verdict::Pass), false),
            (&MUTANT, REFERENCE, Verdict::Fail, Some(Verdict::Pass), false),
            (&WEAK, game, Verdict::Weak, Some(Verdict::Pass), true),
            (&WEAK, game, Verdict::Weak, Some(Verdict::Weak), false),
            (&WEAK, game, Verdict::Fail, Some(Verdict::Weak), true),
            (&REFERRED, REFERENCE, Verdict::Fail, Some(Verdict::Pass), true),
        ] {
            let kills = kills(&planted(mutant), game, verdict, honest);
            assert_eq!(kills, expected, "{game} {verdict} {honest:?}");
        }
    }

    #[test]
    fn of_times_none_is_the_longest() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![Some(3.0), None, Some(1.0)]), Some(3.0));
        assert_eq!(median(vec![None, None, Some(1.0)]), None);
    }
}
