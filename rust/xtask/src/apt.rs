//! apt-get with lists, cache and status of its own: it changes nothing on the machine, and needs no
//! root.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::progress::Progress;

const KEYRINGS: [&str; 2] =
    ["/usr/share/keyrings/debian-archive-keyring.pgp", "/usr/share/keyrings/debian-archive-keyring.gpg"];

/// Keeps its state in `folder`.
pub(crate) struct Apt {
    folder: PathBuf,
}

impl Apt {
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        for part in ["lists/partial", "cache/archives/partial", "machine/partial"] {
            fs::create_dir_all(folder.join(part))?;
        }
        File::create(folder.join("status"))?;
        Ok(Self { folder })
    }

    /// Downloads a package of the testing suite with all that it depends on.
    pub(crate) fn download(&self, package: &str) -> Result<Vec<PathBuf>> {
        let keyring = (KEYRINGS.iter().find(|keyring| Path::new(keyring).exists()))
            .context("Debian's keys are missing: apt install debian-archive-keyring")?;
        let source = format!("deb [signed-by={keyring}] {} testing main\n", self.mirror()?);
        fs::write(self.folder.join("sources.list"), source)?;

        follow(self.private("update"), "Package lists")?;
        let mut install = self.private("install");
        install.args(["--download-only", "--no-install-recommends", "--yes", package]);
        follow(install, "Packages")?;

        let mut packages = Vec::new();
        for entry in fs::read_dir(self.folder.join("cache/archives"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                packages.push(path);
            }
        }
        Ok(packages)
    }

    /// The Debian mirror that the machine itself uses.
    fn mirror(&self) -> Result<String> {
        let lists = format!("Dir::State::lists={}", self.folder.join("machine").display());
        if let Some(mirror) = known_mirror(&[])? {
            return Ok(mirror);
        }
        // A fresh machine has sources but has not read them yet.
        let mut update = apt_get("update");
        update.args(["-o", &lists]);
        follow(update, "The machine's package lists")?;
        known_mirror(&["-o", &lists])?.context("none of apt's sources on this machine is Debian's archive")
    }

    fn private(&self, action: &str) -> Command {
        let mut command = apt_get(action);
        let folder = self.folder.display();
        for option in [
            format!("Dir::Etc::sourcelist={folder}/sources.list"),
            "Dir::Etc::sourceparts=/dev/null".into(),
            format!("Dir::State::lists={folder}/lists"),
            format!("Dir::State::status={folder}/status"),
            format!("Dir::Cache={folder}/cache"),
        ] {
            command.args(["-o", &option]);
        }
        command
    }
}

/// apt-get that reports its progress, and needs no rights beyond the caller's.
fn apt_get(action: &str) -> Command {
    let mut command = Command::new("apt-get");
    command.env("LC_ALL", "C").args([action, "-qq"]);
    for option in [
        "APT::Status-Fd=1",
        // Its own download user may not reach into the target folder.
        "APT::Sandbox::User=",
        "Acquire::Languages=none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    ] {
        command.args(["-o", option]);
    }
    command
}

/// Asks apt which of its sources is Debian itself: no security updates, no third parties.
fn known_mirror(options: &[&str]) -> Result<Option<String>> {
    let output = Command::new("apt-get")
        .args(options)
        .args(["indextargets", "--format", "$(REPO_URI)"])
        .args(["Created-By: Packages", "Component: main"])
        .args(["Origin: Debian", "Label: Debian"])
        .output()?;
    let output = String::from_utf8_lossy(&output.stdout);
    Ok(output.lines().next().map(str::to_owned))
}

/// Runs apt-get and tells how far it is; what else it says is shown if it fails.
fn follow(mut apt_get: Command, what: &'static str) -> Result<()> {
    let (output, input) = io::pipe()?;
    apt_get.stdout(input.try_clone()?).stderr(input);
    let mut child = apt_get.spawn().context("cannot start apt-get")?;
    // It holds the pipe's other end, which has to close when the child does.
    drop(apt_get);

    let mut progress = Progress::new(what);
    let mut said = String::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        match download_percent(&line) {
            Some(percent) => progress.reach(percent, 100),
            None => said += &format!("\n{line}"),
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "{what}: apt-get failed ({status}){said}");
    Ok(())
}

/// `dlstatus:3:18.6039:Retrieving file 3 of 3`
fn download_percent(line: &str) -> Option<u64> {
    let percent = line.strip_prefix("dlstatus:")?.split(':').nth(1)?;
    percent.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn download_progress_is_told_from_other_output() {
        let percent = download_percent("dlstatus:3:18.6039:Retrieving file 3 of 3");
        assert_eq!(percent, Some(18));
        assert_eq!(download_percent("E: Unable to locate package godot"), None);
    }
}
