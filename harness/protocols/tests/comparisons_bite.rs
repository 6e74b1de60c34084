//! The three comparisons bite: an ideal that is one step too strict and one that is one step too lax are both noticed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::judge::ViolationKind;
use sprag::run::{CheckOptions, RatchetResult, check};
use sprag::{
    Capabilities, Family, Field, Half, KeyGeneration, Opened, Pair, Profile, Ratchet, Rejection,
    StaticKey, SymmetricRatchet, Verdict,
};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::{HybridRatchet, periodic, static_key, symmetric};

/// A ratchet under another profile than its own.
struct Claiming<R>(R, Profile);

impl<R: Ratchet> Ratchet for Claiming<R> {
    type Session = R::Session;

    fn profile(&self) -> Profile {
        self.1.clone()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<R::Session>, Rejection> {
        self.0.pair(rng)
    }

    fn encrypt(
        &self,
        session: &mut R::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.0.encrypt(session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut R::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.0.decrypt(session, rng, ad, message)
    }

    fn name(&self) -> Cow<'static, str> {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.0.fields(message)
    }

    fn export(&self, session: &R::Session) -> Result<Vec<u8>, Rejection> {
        self.0.export(session)
    }

    fn import(&self, state: &[u8]) -> Result<R::Session, Rejection> {
        self.0.import(state)
    }

    fn outbox(
        &self,
        session: &mut R::Session,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        self.0.outbox(session, rng)
    }

    fn with_half(
        &self,
        session: &R::Session,
        half: Half,
        other: &R::Session,
    ) -> Result<R::Session, Rejection> {
        self.0.with_half(session, half, other)
    }
}

/// Plays `game` on `ratchet` under its own profile changed by `change`.
fn under<R: Ratchet>(ratchet: R, game: &str, change: impl FnOnce(&mut Profile)) -> RatchetResult {
    let mut profile = ratchet.profile();
    change(&mut profile);
    let options = CheckOptions { seed: 3, rounds: 1, deviations: Vec::new() };
    check(&Claiming(ratchet, profile), &options, |wanted| wanted.about().id == game).unwrap()
}

/// Asserts that the game failed with one of these kinds.
#[track_caller]
fn fails_with(result: &RatchetResult, wanted: impl Fn(ViolationKind) -> bool) {
    let [game] = &result.games[..] else { panic!("one game") };
    assert_eq!(game.verdict, Verdict::Fail, "{} {}", game.id, game.reason);
    let kind = game.failure.as_ref().unwrap().kind;
    assert!(wanted(kind), "{kind:?}: {}", game.reason);
}

fn claims(profile: &mut Profile) -> &mut sprag::DoubleRatchet {
    profile.double_ratchet_claims_mut().unwrap()
}

const MODEL: &str = "model/random-schedule";
const HEALING: &str = "recovery/healing-time";
const PROFILE: &str = "profile/describes-this-ratchet";

#[test]
fn too_strict_an_ideal_sees_exposures() {
    let eager_called_lazy = under(DoubleRatchet::eager(), HEALING, |profile| {
        claims(profile).key_generation = KeyGeneration::Lazy;
    });
    fails_with(&eager_called_lazy, |kind| matches!(kind, ViolationKind::Exposed(_)));
    let eager_hybrid_called_lazy = under(HybridRatchet::default(), HEALING, |profile| {
        claims(profile).key_generation = KeyGeneration::Lazy;
    });
    fails_with(&eager_hybrid_called_lazy, |kind| matches!(kind, ViolationKind::Exposed(_)));
    let symmetric = symmetric::SymmetricRatchet::<symmetric::Textbook>::default();
    let symmetric_called_double = under(symmetric, HEALING, |profile| {
        *profile = Profile::double_ratchet(KeyGeneration::Eager).with_limits(1000, 2000);
        profile.responder_start = sprag::ResponderStart::InitialChain;
    });
    fails_with(&symmetric_called_double, |kind| matches!(kind, ViolationKind::Exposed(_)));
    let periodic = periodic::PeriodicRekey::<periodic::Textbook>::default();
    let periodic_called_double = under(periodic, HEALING, |profile| {
        *profile = Profile::double_ratchet(KeyGeneration::Eager).with_limits(1000, 2000);
        profile.responder_start = sprag::ResponderStart::InitialChain;
    });
    fails_with(&periodic_called_double, |kind| matches!(kind, ViolationKind::Exposed(_)));
}

#[test]
fn too_lax_an_ideal_misses_what_must_leak() {
    let lazy_called_eager = under(DoubleRatchet::lazy(), PROFILE, |profile| {
        claims(profile).key_generation = KeyGeneration::Eager;
    });
    fails_with(&lazy_called_eager, |kind| kind == ViolationKind::ProfileMismatch);
    let reason = &lazy_called_eager.games[0].reason;
    assert!(reason.contains("what would fit: key_generation: lazy"), "{reason}");
    let periodic = periodic::PeriodicRekey::<periodic::Textbook>::default();
    let periodic_called_static = under(periodic, PROFILE, |profile| {
        profile.family = Family::StaticKey(StaticKey {
            hybrid_to_recipient: false,
            binds_direction: true,
            replay_protection: true,
        });
    });
    // A late message of a closed period is gone, which no static key explains either.
    fails_with(&periodic_called_static, |kind| {
        matches!(kind, ViolationKind::ProfileMismatch | ViolationKind::GenuineRefused)
    });
    let double_called_symmetric = under(DoubleRatchet::lazy(), PROFILE, |profile| {
        profile.family = Family::SymmetricRatchet(SymmetricRatchet::default());
        *profile = profile.clone().with_limits(1000, 2000);
    });
    fails_with(&double_called_symmetric, |kind| kind == ViolationKind::ProfileMismatch);
}

#[test]
fn a_limit_one_off_is_noticed_on_both_sides() {
    for (game, is_stored, change) in [
        (PROFILE, false, -1),
        ("order/immediate-decryption", false, 1),
        (PROFILE, true, -1),
        (PROFILE, true, 1),
    ] {
        let small = DoubleRatchet::eager().with_limits(20, 30);
        let result = under(small, game, |profile| {
            let limits = profile.limits_mut().unwrap();
            let limit = if is_stored { &mut limits.max_stored } else { &mut limits.max_skip };
            *limit = limit.map(|limit| limit.saturating_add_signed(change));
        });
        fails_with(&result, |kind| {
            matches!(kind, ViolationKind::ProfileMismatch | ViolationKind::GenuineRefused)
        });
    }
}

#[test]
fn a_retained_chain_that_is_not_there_is_noticed() {
    let result = under(DoubleRatchet::eager(), MODEL, |profile| {
        claims(profile).closes_chains = false;
        claims(profile).retained_chains = 1;
    });
    fails_with(&result, |_| true);
}

#[test]
fn replay_protection_that_is_not_there_is_noticed() {
    let statics = static_key::StaticKey::<static_key::Textbook>::default();
    let result = under(statics, "forgery/replay", |profile| {
        profile.family = Family::StaticKey(StaticKey {
            hybrid_to_recipient: false,
            binds_direction: true,
            replay_protection: true,
        });
    });
    fails_with(&result, |kind| kind == ViolationKind::Replayed);
}

#[test]
fn undeclared_limits_are_measured() {
    let small = DoubleRatchet::eager().with_limits(17, 29);
    let result = under(small, PROFILE, |profile| {
        let limits = profile.limits_mut().unwrap();
        (limits.max_skip, limits.max_stored) = (None, None);
    });
    assert_eq!(result.games[0].verdict, Verdict::Pass, "{}", result.games[0].reason);
}
