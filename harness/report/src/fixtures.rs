//! Reports for the tests of this crate.

use sprag::engine::RandomnessLevel;
use sprag::randomness::CaseSeed;
use sprag::run::Measured;
use sprag::schedule::{
    Action, ActionId, CASE_VERSION, Case, MessageName, Order, SUITE, Schedule, Tamper,
};
use sprag::{
    Capabilities, Deviation, DeviationKind, KeyGeneration, Party, Profile, Severity, Verdict,
};

use crate::context::{Context, Replay, Trouble, TroubleKind};
use crate::{
    Effort, GameReport, GameTime, Quota, RatchetReport, RatchetTime, Report, Stderr, Timings, WIRE,
    bench, exposure,
};

/// The name of the first ratchet of [`ordinary`].
pub(crate) const NAME: &str = "vodozemac/olm-v1";

/// Text that tries everything: markup of each format, escapes, controls, a turned line, a link and a name.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>]]>&amp;\"'|`*_[x](http://evil.example) ![y](z) \u{1b}[31m\
    red\0\u{7}\n# heading\r\n- item\n\n```\n<!-- --> @everyone #12 www.evil.example $x$ :smile: ~~s~~ \u{202e}txet\u{2066}\u{200b}";

pub(crate) fn game(id: &str, verdict: Verdict, reason: &str) -> GameReport {
    GameReport {
        id: id.into(),
        title: format!("The title of {id}"),
        verdict,
        severity: Severity::High,
        reason: reason.into(),
        trials: 48,
        quotas: vec![Quota { name: "a theft".into(), trials: 40 }],
        measured: vec![Measured {
            name: "healing".into(),
            value: "2 to 3".into(),
            unit: "epochs".into(),
        }],
        weak_positions: Vec::new(),
        missing_deviations: Vec::new(),
        case: None,
        exposure: None,
    }
}

pub(crate) fn case(ratchet: &str, game: &str) -> Case {
    Case {
        sprag_case: CASE_VERSION,
        suite: SUITE,
        ratchet: ratchet.into(),
        game: game.into(),
        seed: CaseSeed::of_trial(7, game, 3),
        found: "message 1.0: read after it was consumed".into(),
        shown_by: Some(ActionId(3)),
        schedule: Schedule::of([
            Action::Send { by: Party::Initiator, count: 2, size: 16, ad: 0 },
            Action::Deliver { first: MessageName::new(1, 0), count: 1, order: Order::AsSent },
            Action::Steal { from: Party::Responder },
        ]),
    }
}

pub(crate) fn ratchet(name: &str, games: Vec<GameReport>) -> RatchetReport {
    RatchetReport {
        name: name.into(),
        version: "0.11.1".into(),
        profile: Some(Profile::double_ratchet(KeyGeneration::Lazy)),
        profile_source: "declared".into(),
        capabilities: Some(Capabilities { export: true, ..Capabilities::default() }),
        randomness: Some(RandomnessLevel::PerCall),
        deviations: vec![Deviation {
            finding: "SPRAG-F-0001".into(),
            shown_by: "recovery/accounting".into(),
            kind: DeviationKind::KeyMadeOnRejection,
        }],
        rounds: 4,
        verdict: Verdict::worst(games.iter().map(|game| game.verdict)),
        games,
        exposure: Some(exposure::tests::map(12, "")),
        no_exposure: None,
    }
}

pub(crate) fn report(ratchets: Vec<RatchetReport>) -> Report {
    let time = |ratchet: &RatchetReport| RatchetTime {
        name: ratchet.name.clone(),
        seconds: 1.0 / 3.0,
        rounds_per_second: 2.5,
        games: vec![GameTime { id: ratchet.games[0].id.clone(), seconds: 0.1 + 0.2 }],
        stderr: Vec::new(),
    };
    let timings = Timings {
        workers: 2,
        seconds: 17.000_000_000_000_004,
        ratchets: ratchets.iter().map(time).collect(),
    };
    Report {
        suite: SUITE,
        wire: WIRE,
        seed: 7,
        effort: Effort::Gate,
        rounds: 4,
        complete: true,
        calls: 1000,
        ratchets,
        timings,
    }
}

/// A ratchet with a game of every verdict.
pub(crate) fn ordinary() -> Report {
    let fail = "forward-secrecy/consumed-key";
    let mut games = vec![
        GameReport {
            case: Some(case(NAME, fail)),
            exposure: Some(exposure::tests::map(3, "")),
            ..game(fail, Verdict::Fail, "a message was read. message 2.0: it had been opened")
        },
        GameReport {
            weak_positions: vec!["field `version`".into()],
            severity: Severity::Low,
            ..game("forgery/bit-flips", Verdict::Weak, "field `version`")
        },
        game("recovery/accounting", Verdict::Known, "SPRAG-F-0001"),
        game("rollback/sender", Verdict::NotClaimed, "4 of 8 rollbacks repeat"),
        game("model/random-schedule", Verdict::Pass, ""),
        game("recovery/loss", Verdict::Pass, "all healed"),
        game("differential/reference", Verdict::NotRun, "there is no reference"),
    ];
    for (index, game) in (0..).zip(&mut games) {
        game.trials += index;
    }
    let mut report = report(vec![ratchet(NAME, games)]);
    report.timings.ratchets[0].stderr =
        vec![Stderr { game: fail.into(), lines: vec!["thread panicked".into(), "at 5".into()] }];
    report
}

/// What stands beside [`ordinary`].
pub(crate) fn context() -> Context {
    Context {
        strict: false,
        replays: vec![Replay {
            ratchet: NAME.into(),
            game: "forward-secrecy/consumed-key".into(),
            command: "sprag replay cases/one.json".into(),
        }],
        troubles: Vec::new(),
        bench: None,
    }
}

/// One ratchet of each family that has a profile of its own form.
pub(crate) fn every_family() -> Report {
    let profiles = [
        r#"{"family":"double-ratchet","key_generation":"lazy","max_plaintext":9,"expansion":57}"#,
        r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":40,"epochs":2}}"#,
        r#"{"family":"symmetric-ratchet","one_way":true,"rotates_after":100}"#,
        r#"{"family":"periodic-rekey","rekey_messages":100,"rekey_seconds":9}"#,
        r#"{"family":"static-key","integrity":false,"envelope":["type"]}"#,
    ];
    let one = |json: &&str| {
        let pass = game("model/random-schedule", Verdict::Pass, "");
        let profile: Profile = serde_json::from_str(json).unwrap();
        let name = profile.family.name().to_owned();
        RatchetReport { profile: Some(profile), ..ratchet(&name, vec![pass]) }
    };
    report(profiles.iter().map(one).collect())
}

/// As [`ordinary`], with [`HOSTILE`] wherever text of a ratchet may be, and a megabyte of it in places. Nothing of it went
/// through [`inert`](crate::inert).
pub(crate) fn hostile() -> Report {
    let mut report = ordinary();
    let huge = HOSTILE.repeat((1 << 20) / HOSTILE.len() + 1);
    let ratchet = &mut report.ratchets[0];
    (ratchet.name, ratchet.version) = (HOSTILE.into(), huge.clone());
    for (index, game) in ratchet.games.iter_mut().enumerate() {
        let huge = if index < 2 { &huge } else { HOSTILE };
        (game.title, game.reason) = (HOSTILE.into(), huge.into());
        game.weak_positions = vec![HOSTILE.into(), "a".repeat(huge.len())];
        let hostile = || HOSTILE.to_owned();
        game.measured =
            vec![Measured { name: hostile(), value: huge.into(), unit: hostile().into() }];
        game.quotas = vec![Quota { name: hostile(), trials: u64::MAX }];
    }
    ratchet.exposure = Some(exposure::tests::map(9, HOSTILE));
    ratchet.no_exposure = Some(HOSTILE.into());
    let game = &mut ratchet.games[0];
    let how = Tamper::SetField { field: HOSTILE.into(), value: vec![1] };
    let changed = Action::Tamper { message: MessageName::new(1, 0), how };
    let case = game.case.as_mut().unwrap();
    case.found = HOSTILE.into();
    case.schedule = Schedule::of([changed]);
    let time = &mut report.timings.ratchets[0];
    time.name = HOSTILE.into();
    time.stderr[0].lines = vec![HOSTILE.into(), huge];
    report
}

/// What stands beside [`hostile`].
pub(crate) fn hostile_context() -> Context {
    let mut context = context();
    (context.replays[0].ratchet, context.replays[0].command) = (HOSTILE.into(), HOSTILE.into());
    for kind in [TroubleKind::Harness, TroubleKind::Unpairable] {
        let (ratchet, words) = (HOSTILE.into(), HOSTILE.repeat(100));
        context.troubles.push(Trouble { ratchet, kind, words });
    }
    context.bench = Some(bench::tests::bench(HOSTILE));
    context
}

/// [`hostile`] as it comes out of a file.
pub(crate) fn read_hostile() -> Report {
    Report::from_json(&hostile().to_json().unwrap()).unwrap()
}
