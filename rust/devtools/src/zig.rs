//! Zig as a linker and C compiler for other platforms, a private copy in target.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// As packages of Python, which have the programs inside.
const PACKAGES: [&str; 2] = ["ziglang==0.17.0", "cargo-zigbuild==0.24.0"];

pub(crate) struct Zig {
    folder: PathBuf,
}

impl Zig {
    pub(crate) fn fetch(target: &Path) -> Result<Self> {
        let folder = target.join("zig");
        if !folder.exists() {
            eprintln!("Fetching a private copy of zig (about 90 MB, once)");
            let work = target.join("zig.partial");
            let status = Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--target"])
                .arg(&work)
                .args(PACKAGES)
                .status()
                .context("cannot start python3, whose pip fetches zig")?;
            ensure!(status.success(), "pip cannot fetch zig; on Debian: apt install python3-pip");
            fs::rename(&work, &folder)?;
        }
        Ok(Self { folder })
    }

    /// A cargo that knows the subcommand `zigbuild`.
    pub(crate) fn cargo(&self, mut cargo: Command) -> Command {
        // cargo may have a path of its own.
        let own = cargo.get_envs().find_map(|(name, value)| value.filter(|_| name == "PATH").map(ToOwned::to_owned));
        let path = own.or_else(|| env::var_os("PATH")).unwrap_or_default();
        let paths = [self.folder.join("bin")].into_iter().chain(env::split_paths(&path));
        cargo.env("PATH", env::join_paths(paths).unwrap_or_default());
        cargo.env("CARGO_ZIGBUILD_ZIG_PATH", self.folder.join("ziglang/zig"));
        cargo
    }
}
