//! What this crate wrote, read back. It may come from anywhere, so its text is made inert again.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::{GameReport, RatchetReport, Report, WIRE, inert};

/// A file that cannot be used as a report, or as what else this crate writes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The file ends too early.
    #[error("line {line}, column {column}: the file ends in the middle")]
    Cut {
        /// Line of the end, from 1.
        line: usize,
        /// Column of the end.
        column: usize,
    },
    /// Not JSON, or not of this form.
    #[error("line {line}, column {column}{}: {reason}", place(.path))]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// The field, such as `ratchets[0].version`; empty if it is not within one.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Some other JSON.
    #[error("no {0} of Sprag: `wire` is missing")]
    Foreign(&'static str),
    /// Another version of the form.
    #[error("a {what} of form {found}; this version reads form {known}")]
    Wire {
        /// What was to be read.
        what: &'static str,
        /// The version of the file.
        found: u64,
        /// The version that can be read.
        known: u32,
    },
    /// Something that must be named once is there twice.
    #[error("{what} `{name}` stands twice")]
    Repeated {
        /// A ratchet, or a game of one.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Times that cannot stand beside one another.
    #[error("{0}")]
    Incomparable(String),
}

fn place(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in `{path}`") }
}

/// Reads what is `what`, in the version `known` of its form.
pub(crate) fn of_form<T: DeserializeOwned>(
    text: &str,
    what: &'static str,
    known: u32,
) -> Result<T, ReportError> {
    // A newer form may hold what this version does not know, so its version is asked for first.
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| syntax(&error, ""))?;
    match json.get("wire").and_then(serde_json::Value::as_u64) {
        None => return Err(ReportError::Foreign(what)),
        Some(found) if found != u64::from(known) => {
            return Err(ReportError::Wire { what, found, known });
        }
        Some(_) => drop(json),
    }
    let mut json = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        syntax(error.inner(), if path == "." { "" } else { &path })
    })
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// With the line, the column and the field, if the text is no whole report of this form.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        let report: Self = of_form(text, "report", WIRE)?;
        report.without_repetition().map(Self::inert)
    }

    fn without_repetition(self) -> Result<Self, ReportError> {
        let repeated = |what, name: &str| ReportError::Repeated { what, name: inert(name) };
        let ratchets = self.ratchets.iter().map(|ratchet| ratchet.name.as_str());
        if let Some(name) = twice(ratchets) {
            return Err(repeated("the ratchet", name));
        }
        for ratchet in &self.ratchets {
            if let Some(id) = twice(ratchet.games.iter().map(|game| game.id.as_str())) {
                return Err(repeated("the game", &format!("{id}` on `{}", ratchet.name)));
            }
        }
        Ok(self)
    }

    /// The same with all text inert. What this crate wrote is so already, but for the exact cases.
    fn inert(mut self) -> Self {
        self.ratchets.iter_mut().for_each(RatchetReport::make_inert);
        for time in &mut self.timings.ratchets {
            make_inert(&mut time.name);
            time.games.iter_mut().for_each(|game| make_inert(&mut game.id));
            for stderr in &mut time.stderr {
                make_inert(&mut stderr.game);
                stderr.lines.iter_mut().for_each(make_inert);
            }
        }
        self
    }
}

impl RatchetReport {
    fn make_inert(&mut self) {
        make_inert(&mut self.name);
        make_inert(&mut self.version);
        make_inert_cow(&mut self.profile_source);
        if let Some(profile) = &mut self.profile {
            profile.envelope.iter_mut().for_each(make_inert);
        }
        for deviation in &mut self.deviations {
            make_inert_cow(&mut deviation.finding);
            make_inert_cow(&mut deviation.shown_by);
        }
        self.games.iter_mut().for_each(GameReport::make_inert);
        self.no_exposure.iter_mut().for_each(make_inert);
    }
}

impl GameReport {
    fn make_inert(&mut self) {
        make_inert(&mut self.id);
        make_inert(&mut self.title);
        make_inert(&mut self.reason);
        self.quotas.iter_mut().for_each(|quota| make_inert(&mut quota.name));
        for measured in &mut self.measured {
            make_inert(&mut measured.name);
            make_inert(&mut measured.value);
            make_inert_cow(&mut measured.unit);
        }
        self.weak_positions.iter_mut().for_each(make_inert);
        self.missing_deviations.iter_mut().for_each(make_inert);
        if let Some(case) = &mut self.case {
            [&mut case.ratchet, &mut case.game, &mut case.found].into_iter().for_each(make_inert);
        }
    }
}

fn make_inert(text: &mut String) {
    *text = inert(text);
}

fn make_inert_cow(text: &mut Cow<'static, str>) {
    *text = inert(text).into();
}

/// The first name that stands in `names` twice.
pub(crate) fn twice<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

fn syntax(error: &serde_json::Error, path: &str) -> ReportError {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return ReportError::Cut { line, column };
    }
    // serde_json appends the place to its message; ours stands in front.
    let words = error.to_string();
    let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
    ReportError::Syntax { line, column, path: inert(path), reason: inert(reason) }
}

#[cfg(test)]
mod tests {
    use crate::Report;
    use crate::fixtures;

    #[test]
    fn a_report_that_is_read_and_written_again_is_the_same_to_the_byte() {
        for report in [fixtures::ordinary(), fixtures::every_family(), fixtures::read_hostile()] {
            let json = report.to_json().unwrap();
            let again = Report::from_json(&json).unwrap().to_json().unwrap();
            assert_eq!(again, json);
        }
    }

    #[test]
    fn a_report_that_was_not_written_to_its_end_is_refused_at_its_end() {
        let json = fixtures::ordinary().to_json().unwrap();
        let json = json.trim_end();
        for cut in (0..json.len()).filter(|&cut| json.is_char_boundary(cut)).step_by(7) {
            let words = Report::from_json(&json[..cut]).unwrap_err().to_string();
            assert!(words.contains("the file ends in the middle"), "cut at {cut}: {words}");
        }
        assert!(Report::from_json(&format!("{json} {json}")).is_err());
    }

    #[test]
    fn faults_name_their_line_column_and_field() {
        let json = fixtures::ordinary().to_json().unwrap();
        for (from, to, expected) in [
            ("\"wire\": 1", "\"wire\": 2", "a report of form 2; this version reads form 1"),
            ("\"wire\": 1", "\"wier\": 1", "no report of Sprag: `wire` is missing"),
            ("\"suite\": 1", "\"suite\": -1", "line 2, column 13, in `suite`: invalid value"),
            ("\"gate\"", "\"gaet\"", "in `effort`: unknown variant `gaet`"),
            ("\"complete\"", "\"compleet\"", "unknown field `compleet`"),
            ("\"verdict\": \"fail\"", "\"verdict\": 1", "in `ratchets[0].verdict`: "),
            ("\"severity\": \"high\"", "\"severity\": \"h\"", "in `ratchets[0].games[0].severity`"),
            ("\"profile\": {", "\"profil\": {", "unknown field `profil`"),
            ("\"family\": \"double", "\"family\": \"triple", "in `ratchets[0].profile`: "),
            ("\"case\": null", "\"cased\": null", "unknown field `cased`"),
            (",\n          \"case\": null", "", "missing field `case`"),
            ("\"seed\": 7,", "\"seed\": 7,,", "line 4, column 13: key must be a string"),
            ("\"gate\"", "\"\\u001b[2J\"", "unknown variant `\\u{1b}[2J`"),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from} is not in the report");
            let words = Report::from_json(&changed).unwrap_err().to_string();
            assert!(words.contains(expected), "{to}: {words}");
            assert!(!words.contains('\u{1b}'), "{words}");
        }
    }

    #[test]
    fn what_is_written_fits_the_schema() {
        let schema = include_str!("../../../vectors/schemas/report.schema.json");
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for report in [fixtures::ordinary(), fixtures::every_family(), fixtures::read_hostile()] {
            let json = serde_json::from_str(&report.to_json().unwrap()).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&json).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }

    #[test]
    fn the_schema_of_reports_knows_all_that_the_schema_of_cases_knows() {
        let schema = |text| -> serde_json::Value { serde_json::from_str(text).unwrap() };
        let report = schema(include_str!("../../../vectors/schemas/report.schema.json"));
        let case = schema(include_str!("../../../vectors/schemas/case.schema.json"));
        assert_eq!(report["$defs"]["case"]["properties"], case["properties"]);
        for (name, part) in case["$defs"].as_object().unwrap() {
            assert_eq!(report["$defs"][name], *part, "{name}");
        }
    }

    #[test]
    fn foreign_json_is_refused() {
        for text in ["[]", "{}", "null", "1", "\"wire\"", "{\"wire\":\"1\"}", "{\"sprag_case\":1}"]
        {
            let words = Report::from_json(text).unwrap_err().to_string();
            assert!(words.starts_with("no report of Sprag"), "{text}: {words}");
        }
        let words = Report::from_json("# a report").unwrap_err().to_string();
        assert!(words.starts_with("line 1, column 1"), "{words}");
    }

    #[test]
    fn what_stands_twice_is_refused() {
        let mut report = fixtures::ordinary();
        let game = report.ratchets[0].games[0].clone();
        report.ratchets[0].games.push(game);
        let words = Report::from_json(&report.to_json().unwrap()).unwrap_err().to_string();
        assert!(words.contains("the game `forward-secrecy/consumed-key` on"), "{words}");
        let mut report = fixtures::ordinary();
        let ratchet = report.ratchets[0].clone();
        report.ratchets.push(ratchet);
        let words = Report::from_json(&report.to_json().unwrap()).unwrap_err().to_string();
        assert!(words.contains("the ratchet `"), "{words}");
    }

    #[test]
    fn text_of_a_foreign_report_is_made_inert() {
        let shown =
            format!("{:?}", Report::from_json(&fixtures::hostile().to_json().unwrap()).unwrap());
        // What is left stands in the schedule, which is kept as it was found.
        let shown = shown.split("schedule: Schedule").next().unwrap().to_owned();
        assert!(shown.contains("<script>"), "the hostile text is not there: {shown}");
        for spelled_by_debug in ["\\u{1b}[31m", "\\u{202e}", "\\0"] {
            let doubled = shown.matches(&format!("\\{spelled_by_debug}")).count();
            assert_eq!(shown.matches(spelled_by_debug).count(), doubled, "{spelled_by_debug}");
        }
    }
}
