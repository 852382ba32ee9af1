//! A project as a user makes it: empty, with the package unzipped into it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use xtask::godot::Godot;
use xtask::process::Process;
use xtask::project::Project;
use zip::ZipArchive;

use crate::package::Package;

const LIMIT: Duration = Duration::from_mins(3);

pub(crate) struct UserProject {
    folder: TempDir,
    godot: Godot,
}

impl UserProject {
    /// Packages the library that was built last, and unzips the package. The demo's scenes come from the repository.
    pub(crate) fn new(project: &Project, godot: Godot, settings: &str) -> Result<Self> {
        fs::create_dir_all(project.target())?;
        let user = Self { folder: tempfile::tempdir_in(project.target())?, godot };
        let package = Package::make(project, &project.staged_addon().join("bin"), user.folder.path())
            .context("cannot package the library; `cargo xtask build` builds it")?;
        ZipArchive::new(File::open(&package.zip)?)?.extract(user.path())?;
        user.write("project.godot", settings)?;
        for file in ["server.tscn", "server_node.gd", "client.tscn", "client_node.gd", "make_certificate.gd"] {
            user.write(&format!("demo/{file}"), &project.read(&format!("godot_project/demo/{file}"))?)?;
        }
        Ok(user)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("game")
    }

    /// A folder outside of the project.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> Result<()> {
        let file = self.path().join(file);
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// A headless Godot in the project, with settings and caches of its own.
    pub(crate) fn headless(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.godot.program());
        command.arg("--headless").arg("--path").arg(self.path()).args(arguments);
        for place in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env(place, self.folder.path().join("home"));
        }
        command
    }

    /// Starts the editor, which finds the addon.
    ///
    /// Godot 4.5 and later abort when an editor without a window quits after it found an extension
    /// (godotengine/godot#111048). What it found is kept, and the next one quits well.
    pub(crate) fn open_in_editor(&self, arguments: &[&str]) -> Result<()> {
        let (status, _) = run_to_end(self.headless(arguments))?;
        if status.success() {
            return Ok(());
        }
        let (status, output) = run_to_end(self.headless(arguments))?;
        ensure!(status.success(), "the editor fails each time ({status}): {output}");
        Ok(())
    }

    /// Has the addon make the key and the certificate of the demo.
    pub(crate) fn make_certificate(&self) -> Result<()> {
        let (status, output) = run_to_end(self.headless(&["--script", "res://demo/make_certificate.gd"]))?;
        ensure!(status.success(), "no certificate was made ({status}): {output}");
        Ok(())
    }
}

/// Runs a program to its end, and returns what it said.
pub(crate) fn run_to_end(command: Command) -> Result<(ExitStatus, String)> {
    let process = Process::spawn(command, None, Instant::now() + LIMIT)?;
    let mut output = String::new();
    while let Some(line) = process.next_line()? {
        output += &line;
        output.push('\n');
    }
    Ok((process.wait()?, output))
}
