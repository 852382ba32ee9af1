//! The other programs that tests run against: those on PATH, else private copies.

use std::env;
use std::ffi::OsString;

use crate::debian::{self, PrivateCopy};
use crate::project::Project;

/// A client and a server of another TLS library.
pub const GNUTLS: PrivateCopy = PrivateCopy {
    package: "gnutls-bin",
    programs: &["gnutls-cli", "gnutls-serv"],
    try_option: "--version",
    megabytes: 10,
    remedy: "install the programs of GnuTLS",
};

/// Reads captures with the secrets that `key_log_path` wrote.
pub const TSHARK: PrivateCopy = PrivateCopy {
    package: "tshark",
    programs: &["tshark"],
    try_option: "--version",
    megabytes: 60,
    remedy: "install tshark, a part of Wireshark",
};

/// PATH for the tests, with the programs on it. Where one cannot be had, the tests that need it fail, and no others.
pub fn path(project: &Project) -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    for copy in [GNUTLS, TSHARK] {
        if is_installed(&copy) {
            continue;
        }
        let added = copy.fetch(project.target()).and_then(|folder| {
            let folders = env::split_paths(&path).chain([folder]);
            Ok(env::join_paths(folders)?)
        });
        match added {
            Ok(longer) => path = longer,
            Err(error) => eprintln!("The tests with {} will fail: {error:#}", copy.package),
        }
    }
    path
}

/// For the doctor: where the programs are, or what to do.
pub fn find(copy: &PrivateCopy, project: &Project) -> Result<String, String> {
    let launcher = copy.launcher(project.target(), copy.programs[0]);
    match which::which(copy.programs[0]) {
        Ok(program) if is_installed(copy) => Ok(program.display().to_string()),
        _ if launcher.exists() => Ok(launcher.display().to_string()),
        _ if debian::can_fetch() => Ok("none installed, but test fetches a private copy".into()),
        _ => Err(copy.remedy.into()),
    }
}

fn is_installed(copy: &PrivateCopy) -> bool {
    copy.programs.iter().all(|program| which::which(program).is_ok())
}
