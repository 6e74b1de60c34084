//! JUnit XML: a suite a ratchet, a case a game. No times and no ids of the run, so that one report gives the same bytes.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use sprag::Verdict;

use crate::context::{Context, outdated};
use crate::told::{figure, told};
use crate::{GameReport, RatchetReport, Report, inert};

/// A report that has no XML form. Does not happen in practice.
#[derive(Debug, thiserror::Error)]
#[error("the report cannot be written as XML: {0}")]
pub struct JunitError(String);

/// The report as JUnit XML.
///
/// A game that fails is a failure, and so is a weak one where the context is strict and one whose known deviation no longer
/// shows. What went wrong outside of any game, a ratchet on which nothing was run and a run that was broken off are errors, so
/// that no file is green over nothing. Games that were not run are skipped, with the reason.
///
/// # Errors
/// Never in practice: every text is made fit for XML first.
pub fn render(report: &Report, context: &Context) -> Result<String, JunitError> {
    let mut file = quick_junit::Report::new("sprag");
    file.add_test_suites(report.ratchets.iter().map(|ratchet| suite(report, ratchet, context)));
    let run = run(report, context);
    if !run.test_cases.is_empty() {
        file.add_test_suite(run);
    }
    file.to_string().map_err(|error| JunitError(error.to_string()))
}

fn suite(report: &Report, ratchet: &RatchetReport, context: &Context) -> TestSuite {
    let name = inert(&ratchet.name);
    let mut suite = TestSuite::new(name.as_str());
    let family = ratchet.profile.as_ref().map_or("unknown", |profile| profile.family.name());
    for (key, value) in [
        ("version", inert(&ratchet.version)),
        ("family", family.to_owned()),
        ("suite", report.suite.to_string()),
        ("seed", report.seed.to_string()),
        ("rounds", ratchet.rounds.to_string()),
    ] {
        suite.add_property((key, value.as_str()));
    }
    for game in &ratchet.games {
        let mut case = TestCase::new(inert(&game.id), status(&ratchet.name, game, context));
        case.set_classname(name.as_str());
        let out = output(game);
        if !out.is_empty() {
            case.set_system_out(out);
        }
        let stderr = report.stderr(&ratchet.name, &game.id);
        if !stderr.is_empty() {
            case.set_system_err(lines(stderr.iter().map(|line| inert(line))));
        }
        suite.add_test_case(case);
    }
    for trouble in context.troubles.iter().filter(|trouble| trouble.ratchet == ratchet.name) {
        suite.add_test_case(error(&name, trouble.kind.title(), &inert(&trouble.words)));
    }
    if ratchet.games.iter().all(|game| game.verdict == Verdict::NotRun) {
        suite.add_test_case(error(&name, "nothing was checked", "no game was run"));
    }
    suite
}

/// What is wrong with the run and belongs to no ratchet of the report.
fn run(report: &Report, context: &Context) -> TestSuite {
    let mut suite = TestSuite::new("the run");
    if report.ratchets.is_empty() {
        suite.add_test_case(error("run", "nothing was checked", "no ratchet was checked"));
    }
    if !report.complete {
        let words = "not everything that was asked for was run";
        suite.add_test_case(error("run", "incomplete", words));
    }
    let known = |name: &String| report.ratchets.iter().any(|ratchet| ratchet.name == *name);
    for trouble in context.troubles.iter().filter(|trouble| !known(&trouble.ratchet)) {
        let words = inert(&trouble.words);
        suite.add_test_case(error(&inert(&trouble.ratchet), trouble.kind.title(), &words));
    }
    suite
}

fn error(class: &str, name: &str, words: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(words).set_type("error");
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn status(ratchet: &str, game: &GameReport, context: &Context) -> TestCaseStatus {
    let reason = inert(&game.reason);
    if context.fails(game.verdict) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let story = story(game, context.replay(ratchet, &game.id));
        status.set_message(reason).set_type(game.verdict.to_string()).set_description(story);
        return status;
    }
    if let Some(words) = outdated(game) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(inert(&words)).set_type("outdated");
        return status;
    }
    if game.verdict == Verdict::NotRun {
        let mut status = TestCaseStatus::skipped();
        status.set_message(reason);
        return status;
    }
    TestCaseStatus::success()
}

/// What was expected, what happened, the schedule in words and the command that shows it again.
fn story(game: &GameReport, replay: Option<&str>) -> String {
    let mut story = vec![
        format!("expected: {}", inert(&game.title)),
        format!("severity: {}", game.severity),
        format!("happened: {}", inert(&game.reason)),
    ];
    story.extend(game.weak_positions.iter().map(|place| format!("accepted: {}", inert(place))));
    if let Some(case) = &game.case {
        story.push("schedule:".to_owned());
        story.extend(told(&case.schedule));
    }
    story.extend(replay.map(|command| format!("replay: {}", inert(command))));
    lines(story.into_iter())
}

/// The verdict where it is none that JUnit knows, and the figures.
fn output(game: &GameReport) -> String {
    let said = matches!(game.verdict, Verdict::Weak | Verdict::Known | Verdict::NotClaimed);
    let verdict = said.then(|| format!("{}: {}", game.verdict, inert(&game.reason)));
    lines(verdict.into_iter().chain(game.measured.iter().map(figure)))
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::*;
    use crate::context::{Trouble, TroubleKind};
    use crate::fixtures;

    fn cases<'d>(xml: &'d Document<'d>) -> impl Iterator<Item = Node<'d, 'd>> {
        xml.descendants().filter(|node| node.has_tag_name("testcase"))
    }

    /// The kinds of children of each case that say how it went.
    fn outcomes(xml: &str) -> Vec<(String, String)> {
        let xml = Document::parse(xml).unwrap();
        let outcome = |case: Node<'_, '_>| {
            let tags = case.children().map(|child| child.tag_name().name().to_owned());
            let told = tags.filter(|tag| ["failure", "error", "skipped"].contains(&tag.as_str()));
            let name = case.attribute("name").unwrap().to_owned();
            (name, told.collect::<Vec<_>>().join(" "))
        };
        cases(&xml).map(outcome).collect()
    }

    #[test]
    fn each_verdict_has_its_outcome() {
        let report = fixtures::ordinary();
        for strict in [false, true] {
            let context = Context { strict, ..fixtures::context() };
            let outcomes = outcomes(&render(&report, &context).unwrap());
            let games = &report.ratchets[0].games;
            assert_eq!(outcomes.len(), games.len());
            for (game, (name, outcome)) in games.iter().zip(outcomes) {
                assert_eq!(name, game.id);
                let expected = match game.verdict {
                    Verdict::Fail => "failure",
                    Verdict::Weak if strict => "failure",
                    Verdict::NotRun => "skipped",
                    _ => "",
                };
                assert_eq!(outcome, expected, "{name}");
            }
        }
    }

    #[test]
    fn a_failure_tells_its_story() {
        let xml = render(&fixtures::ordinary(), &fixtures::context()).unwrap();
        let document = Document::parse(&xml).unwrap();
        let case = cases(&document).next().unwrap();
        assert_eq!(case.attribute("classname"), Some(fixtures::NAME));
        let failure = case.children().find(|child| child.has_tag_name("failure")).unwrap();
        let message = failure.attribute("message").unwrap();
        assert_eq!(message, "a message was read. message 2.0: it had been opened");
        let story = failure.text().unwrap();
        for part in [
            "the initiator sends 2 messages of 16 bytes, 1.0 to 1.1",
            "a thief copies the responder's session",
            "replay: sprag replay cases/one.json",
            "severity: high",
        ] {
            assert!(story.contains(part), "{part} is not in {story}");
        }
        let stderr = case.children().find(|child| child.has_tag_name("system-err")).unwrap();
        assert_eq!(stderr.text(), Some("thread panicked\nat 5\n"));
        assert!(xml.contains("failures=\"1\"") && xml.contains("skipped=\"1\""), "{xml}");
    }

    #[test]
    fn one_report_gives_the_same_bytes_without_times_or_ids() {
        let (report, context) = (fixtures::ordinary(), fixtures::context());
        let xml = render(&report, &context).unwrap();
        assert_eq!(render(&report, &context).unwrap(), xml);
        let mut later = report;
        later.timings.seconds = 99.0;
        assert_eq!(render(&later, &context).unwrap(), xml);
        for attribute in ["time=", "timestamp=", "uuid=", "hostname="] {
            assert!(!xml.contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn nothing_is_green_over_nothing() {
        let errors = |report: &Report, context: &Context| {
            let outcomes = outcomes(&render(report, context).unwrap());
            let named = outcomes.into_iter().filter(|(_, outcome)| outcome == "error");
            named.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let plain = Context::default();
        assert!(errors(&fixtures::ordinary(), &plain).is_empty());
        let empty = fixtures::report(Vec::new());
        assert_eq!(errors(&empty, &plain), ["nothing was checked"]);
        let mut broken_off = fixtures::ordinary();
        broken_off.complete = false;
        assert_eq!(errors(&broken_off, &plain), ["incomplete"]);
        let not_run = fixtures::game("model/random-schedule", Verdict::NotRun, "time");
        let idle = fixtures::report(vec![fixtures::ratchet("one", vec![not_run])]);
        assert_eq!(errors(&idle, &plain), ["nothing was checked"]);
        let trouble = |ratchet: &str, kind| {
            let (ratchet, words) = (ratchet.to_owned(), "no".to_owned());
            Context { troubles: vec![Trouble { ratchet, kind, words }], ..Context::default() }
        };
        for name in [fixtures::NAME, "another"] {
            for kind in [TroubleKind::Harness, TroubleKind::Unpairable] {
                let named = errors(&fixtures::ordinary(), &trouble(name, kind));
                assert_eq!(named, [kind.title()]);
            }
        }
    }

    #[test]
    fn a_known_deviation_that_no_longer_shows_is_a_failure() {
        let mut report = fixtures::ordinary();
        let game = &mut report.ratchets[0].games[4];
        assert_eq!(game.verdict, Verdict::Pass);
        game.missing_deviations = vec!["SPRAG-F-0001".into()];
        let xml = render(&report, &Context::default()).unwrap();
        assert!(xml.contains("no longer show: SPRAG-F-0001"), "{xml}");
        assert_eq!(outcomes(&xml)[4].1, "failure");
    }
}
