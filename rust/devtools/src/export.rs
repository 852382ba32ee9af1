//! Exports the demo as a dedicated server and as a client, and runs both: release builds, without an editor.

use std::env::{self, consts::ARCH};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xtask::addon;
use xtask::debian::{PrivateCopy, find_loader};
use xtask::demo::{CLIENT_SAYS, SERVER_SAYS, expect, finish, free_port};
use xtask::godot::{self, Godot};
use xtask::process::Process;
use xtask::project::Project;

use crate::user_project::{UserProject, run_to_end};

const LIMIT: Duration = Duration::from_secs(60);

/// What Godot makes an exported game of.
const TEMPLATE: PrivateCopy = PrivateCopy {
    package: "godot-template-release",
    programs: &["godot-template-release"],
    try_option: "--version",
    megabytes: 120,
    remedy: "cargo xtask export runs on Debian only",
};

/// The file's name in the folder of a game.
const PROGRAM: &str = "game";
const LOADER: &[u8] = b"./ld.so";

/// The scene depends on what is exported. Release builds keep lines back that nobody flushes.
const SETTINGS: &str = "config_version=5\n\
    [application]\n\
    config/name=\"Demo\"\n\
    run/main_scene=\"res://demo/client.tscn\"\n\
    run/main_scene.dedicated_server=\"res://demo/server.tscn\"\n\
    run/flush_stdout_on_print=true\n";

/// The engine says this where a library is missing.
const MISSING: &str = "GDExtension dynamic library not found: 'res://addons/openssl_dtls/openssl_dtls.gdextension'";

pub(crate) fn run(project: &Project) -> Result<()> {
    addon::build(project, false)?;
    let template = TEMPLATE.fetch(project.target())?;
    // A game's pack must not be newer than the template.
    let godot = Godot::at(godot::COPY.fetch(project.target())?.join("godot"))?;
    let user = UserProject::new(project, godot, SETTINGS)?;
    user.open_in_editor(&["--import"])?;
    user.make_certificate()?;
    user.write("export_presets.cfg", &presets(&template))?;
    let server = Game::export(&user, &template, "server")?;
    let client = Game::export(&user, &template, "client")?;

    let is_in = |game: &Game, file: &str| -> Result<bool> {
        let pack = fs::read(game.folder.join("game.pck"))?;
        Ok(pack.windows(file.len()).any(|window| window == file.as_bytes()))
    };
    ensure!(is_in(&server, "server.key")?, "the server was exported without its key");
    ensure!(!is_in(&client, "server.key")?, "the client was exported with the server's key");

    let port = free_port()?.to_string();
    let deadline = Instant::now() + LIMIT;
    // A dedicated server needs no --headless.
    let serving = Process::spawn(server.command(&["--", &port])?, "[server] ", deadline)?;
    expect(&serving, &SERVER_SAYS[..1]).context("the server does not start")?;
    let playing = Process::spawn(client.command(&["--headless", "--", &port])?, "[client] ", deadline)?;
    finish(playing, &CLIENT_SAYS).context("the client")?;
    finish(serving, &SERVER_SAYS[1..]).context("the server")?;

    fs::remove_file(client.folder.join("libopenssl_dtls.so"))?;
    let playing = Process::spawn(client.command(&["--headless", "--", &port])?, None, deadline)?;
    expect(&playing, &[MISSING]).context("a client without the library")?;
    println!("Exported games run as server and as client.");
    Ok(())
}

fn presets(template: &Path) -> String {
    let template = template.join("root/usr/bin").join(TEMPLATE.package);
    let architecture = if ARCH == "aarch64" { "arm64" } else { ARCH };
    // Only the server may have the key.
    let presets = [("server", true, ""), ("client", false, "*.key")];
    let lines = presets.iter().enumerate().map(|(index, (name, is_dedicated, excluded))| {
        format!(
            "[preset.{index}]\nname=\"{name}\"\nplatform=\"Linux\"\ndedicated_server={is_dedicated}\n\
             export_filter=\"all_resources\"\nexclude_filter=\"{excluded}\"\n\
             [preset.{index}.options]\ncustom_template/release=\"{}\"\n\
             binary_format/architecture=\"{architecture}\"\n",
            template.display(),
        )
    });
    lines.collect()
}

/// An exported game.
struct Game {
    folder: PathBuf,
    /// The libraries that the template came with.
    libraries: PathBuf,
}

impl Game {
    fn export(user: &UserProject, template: &Path, preset: &str) -> Result<Self> {
        let folder = user.beside(preset);
        fs::create_dir_all(&folder)?;
        let program = folder.join(PROGRAM);
        let mut export = user.headless(&["--export-release", preset]);
        export.arg(&program);
        let (status, output) = run_to_end(export)?;
        ensure!(status.success() && program.exists(), "the {preset} is not exported ({status}): {output}");

        let loader = find_loader(template)?;
        fs::copy(&loader, folder.join("ld.so"))?;
        let bytes = with_loader(fs::read(&program)?, &loader).context("the template names no dynamic loader")?;
        fs::write(&program, bytes)?;
        Ok(Self { folder, libraries: loader.parent().context("the loader is in a folder")?.to_owned() })
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(self.folder.join(PROGRAM));
        let libraries = env::join_paths([self.libraries.clone(), self.libraries.join("pulseaudio")])?;
        command.args(arguments).current_dir(&self.folder).env("LD_LIBRARY_PATH", libraries);
        Ok(command)
    }
}

/// Has a program start with the loader in its working folder, as that of the machine may be too old. A game finds its files
/// beside its program, so the loader cannot start it as it starts the editor.
fn with_loader(mut program: Vec<u8>, loader: &Path) -> Option<Vec<u8>> {
    let name = loader.file_name()?.to_str()?;
    // Where the ABIs of Linux have it.
    let mut paths = ["/lib64", "/lib"].map(|folder| format!("{folder}/{name}\0").into_bytes()).into_iter();
    let (start, path) = paths.find_map(|path| {
        let start = program.windows(path.len()).position(|window| window == path)?;
        Some((start, path))
    })?;
    let place = program.get_mut(start..start + path.len())?;
    let (path, rest) = place.split_at_mut_checked(LOADER.len())?;
    path.copy_from_slice(LOADER);
    rest.fill(0);
    Some(program)
}
