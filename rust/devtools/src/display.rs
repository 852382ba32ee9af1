//! A screen without a monitor: Xvfb, and a Godot that draws on it with the processor (Mesa's llvmpipe).

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use xtask::debian::{PrivateCopy, find_loader};
use xtask::godot;
use xtask::process::Process;
use xtask::project::Project;

/// It comes with the OpenGL library that Godot's package leaves to the machine.
const COPY: PrivateCopy = PrivateCopy {
    package: "xvfb",
    programs: &["Xvfb", "xkbcomp"],
    try_option: "-help",
    megabytes: 67,
    remedy: "this command needs a machine that runs Debian",
};

/// Xvfb starts the keyboard's compiler from a folder that no option changes. `HERE` has the same length.
const XKBCOMP_FOLDER: &[u8] = b"/usr/bin\0";
const HERE: &[u8] = b"././././\0";

/// Ends when it is dropped.
pub(crate) struct Display {
    name: String,
    _server: Process,
}

impl Display {
    /// Opens a screen of this size, in pixels, until `deadline`.
    pub(crate) fn open(project: &Project, (width, height): (u32, u32), deadline: Instant) -> Result<Self> {
        let folder = COPY.fetch(project.target())?;
        run_xkbcomp_from_here(&folder.join("root/usr/bin/Xvfb"))?;
        let mut xvfb = Command::new(folder.join("Xvfb"));
        xvfb.current_dir(&folder).arg("-xkbdir").arg(folder.join("root/usr/share/X11/xkb"));
        xvfb.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"]).arg(format!("{width}x{height}x24"));
        let server = Process::spawn(xvfb, None, deadline)?;
        let mut said = String::new();
        loop {
            let line = server.next_line()?.with_context(|| format!("Xvfb does not start:{said}"))?;
            if line.parse::<u32>().is_ok() {
                return Ok(Self { name: format!(":{line}"), _server: server });
            }
            said += &format!("\n{line}");
        }
    }

    /// A Godot on this screen, to be given a project and a scene or a script.
    pub(crate) fn godot(&self, project: &Project) -> Result<Command> {
        let godot = godot::COPY.fetch(project.target())?;
        let loader = find_loader(&godot)?;
        let libraries = loader.parent().context("the loader is in a folder")?;
        let graphics = find_loader(&COPY.fetch(project.target())?)?;
        let graphics = graphics.parent().context("the loader is in a folder")?;
        let paths = env::join_paths([libraries, &libraries.join("pulseaudio"), graphics])?;

        let mut command = Command::new(&loader);
        command.env("DISPLAY", &self.name).env("LIBGL_ALWAYS_SOFTWARE", "1");
        command.arg("--library-path").arg(paths).arg(godot.join("root/usr/bin/godot"));
        command.args(["--display-driver", "x11", "--rendering-driver", "opengl3", "--audio-driver", "Dummy"]);
        Ok(command)
    }
}

/// Makes a copy of Xvfb look for xkbcomp in the folder that it is started in.
fn run_xkbcomp_from_here(xvfb: &Path) -> Result<()> {
    let mut program = fs::read(xvfb)?;
    let size = XKBCOMP_FOLDER.len();
    if program.windows(size).any(|bytes| bytes == HERE) {
        return Ok(());
    }
    let found = program.windows(size).position(|bytes| bytes == XKBCOMP_FOLDER);
    let found = found.context("this version of Xvfb looks for xkbcomp elsewhere")?;
    program[found..found + size].copy_from_slice(HERE);
    fs::write(xvfb, program).context("cannot change the copy of Xvfb")
}
