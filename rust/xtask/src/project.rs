//! Where the project's folders are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The clone of the project that this program was built in.
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Asks cargo where they are, as the target folder may be anywhere.
    pub fn find() -> Result<Self> {
        let mut cargo = cargo();
        cargo.args(["metadata", "--no-deps", "--format-version=1"]);
        cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
        let output = cargo.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
        ensure!(output.status.success(), "cannot read the workspace; run this from a clone of the project");
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let folder = |name: &str| metadata[name].as_str().with_context(|| format!("cargo tells no {name}"));
        Ok(Self { root: folder("workspace_root")?.into(), target: folder("target_directory")?.into() })
    }

    /// The manifest of the workspace.
    pub fn cargo_toml(&self) -> PathBuf {
        self.root.join("Cargo.toml")
    }

    /// The text of a tracked file.
    pub fn read(&self, file: &str) -> Result<String> {
        fs::read_to_string(self.root.join(file)).with_context(|| format!("cannot read {file}"))
    }

    /// The cargo that runs this program, started in the workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = cargo();
        cargo.current_dir(&self.root);
        cargo
    }

    /// The addon's tracked files.
    pub fn addon(&self) -> PathBuf {
        self.root.join("addons/openssl_dtls")
    }

    /// The addon with its library, where Godot finds it.
    pub fn staged_addon(&self) -> PathBuf {
        self.godot_project().join("addons/openssl_dtls")
    }

    /// The project with the demo, the tests and the benches.
    pub fn godot_project(&self) -> PathBuf {
        self.root.join("godot_project")
    }

    /// A folder of seeds for each target of the fuzzer.
    pub fn fuzz_seeds(&self) -> PathBuf {
        self.root.join("rust/fuzz/seeds")
    }

    /// Where the guides are, and what the bench leaves to be kept.
    pub fn docs(&self) -> PathBuf {
        self.root.join("docs")
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
