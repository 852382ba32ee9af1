//! Makes the zip that users unpack into their projects.

mod archive;
mod libraries;
#[cfg(test)]
mod newcomer;
mod sbom;
mod third_party;
mod version;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;
use xtask::addon;
use xtask::project::Project;

use self::archive::Archive;
use self::libraries::Libraries;

/// Where the addon is in a user's project.
const FOLDER: &str = "addons/openssl_dtls";
const MANIFEST: &str = "openssl_dtls.gdextension";

#[derive(clap::Args)]
pub(crate) struct Request {
    /// Take the libraries of this folder, laid out as addons/openssl_dtls/bin; by default this machine's is built
    #[arg(long)]
    libraries: Option<PathBuf>,
    /// Fail if the library of a platform is missing
    #[arg(long)]
    complete: bool,
}

pub(crate) fn run(project: &Project, request: &Request) -> Result<()> {
    let folder = match &request.libraries {
        Some(folder) => folder.clone(),
        None => {
            addon::build(project, true)?;
            project.staged_addon().join("bin")
        }
    };
    let package = Package::make(project, &folder, &project.target().join("package"))?;
    print!("{}", package.contents);
    println!("\n{} ({})", package.zip.display(), kilobytes(fs::metadata(&package.zip)?.len()));
    if !package.missing.is_empty() {
        let missing = package.missing.join(", ");
        if request.complete {
            bail!("the libraries of some platforms are missing: {missing}");
        }
        println!("Not in the package, as their libraries are missing: {missing}");
    }
    Ok(())
}

/// A zip beside its checksum.
pub(crate) struct Package {
    pub(crate) zip: PathBuf,
    /// The platforms it has no library for, as openssl_dtls.gdextension names them.
    missing: Vec<String>,
    /// A line for each file.
    contents: String,
}

impl Package {
    /// Packages the libraries below `libraries` into the folder `output`. The same input makes the same bytes.
    pub(crate) fn make(project: &Project, libraries: &Path, output: &Path) -> Result<Self> {
        // All crates of the workspace have its version.
        let version = env!("CARGO_PKG_VERSION").parse()?;
        version::check(&version, &project.read("CHANGELOG.md")?)?;
        let addon = project.addon();
        let manifest = project.read(&format!("{FOLDER}/{MANIFEST}"))?;
        let libraries = Libraries::find(&manifest, libraries)?;
        let works = third_party::linked(project)?;

        let mut archive = Archive::default();
        for entry in WalkDir::new(&addon) {
            let entry = entry.with_context(|| format!("cannot read {}", addon.display()))?;
            if entry.file_type().is_file() {
                archive.add_file(entry.path().strip_prefix(&addon)?, entry.path())?;
            }
        }
        archive.add(MANIFEST, libraries.manifest.clone());
        for (path, file) in &libraries.files {
            archive.add_file(path, file)?;
        }
        // The editor need not look at these, and exports need not hold them.
        archive.add("third_party/.gdignore", "");
        archive.add("third_party/LICENSES.txt", third_party::licences(&works));
        archive.add("third_party/rust-library.html", third_party::rust_library()?);
        archive.add("third_party/openssl_dtls.cdx.json", sbom::bill(&version, &works)?);
        archive.add_checksums();

        fs::create_dir_all(output)?;
        let zip = output.join(format!("openssl_dtls-{version}.zip"));
        archive.write(&zip)?;
        Ok(Self { zip, missing: libraries.missing, contents: archive.to_string() })
    }
}

fn kilobytes(bytes: u64) -> String {
    format!("{} kB", bytes.div_ceil(1_000))
}
