//! A Windows of its own for the tests, by Wine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wine/bcryptprimitives.c");

/// Sets up the Windows in `prefix`, unless it is there; what starts a program in it.
pub(crate) fn prepare(prefix: &Path) -> Result<Command> {
    let system = prefix.join("drive_c/windows/system32");
    let library = system.join("bcryptprimitives.dll");
    if !library.exists() {
        eprintln!("Setting up Wine");
        fs::create_dir_all(prefix)?;
        let status = wine(prefix, "wineboot").arg("--init").status().context("cannot start wineboot")?;
        ensure!(status.success(), "Wine does not start");
        let status = Command::new("x86_64-w64-mingw32-gcc")
            .args(["-shared", "-o"])
            .arg(&library)
            .args([SOURCE, "-ladvapi32"])
            .status()?;
        ensure!(status.success(), "{SOURCE} does not compile");
    }
    Ok(wine(prefix, "wine"))
}

fn wine(prefix: &Path, program: &str) -> Command {
    let mut wine = Command::new(program);
    // Without them it asks whether to download them.
    wine.env("WINEPREFIX", prefix).env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "mscoree,mshtml=");
    wine
}
