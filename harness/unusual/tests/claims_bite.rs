//! A member under claims that are not true of it is noticed: what makes the zoo honest is its profiles.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag::engine::{Arena, Progress, RandomnessLevel, detect_randomness};
use sprag::games::find;
use sprag::run::{GameResult, Totals, conclude, run_trial};
use sprag::{ClosingGap, Ordering, Profile, ResponderStart, StoredPer, Verdict, WhenFull};
use sprag_unusual::zoo;

/// One round of `game` on the member `name`, under its profile changed by `change`.
fn under(name: &str, game: &str, change: impl FnOnce(&mut Profile)) -> GameResult {
    let member = zoo().find(|member| member.ratchet.name() == name).unwrap();
    let (ratchet, game, progress) = (&*member.ratchet, find(game).unwrap(), Progress::new());
    let mut profile = ratchet.profile();
    change(&mut profile);
    let probe = Arena::new(ratchet, &profile, RandomnessLevel::None, &[], &progress);
    let randomness = detect_randomness(&probe).unwrap();
    let arena = Arena::new(ratchet, &profile, randomness, &[], &progress);
    let mut totals = Totals::default();
    for trial in 0..game.trials(&profile) {
        totals.merge(run_trial(game, &arena, 1, trial).unwrap());
    }
    conclude(game, &profile, &[], &totals)
}

const MODEL: &str = "model/random-schedule";
const PROFILE: &str = "profile/describes-this-ratchet";

#[track_caller]
fn fails(result: &GameResult) {
    assert_eq!(result.verdict, Verdict::Fail, "{}: {}", result.id, result.reason);
}

#[test]
fn a_limit_of_length_that_is_not_there_is_noticed() {
    let longer = |profile: &mut Profile| profile.max_plaintext = Some(1001);
    fails(&under("unusual/1000-bytes", PROFILE, longer));
    let shorter = |profile: &mut Profile| profile.max_plaintext = Some(999);
    assert_eq!(under("unusual/1000-bytes", PROFILE, shorter).verdict, Verdict::Pass);
}

#[test]
fn another_expansion_is_noticed() {
    fails(&under("unusual/uncounted", PROFILE, |profile| profile.expansion = Some(17)));
    fails(&under("unusual/padding-160", PROFILE, |profile| profile.expansion = Some(60)));
}

#[test]
fn keys_that_live_shorter_or_longer_are_noticed() {
    let living = |seconds| {
        move |profile: &mut Profile| {
            profile.limits_mut().unwrap().stored_seconds = Some(seconds);
        }
    };
    fails(&under("unusual/expiring-keys", PROFILE, living(4000)));
    fails(&under("unusual/expiring-keys", PROFILE, living(3000)));
    assert_eq!(under("unusual/expiring-keys", PROFILE, living(3600)).verdict, Verdict::Pass);
}

#[test]
fn another_way_to_keep_skipped_keys_is_noticed() {
    let per = |stored_per| {
        move |profile: &mut Profile| profile.limits_mut().unwrap().stored_per = stored_per
    };
    for wrong in [StoredPer::Session, StoredPer::Chain] {
        fails(&under("unusual/one-store", PROFILE, per(wrong)));
    }
    fails(&under("unusual/chains-one", PROFILE, per(StoredPer::LiveChains)));
    let full = |when_full| {
        move |profile: &mut Profile| profile.limits_mut().unwrap().when_full = when_full
    };
    fails(&under("unusual/sliding-window", PROFILE, full(WhenFull::Evict)));
    fails(&under("unusual/chains-one", PROFILE, full(WhenFull::Distance)));
    let gap = |closing_gap| {
        move |profile: &mut Profile| {
            profile.double_ratchet_claims_mut().unwrap().closing_gap = closing_gap;
        }
    };
    fails(&under("unusual/gives-up-old-chains", PROFILE, gap(ClosingGap::Refuse)));
    fails(&under("unusual/stores-three", PROFILE, gap(ClosingGap::Forget)));
}

#[test]
fn integrity_that_is_not_there_is_noticed() {
    let claimed = |profile: &mut Profile| profile.integrity = true;
    fails(&under("unusual/no-integrity", "forgery/bit-flips", claimed));
    fails(&under("unusual/no-integrity", MODEL, claimed));
}

#[test]
fn a_session_that_ends_at_a_forgery_is_noticed() {
    let silent = |profile: &mut Profile| profile.aborts_on_forgery = false;
    fails(&under("unusual/aborting", MODEL, silent));
    fails(&under("unusual/aborting", "atomicity/failed-decrypt", silent));
}

#[test]
fn strict_order_is_noticed() {
    let any = |profile: &mut Profile| profile.ordering = Ordering::Any;
    fails(&under("unusual/strict-eager", "order/immediate-decryption", any));
}

#[test]
fn who_may_speak_first_is_noticed() {
    let both = |profile: &mut Profile| profile.responder_start = ResponderStart::InitialChain;
    fails(&under("unusual/answers-static", MODEL, both));
    let one = |profile: &mut Profile| profile.responder_start = ResponderStart::NotYet;
    fails(&under("unusual/initial-chain-lazy", MODEL, one));
}
