//! SARIF 2.1.0, for code scanning: a rule a game, a result for each game that failed or is weak.

mod log;
#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};
use sprag::schedule::Case;
use sprag::{Severity, Verdict, games};

use crate::context::{Context, outdated};
use crate::inert::inert_json;
use crate::told::figure;
use crate::{GameReport, RatchetReport, Report, inert};
use log::{
    ArtifactLocation, Configuration, Driver, Embedded, Fingerprints, Found, FoundProperties,
    Invocation, Level, Location, Log, LogicalLocation, Notification, PhysicalLocation, Region,
    Rule, RuleProperties, Run, RunProperties, Text, Tool,
};

/// Bytes that an embedded case may take. Shrunk ones need far less.
const CASE_LIMIT: usize = 64 << 10;

/// The report as SARIF. `artifact` is where results are shown: the file of the adapter, relative to the repository, or the
/// command that was checked.
///
/// Deviations that no longer show, troubles and an early end are notifications, and the invocation is then called
/// unsuccessful. A result is the same one in another run if its ratchet and its game are; the version, the seed and what was
/// found do not count.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn render(
    report: &Report,
    artifact: &str,
    context: &Context,
) -> Result<String, serde_json::Error> {
    let rules = rules(report);
    let index = |id: &str| rules.iter().position(|game| game.id == id);
    let uri = uri(artifact);
    let results = report
        .games()
        .filter(|(_, game)| matches!(game.verdict, Verdict::Fail | Verdict::Weak))
        .filter_map(|(ratchet, game)| {
            Some(found(ratchet, game, index(&game.id)?, uri.clone(), context))
        })
        .collect();
    let log = Log {
        schema: log::SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Sprag",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.iter().map(|game| rule(game)).collect(),
                },
            },
            invocations: [invocation(report, context)],
            column_kind: "unicodeCodePoints",
            results,
            properties: RunProperties {
                suite: report.suite,
                seed: report.seed,
                rounds: report.rounds,
                calls: report.calls,
            },
        }],
    };
    serde_json::to_string_pretty(&log).map(|json| inert_json(&json) + "\n")
}

/// The games of the report by id, each once.
fn rules(report: &Report) -> Vec<&GameReport> {
    let mut rules: Vec<&GameReport> = report.games().map(|(_, game)| game).collect();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    rules.dedup_by(|one, other| one.id == other.id);
    rules
}

/// A game as a rule. A report of another version may hold games that this one does not know.
fn rule(game: &GameReport) -> Rule {
    let title = inert(&game.title);
    let (description, help, tags) = match games::find(&game.id).map(|known| known.about()) {
        None => (title.clone(), title.clone(), Vec::new()),
        Some(about) => {
            let parts = [
                about.checks.to_owned(),
                format!("What it cannot show: {}", about.cannot_show),
                format!("Source: {}", about.source),
                format!("More: sprag explain {}", about.id),
            ];
            (about.checks.to_owned(), parts.join("\n\n"), vec![about.catalogue])
        }
    };
    let family = game.id.split('/').next().unwrap_or_default();
    let tags: Vec<String> = ["security", family].into_iter().chain(tags).map(inert).collect();
    Rule {
        id: inert(&game.id),
        short_description: Text { text: title },
        full_description: Text { text: description },
        help: Text { text: help },
        default_configuration: Configuration { level: level(game.severity) },
        properties: RuleProperties {
            tags,
            problem_severity: problem_severity(level(game.severity)),
            security_severity: security_severity(game.severity),
        },
    }
}

fn found(
    ratchet: &RatchetReport,
    game: &GameReport,
    rule_index: usize,
    uri: String,
    context: &Context,
) -> Found {
    let (name, id) = (inert(&ratchet.name), inert(&game.id));
    let weak = game.verdict == Verdict::Weak;
    let level = match level(game.severity) {
        // Weak is no attack; unless it counts as one, it never blocks.
        Level::Error if weak && !context.strict => Level::Warning,
        level => level,
    };
    let text = format!(
        "{name} is {}: {}. {}",
        if weak { "weak" } else { "broken" },
        inert(&game.title),
        inert(&game.reason)
    );
    let places: Vec<String> = game.weak_positions.iter().map(|place| inert(place)).collect();
    Found {
        rule_index,
        level,
        message: Text { text },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation {
                fully_qualified_name: name.clone(),
                kind: "module",
            }],
        }],
        partial_fingerprints: Fingerprints { ratchet_and_game: fingerprint(&name, &id) },
        properties: FoundProperties {
            ratchet: name,
            version: inert(&ratchet.version),
            verdict: game.verdict,
            severity: game.severity,
            trials: game.trials,
            measured: game.measured.iter().map(figure).collect(),
            weak_positions: places,
            replay: context.replay(&ratchet.name, &game.id).map(inert),
            case: game.case.as_ref().map(embedded),
        },
        rule_id: id,
    }
}

/// The case with an exact schedule, or the words that it was too long.
fn embedded(case: &Case) -> Embedded {
    let case = Case {
        ratchet: inert(&case.ratchet),
        game: inert(&case.game),
        found: inert(&case.found),
        ..case.clone()
    };
    match serde_json::to_string(&case) {
        Ok(json) if json.len() <= CASE_LIMIT => Embedded::Case(Box::new(case)),
        _ => Embedded::Words(format!("over {CASE_LIMIT} bytes; see the JSON report")),
    }
}

fn invocation(report: &Report, context: &Context) -> Invocation {
    let mut notifications = Vec::new();
    let mut notify = |text| {
        notifications.push(Notification { level: Level::Error, message: Text { text } });
    };
    for trouble in &context.troubles {
        let (name, words) = (inert(&trouble.ratchet), inert(&trouble.words));
        notify(format!("{name}: {}: {words}", trouble.kind.title()));
    }
    for (ratchet, game) in report.games() {
        if let Some(words) = outdated(game) {
            let words = inert(&words);
            notify(format!("{} in {}: {words}", inert(&ratchet.name), inert(&game.id)));
        }
    }
    if !report.complete {
        notify("not everything that was asked for was run".to_owned());
    }
    Invocation {
        execution_successful: notifications.is_empty(),
        tool_execution_notifications: notifications,
    }
}

const fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

const fn problem_severity(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    }
}

/// In the middle of the range that code scanning calls by the same name.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

fn fingerprint(ratchet: &str, game: &str) -> String {
    // A separator that no inert text holds.
    let digest = Sha256::digest(format!("{ratchet}\0{game}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// `text` as a relative reference: everything that is not plain in a path is percent-encoded.
fn uri(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        b'\\' => "/".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().take(crate::TEXT_LIMIT).map(encoded).collect()
}
