use super::*;
use crate::{Effort, GameTime, fixtures};

/// The report with only every second game, or only the others.
fn half(report: &Report, odd: usize) -> Report {
    let mut half = report.clone();
    let ratchet = &mut half.ratchets[0];
    let games = std::mem::take(&mut ratchet.games);
    let kept = games.into_iter().enumerate().filter(|(index, _)| index % 2 == odd);
    ratchet.games = kept.map(|(_, game)| game).collect();
    ratchet.verdict = Verdict::worst(ratchet.games.iter().map(|game| game.verdict));
    let time = &mut half.timings.ratchets[0];
    let timed = |game: &crate::GameReport| GameTime { id: game.id.clone(), seconds: 1.0 };
    time.games = ratchet.games.iter().map(timed).collect();
    time.stderr.retain(|stderr| ratchet.games.iter().any(|game| game.id == stderr.game));
    half
}

#[test]
fn shards_of_games_make_the_whole() {
    let mut whole = fixtures::ordinary();
    whole.ratchets[0].games.sort_by(|one, other| one.id.cmp(&other.id));
    let halves = [half(&whole, 0), half(&whole, 1)];
    let merged = merge(&halves).unwrap();
    let without_times = |report: &Report| {
        let timings = crate::Timings::default();
        Report { timings, calls: 0, ..report.clone() }.to_json().unwrap()
    };
    assert_eq!(without_times(&merged), without_times(&whole));
    assert_eq!(merged.calls, 2 * whole.calls);
    assert_eq!(merged.timings.workers, 4);
    assert_eq!(merged.timings.ratchets[0].games.len(), 7);
    let stderr = merged.stderr(fixtures::NAME, "forward-secrecy/consumed-key");
    assert_eq!(stderr, ["thread panicked", "at 5"]);
    let turned = merge(&[half(&whole, 1), half(&whole, 0)]).unwrap();
    assert_eq!(turned.to_json().unwrap(), merged.to_json().unwrap());
}

#[test]
fn shards_of_ratchets_stand_side_by_side() {
    let (mut one, other) = (fixtures::ordinary(), fixtures::every_family());
    one.ratchets[0].games.sort_by(|one, other| one.id.cmp(&other.id));
    let mut slow = other.clone();
    (slow.rounds, slow.complete) = (3, false);
    let merged = merge(&[one.clone(), slow]).unwrap();
    assert_eq!(merged.ratchets.len(), 6);
    assert_eq!(merged.timings.ratchets.len(), 6);
    assert_eq!((merged.rounds, merged.complete), (3, false));
    assert_eq!(
        merge(std::slice::from_ref(&one)).unwrap().to_json().unwrap(),
        one.to_json().unwrap()
    );
    assert_eq!(merge(&[]).unwrap_err(), MergeError::Nothing);
}

#[test]
fn reports_of_other_runs_are_refused() {
    let first = fixtures::ordinary();
    let refused = |change: &dyn Fn(&mut Report)| {
        let mut other = fixtures::every_family();
        change(&mut other);
        merge(&[first.clone(), other]).unwrap_err().to_string()
    };
    let words = refused(&|report| report.seed = 8);
    assert_eq!(words, "report 2 is of seed 8, report 1 of seed 7: they are not of one run");
    assert!(refused(&|report| report.suite = 2).contains("is of suite 2"));
    assert!(refused(&|report| report.effort = Effort::Smoke).contains("of effort smoke"));
}

#[test]
fn repeated_games_are_refused_with_their_rounds() {
    let first = fixtures::ordinary();
    for rounds in [4, 9] {
        let mut other = half(&first, 0);
        other.ratchets[0].rounds = rounds;
        let words =
            merge(&[fixtures::every_family(), first.clone(), other]).unwrap_err().to_string();
        let expected = format!(
            "report 3: forward-secrecy/consumed-key was run on vodozemac/olm-v1 in a report before it, there for 4 \
             rounds and here for {rounds}: shards must not overlap"
        );
        assert_eq!(words, expected);
    }
}

#[test]
fn what_was_not_run_gives_way_to_what_was() {
    let mut whole = fixtures::ordinary();
    whole.ratchets[0].games.sort_by(|one, other| one.id.cmp(&other.id));
    let mut killed = half(&whole, 0);
    for game in half(&whole, 1).ratchets[0].games.iter().cloned() {
        let (verdict, reason) = (Verdict::NotRun, "not over yet".to_owned());
        killed.ratchets[0].games.push(crate::GameReport { verdict, reason, ..game });
    }
    killed.complete = false;
    for parts in [[killed.clone(), half(&whole, 1)], [half(&whole, 1), killed.clone()]] {
        let merged = merge(&parts).unwrap();
        let json = |report: &Report| serde_json::to_value(&report.ratchets[0].games).unwrap();
        assert_eq!(json(&merged), json(&whole));
        assert_eq!(merged.ratchets[0].verdict, whole.ratchets[0].verdict);
        assert!(!merged.complete);
    }
    let twice = merge(&[killed.clone(), killed]).unwrap_err();
    assert!(matches!(twice, MergeError::Repeated { report: 2, .. }), "{twice}");
}

#[test]
fn a_ratchet_that_changed_between_shards_is_refused() {
    let whole = fixtures::ordinary();
    type Change = fn(&mut RatchetReport);
    let changes: [(&str, Change); 4] = [
        ("version", |ratchet| ratchet.version = "0.12.0".into()),
        ("profile", |ratchet| ratchet.profile.as_mut().unwrap().expansion = Some(1)),
        ("level of randomness", |ratchet| ratchet.randomness = None),
        ("list of deviations", |ratchet| ratchet.deviations.clear()),
    ];
    for (expected, change) in changes {
        let mut other = half(&whole, 1);
        change(&mut other.ratchets[0]);
        let error = merge(&[half(&whole, 0), other]).unwrap_err();
        let MergeError::Ratchet { report: 2, what, .. } = error else { panic!("{error}") };
        assert_eq!(what, expected);
    }
}

#[test]
fn a_shard_in_which_the_ratchet_did_not_start_contradicts_nothing() {
    let whole = fixtures::ordinary();
    let mut stopped = half(&whole, 1);
    let ratchet = &mut stopped.ratchets[0];
    (ratchet.profile, ratchet.capabilities, ratchet.randomness) = (None, None, None);
    (ratchet.version, ratchet.rounds) = (String::new(), 0);
    stopped.complete = false;
    for shards in [[half(&whole, 0), stopped.clone()], [stopped.clone(), half(&whole, 0)]] {
        let merged = merge(&shards).unwrap();
        let ratchet = &merged.ratchets[0];
        assert_eq!((ratchet.version.as_str(), ratchet.rounds), ("0.11.1", 0));
        assert!(ratchet.profile.is_some() && !merged.complete);
    }
}
