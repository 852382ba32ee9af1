//! Builds the library and lays the addon out where Godot finds it.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Message;
use tempfile::NamedTempFile;
use walkdir::WalkDir;

use crate::project::Project;

const LIBRARY: &str = "openssl_dtls";

pub(crate) fn build(project: &Project, release: bool) -> Result<()> {
    let mut cargo = project.cargo();
    cargo.arg("build");
    if release {
        cargo.arg("--release");
    }
    build_with(project, cargo)
}

/// Builds the library with this `cargo build`.
pub(crate) fn build_with(project: &Project, cargo_build: Command) -> Result<()> {
    let staged = project.staged_addon();
    let staged_library = staged.join(library_path());
    if !staged_library.exists() {
        eprintln!("The first build compiles OpenSSL: expect about five minutes. Later ones take seconds.");
    }
    let library = compile(cargo_build)?;
    let source = project.addon();
    for entry in WalkDir::new(&source) {
        let entry = entry.with_context(|| format!("cannot read {}", source.display()))?;
        if entry.file_type().is_file() {
            copy(entry.path(), &staged.join(entry.path().strip_prefix(&source)?))?;
        }
    }
    copy(&library, &staged_library)?;
    register(project)?;
    eprintln!("The addon is in {}", staged.display());
    Ok(())
}

/// Runs cargo, which shows its own progress, and returns the library it built.
pub(crate) fn compile(mut cargo: Command) -> Result<PathBuf> {
    cargo.args(["--package", "dtls-godot", "--message-format=json-render-diagnostics"]);
    let mut cargo = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;

    let mut library = None;
    if let Some(messages) = cargo.stdout.take() {
        for message in Message::parse_stream(BufReader::new(messages)) {
            if let Message::CompilerArtifact(artifact) = message?
                && artifact.target.name == LIBRARY
            {
                library = (artifact.filenames.into_iter()).find(|file| is_dynamic(file.extension()));
            }
        }
    }
    ensure!(
        cargo.wait()?.success(),
        "the library does not build; `cargo xtask doctor` tells whether a tool is missing"
    );
    match library {
        Some(library) => Ok(library.into()),
        None => bail!("cargo built no dynamic library named {LIBRARY}"),
    }
}

/// Whether a file is a library that a platform loads into a running program.
fn is_dynamic(extension: Option<&str>) -> bool {
    matches!(extension, Some("so" | "dll" | "dylib"))
}

/// Names the extension where a run of the project looks for it, which otherwise only the editor
/// does: and an editor without a window crashes after it did (godotengine/godot#111048).
fn register(project: &Project) -> Result<()> {
    let caches = project.godot_project().join(".godot");
    let list = caches.join("extension_list.cfg");
    if list.exists() {
        return Ok(());
    }
    fs::create_dir_all(caches)
        .and_then(|()| fs::write(&list, "res://addons/openssl_dtls/openssl_dtls.gdextension\n"))
        .with_context(|| format!("cannot write {}", list.display()))
}

/// Where the library of the machine's platform is in the addon, as openssl_dtls.gdextension has it.
fn library_path() -> PathBuf {
    let platform = match (OS, ARCH) {
        ("macos", _) => "macos".to_owned(),
        (os, "aarch64") => format!("{os}.arm64"),
        (os, arch) => format!("{os}.{arch}"),
    };
    ["bin", &platform, &format!("{DLL_PREFIX}{LIBRARY}{DLL_SUFFIX}")].iter().collect()
}

/// Copies a file by renaming a whole copy into place: a running Godot may have the old one mapped.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copy_whole = || -> Result<()> {
        let folder = to.parent().context("a file has a folder")?;
        fs::create_dir_all(folder)?;
        let copy = NamedTempFile::new_in(folder)?;
        fs::copy(from, copy.path())?;
        copy.persist(to)?;
        Ok(())
    };
    copy_whole().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn godot_looks_where_the_library_is_staged() -> Result<()> {
        let manifest = Project::find()?.addon().join("openssl_dtls.gdextension");
        let library = library_path().to_string_lossy().replace('\\', "/");
        assert!(fs::read_to_string(manifest)?.contains(&format!("\"{library}\"")));
        Ok(())
    }

    #[test]
    fn every_crate_in_the_library_is_named_with_its_licence() -> Result<()> {
        let project = Project::find()?;
        let third_party = fs::read_to_string(project.addon().join("THIRDPARTY.md"))?;
        let tree = (project.cargo())
            .args(["tree", "--package", "dtls-godot", "--prefix", "none"])
            .args(["--edges", "normal,no-proc-macro", "--no-dedupe", "--format", "{p}|{l}"])
            .output()?;
        ensure!(tree.status.success(), "cargo tree failed");
        for line in String::from_utf8(tree.stdout)?.lines() {
            let (package, licence) = line.split_once('|').context("a package and its licence")?;
            let name = package.split(' ').next().unwrap_or_default();
            if name.starts_with("dtls-") {
                continue;
            }
            let mut rows =
                third_party.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|')?.split_once('|'));
            let is_named = |works: &str| works.split([' ', '[', ']', ',']).any(|word| word == name);
            // A work in C can have the name of the crate around it.
            let has_row = rows.any(|(works, stated)| is_named(works) && terms(stated) == terms(licence));
            assert!(has_row, "{name} ({licence}) is not in THIRDPARTY.md");
        }
        Ok(())
    }

    /// A licence as Cargo or as people write it: all of the outer terms hold, each in one of the inner ways.
    fn terms(licence: &str) -> BTreeSet<BTreeSet<String>> {
        let spdx =
            licence.replace(", and ", " AND ").replace(", ", " OR ").replace(" or ", " OR ").replace('/', " OR ");
        let ways = |term: &str| term.trim_matches([' ', '(', ')']).split(" OR ").map(str::to_owned).collect();
        spdx.split(" AND ").map(ways).collect()
    }
}
