//! The tables of `docs/certificates.md`, made from the cases.

use crate::case::{Accept, Case, Opinions, Verdict};
use crate::{anchors, constraints, encodings, extensions, names, paths, purposes, validity, weak};

fn families() -> [(&'static str, Vec<Case>); 9] {
    [
        ("anchors", anchors::cases()),
        ("constraints", constraints::cases()),
        ("encodings", encodings::cases()),
        ("extensions", extensions::cases()),
        ("names", names::cases()),
        ("paths", paths::cases()),
        ("purposes", purposes::cases()),
        ("validity", validity::cases()),
        ("weak", weak::cases()),
    ]
}

/// A row for each family, and one for all: handshakes, how many of them each judge accepts, and in how many they differ.
fn counts() -> Vec<String> {
    let mut all = [0; 5];
    let mut rows = Vec::new();
    for (family, cases) in families() {
        let mut sums = [0; 5];
        for case in &cases {
            let Opinions { rfc, strict, ours, because } = case.expected;
            let one = [true, rfc == Accept, strict == Accept, ours == Accept, !because.is_empty()];
            let handshakes = case.roles.len();
            sums.iter_mut().zip(one).for_each(|(sum, counts)| *sum += if counts { handshakes } else { 0 });
        }
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        rows.push(count(family, sums));
    }
    rows.push(count("all", all));
    rows
}

fn count(family: &str, [handshakes, rfc, strict, ours, differences]: [usize; 5]) -> String {
    format!("| {family} | {handshakes} | {rfc} | {strict} | {ours} | {differences} |")
}

/// A row for each reason, with the verdicts and the cases that it explains.
fn differences() -> Vec<String> {
    let mut reasons: Vec<(Opinions, Vec<&str>)> = Vec::new();
    for (_, cases) in families() {
        for case in cases.iter().filter(|case| !case.expected.because.is_empty()) {
            let known = reasons.iter_mut().find(|(opinions, _)| opinions.because == case.expected.because);
            match known {
                Some((_, whats)) => whats.push(case.what),
                None => reasons.push((case.expected, vec![case.what])),
            }
        }
    }
    let verdict = |verdict| if verdict == Verdict::Accept { "accept" } else { "refuse" };
    let row = |(opinions, whats): &(Opinions, Vec<&str>)| {
        let Opinions { rfc, strict, ours, because } = *opinions;
        let verdicts = [rfc, strict, ours].map(verdict).join(" | ");
        format!("| {} | {verdicts} | {because} |", whats.join("; "))
    };
    reasons.sort_by_key(|(opinions, _)| {
        (opinions.ours == Verdict::Refuse, opinions.strict == Verdict::Accept, opinions.rfc == Verdict::Accept)
    });
    reasons.iter().map(row).collect()
}

#[test]
fn the_document_counts_every_case_and_explains_every_difference() {
    let document = include_str!("../../../../docs/certificates.md");
    let rows = [counts(), differences()].concat();
    let missing: Vec<&String> = rows.iter().filter(|row| !document.contains(&***row)).collect();
    assert!(missing.is_empty(), "not in docs/certificates.md:\n{}", rows.join("\n"));
    let in_document = document.lines().filter(|line| line.starts_with("| ") && line.contains(" | ")).count();
    // And the heads of both tables.
    assert_eq!(in_document, rows.len() + 2, "docs/certificates.md has rows of no case");
}
