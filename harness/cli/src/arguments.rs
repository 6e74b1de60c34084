//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;
use sprag::schedule::SUITE;

use crate::init::Language;

/// Attacks encrypted-messaging ratchets and says what they gave away.
#[derive(Debug, Parser)]
#[command(
    name = "sprag",
    version,
    about,
    long_about = "Attacks encrypted-messaging ratchets: steals sessions, forges, replays, reorders, and compares what \
        the attackers really read with what an ideal ratchet of that kind would have given away.\n\n\
        Without a command: a tour of a quarter of a minute or so.",
    after_help = EXITS,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// What to do; without it, a short tour.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXITS: &str = "Exit status:
  0    everything that ran passed, or is weak without --strict, or is known
  1    at least one game failed
  2    the command line or a file is wrong
  3    an expected failure or known deviation no longer shows, was not run, or has expired
  4    nothing was checked, or less than was asked for
  5    a ratchet could not be started or paired
  70   a fault of the harness
  130  interrupted";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set a project up: an adapter to fill in, a sprag.toml, and the gate for its CI.
    #[command(after_help = "Example:
  sprag init
  sprag init --language python my-project

What is there already is left as it is.")]
    Init(InitArguments),
    /// Run the games against ratchets.
    #[command(after_help = "Examples:
  sprag check vodozemac/olm-v1
  sprag check textbook/ --effort smoke
  sprag check vodozemac/olm-v1 --games forgery/,G-FS-1 --json report.json
  sprag check mutant/p02-renews-once --seed 7 --rounds 2
  sprag check --exec 'python3 my_ratchet.py'
  sprag check --pair 'vodozemac/olm-v1,python3 my_olm.py'

A ratchet or game that ends in / stands for all that begin with it.")]
    Check(Box<CheckArguments>),
    /// Keep the file of expected failures true to what is found.
    #[command(subcommand)]
    Baseline(BaselineCommand),
    /// Make one report of the parts of a run.
    #[command(after_help = "Example:
  sprag merge forgery.json recovery.json --json whole.json --markdown summary.md
  sprag merge report.json.partial --html page.html

A run that is killed leaves what it came to so far beside its report, as NAME.partial.

Exits as the whole run would have, but that a ratchet could not be started is in no report: that is 4 here.")]
    Merge(MergeArguments),
    /// Say what got better or worse between two reports.
    #[command(after_help = "Example:
  sprag diff main.json branch.json

Exits 1 if something got worse.")]
    Diff(DiffArguments),
    /// List ratchets, games or mutants.
    List {
        /// What to list.
        what: Listing,
    },
    /// Say what a game checks, why, where it comes from and what it cannot show.
    #[command(after_help = "Examples:
  sprag explain forward-secrecy/consumed-key
  sprag explain --would-catch RUSTSEC-2024-0011")]
    Explain {
        /// Id of the game, readable or from the catalogue.
        #[arg(required_unless_present = "would_catch")]
        game: Option<String>,
        /// Say which game and case would have caught a known fault: a CVE, an advisory, a project, or a part of its name.
        #[arg(long, value_name = "NAME", conflicts_with = "game")]
        would_catch: Option<String>,
    },
    /// Draw exposure maps: what attackers read of one conversation, by the time of the theft.
    #[command(after_help = "Examples:
  sprag map textbook/static-key textbook/double-ratchet-lazy
  sprag map vodozemac/olm-v1 -o olm.svg
  sprag map --exec 'python3 my_ratchet.py'
  sprag map --case sprag-cases/mutant.p02-renews-once--recovery.healing-time.json

All ratchets have the same conversation. From each party a session is stolen at each of its moments, and every attacker works on
each theft by itself. What the ratchet's profile does not rule out is exposed by design, all else beyond the claim.

Exits 1 if something is exposed beyond the claim.")]
    Map(MapArguments),
    /// Compare how fast ratchets are, from what the benches measured.
    #[command(after_help = "Examples:
  cargo bench --workspace --bench ratchets
  sprag bench
  sprag bench -o ratchets.svg --json ratchets.json

Times are told as multiples of what one textbook ratchet took in the same run.")]
    Bench(BenchArguments),
    /// Grade the harness itself: which game finds which planted bug, and how soon.
    #[command(after_help = "Examples:
  sprag mutants
  sprag mutants p0 t12-old-keys-under-new-name --seeds 1
  sprag mutants --games forgery/ --json mutants.json

A mutant is named by its id or by what its id begins with. Without any, all are tried.
Exits 1 if the game that must find a mutant does not, with any of the seeds; and 70 if a correct
ratchet is accused, or if a game finds nothing that no other game finds and is not kept on purpose.")]
    Mutants(MutantsArguments),
    /// Walk through what a ratchet can do: what works, what is missing, and which games that disables.
    #[command(after_help = "Examples:
  sprag probe --exec 'python3 my_ratchet.py'
  sprag probe vodozemac/olm-v1")]
    Probe(ProbeArguments),
    /// Show what goes over the line between the harness and a program.
    #[command(after_help = "Examples:
  sprag trace --exec 'python3 my_ratchet.py'
  sprag trace --exec 'node my.mjs' --case sprag-cases/my--model.random-schedule.json --full")]
    Trace(TraceArguments),
    /// Repeat a stored case, step by step.
    #[command(after_help = "Examples:
  sprag replay sprag-cases/mutant.p02-renews-once--recovery.healing-time.json
  sprag replay --from-fuzz fuzz/artifacts/schedule/crash-0a1b2c")]
    Replay(ReplayArguments),
    /// Print a script that completes this command's arguments in a shell.
    #[command(after_help = "Example:
  sprag completions bash > ~/.local/share/bash-completion/completions/sprag")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, and those of the subcommands behind it.
    #[command(after_help = "Example:
  sprag man > sprag.1")]
    Man,
    /// Be a built-in ratchet for another harness: answer the child protocol on standard input and output.
    #[command(after_help = "Example:
  sprag check --exec 'sprag serve textbook/double-ratchet-eager'")]
    Serve {
        /// Name of the ratchet.
        ratchet: String,
    },
    /// A worker process of this command.
    #[command(hide = true)]
    Worker,
    /// Become a program, with limits.
    #[command(hide = true)]
    Launch {
        /// MiB of memory.
        #[arg(long)]
        memory: u64,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        line: Vec<String>,
    },
}

/// What is done with a baseline.
#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Check, and expect from now on what failed. Entries that hold stay as they are, with their comments.
    #[command(after_help = "Examples:
  sprag baseline update --exec 'python3 my_ratchet.py'
  sprag baseline update --baseline ci/sprag.toml

The file is `sprag.toml` unless --baseline names another; what its section [check] says need not be said again.
New entries say `not looked into yet`: put the true reason in its place.")]
    Update(Box<CheckArguments>),
}

/// What can be listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Listing {
    /// The built-in ratchets.
    Ratchets,
    /// The games.
    Games,
    /// The planted bugs, by which the games are judged.
    Mutants,
}

/// How long a run may take.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EffortArgument {
    /// About 10 s a ratchet, and 2 s of CPU time a call.
    Smoke,
    /// About 60 s a ratchet.
    #[default]
    Gate,
    /// Until --time is over.
    Nightly,
}

/// Where a report goes, and as what. A path - is standard output, and text for people then goes to standard error.
#[derive(Args, Clone, Debug)]
pub(crate) struct DocumentArguments {
    /// Write the report there; - is standard output, and text for people then goes to standard error.
    #[arg(long, value_name = "PATH")]
    pub json: Option<PathBuf>,
    /// Write the report there as JUnit XML.
    #[arg(long, value_name = "PATH")]
    pub junit: Option<PathBuf>,
    /// Write what was found there as SARIF 2.1.
    #[arg(long, value_name = "PATH")]
    pub sarif: Option<PathBuf>,
    /// Write the report there as Markdown, for the summary of a CI step.
    #[arg(long, value_name = "PATH")]
    pub markdown: Option<PathBuf>,
    /// Write the report there as one HTML page that needs nothing else.
    #[arg(long, value_name = "PATH")]
    pub html: Option<PathBuf>,
    /// Write a badge there: SVG, or for a name in .json what the endpoint of shields.io reads.
    #[arg(long, value_name = "PATH")]
    pub badge: Option<PathBuf>,
    /// A comparison that `sprag bench --json` wrote, to be told in the HTML and in the Markdown as well.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
}

/// The arguments of `merge`.
#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// Reports of `check --json`, each on other games or ratchets. One alone is written in other forms.
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// What is written.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Count `weak` as a failure.
    #[arg(long)]
    pub strict: bool,
}

/// The arguments of `diff`.
#[derive(Args, Debug)]
pub(crate) struct DiffArguments {
    /// The report of `check --json` before.
    #[arg(value_name = "OLD")]
    pub before: PathBuf,
    /// The one after.
    #[arg(value_name = "NEW")]
    pub after: PathBuf,
}

/// The arguments of `init`.
#[derive(Args, Debug)]
pub(crate) struct InitArguments {
    /// The project's folder.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// The language of the adapter; by default that of the manifest in the folder.
    #[arg(long, value_enum)]
    pub language: Option<Language>,
}

/// The arguments of `check`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArguments {
    /// Ratchets by name or prefix; without any, a textbook Double Ratchet and vodozemac's Olm.
    #[arg(value_name = "RATCHET")]
    pub ratchets: Vec<String>,
    /// A program that is a ratchet, in any language: it speaks the child protocol on standard input and output. May be
    /// given several times.
    #[arg(long, value_name = "COMMAND LINE")]
    pub exec: Vec<String>,
    /// Two ratchets of one wire format in one conversation, the initiator first: built-in ones, or command lines of programs.
    /// May be given several times.
    #[arg(long, value_name = "A,B")]
    pub pair: Vec<String>,
    /// The programs have the known deviations of this built-in ratchet.
    #[arg(long, value_name = "RATCHET", requires = "exec")]
    pub known_as: Option<String>,
    /// What is written.
    #[command(flatten)]
    pub documents: DocumentArguments,
    /// Seed of the run; 1 by default.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How long to run; gate by default.
    #[arg(long, value_enum)]
    pub effort: Option<EffortArgument>,
    /// Seconds for the rounds of one ratchet, in place of the effort's.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time: Option<f64>,
    /// Run exactly this many rounds, however long that takes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub rounds: Option<u64>,
    /// Stop at the first game that fails.
    #[arg(long)]
    pub fail_fast: bool,
    /// Count `weak` as a failure.
    #[arg(long)]
    pub strict: bool,
    /// Only these games: ids, catalogue ids, or prefixes such as forgery/.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub games: Vec<String>,
    /// One part of the games of a run that is split over several machines: part I of N, from 1. `sprag merge` makes one
    /// report of the parts.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// The suite: which games there are, and how sharp they are; the newest by default. A later version of Sprag may have a
    /// newer one, and goes on with this.
    #[arg(long, value_name = "N", value_parser = suite)]
    pub suite: Option<u32>,
    /// Exit 4 if fewer games than this were run on a ratchet.
    #[arg(long, value_name = "N")]
    pub at_least: Option<usize>,
    /// A profile in place of the ratchets' own.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// What is checked unless said otherwise here, and which failures are expected: a `sprag.toml`.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Where case files of failures go; made only when there is one.
    #[arg(long, value_name = "DIR", default_value = "sprag-cases")]
    pub cases: PathBuf,
    /// How workers are run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// The arguments of `map`.
#[derive(Args, Debug)]
pub(crate) struct MapArguments {
    /// Ratchets by name or prefix.
    #[arg(value_name = "RATCHET", required_unless_present_any = ["exec", "case"])]
    pub ratchets: Vec<String>,
    /// A program that is a ratchet. May be given several times.
    #[arg(long, value_name = "COMMAND LINE")]
    pub exec: Vec<String>,
    /// The schedule of a case file in place of the standard conversation; its own ratchet if none is named.
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
    /// Draw the maps as an SVG image there, in place of blocks on standard output.
    #[arg(long, short, value_name = "FILE.svg|FILE.png")]
    pub output: Option<PathBuf>,
    /// Seed of the randomness in the standard conversation.
    #[arg(long, default_value_t = 1, conflicts_with = "case")]
    pub seed: u64,
    /// A profile in place of the ratchets' own.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// How workers are run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// The arguments of `bench`.
#[derive(Args, Debug)]
pub(crate) struct BenchArguments {
    /// Where criterion wrote to; by default where it does so unless told otherwise.
    #[arg(long, value_name = "DIR")]
    pub criterion: Option<PathBuf>,
    /// Draw the comparison as an SVG image there.
    #[arg(long, short, value_name = "FILE.svg")]
    pub output: Option<PathBuf>,
    /// Write the comparison there; - is standard output, and text for people then goes to standard error.
    #[arg(long, value_name = "PATH")]
    pub json: Option<PathBuf>,
}

/// The arguments of `mutants`.
#[derive(Args, Debug)]
pub(crate) struct MutantsArguments {
    /// Mutants by id or by its beginning; without any, all of them.
    #[arg(value_name = "MUTANT")]
    pub mutants: Vec<String>,
    /// Write the matrix there; - is standard output, and text for people then goes to standard error.
    #[arg(long, value_name = "PATH")]
    pub json: Option<PathBuf>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds; with those behind the first, only the games that find the mutant are run.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub seeds: u64,
    /// Run every game with every seed.
    #[arg(long)]
    pub every_game: bool,
    /// Only these games: ids, catalogue ids, or prefixes such as forgery/.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub games: Vec<String>,
    /// Shrink what is found first, and say how long that case is.
    #[arg(long)]
    pub shrink: bool,
    /// How workers are run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// The arguments of `probe`.
#[derive(Args, Debug)]
pub(crate) struct ProbeArguments {
    /// Name of a built-in ratchet.
    #[arg(required_unless_present = "exec", conflicts_with = "exec")]
    pub ratchet: Option<String>,
    /// The program that is the ratchet.
    #[arg(long, value_name = "COMMAND LINE")]
    pub exec: Option<String>,
    /// A profile in place of the ratchet's own.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// How it is run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// The arguments of `trace`.
#[derive(Args, Debug)]
pub(crate) struct TraceArguments {
    /// The program that is the ratchet.
    #[arg(long, value_name = "COMMAND LINE")]
    pub exec: String,
    /// The conversation of a case file, in place of a short one in order and out of order.
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
    /// Show long strings whole.
    #[arg(long)]
    pub full: bool,
    /// A profile in place of the program's own.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// How it is run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// The arguments of `replay`.
#[derive(Args, Debug)]
pub(crate) struct ReplayArguments {
    /// The case file.
    #[arg(required_unless_present = "from_fuzz")]
    pub case: Option<PathBuf>,
    /// A crash file of a fuzz target, or an input of its corpus, in place of a case file; its case is written beside it.
    #[arg(long, value_name = "FILE", conflicts_with = "case")]
    pub from_fuzz: Option<PathBuf>,
    /// The built-in ratchet that the fuzz target was told to take, in place of the one that the input picks.
    #[arg(long, value_name = "NAME", requires = "from_fuzz", conflicts_with_all = ["exec", "pair"])]
    pub ratchet: Option<String>,
    /// The program that is the ratchet, in place of the one that the case names.
    #[arg(long, value_name = "COMMAND LINE")]
    pub exec: Option<String>,
    /// The program has the known deviations of this built-in ratchet.
    #[arg(long, value_name = "RATCHET", requires = "exec")]
    pub known_as: Option<String>,
    /// The two ratchets of the conversation, as `check` was given them.
    #[arg(long, value_name = "A,B", conflicts_with = "exec")]
    pub pair: Option<String>,
    /// A profile in place of the ratchet's own.
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// How workers are run.
    #[command(flatten)]
    pub workers: WorkerArguments,
}

/// How workers are run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct WorkerArguments {
    /// Worker processes; by default one for each processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Give each call ten times as long.
    #[arg(long, conflicts_with = "no_timeout")]
    pub patient: bool,
    /// Let a call take for ever.
    #[arg(long)]
    pub no_timeout: bool,
    /// Memory limit of a worker; 2048 by default, 1024 in smoke runs, 512 where planted bugs are graded.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(16..))]
    pub memory: Option<u64>,
    /// CPU milliseconds of one call.
    #[arg(long, hide = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub call_limit_ms: Option<u64>,
}

/// A part of the games.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shard {
    /// Which part, from 0.
    part: usize,
    parts: usize,
}

impl Shard {
    /// Its share of a list: neighbours, which are alike, go to different parts.
    pub(crate) fn of<T>(self, whole: Vec<T>) -> Vec<T> {
        let numbered = whole.into_iter().enumerate();
        numbered.filter(|(index, _)| index % self.parts == self.part).map(|(_, it)| it).collect()
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || "two numbers such as 2/3, the first not above the second".to_owned();
    let (part, parts) = text.split_once('/').ok_or_else(wrong)?;
    match (part.parse::<usize>(), parts.parse::<usize>()) {
        (Ok(part), Ok(parts)) if part > 0 && part <= parts => Ok(Shard { part: part - 1, parts }),
        _ => Err(wrong()),
    }
}

/// A suite that this version has.
///
/// # Errors
/// If it has none of that number, in words.
pub(crate) fn suite(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(suite) if (1..=SUITE).contains(&suite) => Ok(suite),
        Ok(_) if SUITE == 1 => Err("this version of sprag has suite 1 alone".to_owned()),
        Ok(_) => Err(format!("this version of sprag has the suites 1 to {SUITE}")),
        Err(_) => Err("the number of a suite".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err("a positive number of seconds".to_owned()),
    }
}
