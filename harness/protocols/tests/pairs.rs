//! Two ratchets of one wire format in one conversation: each end is held to its own claims, and a wrong one is noticed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag::games::Game;
use sprag::randomness::CaseSeed;
use sprag::run::{CheckOptions, RatchetResult, check};
use sprag::schedule::ActionId;
use sprag::{DynRatchet, KeyGeneration, Party, Profile, RejectionClass, TwoRatchets, Verdict};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::static_key::StaticKey;

/// Games on a pair whose ends claim `claims`.
fn checked(
    ends: [&dyn DynRatchet; 2],
    claims: [Profile; 2],
    seed: u64,
    wanted: impl Fn(&dyn Game) -> bool,
) -> RatchetResult {
    let [initiator, responder] = &claims;
    let profile = Profile::of_both(initiator, responder).unwrap();
    let both = TwoRatchets::new(ends, profile).unwrap();
    check(&both, &CheckOptions { seed, ..CheckOptions::default() }, wanted).unwrap()
}

fn accused(result: &RatchetResult) -> Vec<String> {
    let fails = result.games.iter().filter(|game| game.verdict == Verdict::Fail);
    fails.map(|game| format!("{}: {}", game.id, game.reason)).collect()
}

fn reason(result: &RatchetResult, id: &str) -> String {
    let game = result.games.iter().find(|game| game.id == id).unwrap();
    assert_eq!(game.verdict, Verdict::NotRun, "{id}");
    game.reason.clone()
}

#[test]
fn eager_and_lazy_ratchets_with_limits_of_their_own_get_on() {
    let eager = DoubleRatchet::eager().with_limits(6, 9);
    let lazy = DoubleRatchet::lazy().with_limits(11, 4);
    let claims = [eager.profile(), lazy.profile()];
    for ends in [[0, 1], [1, 0]] {
        let ratchets: [&dyn DynRatchet; 2] = [&eager, &lazy];
        let result =
            checked(ends.map(|end| ratchets[end]), ends.map(|end| claims[end].clone()), 2, |_| {
                true
            });
        assert_eq!(accused(&result), Vec::<String>::new());
        let ran = result.games.iter().filter(|game| game.verdict == Verdict::Pass).count();
        assert!(ran >= 50, "only {ran} games passed");
        let why = reason(&result, "profile/describes-this-ratchet");
        assert!(why.contains("different limits"), "{why}");
    }
}

#[test]
fn two_of_one_kind_are_checked_as_one_is() {
    let ratchet = DoubleRatchet::eager();
    let both = || [ratchet.profile(), ratchet.profile()];
    let result = checked([&ratchet, &ratchet], both(), 1, |game| {
        game.about().id.starts_with("profile/") || game.about().id.starts_with("model/")
    });
    let verdicts: Vec<Verdict> = result.games.iter().map(|game| game.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass]);
}

#[test]
fn a_wrong_claim_of_either_end_is_noticed() {
    let eager = DoubleRatchet::eager().with_limits(6, 9);
    let lazy = DoubleRatchet::lazy().with_limits(11, 4);
    let true_claims = [eager.profile(), lazy.profile()];
    let wrong = [
        (Party::Initiator, eager.profile().with_limits(7, 9)),
        (Party::Responder, lazy.profile().with_limits(10, 4)),
        (Party::Responder, lazy.profile().with_limits(11, 3)),
        (Party::Responder, Profile::double_ratchet(KeyGeneration::Eager).with_limits(11, 4)),
    ];
    for (end, claim) in wrong {
        let mut claims = true_claims.clone();
        claims[end.index()] = claim.clone();
        let is_noticed = |seed| {
            let result = checked([&eager, &lazy], claims.clone(), seed, |game| {
                game.about().id == "model/random-schedule"
            });
            !accused(&result).is_empty()
        };
        let seed = (1..=40).find(|&seed| is_noticed(seed));
        assert!(seed.is_some(), "{end}: {claim:?}");
    }
}

#[test]
fn what_cannot_be_paired_says_why() {
    let (ratchet, fixed) = (DoubleRatchet::eager(), <StaticKey>::default());
    let error = Profile::of_both(&ratchet.profile(), &fixed.profile()).unwrap_err();
    assert!(error.to_string().contains("`family`"), "{error}");
    let Err(rejection) = TwoRatchets::new([&fixed, &fixed], fixed.profile()) else {
        panic!("a ratchet without a handshake was paired");
    };
    assert_eq!(rejection.class, RejectionClass::Unsupported);
    assert!(rejection.detail.contains("handshake"), "{rejection}");
}

#[test]
fn a_session_at_rest_knows_its_end() {
    let (eager, lazy) = (DoubleRatchet::eager(), DoubleRatchet::lazy());
    let profile = Profile::of_both(&eager.profile(), &lazy.profile()).unwrap();
    let both = TwoRatchets::new([&eager, &lazy], profile).unwrap();
    let mut draws = CaseSeed::from([7; 32]).call(ActionId(1), 0);
    let mut pair = both.pair(&mut draws).unwrap();
    let message = both.encrypt(&mut pair.initiator, &mut draws, b"", b"text").unwrap();
    let mut restored = both.import(&both.export(&pair.responder).unwrap()).unwrap();
    let opened = both.decrypt(&mut restored, &mut draws, b"", &message).unwrap();
    assert_eq!(opened, sprag::Opened::Plaintext(b"text".to_vec()));
    assert_eq!(both.import(b"\x02").unwrap_err().class, RejectionClass::Malformed);
    assert_eq!(both.import(b"").unwrap_err().class, RejectionClass::Malformed);
}
