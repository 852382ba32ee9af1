//! Takes the README's picture of the demo.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::addon;
use crate::display::Display;
use crate::process::Process;
use crate::project::Project;

const SIZE: (u32, u32) = (1280, 720);
const LIMIT: Duration = Duration::from_mins(3);

pub(crate) fn run(project: &Project) -> Result<()> {
    // Optimised, because the picture shows what a frame costs.
    addon::build(project, true)?;
    let picture = project.docs().join("screenshot.png");
    let deadline = Instant::now() + LIMIT;
    let display = Display::open(project, SIZE, deadline)?;
    let mut godot = display.godot(project)?;
    godot.arg("--path").arg(project.godot_project());
    godot.args(["--script", "res://demo/arena/screenshot.gd", "--"]).arg(&picture);
    let process = Process::spawn(godot, "", deadline)?;
    while process.next_line()?.is_some() {}
    let status = process.wait()?;
    ensure!(status.success(), "no picture was taken: {status}");
    println!("The picture is {}", picture.display());
    Ok(())
}
