//! A private copy of Godot from Debian's testing suite, on machines that run Debian.
//!
//! Nothing is installed: its packages are unpacked into one folder, where Godot is started with the
//! C library that came with it, which is newer than the machine's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use walkdir::{DirEntry, WalkDir};

use crate::apt::Apt;

pub(crate) const INSTALL_GODOT: &str = "install Godot 4.3 or later, and put it on PATH or set $GODOT to its path";

/// Where the copy is, once it is fetched.
pub(crate) fn launcher(target: &Path) -> PathBuf {
    target.join("godot/godot")
}

pub(crate) fn can_fetch() -> bool {
    let runs_debian =
        fs::read_to_string("/etc/os-release").is_ok_and(|release| release.lines().any(|line| line == "ID=debian"));
    runs_debian && which::which("apt-get").is_ok() && which::which("dpkg-deb").is_ok()
}

/// Fetches the copy, unless it is there.
pub(crate) fn fetch(target: &Path) -> Result<PathBuf> {
    fs::create_dir_all(target)?;
    // Two commands started at once fetch it once.
    let lock = File::create(target.join("godot.lock"))?;
    lock.lock()?;
    let launcher = launcher(target);
    if launcher.exists() {
        return Ok(launcher);
    }
    ensure!(can_fetch(), "there is no Godot on this machine: {INSTALL_GODOT}");

    eprintln!("Fetching a private copy of Godot from Debian testing (about 160 MB, once)");
    // What apt downloaded stays here until the copy is whole, so an interrupted fetch goes on.
    let work = target.join("godot.partial");
    let packages = Apt::new(work.join("apt"))
        .and_then(|apt| apt.download("godot"))
        .with_context(|| format!("cannot fetch Godot from Debian; else {INSTALL_GODOT}"))?;
    let copy = work.join("godot");
    unpack(&packages, &copy).context("cannot unpack Godot's packages")?;
    fs::rename(&copy, target.join("godot"))?;
    fs::remove_dir_all(&work)?;
    Ok(launcher)
}

fn unpack(packages: &[PathBuf], copy: &Path) -> Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    let root = copy.join("root");
    fs::create_dir_all(&root)?;
    let bar = progress_bar(packages.len() as u64, "Unpacking")?;
    for package in packages {
        let status = Command::new("dpkg-deb").arg("--extract").args([package, &root]).status()?;
        ensure!(status.success(), "dpkg-deb failed on {}", package.display());
        bar.inc(1);
    }
    bar.finish();
    write_launcher(copy)
}

/// Writes a script that starts Godot with the loader and the libraries of its own folder.
fn write_launcher(copy: &Path) -> Result<()> {
    let loader = find_loader(&copy.join("root/usr/lib"))?;
    let loader = loader.strip_prefix(copy)?;
    let libraries = loader.parent().context("the loader is in a folder")?;
    let (loader, libraries) = (loader.display(), libraries.display());
    let launcher = copy.join("godot");
    // PulseAudio keeps the library it shares with its clients one folder further down.
    let script = format!(
        "#!/bin/sh\n\
         here=$(dirname \"$(readlink -f \"$0\")\")\n\
         exec \"$here/{loader}\" \\\n\
         \t--library-path \"$here/{libraries}:$here/{libraries}/pulseaudio\" \\\n\
         \t\"$here/root/usr/bin/godot\" \"$@\"\n"
    );
    fs::write(&launcher, script)?;
    #[cfg(unix)]
    fs::set_permissions(&launcher, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let starts = Command::new(&launcher).args(["--headless", "--version"]).output()?;
    ensure!(starts.status.success(), "the copy does not start: {}", String::from_utf8_lossy(&starts.stderr));
    Ok(())
}

/// `<libraries>/<platform>/ld-linux-<machine>.so.<version>`
fn find_loader(libraries: &Path) -> Result<PathBuf> {
    (WalkDir::new(libraries).min_depth(2).max_depth(2).into_iter().flatten())
        .find(|file| file.file_name().to_string_lossy().starts_with("ld-linux"))
        .map(DirEntry::into_path)
        .context("there is no dynamic loader among Godot's packages")
}

pub(crate) fn progress_bar(length: u64, what: &'static str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:>24} [{bar:40}] {percent:>3}%")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(what))
}
