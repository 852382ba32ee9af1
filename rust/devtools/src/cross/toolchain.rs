//! A compiler with a standard library for another platform.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use xtask::project::Project;

use crate::standard_library;

/// A matching pair of compiler and sources, newer than Debian's other Rust.
pub(crate) const PACKAGES: &str = "rustc-web cargo-web rust-web-src";

const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

pub(crate) struct Toolchain {
    triple: &'static str,
    source: Source,
}

/// Where the standard library comes from.
#[derive(Clone, Copy)]
enum Source {
    /// It is installed beside the compiler, as by `rustup target add`.
    Installed,
    /// It is compiled from Debian's sources, with Debian's compiler.
    Debian,
}

impl Toolchain {
    /// The one in use if it has what is needed, else Debian's.
    pub(crate) fn find(triple: &'static str) -> Option<Self> {
        let source = if standard_library::is_installed(triple) {
            Source::Installed
        } else if ["/usr/bin/cargo", "/usr/bin/rustc", DEBIAN_SOURCES].iter().all(|path| Path::new(path).exists()) {
            Source::Debian
        } else {
            return None;
        };
        Some(Self { triple, source })
    }

    /// cargo for the platform.
    pub(crate) fn cargo(&self, project: &Project, subcommand: &str) -> Command {
        let mut cargo = project.cargo();
        if let Source::Debian = self.source {
            let folder = cargo.get_current_dir().map(Path::to_owned);
            cargo = Command::new("/usr/bin/cargo");
            cargo.current_dir(folder.unwrap_or_default());
            // The compiler takes the flag in spite of being a stable one.
            cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc").env("PATH", path());
        }
        cargo.args([subcommand, "--target", self.triple]);
        if let Source::Debian = self.source {
            cargo.arg("-Zbuild-std");
        }
        cargo
    }
}

/// PATH with Debian's programs before those of rustup.
fn path() -> OsString {
    let mut path = OsString::from("/usr/bin:");
    path.push(env::var_os("PATH").unwrap_or_default());
    path
}
