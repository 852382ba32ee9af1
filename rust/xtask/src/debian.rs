//! Private copies of programs from Debian's testing suite, on machines that run Debian.
//!
//! Nothing is installed: the packages are unpacked into one folder, where the programs are started with the C library
//! that came with them, which is newer than the machine's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use walkdir::{DirEntry, WalkDir};

use crate::apt::Apt;
use crate::progress::Progress;

/// A Debian package with programs that are run from a folder of their own.
pub struct PrivateCopy {
    /// Its name.
    pub package: &'static str,
    /// In its `/usr/bin`.
    pub programs: &'static [&'static str],
    /// With this, each of them says something and ends: the way to try whether it starts.
    pub try_option: &'static str,
    /// How much is fetched.
    pub megabytes: u32,
    /// What to do where no copy can be had.
    pub remedy: &'static str,
}

impl PrivateCopy {
    /// Where `program` is, once the copy is fetched.
    pub fn launcher(&self, target: &Path, program: &str) -> PathBuf {
        self.folder(target).join(program)
    }

    fn folder(&self, target: &Path) -> PathBuf {
        target.join(self.package)
    }

    /// Fetches the copy, unless it is there; the folder its programs are in.
    pub fn fetch(&self, target: &Path) -> Result<PathBuf> {
        let Self { package, megabytes, remedy, .. } = self;
        fs::create_dir_all(target)?;
        // Two commands started at once fetch it once.
        let lock = File::create(target.join(format!("{package}.lock")))?;
        lock.lock()?;
        let folder = self.folder(target);
        if folder.exists() {
            return Ok(folder);
        }
        ensure!(can_fetch(), "there is no {package} on this machine: {remedy}");

        eprintln!("Fetching a private copy of {package} from Debian testing (about {megabytes} MB, once)");
        // What apt downloaded stays here until the copy is whole, so an interrupted fetch goes on.
        let work = target.join(format!("{package}.partial"));
        let packages = Apt::new(work.join("apt"))
            .and_then(|apt| apt.download(package))
            .with_context(|| format!("cannot fetch {package} from Debian; else {remedy}"))?;
        let copy = work.join(package);
        unpack(&packages, &copy).with_context(|| format!("cannot unpack the packages of {package}"))?;
        for program in self.programs {
            self.write_launcher(&copy, program)?;
        }
        fs::rename(&copy, &folder)?;
        fs::remove_dir_all(&work)?;
        Ok(folder)
    }

    /// Writes a script that starts `program` with the loader and the libraries of its own folder.
    fn write_launcher(&self, copy: &Path, program: &str) -> Result<()> {
        let loader = find_loader(copy)?;
        let loader = loader.strip_prefix(copy)?;
        let libraries = loader.parent().context("the loader is in a folder")?;
        let (loader, libraries) = (loader.display(), libraries.display());
        let launcher = copy.join(program);
        // PulseAudio keeps the library it shares with its clients one folder further down.
        let script = format!(
            "#!/bin/sh\n\
             here=$(dirname \"$(readlink -f \"$0\")\")\n\
             exec \"$here/{loader}\" \\\n\
             \t--library-path \"$here/{libraries}:$here/{libraries}/pulseaudio\" \\\n\
             \t\"$here/root/usr/bin/{program}\" \"$@\"\n"
        );
        fs::write(&launcher, script)?;
        #[cfg(unix)]
        fs::set_permissions(&launcher, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let starts = Command::new(&launcher).arg(self.try_option).output()?;
        ensure!(starts.status.success(), "{program} does not start: {}", String::from_utf8_lossy(&starts.stderr));
        Ok(())
    }
}

/// Whether this machine can get packages of Debian.
pub fn can_fetch() -> bool {
    let runs_debian =
        fs::read_to_string("/etc/os-release").is_ok_and(|release| release.lines().any(|line| line == "ID=debian"));
    runs_debian && which::which("apt-get").is_ok() && which::which("dpkg-deb").is_ok()
}

fn unpack(packages: &[PathBuf], copy: &Path) -> Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    let root = copy.join("root");
    fs::create_dir_all(&root)?;
    let mut progress = Progress::new("Unpacking");
    for (package, done) in packages.iter().zip(1..) {
        let status = Command::new("dpkg-deb").arg("--extract").args([package, &root]).status()?;
        ensure!(status.success(), "dpkg-deb failed on {}", package.display());
        progress.reach(done, packages.len() as u64);
    }
    Ok(())
}

/// The dynamic loader of a copy, among its libraries: `<platform>/ld-linux-<machine>.so.<version>`.
pub fn find_loader(copy: &Path) -> Result<PathBuf> {
    (WalkDir::new(copy.join("root/usr/lib")).min_depth(2).max_depth(2).into_iter().flatten())
        .find(|file| file.file_name().to_string_lossy().starts_with("ld-linux"))
        .map(DirEntry::into_path)
        .context("there is no dynamic loader among the packages")
}
