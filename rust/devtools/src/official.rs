//! Godot's official builds, by version, for the machine's platform.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest as _, Sha512};
use zip::ZipArchive;

/// Lines of the releases' SHA512-SUMS.txt.
const SUMS: &str = include_str!("../godot.sha512");

const RELEASES: &str = "https://github.com/godotengine/godot/releases/download";

/// Downloads Godot `version`, unless it is there; its program.
pub(crate) fn fetch(target: &Path, version: &str) -> Result<PathBuf> {
    let (sum, archive) = find(version)?;
    let folder = target.join(format!("godot-{version}"));
    if !folder.exists() {
        let work = target.join(format!("godot-{version}.partial"));
        fs::create_dir_all(&work)?;
        let zip = work.join(archive);
        let url = format!("{RELEASES}/{version}-stable/{archive}");
        let mut curl = Command::new("curl");
        let status = curl.args(["--fail", "--location", "--retry", "3", "--output"]).arg(&zip).arg(&url).status();
        ensure!(status.context("cannot start curl")?.success(), "cannot download {url}");
        verify(&zip, sum)?;
        let copy = work.join("copy");
        ZipArchive::new(File::open(&zip)?)?.extract(&copy)?;
        fs::rename(&copy, &folder)?;
        fs::remove_dir_all(&work)?;
    }
    Ok(folder.join(program(archive)))
}

/// The archive for this machine, and its checksum.
fn find(version: &str) -> Result<(&'static str, &'static str)> {
    let platform = match (OS, ARCH) {
        ("linux", "aarch64") => "linux.arm64",
        ("linux", _) => "linux.x86_64",
        ("windows", _) => "win64.exe",
        ("macos", _) => "macos.universal",
        _ => bail!("there is no official Godot for {OS}"),
    };
    let archive = format!("Godot_v{version}-stable_{platform}.zip");
    (SUMS.lines().filter_map(|line| line.split_once("  ")))
        .find(|(_, name)| *name == archive)
        .with_context(|| format!("{archive} is not in rust/devtools/godot.sha512"))
}

fn verify(file: &Path, sum: &str) -> Result<()> {
    let found: String = Sha512::digest(fs::read(file)?).iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(found == sum, "{} has the checksum {found} instead of {sum}", file.display());
    Ok(())
}

/// Where the program is in what an archive holds.
fn program(archive: &str) -> String {
    if archive.contains("macos") {
        return "Godot.app/Contents/MacOS/Godot".to_owned();
    }
    // On Windows, only this one waits for the end and passes on what is printed.
    archive.trim_end_matches(".zip").replace("win64.exe", "win64_console.exe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_a_checksum_for_every_platform() {
        for version in ["4.3", "4.4.1", "4.5.2", "4.6.3", "4.7.2"] {
            for platform in ["linux.x86_64", "linux.arm64", "win64.exe", "macos.universal"] {
                let name = format!("  Godot_v{version}-stable_{platform}.zip");
                let sums: Vec<_> = SUMS.lines().filter_map(|line| line.strip_suffix(&name)).collect();
                assert_eq!(sums.len(), 1, "{name}");
                assert!(sums[0].len() == 128 && sums[0].bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            }
        }
        assert!(find("4.2").is_err());
    }

    #[test]
    fn a_file_with_another_checksum_is_refused() -> Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), "abc")?;
        // FIPS 180-2, appendix C.1.
        let sum = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                   2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        verify(file.path(), sum)?;
        assert!(verify(file.path(), &sum.replace('d', "e")).is_err());
        Ok(())
    }
}
