//! `cargo xtask flood`: what floods of each kind do to a server, its players, and clients that join.

mod kinds;
mod report;
mod scene;

use std::fs;

use anyhow::{Context, Result, ensure};
use xtask::addon;
use xtask::godot::Godot;
use xtask::project::Project;

use self::kinds::{KINDS, Kind};
use self::report::Table;
use self::scene::{PLAYERS, Phase, Scene};

/// How long a flood is watched, in seconds, and the time after it.
const DURING: u32 = 5;
const AFTER: u32 = 3;

/// The flood goes on until the last honest clients have joined.
const LONGER: u32 = 2;

/// How much of their packets the players may lose after a flood, in percent. A busy machine delays some for too long.
const LOST: f64 = 5.0;

/// How much memory may stay, in MiB: what the allocator keeps for each thread. It is the same after more floods.
const RETURNED: f64 = 32.0;

/// Floods a server with each kind whose name contains `filter`.
pub(crate) fn run(project: &Project, filter: Option<&str>) -> Result<()> {
    let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.name.contains(filter.unwrap_or_default())).collect();
    ensure!(!kinds.is_empty(), "no flood has that in its name; there are {}", KINDS.map(|kind| kind.name).join(", "));
    addon::build(project, true)?;
    let godot = Godot::find(project)?;
    let mut scene = Scene::new(project, &godot)?;

    let mut table = Table::new("cargo xtask flood", godot.version());
    // What the first clients bring stays: code is loaded, and buffers grow.
    scene.watch(AFTER)?;
    scene.dismiss()?;
    table.add("none", "", None, "before", &scene.watch(AFTER)?);
    scene.dismiss()?;
    let memory = scene.memory()?;
    let mut broken = Vec::new();
    for (number, kind) in kinds.iter().enumerate() {
        eprintln!("{} of {}: {}", number + 1, kinds.len(), kind.title);
        broken.extend(flood(&mut scene, kind, memory, &mut table)?);
    }
    println!("{}", table.text());
    ensure!(broken.is_empty(), "promises were broken:\n{}", broken.join("\n"));
    if filter.is_none() {
        let path = project.docs().join("floods.md");
        fs::write(&path, table.text()).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("Written to {}", path.display());
    }
    Ok(())
}

/// One flood, on a server that had `memory` MiB before the first: the promises that it broke.
fn flood(scene: &mut Scene, kind: &Kind, memory: f64, table: &mut Table) -> Result<Vec<String>> {
    let mut attacker = scene.attacker(kind)?;
    attacker.tell(&format!("attack {}", DURING + LONGER))?;
    let during = scene.watch(DURING)?;
    let rate = attacker.answer()?.get("sent")? / f64::from(DURING + LONGER);
    attacker.ask("leave")?;
    drop(attacker);
    scene.dismiss()?;
    scene.recover().context(kind.title)?;
    let after = scene.watch(AFTER)?;
    scene.dismiss()?;

    let title = if kind.admits { kind.title.to_owned() } else { format!("{} (*some* may join)", kind.title) };
    table.add(&title, kind.attacker.name(), Some(rate), "during", &during);
    table.add("", "", None, "after", &after);
    let all_joined = |phase: &Phase| phase.joined == phase.of;
    let limit = memory + kind.attacker.memory();
    let promises = [
        (scene.connected_players()? == PLAYERS, "a player was lost"),
        (after.lost <= LOST, "the players lose packets after it"),
        (all_joined(&after), "an honest client could not join after it"),
        (all_joined(&during) || !kind.admits, "an honest client could not join during it"),
        (during.memory <= limit, "the server took too much memory"),
        (scene.memory_below(memory + RETURNED)? <= memory + RETURNED, "the memory did not come back"),
    ];
    let is_broken = promises.into_iter().filter(|(holds, _)| !holds);
    Ok(is_broken.map(|(_, words)| format!("{}: {words}", kind.title)).collect())
}
