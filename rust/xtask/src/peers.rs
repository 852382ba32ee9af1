//! The other DTLS programs that tests run against: those on PATH, else private copies.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use anyhow::Result;

use crate::debian::{self, PrivateCopy};
use crate::project::Project;

const GNUTLS: PrivateCopy = PrivateCopy {
    package: "gnutls-bin",
    programs: &["gnutls-cli", "gnutls-serv"],
    megabytes: 10,
    remedy: "install the programs of GnuTLS",
};

/// PATH for the tests, with GnuTLS on it. Where it cannot be had, the tests that need it fail, and no others.
pub(crate) fn path(project: &Project) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    if is_installed(&GNUTLS) {
        return path;
    }
    GNUTLS.fetch(project.target()).and_then(|folder| with_folder(&path, folder)).unwrap_or_else(|error| {
        eprintln!("The tests against GnuTLS will fail: {error:#}");
        path
    })
}

fn with_folder(path: &OsStr, folder: PathBuf) -> Result<OsString> {
    Ok(env::join_paths(env::split_paths(path).chain([folder]))?)
}

/// For the doctor: where GnuTLS is, or what to do.
pub(crate) fn gnutls(project: &Project) -> Result<String, String> {
    let launcher = GNUTLS.launcher(project.target(), GNUTLS.programs[0]);
    match which::which(GNUTLS.programs[0]) {
        Ok(program) if is_installed(&GNUTLS) => Ok(program.display().to_string()),
        _ if launcher.exists() => Ok(launcher.display().to_string()),
        _ if debian::can_fetch() => Ok("none installed, but test fetches a private copy".into()),
        _ => Err(GNUTLS.remedy.into()),
    }
}

fn is_installed(copy: &PrivateCopy) -> bool {
    copy.programs.iter().all(|program| which::which(program).is_ok())
}
