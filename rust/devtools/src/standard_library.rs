//! Rust's standard library for other platforms, beside the compiler in use.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub(crate) fn is_installed(triple: &str) -> bool {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", triple]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Has rustup fetch it, unless it is there.
pub(crate) fn add(triple: &str) -> Result<()> {
    if is_installed(triple) {
        return Ok(());
    }
    let status = Command::new("rustup").args(["target", "add", triple]).status().context("cannot start rustup")?;
    ensure!(status.success(), "rustup cannot fetch the standard library for {triple}");
    Ok(())
}
