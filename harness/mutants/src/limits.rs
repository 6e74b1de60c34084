//! Limits for jumps that are checked too late, or not for everything.

use std::hint::black_box;

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::double_ratchet::{Config, Header, State, Textbook};

use crate::mutant::mutant;

/// Stands for "no limit": so far that it shows, and yet a call ends.
const FAR: u32 = 1 << 21;

/// As [`FAR`], for loops that a forger may start at any number.
const LONG_LOOP: u32 = 1 << 16;

fn too_far() -> Rejection {
    Rejection::gap_too_large("too many messages are missing")
}

mutant! {
    LimitCheckedLate, "d02-limit-checked-late", DenialOfService, Moderate,
    "The limit for jumps is checked after the keys are derived",
    weakened in "denial-of-service/forward-jump", "denial-of-service/bound-arithmetic"
}

impl Steps for LimitCheckedLate {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let mut ckr = state.ckr;
        for n in state.nr..header.n.min(FAR) {
            ckr = ckr.map(|ckr| self.kdf_ck(&ckr, n).0);
        }
        black_box(&ckr);
        Textbook.check_limits(config, state, header)
    }
}

mutant! {
    SumWraps, "d04-sum-wraps", DenialOfService, Subtle,
    "The gap and the stored keys are added in 32 bits, so that the greatest number passes the limit",
    weakened in "denial-of-service/bound-arithmetic"
}

impl Steps for SumWraps {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let held = state.skipped.len() as u32;
        let passes = |gap: u32| gap.wrapping_add(held) <= config.max_skip.wrapping_add(held);
        let (old, new) = match state.is_new_key(header) {
            true if state.ckr.is_some() => (header.pn.saturating_sub(state.nr), header.n),
            true => (0, header.n),
            false => (0, header.n.saturating_sub(state.nr)),
        };
        if passes(old) && passes(new) { Ok(()) } else { Err(too_far()) }
    }

    fn skip_message_keys(&self, state: &mut State<()>, until: u32) {
        Textbook.skip_message_keys(state, until.min(state.nr.saturating_add(LONG_LOOP)));
    }
}

mutant! {
    PreviousLengthUnlimited, "d07-previous-length-unlimited", DenialOfService, Moderate,
    "The number of a message has a limit, the length of the previous chain has none",
    weakened in "denial-of-service/forward-jump"
}

impl Steps for PreviousLengthUnlimited {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        if header.pn > FAR {
            return Err(too_far());
        }
        Textbook.check_limits(config, state, &Header { pn: 0, ..*header })
    }
}

// libsignal decided by key equality what a message to oneself is, until a commit of 2026.
mutant! {
    NoLimitForOneself, "d08-no-limit-for-oneself", DenialOfService, Subtle,
    "There is no limit for messages that show the own ratchet key",
    weakened in "denial-of-service/forward-jump"
}

impl Steps for NoLimitForOneself {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let own = state.dhs.is_some_and(|dhs| dhs.public == header.dh);
        if own && header.n.max(header.pn) <= FAR {
            return Ok(());
        }
        Textbook.check_limits(config, state, header)
    }
}

mutant! {
    GapIn16Bits, "d55-gap-in-16-bits", DenialOfService, Subtle,
    "The gap before a message is computed in 16 bits",
    weakened in "denial-of-service/bound-arithmetic", "denial-of-service/forward-jump"
}

impl Steps for GapIn16Bits {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let short = Header { n: header.n & 0xffff, pn: header.pn & 0xffff, ..*header };
        Textbook.check_limits(config, state, if header.n < FAR { &short } else { header })
    }

    fn skip_message_keys(&self, state: &mut State<()>, until: u32) {
        Textbook.skip_message_keys(state, until.min(state.nr.saturating_add(LONG_LOOP)));
    }
}

// SOVEREIGN pull request 2627: the sum in the cap overflows.
mutant! {
    SumOfLengthsPanics, "d56-sum-of-lengths-panics", DenialOfService, Subtle,
    "The number of a message and the count of stored keys are added without a check of the sum",
    killed by "denial-of-service/bound-arithmetic"
}

impl Steps for SumOfLengthsPanics {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let held = state.skipped.len() as u32;
        #[expect(clippy::expect_used, reason = "that is the bug")]
        black_box(header.n.checked_add(held).expect("overflow"));
        Textbook.check_limits(config, state, header)
    }
}
