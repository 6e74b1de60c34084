//! `sprag init`: sets a project up.

use std::path::Path;

use sprag_report::inert;

use super::{put, refused};
use crate::arguments::InitArguments;
use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::init::{Language, New};

/// Writes what is not there yet, and says what to fill in.
pub(crate) fn init(arguments: &InitArguments) -> Result<Exit, Refusal> {
    let folder = &arguments.folder;
    if !folder.is_dir() {
        return Err(refused(folder, "is no folder"));
    }
    let language = match (arguments.language, &Language::of(folder)[..]) {
        (Some(language), _) => language,
        (None, [language]) => *language,
        (None, []) => {
            return Err(refused(
                folder,
                "there is no Cargo.toml, pyproject.toml or package.json; say which language: --language",
            ));
        }
        (None, _) => {
            return Err(refused(
                folder,
                "there are manifests of several languages; say which: --language",
            ));
        }
    };
    let mut console = Console::stdout();
    let files = language.files(folder);
    for New { path, text } in &files {
        let shown = inert(&path.strip_prefix(folder).unwrap_or(path).to_string_lossy());
        if path.exists() {
            console.line(&format!("{shown}: is there already, left as it is"));
            continue;
        }
        write(path, text).map_err(|error| refused(path, &error.to_string()))?;
        console.line(&format!("{shown}: written"));
    }
    let adapter = files.first().map(|new| inert(&new.path.to_string_lossy())).unwrap_or_default();
    console.line(&format!(
        "\nNow:\n  1. fill in {adapter}: its head says what it needs\n  2. see what works:  sprag probe --exec '{}'\n  \
         3. check it:        sprag check --baseline sprag.toml",
        language.command()
    ));
    if folder.join(".gitlab-ci.yml").exists() {
        console.line("  4. add the job of ci/gitlab.yml (its head says how) to .gitlab-ci.yml");
    }
    Ok(Exit::Fine)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    put(path, text)
}
