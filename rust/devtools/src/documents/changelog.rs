//! CHANGELOG.md has the form of Keep a Changelog 1.1.0.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::documents;

const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

#[test]
fn every_release_has_a_date_and_says_once_what_was_added_changed_or_fixed() -> Result<()> {
    let all = documents()?;
    let changelog = all.iter().find(|document| document.name == "CHANGELOG.md").context("CHANGELOG.md")?;
    let mut headings = changelog.headings.iter().map(String::as_str);
    assert_eq!(headings.next(), Some("Changelog"));
    assert_eq!(headings.next(), Some("[Unreleased]"));
    let mut kinds = BTreeSet::new();
    for heading in headings {
        if heading.starts_with('[') {
            let date = heading.split_once("] - ").map(|(_, date)| date.split('-').map(str::len).collect::<Vec<_>>());
            assert_eq!(date, Some(vec![4, 2, 2]), "{heading}: no date");
            kinds.clear();
        } else {
            assert!(KINDS.contains(&heading), "{heading} is not one of {KINDS:?}");
            assert!(kinds.insert(heading), "{heading} twice in one release");
        }
    }
    Ok(())
}
