//! Builds the book of `docs` and of the class help.

mod bbcode;
mod class_page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use roxmltree::Document;
use walkdir::WalkDir;
use xtask::addon;
use xtask::godot::Godot;
use xtask::project::Project;

const MDBOOK: &str = "0.5.4";
/// The folder, in the book's sources, of the pages that are made of the class help.
const CLASSES: &str = "classes";

pub(crate) fn run(project: &Project) -> Result<()> {
    let mdbook = install_mdbook(project)?;
    addon::build(project, false)?;
    let sources = project.target().join("book-sources");
    copy_documents(&project.docs(), &sources)?;
    write_class_pages(&class_help(project)?, &sources)?;

    let book = project.target().join("book");
    let status = Command::new(mdbook).arg("build").arg(&sources).arg("--dest-dir").arg(&book).status()?;
    ensure!(status.success(), "mdBook failed");
    println!("The book is {}", book.join("index.html").display());
    Ok(())
}

/// A program and no dependency, so that only this command waits for its compilation.
fn install_mdbook(project: &Project) -> Result<PathBuf> {
    let tools = project.target().join("tools");
    let status = (project.cargo())
        .args(["install", "mdbook", "--locked", "--version", MDBOOK, "--no-default-features", "--features", "search"])
        .arg("--root")
        .arg(&tools)
        .status()?;
    ensure!(status.success(), "mdBook does not build");
    Ok(tools.join("bin/mdbook"))
}

fn copy_documents(docs: &Path, sources: &Path) -> Result<()> {
    if sources.exists() {
        fs::remove_dir_all(sources)?;
    }
    for entry in WalkDir::new(docs) {
        let entry = entry?;
        let copy = sources.join(entry.path().strip_prefix(docs)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(copy)?;
        } else {
            fs::copy(entry.path(), copy)?;
        }
    }
    Ok(())
}

/// The XML of each class, as the editor shows it.
///
/// gdext knows what the doc comments say, and Godot knows the types, the defaults and the properties. Godot's doctool puts
/// both together.
fn class_help(project: &Project) -> Result<Vec<String>> {
    let help = project.target().join("class-help");
    let classes = help.join("doc_classes");
    if classes.exists() {
        fs::remove_dir_all(&classes)?;
    }
    fs::create_dir_all(&classes)?;
    for comments in documented_classes(project)? {
        let name = class_name(&comments)?;
        fs::write(classes.join(format!("{name}.xml")), comments)?;
    }

    let mut doctool = Godot::find(project)?.headless(project);
    let output = doctool.arg("--doctool").arg(&help).arg("--gdextension-docs").output()?;
    ensure!(output.status.success(), "Godot's doctool failed: {}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<PathBuf> = fs::read_dir(&classes)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    ensure!(!files.is_empty(), "Godot's doctool wrote no class");
    files.iter().map(|file| Ok(fs::read_to_string(file)?)).collect()
}

/// What gdext made of the doc comments: a document in XML for each class.
fn documented_classes(project: &Project) -> Result<Vec<String>> {
    let output = (project.cargo())
        .args(["test", "--quiet", "--package", "dtls-godot", "--lib", "class_help", "--", "--nocapture"])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the library's test of its help failed");
    let output = String::from_utf8(output.stdout)?;
    let documents: Vec<String> = (output.split("<?xml").skip(1))
        .filter_map(|document| document.split_once("</class>"))
        .map(|(document, _)| format!("<?xml{document}</class>"))
        .collect();
    ensure!(!documents.is_empty(), "the library has no help");
    Ok(documents)
}

fn class_name(help: &str) -> Result<String> {
    let document = Document::parse(help)?;
    Ok(document.root_element().attribute("name").context("a class without a name")?.to_owned())
}

fn write_class_pages(help: &[String], sources: &Path) -> Result<()> {
    let documents = help.iter().map(|text| Ok(Document::parse(text)?)).collect::<Result<Vec<_>>>()?;
    let members = class_page::Members::of(&documents);
    let folder = sources.join(CLASSES);
    fs::create_dir(&folder)?;
    let mut summary = fs::read_to_string(sources.join("SUMMARY.md"))?;
    summary.push_str("\n# Class reference\n\n");
    for document in &documents {
        let class = document.root_element();
        let name = class.attribute("name").context("a class without a name")?;
        let page = class_page::page(class, &members).with_context(|| format!("the help of {name}"))?;
        fs::write(folder.join(format!("{name}.md")), page)?;
        summary.push_str(&format!("- [{name}]({CLASSES}/{name}.md)\n"));
    }
    fs::write(sources.join("SUMMARY.md"), summary)?;
    Ok(())
}
