//! The package, unzipped into an empty project: does it hold what it should, and does it run?

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::demo::{CLIENT_SAYS, SERVER_SAYS, expect, finish, free_port};
use xtask::godot::Godot;
use xtask::process::Process;
use xtask::project::Project;
use zip::ZipArchive;

use crate::user_project::UserProject;

use super::archive::{CHECKSUMS, checksum};
use super::third_party::linked;
use super::{FOLDER, MANIFEST, Package};

const LIMIT: Duration = Duration::from_mins(2);
const PROJECT: &str = "config_version=5\n[application]\nconfig/name=\"Game\"\n";
const SCENE: &str = "[gd_scene load_steps=2 format=3]\n\
                     [ext_resource type=\"Script\" path=\"res://game.gd\" id=\"1\"]\n\
                     [node name=\"Game\" type=\"Node\"]\n\
                     script = ExtResource(\"1\")\n";
/// A game with the scripts of the README. The editor is not there to run the first.
const GAME_WITH_RPCS: &str = "extends \"res://rpcs.gd\"\n\
    func _ready() -> void:\n\
    \tif OS.get_cmdline_user_args().is_empty():\n\
    \t\tjoin(\"localhost\")\n\
    \t\treturn\n\
    \tload(\"res://make_certificate.gd\").new()._run()\n\
    \thost()\n\
    \tmultiplayer.peer_connected.connect(func(id: int) -> void: welcome.rpc_id(id))\n\
    \tprint(\"The host waits\")\n\
    @rpc func welcome() -> void:\n\
    \tprint(\"The guest is welcome\")\n";

#[test]
fn a_project_that_was_opened_in_the_editor_runs_the_quick_start() -> Result<()> {
    let project = Project::find()?;
    let user = UserProject::new(&project, Godot::find(&project)?, PROJECT)?;
    let readme = fs::read_to_string(user.path().join(FOLDER).join("README.md"))?;
    let port = free_port()?.to_string();
    user.write("game.gd", &script(&readme, "Quick start")?.replace("4242", &port))?;
    user.write("game.tscn", SCENE)?;

    user.open_in_editor(&["--editor", "--quit"])?;

    let game = Process::spawn(user.headless(&["res://game.tscn"]), None, Instant::now() + LIMIT)?;
    expect(&game, &["The server received: May I join?", "The client received: Welcome!"])
}

#[test]
fn a_project_that_was_imported_has_the_certificate_and_the_rpcs_of_the_readme() -> Result<()> {
    let project = Project::find()?;
    let user = UserProject::new(&project, Godot::find(&project)?, PROJECT)?;
    let readme = fs::read_to_string(user.path().join(FOLDER).join("README.md"))?;
    let certificate =
        script(&readme, "A key and a certificate")?.replace("@tool\nextends EditorScript", "extends Node");
    user.write("make_certificate.gd", &certificate)?;
    user.write("rpcs.gd", &script(&readme, "RPCs")?.replace("4242", &free_port()?.to_string()))?;
    user.write("game.gd", GAME_WITH_RPCS)?;
    user.write("game.tscn", SCENE)?;

    user.open_in_editor(&["--import"])?;

    let deadline = Instant::now() + LIMIT;
    let host = Process::spawn(user.headless(&["res://game.tscn", "--", "host"]), None, deadline)?;
    expect(&host, &["The host waits"])?;
    let guest = Process::spawn(user.headless(&["res://game.tscn"]), None, deadline)?;
    expect(&guest, &["The guest is welcome"])
}

#[test]
fn a_project_that_was_imported_runs_a_server_and_a_client_of_the_drop_in_kind() -> Result<()> {
    let project = Project::find()?;
    let user = UserProject::new(&project, Godot::find(&project)?, PROJECT)?;
    user.open_in_editor(&["--import"])?;
    user.make_certificate()?;

    let port = free_port()?.to_string();
    let deadline = Instant::now() + LIMIT;
    let server = Process::spawn(user.headless(&["res://demo/server.tscn", "--", &port]), None, deadline)?;
    expect(&server, &SERVER_SAYS[..1]).context("the server does not start")?;
    let client = Process::spawn(user.headless(&["res://demo/client.tscn", "--", &port]), None, deadline)?;
    finish(client, &CLIENT_SAYS).context("the client")?;
    finish(server, &SERVER_SAYS[1..]).context("the server")
}

/// The files of a package with one library, which is none, by their paths in the addon.
fn contents(project: &Project) -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = tempfile::tempdir()?;
    let library = folder.path().join("bin/linux.x86_64/libopenssl_dtls.so");
    fs::create_dir_all(library.parent().context("a file has a folder")?)?;
    fs::write(library, "a library")?;
    let package = Package::make(project, &folder.path().join("bin"), folder.path())?;
    assert_eq!(package.missing.len(), 7);
    let mut zip = ZipArchive::new(File::open(&package.zip)?)?;
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        let path = file.name()?.strip_prefix("addons/openssl_dtls/").context("a file outside of the addon")?.to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        files.insert(path, bytes);
    }
    Ok(files)
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Result<String> {
    let bytes = files.get(path).with_context(|| format!("{path} is missing"))?;
    Ok(String::from_utf8(bytes.clone())?)
}

#[test]
fn the_checksums_are_those_of_all_files() -> Result<()> {
    let mut files = contents(&Project::find()?)?;
    let sums = text(&files, CHECKSUMS)?;
    files.remove(CHECKSUMS);
    let expected: String = files.iter().map(|(path, bytes)| checksum(bytes, path)).collect();
    assert_eq!(sums, expected);
    // As the program sha256sum has it.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";
    assert_eq!(checksum(b"abc", "a"), known);
    Ok(())
}

#[test]
fn every_library_and_icon_that_the_manifest_names_is_there() -> Result<()> {
    let files = contents(&Project::find()?)?;
    let manifest = text(&files, MANIFEST)?;
    let mut named = manifest.split('"').filter(|path| path.starts_with("bin/") || path.starts_with("icons/"));
    assert!(named.all(|path| files.contains_key(path)), "{manifest}");
    assert!(manifest.contains("bin/linux.x86_64/") && manifest.contains("icons/"));
    Ok(())
}

#[test]
fn the_bill_of_materials_names_every_work_and_the_version_of_openssl() -> Result<()> {
    let project = Project::find()?;
    let files = contents(&project)?;
    let bill: Value = serde_json::from_str(&text(&files, "third_party/openssl_dtls.cdx.json")?)?;
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let components = bill["components"].as_array().context("no components")?;
    let works = linked(&project)?;
    assert_eq!(components.len(), works.len());
    for work in works {
        let named = components.iter().any(|each| each["name"] == *work.name && each["version"] == *work.version);
        assert!(named, "{} {}", work.name, work.version);
        if work.name == "OpenSSL" {
            let cpe = format!("cpe:2.3:a:openssl:openssl:{}:*:*:*:*:*:*:*", work.version);
            assert!(components.iter().any(|each| each["cpe"] == *cpe), "{cpe}");
        }
    }
    Ok(())
}

#[test]
fn the_licences_of_all_that_is_linked_are_there() -> Result<()> {
    let files = contents(&Project::find()?)?;
    assert!(text(&files, "LICENSE")?.contains("MIT License"));
    let licences = text(&files, "third_party/LICENSES.txt")?;
    for start in [
        "Apache License\n",
        "Mozilla Public License Version 2.0\n",
        "Community Data License Agreement - Permissive - Version 2.0\n",
        "Copyright (c) 2018-2025 Microsoft Corporation, Daan Leijen\n",
    ] {
        assert!(licences.contains(start), "{start}");
    }
    assert!(text(&files, "third_party/rust-library.html")?.contains("The Rust Standard Library"));
    Ok(())
}

/// The first block of GDScript below a heading.
fn script<'a>(document: &'a str, heading: &str) -> Result<&'a str> {
    let found = || {
        let (_, section) = document.split_once(&format!("\n## {heading}\n"))?;
        Some(section.split_once("```gdscript\n")?.1.split_once("```")?.0)
    };
    found().with_context(|| format!("the README has no script below '{heading}'"))
}
