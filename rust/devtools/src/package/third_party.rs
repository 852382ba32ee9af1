//! What the library contains besides our own code, from the lock file, and the texts of its licences.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{MetadataCommand, Package};
use xtask::project::Project;

/// The targets of the platforms in openssl_dtls.gdextension: what each links.
const TARGETS: [&str; 11] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
    "aarch64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "aarch64-linux-android",
    "x86_64-linux-android",
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
];

/// The text of the only licence that crates of ours leave out of their packages: gdext's.
const MPL_2_0: &str = include_str!("MPL-2.0.txt");

/// Code of others in the library.
pub(crate) struct Work {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: String,
    pub(crate) source: String,
    /// Its package URL (purl).
    pub(crate) purl: String,
    /// The licences in full, and notices. None for Rust's standard library, which has a file of its own.
    pub(crate) texts: Vec<String>,
}

/// All works, sorted by name.
pub(crate) fn linked(project: &Project) -> Result<Vec<Work>> {
    let packages = MetadataCommand::new()
        .manifest_path(project.cargo_toml())
        .other_options(["--locked".to_owned()])
        .exec()
        .context("cannot read the crates of the lock file")?
        .packages;
    let linked = linked_crates(project)?;
    let mut works = vec![rust()?];
    for package in packages {
        let folder = package.manifest_path.parent().context("a manifest is in a folder")?.as_std_path();
        if linked.contains(&format!("{} v{}", package.name, package.version)) {
            works.push(of_crate(&package, folder)?);
        }
        // Crates that bring a work in C, which is compiled from their folders.
        match package.name.as_str() {
            "openssl-src" => works.push(openssl(&package, folder)?),
            "libmimalloc-sys" => works.push(mimalloc(folder)?),
            _ => {}
        }
    }
    works.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(works)
}

/// Names and versions, as `cargo tree` has them: `libc v0.2.180`. Of cargo's commands, only this one knows which features
/// and which crates the library has, apart from the rest of the workspace.
fn linked_crates(project: &Project) -> Result<BTreeSet<String>> {
    let mut tree = project.cargo();
    tree.args(["tree", "--locked", "--package", "dtls-godot", "--prefix", "none", "--format", "{p}"]);
    tree.args(["--edges", "normal,no-proc-macro", "--no-dedupe"]);
    tree.args(TARGETS.map(|target| ["--target", target]).as_flattened());
    let tree = tree.output().context("cannot start cargo")?;
    ensure!(tree.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&tree.stderr));
    // Our own crates come with a path, and an empty line is between platforms.
    let is_linked = |line: &&str| !line.is_empty() && !line.contains(" (");
    Ok(String::from_utf8(tree.stdout)?.lines().filter(is_linked).map(str::to_owned).collect())
}

fn of_crate(package: &Package, folder: &Path) -> Result<Work> {
    let Package { name, version, .. } = package;
    let licence = package.license.as_ref().with_context(|| format!("{name} has no licence"))?.replace('/', " OR ");
    let mut texts = Vec::new();
    for file in licence_files(folder)? {
        texts.push(fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    if texts.is_empty() {
        ensure!(licence == "MPL-2.0", "{name} {version} comes without the text of its licence ({licence})");
        texts.push(MPL_2_0.to_owned());
    }
    Ok(Work {
        name: name.to_string(),
        version: version.to_string(),
        licence,
        source: package.repository.clone().unwrap_or_else(|| format!("https://crates.io/crates/{name}")),
        purl: format!("pkg:cargo/{name}@{}", version.to_string().replace('+', "%2B")),
        texts,
    })
}

fn licence_files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && ["licen", "copying", "copyright", "notice"].iter().any(|start| name.starts_with(start)) {
            files.insert(path);
        }
    }
    Ok(files)
}

/// The version of openssl-src ends in that of OpenSSL: `300.6.1+3.6.3`.
fn openssl(package: &Package, folder: &Path) -> Result<Work> {
    let version = package.version.build.to_string();
    ensure!(!version.is_empty(), "openssl-src {} does not tell the version of OpenSSL", package.version);
    Ok(Work {
        name: "OpenSSL".into(),
        licence: "Apache-2.0".into(),
        source: "https://github.com/openssl/openssl".into(),
        purl: format!("pkg:github/openssl/openssl@openssl-{version}"),
        texts: vec![fs::read_to_string(folder.join("openssl/LICENSE.txt")).context("the licence of OpenSSL")?],
        version,
    })
}

fn mimalloc(folder: &Path) -> Result<Work> {
    // What the crate compiles unless it is asked for v2.
    let folder = folder.join("c_src/mimalloc/v3");
    let header = fs::read_to_string(folder.join("include/mimalloc.h")).context("mimalloc's header")?;
    let version = mimalloc_version(&header).context("mimalloc's header does not tell its version")?;
    Ok(Work {
        name: "mimalloc (C)".into(),
        licence: "MIT".into(),
        source: "https://github.com/microsoft/mimalloc".into(),
        purl: format!("pkg:github/microsoft/mimalloc@v{version}"),
        texts: vec![fs::read_to_string(folder.join("LICENSE")).context("the licence of mimalloc")?],
        version,
    })
}

/// `#define MI_MALLOC_VERSION 30302   // major + 2 digits minor + 2 digits patch`
fn mimalloc_version(header: &str) -> Option<String> {
    let (_, definition) = header.split_once("#define MI_MALLOC_VERSION")?;
    let number: u32 = definition.split_whitespace().next()?.parse().ok()?;
    Some(format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100))
}

fn rust() -> Result<Work> {
    let version = rustc(&["--version"])?;
    let version = version.split(' ').nth(1).context("rustc does not tell its version")?.to_owned();
    Ok(Work {
        name: "Rust's standard library".into(),
        licence: "MIT OR Apache-2.0".into(),
        source: "https://github.com/rust-lang/rust".into(),
        purl: format!("pkg:github/rust-lang/rust@{version}"),
        texts: Vec::new(),
        version,
    })
}

/// The notices and licences of Rust's standard library and of what it contains, as the compiler brings them.
pub(crate) fn rust_library() -> Result<Vec<u8>> {
    let notices = Path::new(rustc(&["--print", "sysroot"])?.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    fs::read(&notices).with_context(|| {
        format!("the compiler lacks {}, which goes into the package; use a compiler of rustup's", notices.display())
    })
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let output = Command::new("rustc").args(arguments).output().context("cannot start rustc")?;
    if !output.status.success() {
        bail!("rustc failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// One document with a list of the works, and then each text once, under the works that it is of.
pub(crate) fn licences(works: &[Work]) -> String {
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut document = String::from(
        "The library openssl_dtls is made of its own code (MIT, see ../LICENSE) and of these works, unchanged.\n\
         Some of them are in the library of certain platforms only. The licences in full follow the list. Those of\n\
         Rust's standard library are in rust-library.html.\n\n",
    );
    for work in works {
        document += &format!("{} {}: {}\n    {}\n", work.name, work.version, work.licence, work.source);
        for text in &work.texts {
            texts.entry(text.trim()).or_default().push(&work.name);
        }
    }
    let mut texts: Vec<_> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    texts.sort();
    for (names, text) in texts {
        document += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_every_licence_is_among_the_licences() -> Result<()> {
        let project = Project::find()?;
        let works = linked(&project)?;
        let document = licences(&works);
        for name in linked_crates(&project)? {
            let (name, version) = name.split_once(" v").context("a crate and its version")?;
            let work = works.iter().find(|work| work.name == name && work.version == version);
            assert!(work.is_some_and(|work| !work.texts.is_empty()), "{name} {version} has no text");
        }
        for work in works {
            assert!(document.contains(&format!("{} {}: {}\n", work.name, work.version, work.licence)));
            for text in &work.texts {
                // A short text may be the beginning of a longer one.
                let is_its_own = |(start, _): (usize, &str)| {
                    let heading = document[..start].rsplit("\n\n").nth(1);
                    heading.is_some_and(|names| names.split(['\n', ',']).any(|name| name.trim() == work.name))
                };
                assert!(document.match_indices(text.trim()).any(is_its_own), "a text of {}", work.name);
            }
        }
        Ok(())
    }

    #[test]
    fn works_in_c_are_named_with_their_own_versions() -> Result<()> {
        let works = linked(&Project::find()?)?;
        for (name, start) in [("OpenSSL", "3."), ("mimalloc (C)", "3.")] {
            let work = works.iter().find(|work| work.name == name).with_context(|| name.to_owned())?;
            assert!(work.version.starts_with(start), "{name} {}", work.version);
        }
        assert_eq!(mimalloc_version("#define MI_MALLOC_VERSION 30302   // 3.3.2"), Some("3.3.2".into()));
        Ok(())
    }
}
