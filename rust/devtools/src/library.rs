//! Builds the release library of a platform into target/libraries, which is laid out as the addon's `bin`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use xtask::addon;
use xtask::project::Project;

use crate::glibc;
use crate::standard_library;
use crate::zig::Zig;

/// The oldest C library of Linux that Rust's standard library supports: that of 2012.
const GLIBC: &str = "2.17";

/// The oldest Android that Godot 4.3 supports: 5.0.
const ANDROID_API: &str = "21";

/// Named as their folders in the addon.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Platform {
    #[value(name = "linux.x86_64")]
    LinuxX86,
    #[value(name = "linux.arm64")]
    LinuxArm,
    #[value(name = "windows.x86_64")]
    WindowsX86,
    #[value(name = "windows.arm64")]
    WindowsArm,
    Macos,
    #[value(name = "android.x86_64")]
    AndroidX86,
    #[value(name = "android.arm64")]
    AndroidArm,
    Ios,
}

pub(crate) fn run(project: &Project, platform: Platform) -> Result<()> {
    let value = platform.to_possible_value().context("each platform has a name")?;
    let folder = project.target().join("libraries").join(value.get_name());
    fs::create_dir_all(&folder)?;
    match platform {
        Platform::LinuxX86 => put(&linux(project, "x86_64-unknown-linux-gnu")?, &folder, "libopenssl_dtls.so"),
        Platform::LinuxArm => put(&linux(project, "aarch64-unknown-linux-gnu")?, &folder, "libopenssl_dtls.so"),
        Platform::WindowsX86 => put(&plain(project, "x86_64-pc-windows-gnu")?, &folder, "openssl_dtls.dll"),
        Platform::WindowsArm => put(&plain(project, "aarch64-pc-windows-msvc")?, &folder, "openssl_dtls.dll"),
        Platform::Macos => framework(project, &folder),
        Platform::AndroidX86 => put(&android(project, "x86_64-linux-android")?, &folder, "libopenssl_dtls.so"),
        Platform::AndroidArm => put(&android(project, "aarch64-linux-android")?, &folder, "libopenssl_dtls.so"),
        Platform::Ios => xcframework(project, &folder),
    }?;
    eprintln!("The library is in {}", folder.display());
    Ok(())
}

fn put(library: &Path, folder: &Path, name: &str) -> Result<()> {
    fs::copy(library, folder.join(name)).with_context(|| format!("cannot copy {}", library.display()))?;
    Ok(())
}

/// With the machine's own linker and C compiler for the platform.
fn plain(project: &Project, triple: &str) -> Result<PathBuf> {
    standard_library::add(triple)?;
    let mut cargo = project.cargo();
    cargo.args(["build", "--release", "--target", triple]);
    addon::compile(cargo)
}

/// For machines with an old C library, which zig links against.
fn linux(project: &Project, triple: &str) -> Result<PathBuf> {
    standard_library::add(triple)?;
    let mut cargo = Zig::fetch(project.target())?.cargo(project.cargo());
    cargo.args(["zigbuild", "--release", "--target", &format!("{triple}.{GLIBC}")]);
    let library = addon::compile(cargo)?;
    glibc::check(&fs::read(&library)?, GLIBC)?;
    Ok(library)
}

fn android(project: &Project, triple: &str) -> Result<PathBuf> {
    standard_library::add(triple)?;
    let tools = project.target().join("tools");
    call(project.cargo().args(["install", "cargo-ndk", "--locked", "--root"]).arg(&tools))?;
    let mut ndk = Command::new(tools.join("bin/cargo-ndk"));
    ndk.current_dir(project.godot_project().join(".."));
    ndk.args(["ndk", "--target", triple, "--platform", ANDROID_API, "build", "--release"]);
    addon::compile(ndk)
}

/// One library for both processors, in the folder that Godot and macOS want.
fn framework(project: &Project, folder: &Path) -> Result<()> {
    let framework = folder.join("libopenssl_dtls.framework");
    let resources = framework.join("Resources");
    fs::create_dir_all(&resources)?;
    let library = framework.join("libopenssl_dtls");
    join(project, &["aarch64-apple-darwin", "x86_64-apple-darwin"], &library)?;
    call(
        Command::new("install_name_tool")
            .args(["-id", "@rpath/libopenssl_dtls.framework/libopenssl_dtls"])
            .arg(&library),
    )?;
    fs::write(resources.join("Info.plist"), addon::framework_info())?;
    // Without an identity, which each game that ships it signs with anew.
    call(Command::new("codesign").args(["--force", "--sign", "-"]).arg(&framework))
}

/// One library for devices, and one for the simulator on both processors.
fn xcframework(project: &Project, folder: &Path) -> Result<()> {
    let work = project.target().join("ios");
    let [device, simulator] = ["device", "simulator"].map(|name| work.join(name).join("libopenssl_dtls.dylib"));
    for library in [&device, &simulator] {
        fs::create_dir_all(library.parent().context("a file has a folder")?)?;
    }
    join(project, &["aarch64-apple-ios"], &device)?;
    join(project, &["aarch64-apple-ios-sim", "x86_64-apple-ios"], &simulator)?;
    let xcframework = folder.join("libopenssl_dtls.xcframework");
    if xcframework.exists() {
        fs::remove_dir_all(&xcframework)?;
    }
    let mut create = Command::new("xcodebuild");
    create.arg("-create-xcframework");
    for library in [&device, &simulator] {
        create.arg("-library").arg(library);
    }
    call(create.arg("-output").arg(&xcframework))
}

fn join(project: &Project, triples: &[&str], library: &Path) -> Result<()> {
    let parts = triples.iter().map(|triple| plain(project, triple)).collect::<Result<Vec<_>>>()?;
    call(Command::new("lipo").arg("-create").args(parts).arg("-output").arg(library))
}

fn call(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("cannot start {name}"))?;
    ensure!(status.success(), "{name} failed");
    Ok(())
}
