//! All commands of `cargo xtask`, which starts this program for those that it does not run itself.

mod bench;
mod book;
mod counts;
mod cross;
mod display;
#[cfg(test)]
mod documents;
mod export;
mod flood;
mod fuzz;
mod glibc;
mod instructions;
mod library;
mod log_scan;
mod official;
mod package;
mod sanitize;
mod screenshot;
mod standard_library;
mod test;
mod user_project;
mod valgrind;
mod zig;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::godot::Godot;
use xtask::project::Project;
use xtask::{addon, demo, doctor};

use crate::cross::Platform;
use crate::sanitize::Sanitizer;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Builds, shows and tests the addon")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the library and lay the addon out in godot_project/addons/openssl_dtls
    Build {
        /// Optimise, as for players
        #[arg(long)]
        release: bool,
    },
    /// Run the class reference's example: a server and a client, each in its own headless Godot
    Demo {
        /// Open the arena instead, a window with a server and several clients
        #[arg(long)]
        gui: bool,
    },
    /// Run every test: the Rust tests, then those in GDScript inside a headless Godot
    Test {
        /// Run only the tests whose names contain this
        filter: Option<String>,
    },
    /// Build the library and the Rust tests for another platform, and run them in an emulator; Debian only
    Cross {
        platform: Platform,
        /// Run only the tests whose names contain this
        filter: Option<String>,
    },
    /// Build the optimised library of a platform into target/libraries, for a package
    Library { platform: library::Platform },
    /// Run the Rust tests of the protocol and of its I/O threads under a sanitizer; Linux only
    Sanitize {
        sanitizer: Sanitizer,
        /// Run only the tests whose names contain this
        filter: Option<String>,
    },
    /// Watch the memory of a session inside a headless Godot with valgrind; Debian only
    Valgrind,
    /// Measure the engine's classes and ours in turn, on this machine; Linux only
    ///
    /// Prints a table. A whole run takes half an hour, and writes the table, the raw numbers and pictures into docs; a part, or
    /// a quick one, writes into target.
    Bench(bench::Request),
    /// Count the instructions of a handshake and of packets, and compare them with the recorded ones; Debian on x86_64 only
    Instructions {
        /// Record the counts instead, in rust/devtools/instructions.csv
        #[arg(long)]
        record: bool,
    },
    /// Look for input that breaks dtls-core, with libFuzzer and AddressSanitizer
    ///
    /// What is found is left in target/fuzz/findings. The inputs that reach most code are kept in target/fuzz/corpus, from
    /// where the next run goes on.
    Fuzz {
        /// How long, for all targets together
        #[arg(default_value_t = 10)]
        minutes: u32,
        /// Run only the targets whose names contain this
        target: Option<String>,
    },
    /// Look whether a server grows while 1,000 clients come and go, on a network that loses datagrams; Linux only
    Soak {
        /// How long to look, in minutes
        #[arg(default_value_t = 10)]
        minutes: u32,
    },
    /// Build the book of docs and of the class help into target/book
    ///
    /// The first run compiles mdBook into target/tools, which takes minutes.
    Book,
    /// Flood a server with what strangers, newcomers and players can send, and see that its promises hold; Linux only
    ///
    /// Takes some five minutes, and writes its table into docs. A part only prints it.
    Flood {
        /// Run only the floods whose names contain this
        filter: Option<String>,
    },
    /// Make the zip that users unpack into their projects, in target/package
    ///
    /// The package holds what openssl_dtls.gdextension names and what is there. The command lists the platforms that are
    /// missing.
    Package(package::Request),
    /// Export the demo as a dedicated server and as a client, and run both; Debian only
    Export,
    /// Take the README's picture of the arena, docs/screenshot.png; Debian only
    ///
    /// Uses private copies of Godot and of Xvfb, so that no window opens.
    Screenshot,
    /// Check that all that is needed is on this machine, and say how to get what is missing
    Doctor,
    /// Print the Godot that is used: $GODOT, else the one on PATH, else a private copy
    ///
    /// The private copy comes from Debian's testing suite and is kept in target/godot. Only
    /// machines that run Debian can get it; nothing is installed.
    Godot {
        /// Download the official build of this version instead, such as 4.3
        version: Option<String>,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let project = Project::find()?;
    match arguments.command {
        Command::Build { release } => addon::build(&project, release),
        Command::Demo { gui: false } => demo::run(&project),
        Command::Demo { gui: true } => demo::show(&project),
        Command::Test { filter } => test::run(&project, filter.as_deref()),
        Command::Cross { platform, filter } => cross::run(&project, platform, filter.as_deref()),
        Command::Sanitize { sanitizer, filter } => sanitize::run(&project, sanitizer, filter.as_deref()),
        Command::Valgrind => valgrind::run(&project),
        Command::Instructions { record } => instructions::run(&project, record),
        Command::Bench(request) => bench::run(&project, &request),
        Command::Fuzz { minutes, target } => {
            fuzz::run(&project, Duration::from_mins(minutes.into()), target.as_deref())
        }
        Command::Soak { minutes } => bench::soak::run(&project, minutes),
        Command::Book => book::run(&project),
        Command::Flood { filter } => flood::run(&project, filter.as_deref()),
        Command::Package(request) => package::run(&project, &request),
        Command::Export => export::run(&project),
        Command::Screenshot => screenshot::run(&project),
        Command::Doctor => doctor::run(&project),
        Command::Library { platform } => library::run(&project, platform),
        Command::Godot { version } => {
            let program = match version {
                Some(version) => official::fetch(project.target(), &version)?,
                None => Godot::find(&project)?.program().to_owned(),
            };
            println!("{}", program.display());
            Ok(())
        }
    }
}
