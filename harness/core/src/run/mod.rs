//! Running games: trials, totals that merge in any order, shrinking, conclusions.

mod check;
mod conclude;
mod fit;
mod measure;
mod totals;
mod trial;

pub(crate) use conclude::off_limits_suffice;

pub use check::{CheckOptions, check, check_against, describe_fits};
pub use conclude::{GameResult, Measured, RatchetResult, conclude, conclude_ratchet, is_weak};
pub use fit::fitting_profiles;
pub use measure::with_known_limits;
pub use totals::{Failure, Totals, WeakCount};
pub use trial::{
    NOT_COPIED, catching, judge_case, judge_schedule, run_trial, shrink_failure, why_not,
};
