//! Builds the library and the Rust tests for another platform, and runs them here where an emulator can.

mod macos;
mod suites;
mod toolchain;
mod wine;

use std::process::Command;

use anyhow::{Result, ensure};
use clap::ValueEnum;

use toolchain::Toolchain;
use xtask::addon;
use xtask::project::Project;

/// The library, and what it consists of.
const PACKAGES: [&str; 4] = ["dtls-core", "dtls-io", "dtls-enet", "dtls-godot"];

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Platform {
    /// Windows on x86_64, run by Wine
    Windows,
    /// Linux on 64-bit ARM, run by QEMU
    LinuxArm64,
    /// macOS on 64-bit ARM: zig links the library, and nothing runs it
    MacosArm64,
    /// macOS on x86_64: the same
    #[value(name = "macos-x86_64")]
    MacosX86_64,
}

/// A program, and the packages of Debian that it comes with.
type Tool = (&'static str, &'static str);

impl Platform {
    fn triple(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::LinuxArm64 => "aarch64-unknown-linux-gnu",
            Self::MacosArm64 => "aarch64-apple-darwin",
            Self::MacosX86_64 => "x86_64-apple-darwin",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Windows => {
                &[("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-posix"), ("wine", "wine"), ("wineserver", "wine64")]
            }
            Self::LinuxArm64 => &[
                ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
                ("qemu-aarch64-static", "qemu-user-static"),
            ],
            Self::MacosArm64 | Self::MacosX86_64 => &[],
        }
    }

    /// Tests that the emulator cannot pass.
    fn left_out(self) -> &'static [&'static str] {
        match self {
            // Wine 8 tells no socket that a port is unreachable, not even by a plain blocking recv.
            Self::Windows => &[
                "a_connection_to_a_port_where_nobody_listens_ends_with_its_reason",
                "a_client_that_is_closed_gives_up_every_attempt_also_when_the_last_one_is_over",
                "a_closed_port_is_passed_over_at_once_and_the_last_one_s_reason_is_told",
                "a_client_that_does_not_get_through_ends_with_its_reason",
            ],
            Self::LinuxArm64 => &[
                // They start themselves again, and the system cannot run what only QEMU runs.
                "a_client_whose_server_is_killed_learns_it_by_silence_and_joins_the_next_server_on_the_port",
                "a_client_that_is_killed_gives_its_place_back_after_the_server_s_time",
                "connections_go_on_without_room_for_the_key_log_and_the_failure_is_told_once",
                "no_configuration_file_is_read",
                "a_certificate_that_is_not_in_the_system_store_is_refused_by_default",
                "a_certificate_in_the_system_store_is_trusted_by_default",
                "without_a_system_store_an_unknown_certificate_is_refused_by_default",
                // QEMU takes longer for so many handshakes at once than handshakes may take.
                "three_hundred_join_at_once",
                "what_handshakes_needed_that_were_all_under_way_at_once_is_given_back",
            ],
            Self::MacosArm64 | Self::MacosX86_64 => &[],
        }
    }

    /// What links the programs of this platform, and what starts them here, if anything does. rustc knows the linker for
    /// Windows by itself, and would try the machine's own for Linux.
    fn programs(self, project: &Project) -> Result<Option<(&'static str, Command)>> {
        Ok(match self {
            Self::Windows => Some(("x86_64-w64-mingw32-gcc", wine::prepare(&project.target().join("wine"))?)),
            Self::LinuxArm64 => {
                let mut qemu = Command::new("qemu-aarch64-static");
                qemu.args(["-L", "/usr/aarch64-linux-gnu"]);
                Some(("aarch64-linux-gnu-gcc", qemu))
            }
            Self::MacosArm64 | Self::MacosX86_64 => None,
        })
    }
}

pub(crate) fn run(project: &Project, platform: Platform, filter: Option<&str>) -> Result<()> {
    let toolchain = find_tools(platform)?;
    let Some((linker, emulator)) = platform.programs(project)? else {
        ensure!(filter.is_none(), "nothing here runs the tests of this platform");
        return macos::link(project, &toolchain);
    };

    eprintln!("Building the library and the tests for {}, with OpenSSL at first (minutes)", platform.triple());
    let variable = format!("CARGO_TARGET_{}_LINKER", platform.triple().to_uppercase().replace('-', "_"));
    let cargo = |subcommand| {
        let mut cargo = toolchain.cargo(project, subcommand);
        cargo.env(&variable, linker);
        cargo
    };
    let library = addon::compile(cargo("build"))?;
    let mut tests = cargo("test");
    tests.args(PACKAGES.map(|package| ["--package", package]).as_flattened());
    let suites = suites::build(tests)?;
    let counts = suites::run(&suites, &emulator, platform.left_out(), filter)?;
    println!("{} links\n{counts}", library.display());
    platform.left_out().iter().for_each(|test| println!("left out: {test}"));
    ensure!(counts.failed == 0, "some tests failed");
    Ok(())
}

/// The toolchain, once all tools are there.
fn find_tools(platform: Platform) -> Result<Toolchain> {
    let mut missing: Vec<_> = (platform.tools().iter())
        .filter(|(program, _)| which::which(program).is_err())
        .map(|(_, packages)| *packages)
        .collect();
    let toolchain = Toolchain::find(platform.triple());
    if toolchain.is_none() {
        missing.push(toolchain::PACKAGES);
    }
    match toolchain {
        Some(toolchain) if missing.is_empty() => Ok(toolchain),
        _ => anyhow::bail!("tools are missing; on Debian: apt install {}", missing.join(" ")),
    }
}
