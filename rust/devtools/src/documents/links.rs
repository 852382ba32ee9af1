//! Links within the repository lead to files and headings that there are.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Document, documents};

const BOOK: &str = "docs";

/// The links of `document` that do not leave the repository: a path, which may be empty, and an anchor.
fn links(document: &Document) -> impl Iterator<Item = (&str, Option<&str>)> {
    let inner = document.links.iter().filter(|link| !link.contains("://"));
    inner.map(|link| link.split_once('#').map_or((link.as_str(), None), |(path, anchor)| (path, Some(anchor))))
}

/// How GitHub and mdBook name a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// What is wrong with a link.
fn flaw(path: &str, anchor_name: Option<&str>, from: &Document, all: &[Document]) -> Option<String> {
    let folder = from.path.parent().unwrap_or(Path::new(""));
    let target = if path.is_empty() { from.path.clone() } else { folder.join(path) };
    let Ok(target) = fs::canonicalize(&target) else {
        return Some(format!("{}: there is no {path}", from.name));
    };
    let wanted = anchor_name?;
    let document = all.iter().find(|document| fs::canonicalize(&document.path).is_ok_and(|path| path == target));
    let has_heading = document.is_some_and(|document| document.headings.iter().any(|text| anchor(text) == wanted));
    (!has_heading).then(|| format!("{}: {path} has no heading #{wanted}", from.name))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() -> Result<()> {
    let all = documents()?;
    let flaws: Vec<String> = (all.iter())
        .flat_map(|document| links(document).filter_map(|(path, anchor)| flaw(path, anchor, document, &all)))
        .collect();
    assert!(flaws.is_empty(), "{flaws:#?}");
    assert!(all.iter().map(|document| links(document).count()).sum::<usize>() > 50, "links are found");
    Ok(())
}

#[test]
fn links_to_nowhere_are_found() -> Result<()> {
    let all = documents()?;
    let readme = all.iter().find(|document| document.name == "README.md").context("README.md")?;
    assert!(flaw("docs/nothing.md", None, readme, &all).is_some(), "a file that there is not");
    assert!(flaw("docs/fleet.md", Some("nothing"), readme, &all).is_some(), "a heading that there is not");
    assert!(flaw("", Some("nothing"), readme, &all).is_some(), "a heading of its own that there is not");
    assert_eq!(flaw("docs/fleet.md", Some("does-it-need-anything"), readme, &all), None);
    Ok(())
}

#[test]
fn the_book_holds_every_document_of_docs_and_leads_to_no_other() -> Result<()> {
    let all = documents()?;
    let docs: Vec<&Document> = all.iter().filter(|document| document.name.starts_with("docs/")).collect();
    let summary = docs.iter().find(|document| document.name == "docs/SUMMARY.md").context("docs/SUMMARY.md")?;
    for document in &docs {
        let chapter = document.name.trim_start_matches("docs/");
        assert!(
            chapter == "SUMMARY.md" || summary.links.iter().any(|link| link == chapter),
            "{chapter} is in no chapter"
        );
        for (path, _) in links(document).filter(|(path, _)| !path.is_empty()) {
            let inside = Path::new(path).components().all(|part| part.as_os_str() != "..");
            assert!(inside, "{}: {path} is not in {BOOK}, so not in the book", document.name);
        }
    }
    Ok(())
}
