//! A zip whose bytes depend on its contents only.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{FOLDER, kilobytes};

pub(crate) const CHECKSUMS: &str = "SHA256SUMS";

/// The addon's files by their paths in it, sorted.
#[derive(Default)]
pub(crate) struct Archive(BTreeMap<String, Vec<u8>>);

impl Archive {
    pub(crate) fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    pub(crate) fn add_file(&mut self, path: &Path, file: &Path) -> Result<()> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        self.add(&path.to_string_lossy().replace('\\', "/"), bytes);
        Ok(())
    }

    /// Adds a list that `sha256sum --check` reads in the addon's folder.
    pub(crate) fn add_checksums(&mut self) {
        let lines: String = self.0.iter().map(|(path, bytes)| checksum(bytes, path)).collect();
        self.add(CHECKSUMS, lines);
    }

    /// Writes the zip, and its checksum into a file beside it.
    pub(crate) fn write(&self, zip: &Path) -> Result<()> {
        let write = || -> Result<()> {
            // Its time of change is that of no clock: the first that a zip can hold.
            let options =
                SimpleFileOptions::default().unix_permissions(0o644).last_modified_time(zip::DateTime::default());
            let mut writer = ZipWriter::new(File::create(zip)?);
            for (path, bytes) in &self.0 {
                writer.start_file(format!("{FOLDER}/{path}"), options)?;
                writer.write_all(bytes)?;
            }
            writer.finish()?;
            let name = zip.file_name().context("a zip has a name")?.to_string_lossy();
            fs::write(with_suffix(zip, ".sha256"), checksum(&fs::read(zip)?, &name))?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", zip.display()))
    }
}

impl fmt::Display for Archive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, bytes) in &self.0 {
            writeln!(formatter, "{:>9}  {FOLDER}/{path}", kilobytes(bytes.len() as u64))?;
        }
        Ok(())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// A line as `sha256sum` writes it.
pub(crate) fn checksum(bytes: &[u8], name: &str) -> String {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}  {name}\n")
}
