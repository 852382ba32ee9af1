//! Where the project's folders are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;
use cargo_metadata::semver::Version;

pub(crate) struct Project {
    root: PathBuf,
    target: PathBuf,
    version: Version,
}

impl Project {
    pub(crate) fn find() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .no_deps()
            .exec()
            .context("cannot read the workspace; run this from a clone of the project")?;
        // All crates of the workspace have its version.
        let version = metadata.packages.first().context("the workspace is empty")?.version.clone();
        Ok(Self { root: metadata.workspace_root.into(), target: metadata.target_directory.into(), version })
    }

    /// The version in Cargo.toml.
    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    pub(crate) fn cargo_toml(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// The text of a tracked file.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file)).with_context(|| format!("cannot read {file}"))
    }

    /// The cargo that runs this xtask, started in the workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root);
        cargo
    }

    /// The addon's tracked files.
    pub(crate) fn addon(&self) -> PathBuf {
        self.root.join("addons/openssl_dtls")
    }

    /// The addon with its library, where Godot finds it.
    pub(crate) fn staged_addon(&self) -> PathBuf {
        self.godot_project().join("addons/openssl_dtls")
    }

    pub(crate) fn godot_project(&self) -> PathBuf {
        self.root.join("godot_project")
    }

    /// A folder of seeds for each target of the fuzzer.
    pub(crate) fn fuzz_seeds(&self) -> PathBuf {
        self.root.join("rust/fuzz/seeds")
    }

    /// Where the guides are, and what the bench leaves to be kept.
    pub(crate) fn docs(&self) -> PathBuf {
        self.root.join("docs")
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}
