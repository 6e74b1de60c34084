//! What a project needs to be checked: an adapter to fill in, a baseline, and the gate for its CI.

use std::path::{Path, PathBuf};

use sprag::schedule::SUITE;
use toml_edit::DocumentMut;

/// A language of adapters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Cargo.toml
    Rust,
    /// pyproject.toml
    Python,
    /// package.json
    Javascript,
}

const LANGUAGES: [Language; 3] = [Language::Rust, Language::Python, Language::Javascript];

/// A file that is written, unless it is there.
pub(crate) struct New {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Language {
    /// The languages of the project in a folder, by the manifests that are there.
    pub(crate) fn of(folder: &Path) -> Vec<Self> {
        LANGUAGES.into_iter().filter(|language| folder.join(language.manifest()).exists()).collect()
    }

    const fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::Python => "pyproject.toml",
            Self::Javascript => "package.json",
        }
    }

    /// The adapter's path, its text, and the command that runs it.
    const fn adapter(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Rust => (
                "examples/sprag_adapter.rs",
                include_str!("../../examples/init_adapter.rs"),
                "cargo run --quiet --release --example sprag_adapter",
            ),
            Self::Python => {
                ("sprag_adapter.py", include_str!("adapter.py.txt"), "python3 sprag_adapter.py")
            }
            Self::Javascript => {
                ("sprag-adapter.mjs", include_str!("adapter.mjs.txt"), "node sprag-adapter.mjs")
            }
        }
    }

    /// How the adapter is run.
    pub(crate) const fn command(self) -> &'static str {
        self.adapter().2
    }

    /// What the project calls itself, or its folder's name.
    fn name(self, folder: &Path) -> String {
        let text = std::fs::read_to_string(folder.join(self.manifest())).unwrap_or_default();
        let named = match self {
            Self::Rust => in_toml(&text, "package"),
            Self::Python => in_toml(&text, "project"),
            Self::Javascript => serde_json::from_str(&text)
                .ok()
                .and_then(|json: serde_json::Value| Some(json["name"].as_str()?.to_owned())),
        };
        let folder = || folder.canonicalize().ok()?.file_name()?.to_str().map(str::to_owned);
        let name = named.or_else(folder).unwrap_or_else(|| "my-ratchet".to_owned());
        // It stands in programs, between quotes.
        let plain = |it: char| it.is_ascii_alphanumeric() || "-_./@".contains(it);
        name.chars().filter(|&it| plain(it)).collect()
    }

    /// Everything that is to be written.
    pub(crate) fn files(self, folder: &Path) -> Vec<New> {
        let (adapter, template, command) = self.adapter();
        let gitlab = folder.join(".gitlab-ci.yml").exists();
        let new = |path: &str, text: String| New { path: folder.join(path), text };
        let mut files = vec![
            new(adapter, template.replace("NAME", &self.name(folder))),
            new(
                "sprag.toml",
                format!("[check]\nexec = [\"{command}\"]\neffort = \"gate\"\nsuite = {SUITE}\n"),
            ),
        ];
        if !gitlab {
            let workflow = include_str!("github.yml.txt").to_owned();
            files.push(new(".github/workflows/sprag.yml", workflow));
        }
        files
    }
}

fn in_toml(text: &str, table: &str) -> Option<String> {
    let document: DocumentMut = text.parse().ok()?;
    Some(document.get(table)?.get("name")?.as_str()?.to_owned())
}
