//! Finds a Godot, and starts it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::debian::PrivateCopy;
use crate::project::Project;

/// The version that openssl_dtls.gdextension asks for.
const OLDEST: (u32, u32) = (4, 3);

/// The version that the tests are known to pass with: Debian testing's.
const TESTED: &str = "4.6.3";

/// Debian's, for machines without a Godot.
pub const COPY: PrivateCopy = PrivateCopy {
    package: "godot",
    programs: &["godot"],
    try_option: "--version",
    megabytes: 160,
    remedy: "install Godot 4.3 or later, and put it on PATH or set $GODOT to its path",
};

/// A Godot that can run the addon.
pub struct Godot {
    program: PathBuf,
    version: String,
}

impl Godot {
    /// `$GODOT`, else the one on PATH, else a private copy, which is fetched at first.
    pub fn find(project: &Project) -> Result<Self> {
        match Self::present(project)? {
            Some(godot) => Ok(godot),
            None => Self::at(COPY.fetch(project.target())?.join("godot")),
        }
    }

    /// As `find`, but fetches nothing.
    pub fn present(project: &Project) -> Result<Option<Self>> {
        if let Some(program) = env::var_os("GODOT") {
            let program = which::which(&program).with_context(|| {
                format!("$GODOT is {}, which is no program; set it to Godot's path", program.display())
            })?;
            return Self::at(program).map(Some);
        }
        let copy = COPY.launcher(project.target(), "godot");
        (["godot", "godot4"].into_iter())
            .find_map(|name| which::which(name).ok())
            .or_else(|| copy.exists().then_some(copy))
            .map(Self::at)
            .transpose()
    }

    /// A program, if it is a Godot of use.
    pub fn at(program: PathBuf) -> Result<Self> {
        let output = Command::new(&program)
            .args(["--headless", "--version"])
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = String::from_utf8_lossy(&output.stdout);
        let version = output.trim().to_owned();
        ensure!(
            parse_version(&version).is_some_and(|version| version >= OLDEST),
            "{} is no Godot {}.{} or later but '{version}'; install one, and set $GODOT to its path",
            program.display(),
            OLDEST.0,
            OLDEST.1,
        );
        Ok(Self { program, version })
    }

    /// Its program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What it says its version is.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What to know about the results if this is not the Godot that the tests are known to pass with.
    pub fn untested(&self) -> Option<String> {
        let is_tested = self.version.strip_prefix(TESTED).is_some_and(|rest| rest.starts_with('.'));
        (!is_tested).then(|| format!("the tests are known to pass with Godot {TESTED}, this is {}", self.version))
    }

    /// A headless run of the project, to be given a scene or a script.
    pub fn headless(&self, project: &Project) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--headless").arg("--path").arg(project.godot_project());
        command
    }
}

fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_godot_than_the_tested_one_is_told() {
        let godot = |version: &str| Godot { program: PathBuf::new(), version: version.to_owned() };
        assert_eq!(godot(&format!("{TESTED}.stable.debian")).untested(), None);
        for version in [format!("{TESTED}1.stable"), "4.3.stable.official".into()] {
            assert!(godot(&version).untested().is_some_and(|note| note.contains(&version)), "{version}");
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(parse_version("4.6.3.stable.debian4.6.3+ds-2"), Some((4, 6)));
        assert_eq!(parse_version("4.3.stable.official.77dcf97d8"), Some((4, 3)));
        assert!(parse_version("4.10.stable") > Some(OLDEST));
        assert!(parse_version("3.5.2.stable") < Some(OLDEST));
        assert_eq!(parse_version("command not found"), None);
    }
}
