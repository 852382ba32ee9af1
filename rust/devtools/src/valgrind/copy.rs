//! A private copy of valgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use walkdir::WalkDir;
use xtask::debian::{PrivateCopy, find_loader};
use xtask::project::Project;

/// It comes with the symbols of the C library beside it, which memcheck needs. The machine's own rarely has them.
const COPY: PrivateCopy = PrivateCopy {
    package: "valgrind",
    programs: &[],
    try_option: "--version",
    megabytes: 27,
    remedy: "this check needs a machine that runs Debian",
};

pub(crate) struct Valgrind {
    folder: PathBuf,
    /// The dynamic loader that it came with. The C library is beside it.
    loader: PathBuf,
}

impl Valgrind {
    pub(crate) fn fetch(project: &Project) -> Result<Self> {
        let folder = COPY.fetch(project.target())?;
        let loader = find_loader(&folder)?;
        put_symbols_beside_libraries(&folder, &loader)?;
        Ok(Self { folder, loader })
    }

    /// Valgrind itself, for its options.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.loader);
        command.env("VALGRIND_LIB", self.folder.join("root/usr/libexec/valgrind"));
        command.arg("--library-path").arg(self.libraries()).arg(self.folder.join("root/usr/bin/valgrind.bin"));
        command
    }

    /// What valgrind runs, with its C library and with libraries in other folders. The program's arguments follow.
    pub(crate) fn watch(&self, command: &mut Command, program: &Path, others: &[&Path]) {
        let folders = std::iter::once(self.libraries()).chain(others.iter().copied());
        let paths = folders.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(":");
        command.arg(&self.loader).args(["--library-path", &paths]).arg(program);
    }

    fn libraries(&self) -> &Path {
        self.loader.parent().unwrap_or(&self.folder)
    }
}

/// Valgrind looks for symbols in a folder of the system, or beside the library in `.debug`.
fn put_symbols_beside_libraries(folder: &Path, loader: &Path) -> Result<()> {
    let beside_loader = loader.with_file_name(".debug");
    fs::create_dir_all(&beside_loader)?;
    for symbols in WalkDir::new(folder.join("root/usr/lib/debug/.build-id")).min_depth(2) {
        let symbols = symbols?;
        let beside = beside_loader.join(symbols.file_name());
        if !beside.exists() {
            fs::hard_link(symbols.path(), beside)?;
        }
    }
    Ok(())
}
