//! docs/errors.md explains every alert.
#![allow(clippy::unwrap_used)]

use dtls_core::EndReason;

const DOCUMENT: &str = include_str!("../../../docs/errors.md");

#[test]
fn every_alert_that_has_words_is_in_the_document_and_no_other() {
    let start = "the other side refused: ";
    assert!(DOCUMENT.contains(start));
    let words = |alert| EndReason::Alert(alert).to_string().strip_prefix(start).unwrap().to_owned();
    let mut expected: Vec<String> =
        (0..=255).filter(|alert| words(*alert) != format!("alert {alert}")).map(words).collect();
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ").map(|(words, _)| words));
    let mut documented: Vec<String> = rows.filter(|words| words.contains("(alert ")).map(str::to_owned).collect();
    expected.sort();
    documented.sort();
    assert_eq!(documented, expected);
}
