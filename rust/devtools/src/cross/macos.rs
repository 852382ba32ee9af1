//! Links the library for macOS without Apple's SDK: by zig, against lists of the symbols that Apple's frameworks have.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use object::{BinaryFormat, Object as _, ObjectKind};
use xtask::addon;
use xtask::project::Project;

use super::toolchain::Toolchain;
use crate::zig::Zig;

/// They have no symbol that the crates do not take, so that a new need is noticed. zig brings what the C library has.
const FRAMEWORKS: [(&str, &str); 2] = [
    ("CoreFoundation", include_str!("../../macos/CoreFoundation.tbd")),
    ("Security", include_str!("../../macos/Security.tbd")),
];

/// What Godot calls first, with the underscore of C's names on macOS.
const ENTRY: &str = "_openssl_dtls_init";

pub(super) fn link(project: &Project, toolchain: &Toolchain) -> Result<()> {
    let mut cargo = Zig::fetch(project.target())?.cargo(toolchain.cargo(project, "zigbuild"));
    cargo.env("SDKROOT", sdk(project.target())?);
    let library = addon::compile(cargo)?;
    check(&fs::read(&library)?)?;
    println!("{} links", library.display());
    Ok(())
}

/// A folder with the lists where linkers look for them.
fn sdk(target: &Path) -> Result<PathBuf> {
    let sdk = target.join("apple-sdk");
    for (name, symbols) in FRAMEWORKS {
        let framework = sdk.join(format!("System/Library/Frameworks/{name}.framework"));
        fs::create_dir_all(&framework)?;
        fs::write(framework.join(format!("{name}.tbd")), symbols)?;
    }
    Ok(sdk)
}

fn check(library: &[u8]) -> Result<()> {
    let file = object::File::parse(library)?;
    ensure!(file.format() == BinaryFormat::MachO && file.kind() == ObjectKind::Dynamic, "it is no library of macOS");
    let exports = file.exports()?.collect::<object::Result<Vec<_>>>()?;
    let has_entry = exports.iter().any(|export| export.name().name() == Some(ENTRY.as_bytes()));
    ensure!(has_entry, "Godot does not find {ENTRY} in it");
    Ok(())
}
