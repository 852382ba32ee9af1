//! Says what is missing on this machine, and how to get it.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::debian;
use crate::godot::{self, Godot};
use crate::peers;
use crate::project::Project;

/// What is there, or what to do about it.
type Finding = Result<String, String>;

/// Looks for all of it, and fails if something is missing.
pub fn run(project: &Project) -> Result<()> {
    let findings = [
        ("Rust", rust()),
        ("C compiler", program(C_COMPILERS, "OpenSSL is compiled with it; on Debian: apt install build-essential")),
        ("make", program(MAKES, "OpenSSL is built with it; on Debian: apt install build-essential")),
        ("Perl", perl()),
        ("git", program(&["git"], "on Debian: apt install git")),
        ("openssl", program(&["openssl"], "tests make certificates with it; on Debian: apt install openssl")),
        ("GnuTLS", peers::find(&peers::GNUTLS, project)),
        ("tshark", peers::find(&peers::TSHARK, project)),
        ("Godot", godot(project)),
    ];
    let mut missing = 0;
    for (name, finding) in &findings {
        match finding {
            Ok(found) => println!("ok       {name}: {found}"),
            Err(remedy) => {
                println!("missing  {name}: {remedy}");
                missing += 1;
            }
        }
    }
    ensure!(missing == 0, "{missing} of {} missing", findings.len());
    Ok(())
}

#[cfg(windows)]
const C_COMPILERS: &[&str] = &["cl", "gcc", "clang"];
#[cfg(not(windows))]
const C_COMPILERS: &[&str] = &["cc", "gcc", "clang"];
#[cfg(windows)]
const MAKES: &[&str] = &["nmake", "make"];
#[cfg(not(windows))]
const MAKES: &[&str] = &["make"];

fn program(names: &[&str], remedy: &str) -> Finding {
    let found = names.iter().find_map(|name| which::which(name).ok());
    found.map(|path| path.display().to_string()).ok_or_else(|| remedy.to_owned())
}

/// No version is asked for: cargo refuses to build this program with a compiler that is too old.
fn rust() -> Finding {
    let version = Command::new("rustc").arg("--version").output();
    version
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .map_err(|_| "install it with rustup".into())
}

/// Some systems split off the modules that OpenSSL's build needs.
fn perl() -> Finding {
    let found = program(&["perl"], "OpenSSL is configured with it; on Debian: apt install perl")?;
    let complete = Command::new(&found)
        .args(["-MFindBin", "-MIPC::Cmd", "-MFile::Compare", "-MTime::Piece", "-e", "1"])
        .output()
        .is_ok_and(|output| output.status.success());
    if complete { Ok(found) } else { Err(format!("{found} lacks modules; on Fedora: dnf install perl-core")) }
}

fn godot(project: &Project) -> Finding {
    match Godot::present(project) {
        Ok(Some(godot)) => {
            let note = godot
                .untested()
                .unwrap_or_else(|| format!("{}, which the tests are known to pass with", godot.version()));
            Ok(format!("{} ({note})", godot.program().display()))
        }
        Ok(None) if debian::can_fetch() => Ok("none installed, but demo and test fetch a private copy".into()),
        Ok(None) => Err(godot::COPY.remedy.into()),
        Err(error) => Err(format!("{error:#}")),
    }
}
