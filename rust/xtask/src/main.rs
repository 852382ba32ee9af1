//! `cargo xtask <command>`. What a newcomer runs first is here, and compiles in seconds. The rest is in `devtools`, the help
//! included.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use xtask::project::{self, Project};
use xtask::{addon, demo, doctor};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    match words.iter().map(AsRef::as_ref).collect::<Vec<_>>().as_slice() {
        ["build"] => addon::build(&Project::find()?, false)?,
        ["demo"] => demo::run(&Project::find()?)?,
        ["demo", "--gui"] => demo::show(&Project::find()?)?,
        ["doctor"] => doctor::run(&Project::find()?)?,
        _ => return devtools(&arguments),
    }
    Ok(ExitCode::SUCCESS)
}

/// Compiles `devtools` if need be, and passes the command on.
fn devtools(arguments: &[OsString]) -> Result<ExitCode> {
    let mut devtools = project::cargo();
    devtools.args(["run", "--package", "devtools", "--"]).args(arguments);
    let code = devtools.status().context("cannot start cargo")?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
