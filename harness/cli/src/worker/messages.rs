//! What the command and its workers say to each other: one JSON object a line.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sprag::engine::RandomnessLevel;
use sprag::judge::ViolationKind;
use sprag::randomness::CaseSeed;
use sprag::run::{Failure, Totals};
use sprag::schedule::{ActionId, Schedule};
use sprag::{Capabilities, Profile};
use sprag_report::exposure::ExposureMap;

/// From the command to a worker.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// Which ratchet it is about; always first. Nothing of the ratchet is called but what describes it.
    Open {
        /// Where it comes from.
        source: Source,
        /// A profile in place of the ratchet's own.
        profile: Option<Box<Profile>>,
        /// Whose hands the randomness is in, once that is known.
        randomness: Option<RandomnessLevel>,
        /// What a case may use up.
        limits: Limits,
    },
    /// Open a session, find out about the randomness, and which games can be run.
    Probe,
    /// Run a range of trials.
    Trials {
        /// Id of the game.
        game: String,
        /// Seed of the run.
        seed: u64,
        /// The first trial.
        first: u64,
        /// How many.
        count: u64,
        /// Say each call before it is made.
        announce: bool,
        /// How soon that is enough.
        until: Until,
    },
    /// Judge one case.
    Judge {
        /// Id of the game.
        game: String,
        /// Seed of the case.
        seed: CaseSeed,
        /// The schedule.
        schedule: Schedule,
        /// Say each call before it is made.
        announce: bool,
    },
    /// Say which profiles would describe the ratchet, by the measure of this game.
    Fit {
        /// Id of the game.
        game: String,
        /// Seed of the run.
        seed: u64,
    },
    /// Let every attacker work on every theft of a schedule, and say who read what.
    Map {
        /// What it is a map of.
        title: String,
        /// Seed of the case.
        seed: CaseSeed,
        /// The schedule; without it, the standard conversation.
        schedule: Option<Schedule>,
    },
    /// Execute one case and tell what happened.
    Tell {
        /// Seed of the case.
        seed: CaseSeed,
        /// The schedule.
        schedule: Schedule,
    },
}

/// From a worker to the command.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// To [`Job::Open`].
    Described {
        /// The ratchet's name.
        name: String,
        /// Its version.
        version: String,
        /// The profile that cases are judged by.
        profile: Box<Profile>,
        /// Whether limits in it were measured to open the pair that it describes.
        measured: bool,
        /// The ratchet's optional abilities.
        capabilities: Capabilities,
    },
    /// No session could be opened; the ratchet's own words.
    CannotPair(String),
    /// To [`Job::Probe`], first: a session was opened.
    Paired,
    /// To [`Job::Probe`].
    Probed {
        /// Whose hands the randomness is in.
        randomness: RandomnessLevel,
        /// The profile with limits measured where it does not declare them.
        measured: Option<Box<Profile>>,
        /// Games that cannot be run, and why.
        not_run: BTreeMap<String, String>,
    },
    /// This trial begins.
    Trial(u64),
    /// This call begins, and belongs to this action.
    Call(ActionId, Call),
    /// CPU time that the job took: before the totals of [`Job::Trials`], and before the worker gives up.
    Took(Duration),
    /// To [`Job::Trials`].
    Totals(Box<Totals>),
    /// To [`Job::Judge`].
    Judged(Option<Box<Failure>>),
    /// To [`Job::Fit`], in words.
    Fits(String),
    /// To [`Job::Map`]: the map, or why there is none.
    Mapped(Result<Box<ExposureMap>, String>),
    /// To [`Job::Tell`]: what happened, action by action.
    Told(Vec<(ActionId, String)>),
    /// A call does not come to an end; the worker exits.
    Hung(ActionId),
    /// The process has grown beyond the limit; the worker exits.
    OutOfMemory(ActionId),
    /// The child process that is the ratchet died; the worker exits.
    Died {
        /// The action it was in.
        action: ActionId,
        /// Crashed, hung or out of memory.
        kind: ViolationKind,
        /// How, in words that are the same each time.
        words: String,
        /// The last lines of its standard error.
        stderr: Vec<String>,
    },
    /// The harness itself is at fault.
    Fault(String),
}

/// Where a ratchet comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// The registry, by name.
    BuiltIn(String),
    /// A program, which is one itself.
    Exec {
        /// It and its arguments.
        line: Vec<String>,
        /// The built-in ratchet whose known deviations it has.
        known_as: Option<String>,
    },
    /// Two of these, in one conversation.
    Pair {
        /// The initiator's.
        initiator: Box<Self>,
        /// The responder's.
        responder: Box<Self>,
    },
}

impl Source {
    /// Whether a worker starts programs for it, and takes turns with them.
    pub(crate) const fn starts_programs(&self) -> bool {
        match self {
            Self::BuiltIn(_) => false,
            Self::Exec { .. } => true,
            Self::Pair { initiator, responder } => {
                initiator.starts_programs() || responder.starts_programs()
            }
        }
    }

    /// Whether a ratchet runs in the worker itself, and not in a program of its own.
    const fn runs_here(&self) -> bool {
        match self {
            Self::BuiltIn(_) => true,
            Self::Exec { .. } => false,
            Self::Pair { initiator, responder } => initiator.runs_here() || responder.runs_here(),
        }
    }
}

/// How many of the trials are made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Until {
    /// All of them.
    End,
    /// None behind the first that fails.
    Failure,
    /// None behind the first that fails or shows that the ratchet is weak.
    Weakness,
}

/// What a case may use up.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Limits {
    /// CPU milliseconds of one call; six times as much may pass without any CPU used.
    pub call_ms: Option<u64>,
    /// MiB of resident memory.
    pub memory_mib: u64,
}

impl Limits {
    /// The limits of the worker itself: a program has limits of its own on its calls.
    pub(crate) const fn of_worker(self, source: &Source) -> Self {
        if source.runs_here() { self } else { Self { call_ms: None, ..self } }
    }
}

/// The methods of a ratchet, as announced.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Call {
    Pair,
    Offer,
    Begin,
    Accept,
    Encrypt,
    Decrypt,
    Export,
    Import,
    Fields,
    Rewrite,
    LastIndex,
    SealWith,
    OpenWith,
    Preset,
    Outbox,
    AdvanceClock,
    WithHalf,
}

impl Call {
    /// The method's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Offer => "offer",
            Self::Begin => "begin",
            Self::Accept => "accept",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Export => "export",
            Self::Import => "import",
            Self::Fields => "fields",
            Self::Rewrite => "rewrite",
            Self::LastIndex => "last_index",
            Self::SealWith => "seal_with",
            Self::OpenWith => "open_with",
            Self::Preset => "preset",
            Self::Outbox => "outbox",
            Self::AdvanceClock => "advance_clock",
            Self::WithHalf => "with_half",
        }
    }
}
