//! When a profile does not describe its ratchet: which parameter values would.

use super::trial::judge_schedule;
use super::with_known_limits;
use crate::engine::Arena;
use crate::games::Game;
use crate::judge::ViolationKind;
use crate::randomness::CaseSeed;
use crate::{ClosingGap, KeyGeneration, Profile, StoredPer, WhenFull};

/// Trials that a profile must describe to be named.
const TRIALS: u64 = 24;

/// Profiles of the same family that describe the ratchet, each with what differs from the one it claims.
#[must_use]
pub fn fitting_profiles(game: &dyn Game, arena: &Arena<'_>, run: u64) -> Vec<(String, Profile)> {
    candidates(arena)
        .into_iter()
        .filter(|(_, profile)| describes(game, arena, profile, run))
        .collect()
}

fn describes(game: &dyn Game, arena: &Arena<'_>, profile: &Profile, run: u64) -> bool {
    (0..TRIALS).all(|trial| {
        let seed = CaseSeed::of_trial(run, game.about().id, trial);
        let mut candidate = arena.seeded(seed);
        candidate.profile = profile;
        let schedule = game.schedule(profile, &mut seed.choices(), trial);
        judge_schedule(game, &candidate, &schedule).is_ok_and(|judgement| {
            !judgement.violations.iter().any(|found| contradicts(found.kind))
        })
    })
}

/// Violations that a wrong profile brings about.
const fn contradicts(kind: ViolationKind) -> bool {
    matches!(
        kind,
        ViolationKind::ProfileMismatch | ViolationKind::GenuineRefused | ViolationKind::Exposed(_)
    )
}

/// Each parameter changed by itself and together with measured limits, the nearest first.
fn candidates(arena: &Arena<'_>) -> Vec<(String, Profile)> {
    let claimed = arena.profile;
    if claimed.ends.is_some() {
        return Vec::new();
    }
    let mut undeclared = claimed.clone();
    if let Some(limits) = undeclared.limits_mut() {
        (limits.max_skip, limits.max_stored) = (None, None);
    }
    let mut bases = vec![(String::new(), claimed.clone())];
    if let Ok((measured, true)) = with_known_limits(arena, &undeclared)
        && measured != *claimed
        && let Some(limits) = measured.limits()
    {
        let shown = |limit: Option<u32>| match limit {
            Some(u32::MAX) | None => "without end".to_owned(),
            Some(limit) => limit.to_string(),
        };
        let (skip, stored) = (shown(limits.max_skip), shown(limits.max_stored));
        bases.push((format!("max_skip: {skip}, max_stored: {stored}"), measured));
    }
    let mut all = Vec::new();
    for (what, base) in bases {
        all.push((what.clone(), base.clone()));
        all.extend(other_storage(&what, &base));
        let Some(claims) = base.double_ratchet_claims() else { continue };
        for key_generation in [KeyGeneration::Eager, KeyGeneration::Lazy] {
            let chains = (0..=5).map(|retained| (false, retained)).chain([(true, 0)]);
            for (closes_chains, retained_chains) in chains {
                let mut claims = claims.clone();
                let mut parts = vec![what.clone()];
                if key_generation != claims.key_generation {
                    parts.push(format!("key_generation: {key_generation:?}").to_lowercase());
                }
                if (closes_chains, retained_chains)
                    != (claims.closes_chains, claims.retained_chains)
                {
                    parts.push(format!("closes_chains: {closes_chains}"));
                    parts.push(format!("retained_chains: {retained_chains}"));
                }
                parts.retain(|part| !part.is_empty());
                claims.key_generation = key_generation;
                (claims.closes_chains, claims.retained_chains) = (closes_chains, retained_chains);
                claims.closing_gap = ClosingGap::default();
                let mut profile = base.clone();
                if let Some(changed) = profile.double_ratchet_claims_mut() {
                    *changed = claims;
                }
                all.push((parts.join(", "), profile));
            }
        }
    }
    all.retain(|(_, profile)| profile != claimed);
    all
}

/// The same profile with another way to keep skipped keys.
fn other_storage(what: &str, base: &Profile) -> Vec<(String, Profile)> {
    let mut all = Vec::new();
    let mut add = |words: &str, change: &dyn Fn(&mut Profile)| {
        let mut profile = base.clone();
        change(&mut profile);
        let parts = [what, words];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        all.push((parts.join(", "), profile));
    };
    for (words, per) in [
        ("stored_per: session", StoredPer::Session),
        ("stored_per: chain", StoredPer::Chain),
        ("stored_per: live-chains", StoredPer::LiveChains),
    ] {
        add(words, &|profile| {
            if let Some(limits) = profile.limits_mut() {
                limits.stored_per = per;
            }
        });
    }
    for (words, when_full) in [
        ("when_full: evict", WhenFull::Evict),
        ("when_full: refuse", WhenFull::Refuse),
        ("when_full: distance", WhenFull::Distance),
    ] {
        add(words, &|profile| {
            if let Some(limits) = profile.limits_mut() {
                limits.when_full = when_full;
            }
        });
    }
    add("closing_gap: forget", &|profile| {
        if let Some(claims) = profile.double_ratchet_claims_mut().filter(|it| it.closes_chains) {
            claims.closing_gap = ClosingGap::Forget;
        }
    });
    all
}
