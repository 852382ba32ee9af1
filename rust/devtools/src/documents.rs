//! What the documents say is true: their links lead somewhere, and their commands work.

mod changelog;
mod links;
mod shell;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;
use xtask::project::Project;

/// A Markdown file.
struct Document {
    /// From the root of the repository, with slashes.
    name: String,
    path: PathBuf,
    /// Where its links and pictures lead to.
    links: Vec<String>,
    headings: Vec<String>,
    blocks: Vec<Block>,
}

struct Block {
    /// What follows the fence: a language and, for a block that no test runs, `not-run`.
    info: String,
    code: String,
}

/// Those of the root, of `docs` and of the addon.
fn documents() -> Result<Vec<Document>> {
    let project = Project::find()?;
    let root = project.docs().parent().context("docs has a parent")?.to_owned();
    let folders = [(root.clone(), 1), (project.docs(), usize::MAX), (project.addon(), usize::MAX)];
    let files =
        folders.into_iter().flat_map(|(folder, depth)| WalkDir::new(folder).max_depth(depth).sort_by_file_name());
    let mut documents = Vec::new();
    for file in files {
        let path = file?.into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
            documents.push(Document::parse(name, path.clone(), &fs::read_to_string(&path)?));
        }
    }
    Ok(documents)
}

impl Document {
    fn parse(name: String, path: PathBuf, text: &str) -> Self {
        let mut document = Self { name, path, links: Vec::new(), headings: Vec::new(), blocks: Vec::new() };
        let mut heading: Option<String> = None;
        let mut is_code = false;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => document.headings.extend(heading.take()),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    document.blocks.push(Block { info: info.into_string(), code: String::new() });
                    is_code = true;
                }
                Event::End(TagEnd::CodeBlock) => is_code = false,
                Event::Text(text) if is_code => {
                    if let Some(block) = document.blocks.last_mut() {
                        block.code.push_str(&text);
                    }
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        document
    }
}
