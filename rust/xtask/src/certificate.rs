//! The certificate of the demo and the bench: self-signed, for localhost, made for each run and never committed.

use anyhow::{Context, Result, ensure};

use crate::godot::Godot;
use crate::project::Project;

/// Has the addon make the key and the certificate in `demo/certs`.
pub fn make(project: &Project, godot: &Godot) -> Result<()> {
    let mut command = godot.headless(project);
    command.args(["--script", "res://demo/make_certificate.gd"]);
    let status = command.status().context("cannot start Godot")?;
    ensure!(status.success(), "no certificate was made ({status})");
    Ok(())
}
