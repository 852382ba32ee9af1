//! Watches the memory of a session inside a headless Godot with valgrind's memcheck.
//!
//! The engine's own errors and leaks do not count. Ours have a function of our library among their callers.

pub(crate) mod copy;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use roxmltree::{Document, Node};
use xtask::addon;
use xtask::debian::find_loader;
use xtask::godot;
use xtask::process::Process;
use xtask::project::Project;

use self::copy::Valgrind;

/// What valgrind must not report, and why.
const SUPPRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/valgrind.supp");

const LIBRARY: &str = "/libopenssl_dtls.so";

const LIMIT: Duration = Duration::from_mins(45);

pub(crate) fn run(project: &Project) -> Result<()> {
    build(project)?;
    let report = project.target().join("valgrind.xml");
    let mut session = memcheck(project, &report)?;
    session.args(["--headless", "--script", "res://tests/session.gd", "--path"]).arg(project.godot_project());

    eprintln!("Running the session, which takes minutes");
    let process = Process::spawn(session, "", Instant::now() + LIMIT)?;
    while process.next_line()?.is_some() {}
    let status = process.wait()?;
    ensure!(status.success(), "the session failed: {status}");

    let findings = ours(&fs::read_to_string(&report)?)?;
    findings.iter().for_each(|finding| eprintln!("\n{finding}"));
    ensure!(findings.is_empty(), "{} errors or leaks are ours; {} has all", findings.len(), report.display());
    println!("No error and no leak is ours.");
    Ok(())
}

/// Builds the library with the system's allocator, which valgrind knows, and lays it out as for the tests.
fn build(project: &Project) -> Result<()> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--target-dir"]).arg(project.target().join("system-malloc"));
    // It stays loaded to the end. Otherwise all that its statics hold would count as lost, as Godot unloads it before.
    cargo.env("RUSTFLAGS", "--cfg system_malloc -Clink-arg=-Wl,-z,nodelete");
    addon::build_with(project, cargo)
}

/// Godot under memcheck. Godot is a private copy, too, and runs with the libraries that valgrind came with.
fn memcheck(project: &Project, report: &Path) -> Result<Command> {
    let valgrind = Valgrind::fetch(project)?;
    let godot = godot::COPY.fetch(project.target())?;
    let others = find_loader(&godot)?;
    let others = others.parent().context("the loader is in a folder")?;

    let mut command = valgrind.command();
    command.args(["--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
    // Ours may be far from the top, and after many of the engine's.
    command.args(["--num-callers=100", "--error-limit=no", "--fair-sched=yes", "--xml=yes"]);
    command.arg(format!("--xml-file={}", report.display())).arg(format!("--suppressions={SUPPRESSIONS}"));
    valgrind.watch(&mut command, &godot.join("root/usr/bin/godot"), &[others, &others.join("pulseaudio")]);
    Ok(command)
}

/// The errors and leaks of a report that have a function of our library among their callers.
fn ours(report: &str) -> Result<Vec<String>> {
    let report = Document::parse(report).context("valgrind's report is not whole")?;
    let is_ours = |error: &Node<'_, '_>| texts(*error, "obj").any(|object| object.ends_with(LIBRARY));
    Ok(report.descendants().filter(|node| node.has_tag_name("error")).filter(is_ours).map(describe).collect())
}

fn describe(error: Node<'_, '_>) -> String {
    let what = texts(error, "what").chain(texts(error, "text")).chain(texts(error, "auxwhat"));
    let frames = error.descendants().filter(|node| node.has_tag_name("frame")).map(|frame| {
        let [function, file, line] = ["fn", "file", "line"].map(|name| texts(frame, name).next().unwrap_or("?"));
        format!("    {function} ({file}:{line})")
    });
    what.map(str::to_owned).chain(frames).collect::<Vec<_>>().join("\n")
}

fn texts<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = &'a str> {
    node.descendants().filter(move |node| node.has_tag_name(name)).filter_map(|node| node.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_ours_if_our_library_is_among_its_callers() -> Result<()> {
        let report = "<valgrindoutput>
            <error><kind>Leak_DefinitelyLost</kind><xwhat><text>5 bytes are lost</text></xwhat><stack>
                <frame><obj>/vgpreload_memcheck.so</obj><fn>malloc</fn></frame>
                <frame><obj>/bin/libopenssl_dtls.so</obj><fn>forget</fn><file>peer.rs</file><line>7</line></frame>
                <frame><obj>/bin/godot</obj></frame>
            </stack></error>
            <error><kind>UninitCondition</kind><what>The engine's</what><stack>
                <frame><obj>/bin/godot</obj></frame>
            </stack></error>
        </valgrindoutput>";
        assert_eq!(ours(report)?, ["5 bytes are lost\n    malloc (?:?)\n    forget (peer.rs:7)\n    ? (?:?)"]);
        assert!(ours("<valgrindoutput>").is_err());
        Ok(())
    }
}
