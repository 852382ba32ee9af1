//! Which of the libraries that openssl_dtls.gdextension names are there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

#[derive(Debug)]
pub(crate) struct Libraries {
    /// Paths in the addon, and the files to be put there.
    pub(crate) files: Vec<(PathBuf, PathBuf)>,
    /// openssl_dtls.gdextension without the platforms that are missing. The engine then says that the addon does not have
    /// this platform, rather than that a file cannot be opened.
    pub(crate) manifest: String,
    pub(crate) missing: Vec<String>,
}

impl Libraries {
    /// Looks into `folder`, which is laid out as the addon's folder `bin`.
    pub(crate) fn find(manifest: &str, folder: &Path) -> Result<Self> {
        let mut files = files_below(folder)?;
        let mut found = Self { files: Vec::new(), manifest: String::new(), missing: Vec::new() };
        for line in manifest.split_inclusive('\n') {
            if let Some((platform, library)) = library(line) {
                // A framework is a folder.
                let of_library: Vec<_> = files.extract_if(.., |(path, _)| path.starts_with(library)).collect();
                if of_library.is_empty() {
                    found.missing.push(platform.to_owned());
                    continue;
                }
                found.files.extend(of_library);
            }
            found.manifest += line;
        }
        if let Some((_, stranger)) = files.first() {
            anyhow::bail!("no platform of openssl_dtls.gdextension loads {}", stranger.display());
        }
        ensure!(!found.files.is_empty(), "there is no library in {}", folder.display());
        Ok(found)
    }
}

/// A platform and the path of its library: `linux.x86_64 = "bin/linux.x86_64/libopenssl_dtls.so"`
fn library(line: &str) -> Option<(&str, &str)> {
    let (platform, path) = line.trim_end().split_once(" = ")?;
    let path = path.strip_prefix('"')?.strip_suffix('"')?;
    path.starts_with("bin/").then_some((platform, path))
}

fn files_below(folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder) {
        let entry = entry.with_context(|| format!("cannot read the libraries in {}", folder.display()))?;
        ensure!(!entry.path_is_symlink(), "{} is a link, which a zip does not keep", entry.path().display());
        if entry.file_type().is_file() {
            files.push((Path::new("bin").join(entry.path().strip_prefix(folder)?), entry.into_path()));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const MANIFEST: &str = "[libraries]\nmacos = \"bin/macos/a.framework\"\nlinux.x86_64 = \"bin/linux.x86_64/a.so\"\n\
                            \n[icons]\nA = \"icons/a.svg\"\n";

    fn find(present: &[&str]) -> Result<Libraries> {
        let folder = tempfile::tempdir()?;
        for file in present {
            let file = folder.path().join(file);
            fs::create_dir_all(file.parent().context("a file has a folder")?)?;
            fs::write(file, "")?;
        }
        Libraries::find(MANIFEST, folder.path())
    }

    #[test]
    fn a_framework_is_taken_with_all_that_is_in_it() -> Result<()> {
        let found = find(&["macos/a.framework/a", "macos/a.framework/Resources/Info.plist"])?;
        assert_eq!(found.files.len(), 2);
        assert_eq!(found.missing, ["linux.x86_64"]);
        Ok(())
    }

    #[test]
    fn the_manifest_names_only_what_is_there() -> Result<()> {
        let found = find(&["linux.x86_64/a.so"])?;
        assert_eq!(found.missing, ["macos"]);
        assert_eq!(found.manifest, MANIFEST.replace("macos = \"bin/macos/a.framework\"\n", ""));
        Ok(())
    }

    #[test]
    fn a_file_in_the_wrong_place_is_an_error() -> Result<()> {
        for (present, message) in [(&["linux/a.so"][..], "linux/a.so"), (&[], "no library")] {
            let error = find(present).err().context("accepted")?;
            assert!(error.to_string().contains(message), "{error}");
        }
        Ok(())
    }
}
