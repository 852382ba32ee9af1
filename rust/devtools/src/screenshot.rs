//! Takes the pictures of the demo in README.md and docs.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xtask::addon;
use xtask::process::Process;
use xtask::project::Project;

use crate::display::Display;

const SIZE: (u32, u32) = (1280, 720);
const LIMIT: Duration = Duration::from_mins(3);

/// Parts of the demo, and their pictures in docs.
const PICTURES: [(&str, &str); 2] = [("arena", "screenshot.png"), ("multiplayer", "multiplayer.png")];

pub(crate) fn run(project: &Project) -> Result<()> {
    // Optimised, because the picture shows what a frame costs.
    addon::build(project, true)?;
    for (part, picture) in PICTURES {
        let picture = project.docs().join(picture);
        let deadline = Instant::now() + LIMIT;
        let display = Display::open(project, SIZE, deadline)?;
        let mut godot = display.godot(project)?;
        godot.arg("--path").arg(project.godot_project());
        godot.args(["--script", &format!("res://demo/{part}/screenshot.gd"), "--"]).arg(&picture);
        let process = Process::spawn(godot, "", deadline)?;
        while process.next_line()?.is_some() {}
        let status = process.wait()?;
        ensure!(status.success(), "no picture of the {part} was taken: {status}");
        println!("The picture of the {part} is {}", picture.display());
    }
    Ok(())
}
