use super::*;
use crate::fixtures;

#[test]
fn a_report_does_not_differ_from_itself_whatever_the_time() {
    let before = fixtures::ordinary();
    let mut after = before.clone();
    after.timings.seconds = 99.0;
    after.calls = 5;
    assert_eq!(diff(&before, &after), Diff::default());
}

#[test]
fn every_change_of_verdict_has_its_direction() {
    use Verdict::*;
    let all = [NotRun, Pass, NotClaimed, Known, Weak, Fail];
    for (before, row) in all.into_iter().zip([
        // To: not-run, pass, not-claimed, known, weak, fail.
        "Same Gained Gained Gained Worse Worse",
        "Lost Same Worse Worse Worse Worse",
        "Lost Better Same Worse Worse Worse",
        "Lost Better Better Same Worse Worse",
        "Lost Better Better Better Same Worse",
        "Lost Better Better Better Better Same",
    ]) {
        let directions: Vec<String> = all
            .iter()
            .map(|&after| format!("{:?}", Direction::of(Some(before), Some(after))))
            .collect();
        assert_eq!(directions.join(" "), row, "from {before}");
        // A game that is not there was not run, and the other way round.
        let idle = |direction| if before == NotRun { Direction::Idle } else { direction };
        let begun = Direction::of(Some(NotRun), Some(before));
        assert_eq!(Direction::of(None, Some(before)), idle(begun));
        let ended = Direction::of(Some(before), Some(NotRun));
        assert_eq!(Direction::of(Some(before), None), idle(ended));
    }
}

#[test]
fn games_and_figures_that_changed_are_told() {
    let before = fixtures::ordinary();
    let mut after = before.clone();
    (after.suite, after.seed) = (2, 8);
    let ratchet = &mut after.ratchets[0];
    ratchet.version = "0.12.0".into();
    ratchet.games.remove(5);
    ratchet.games[0].verdict = Verdict::Pass;
    ratchet.games[1].weak_positions.push("byte 3".into());
    ratchet.games[2].verdict = Verdict::Fail;
    ratchet.games[4].measured[0].value = "2 to 9".into();
    ratchet.games.push(fixtures::game("order/crossing-sends", Verdict::Pass, ""));
    let diff = diff(&before, &after);
    let run: Vec<&str> = diff.run.iter().map(|changed| changed.name.as_str()).collect();
    assert_eq!(run, ["suite", "seed"]);
    let [ratchet] = diff.ratchets.as_slice() else { panic!("{diff:?}") };
    assert_eq!(ratchet.about[0].name, "version");
    let games: Vec<(&str, Direction)> =
        ratchet.games.iter().map(|game| (game.id.as_str(), game.direction)).collect();
    assert_eq!(
        games,
        [
            ("forgery/bit-flips", Direction::Same),
            ("forward-secrecy/consumed-key", Direction::Better),
            ("model/random-schedule", Direction::Same),
            ("order/crossing-sends", Direction::Gained),
            ("recovery/accounting", Direction::Worse),
            ("recovery/loss", Direction::Lost),
        ]
    );
    let accepted = &ratchet.games[0].figures[0];
    assert_eq!((&accepted.before, accepted.after.as_deref()), (&None, Some("byte 3")));
    let healing = &ratchet.games[2].figures[0];
    assert_eq!(healing.before.as_deref(), Some("2 to 3 epochs"));
    assert_eq!(healing.after.as_deref(), Some("2 to 9 epochs"));
    assert!(diff.has_worse());
    assert_eq!(diff.count(Direction::Worse), 1);
}

#[test]
fn ratchets_that_are_new_or_gone_are_told_with_all_their_games() {
    let (before, after) = (fixtures::ordinary(), fixtures::every_family());
    let diff = diff(&before, &after);
    assert_eq!(diff.ratchets.len(), 6);
    let gone = &diff.ratchets[0];
    assert_eq!((gone.before, gone.after), (Some(Verdict::Fail), None));
    assert_eq!(gone.games.len(), 7);
    assert!(diff.ratchets[1..].iter().all(|new| new.before.is_none() && new.games.len() == 1));
    assert_eq!((diff.count(Direction::Lost), diff.count(Direction::Gained)), (6, 5));
}
