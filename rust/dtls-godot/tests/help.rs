//! The editor's help: every method and property that scripts see is explained there, with an example.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One method or property.
struct Item {
    name: String,
    comment: String,
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The item that the attribute in line `number` belongs to.
fn item(lines: &[&str], number: usize) -> Item {
    let is_attribute = |line: &&&str| line.trim_start().starts_with("#[");
    let first_line = lines[number..].iter().find(|line| !is_attribute(line)).unwrap().trim();
    let name = first_line.trim_start_matches("pub(crate) ").trim_start_matches("fn ");
    let above = lines[..number].iter().rev().skip_while(is_attribute);
    let comment: Vec<&str> = above.take_while(|line| line.trim_start().starts_with("///")).copied().collect();
    Item { name: name.split(['(', ':']).next().unwrap().to_owned(), comment: comment.join("\n") }
}

#[test]
fn every_method_and_property_has_help_with_an_example() {
    let mut accessors = HashSet::new();
    let mut items = Vec::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = source.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let line = line.trim_start();
            if let Some(how) = line.strip_prefix("#[var").and_then(|rest| rest.strip_suffix("]")) {
                let names = how.trim_matches(['(', ')']).split(", ").filter_map(|each| each.split_once(" = "));
                accessors.extend(names.map(|(_, name)| name.to_owned()));
                items.push(item(&lines, number));
            } else if line.starts_with("#[func]") {
                items.push(item(&lines, number));
            }
        }
    }
    // The engine's help leaves accessors out.
    items.retain(|item| !accessors.contains(&item.name));
    assert!(items.len() > 40, "found {} items only", items.len());
    items.retain(|item| !item.comment.contains("```gdscript"));
    let without: Vec<String> = items.into_iter().map(|item| item.name).collect();
    assert!(without.is_empty(), "without an example: {without:?}");
}
