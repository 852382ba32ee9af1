//! Builds the library and lays the addon out where Godot finds it.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use walkdir::WalkDir;

use crate::godot::Godot;
use crate::project::Project;

const LIBRARY: &str = "openssl_dtls";
/// What Godot loads on macOS: a folder with the library, and with a description that signing asks for.
const FRAMEWORK: &str = "bin/macos/libopenssl_dtls.framework";

/// Builds the library for this machine, and lays the addon out.
pub fn build(project: &Project, release: bool) -> Result<()> {
    let mut cargo = project.cargo();
    cargo.arg("build");
    if release {
        cargo.arg("--release");
    }
    build_with(project, cargo)
}

/// Builds the library for tests and demos, and fetches Godot meanwhile if there is none: the one needs the processor, the other
/// the network.
pub fn build_beside_godot(project: &Project) -> Result<Godot> {
    thread::scope(|scope| {
        let godot = scope.spawn(|| Godot::find(project));
        build(project, false)?;
        godot.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Builds the library with this `cargo build`.
pub fn build_with(project: &Project, cargo_build: Command) -> Result<()> {
    let staged = project.staged_addon();
    let staged_library = staged.join(library_path());
    if !staged_library.exists() {
        eprintln!("The first build compiles OpenSSL: expect some three minutes on two cores. Later ones take seconds.");
    }
    let library = compile(cargo_build)?;
    let source = project.addon();
    for entry in WalkDir::new(&source) {
        let entry = entry.with_context(|| format!("cannot read {}", source.display()))?;
        if entry.file_type().is_file() {
            copy(entry.path(), &staged.join(entry.path().strip_prefix(&source)?))?;
        }
    }
    copy(&library, &staged_library)?;
    if cfg!(target_os = "macos") {
        let info = staged.join(FRAMEWORK).join("Resources/Info.plist");
        fs::create_dir_all(info.parent().context("a file has a folder")?)?;
        fs::write(info, framework_info())?;
    }
    register(project)?;
    eprintln!("The addon is in {}", staged.display());
    Ok(())
}

/// Runs cargo, which shows its own progress, and returns the library it built.
pub fn compile(mut cargo: Command) -> Result<PathBuf> {
    cargo.args(["--package", "dtls-godot", "--message-format=json-render-diagnostics"]);
    let mut cargo = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;

    let mut library = None;
    if let Some(messages) = cargo.stdout.take() {
        for line in BufReader::new(messages).lines() {
            library = library_in(&line?).or(library);
        }
    }
    ensure!(
        cargo.wait()?.success(),
        "the library does not build; `cargo xtask doctor` tells whether a tool is missing"
    );
    match library {
        Some(library) => Ok(library),
        None => bail!("cargo built no dynamic library named {LIBRARY}"),
    }
}

/// The library that a message of cargo tells of: the file that a platform loads into a running program.
fn library_in(line: &str) -> Option<PathBuf> {
    // What other programs print is no message.
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" || message["target"]["name"] != LIBRARY {
        return None;
    }
    let mut files = message["filenames"].as_array()?.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| matches!(file.extension().and_then(OsStr::to_str), Some("so" | "dll" | "dylib")))
}

/// What a framework says about itself to macOS.
pub fn framework_info() -> String {
    include_str!("Info.plist").replace("VERSION", env!("CARGO_PKG_VERSION"))
}

/// Names the extension where a run of the project looks for it, which otherwise only the editor
/// does: and an editor without a window crashes after it did (godotengine/godot#111048).
fn register(project: &Project) -> Result<()> {
    let caches = project.godot_project().join(".godot");
    let list = caches.join("extension_list.cfg");
    if list.exists() {
        return Ok(());
    }
    fs::create_dir_all(caches)
        .and_then(|()| fs::write(&list, "res://addons/openssl_dtls/openssl_dtls.gdextension\n"))
        .with_context(|| format!("cannot write {}", list.display()))
}

/// Where the library of the machine's platform is in the addon, as openssl_dtls.gdextension has it.
fn library_path() -> PathBuf {
    let platform = match (OS, ARCH) {
        ("macos", _) => return Path::new(FRAMEWORK).join("libopenssl_dtls"),
        (os, "aarch64") => format!("{os}.arm64"),
        (os, arch) => format!("{os}.{arch}"),
    };
    ["bin", &platform, &format!("{DLL_PREFIX}{LIBRARY}{DLL_SUFFIX}")].iter().collect()
}

/// Copies a file by renaming a whole copy into place: a running Godot may have the old one mapped.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copy_whole = || -> Result<()> {
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        // Another command may copy the same file meanwhile.
        let copy = to.with_added_extension(process::id().to_string());
        fs::copy(from, &copy)?;
        fs::rename(copy, to)?;
        Ok(())
    };
    copy_whole().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_library_is_the_file_that_a_program_loads() {
        let built = |name: &str, file: &str| {
            let files = ["/target/debug/openssl_dtls.d", file];
            json!({ "reason": "compiler-artifact", "target": { "name": name }, "filenames": files }).to_string()
        };
        for file in ["/target/debug/libopenssl_dtls.so", "/target/debug/libopenssl_dtls.dylib"] {
            assert_eq!(library_in(&built(LIBRARY, file)), Some(file.into()));
        }
        assert_eq!(library_in(&built(LIBRARY, "/target/debug/libopenssl_dtls.rlib")), None);
        assert_eq!(library_in(&built("openssl_macros", "/target/debug/libopenssl_macros.so")), None);
        assert_eq!(library_in("   Compiling openssl_dtls v0.1.0"), None);
    }

    #[test]
    fn godot_looks_where_the_library_is_staged() -> Result<()> {
        let manifest = fs::read_to_string(Project::find()?.addon().join("openssl_dtls.gdextension"))?;
        // A framework's library is in a folder that the manifest names.
        assert!(manifest.split('"').any(|path| path.starts_with("bin/") && library_path().starts_with(path)));
        Ok(())
    }
}
