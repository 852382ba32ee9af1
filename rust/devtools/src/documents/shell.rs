//! Blocks of shell commands work. Those that need more than this machine say so, and are listed here.

use std::fs;
use std::process::Command;

use anyhow::Result;
use clap::Parser as _;
use tempfile::TempDir;

use super::{Block, Document, documents};
use crate::Arguments;

/// How a block that is not run begins, by document.
const NOT_RUN: [(&str, &str); 10] = [
    // They compile the workspace.
    ("CONTRIBUTING.md", "cargo xtask demo"),
    ("CONTRIBUTING.md", "cargo build -p dtls-godot --no-default-features --features system-openssl,godot-4-3"),
    ("CONTRIBUTING.md", "cargo test -p dtls-io --test command_channel --test connection_state"),
    ("CONTRIBUTING.md", "cargo xtask cross windows"),
    // Let's Encrypt must reach the machine.
    ("docs/certificates-for-production.md", "sudo apt install certbot"),
    ("docs/certificates-for-production.md", "sudo tee /etc/letsencrypt/renewal-hooks/deploy/game <<'END'"),
    // A cluster.
    ("docs/fleet.md", "kubectl create secret generic game-dtls --from-file=cookie_secret --from-file=ticket_keys \\"),
    // Captures need root and windows; godot_project/tests/interop/test_wireshark.gd runs the last.
    ("docs/wireshark.md", "tcpdump -i any -w game.pcap udp port 4242"),
    ("docs/wireshark.md", "wireshark -r game.pcap -d udp.port==4242,dtls -o tls.keylog_file:keys.log"),
    ("docs/wireshark.md", "tshark -r game.pcap -d udp.port==4242,dtls -o tls.keylog_file:keys.log \\"),
];

/// What a reader has before the commands of a document.
const GIVEN: [(&str, &[&str]); 1] = [("docs/moving-over.md", &["server.crt", "chain.crt"])];

const XTASK: &str = "cargo xtask";

/// The languages of blocks. Blocks of GDScript have tests of their own in godot_project/tests.
const LANGUAGES: [&str; 4] = ["gdscript", "mermaid", "sh", "sh not-run"];

/// The block's commands, without comments.
fn commands(block: &Block) -> Vec<&str> {
    let lines = block.code.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn is_run(block: &Block) -> bool {
    block.info == "sh" && commands(block).iter().any(|command| !command.starts_with(XTASK))
}

fn blocks() -> Result<Vec<(String, Block)>> {
    let of = |document: Document| document.blocks.into_iter().map(move |block| (document.name.clone(), block));
    Ok(documents()?.into_iter().flat_map(of).collect())
}

#[test]
fn every_block_is_in_a_language_that_a_test_knows() -> Result<()> {
    for (document, block) in blocks()? {
        assert!(LANGUAGES.contains(&block.info.as_str()), "{document}: no test looks at ```{}", block.info);
    }
    Ok(())
}

#[test]
fn every_command_of_xtask_exists() -> Result<()> {
    let mut found = 0;
    for (document, block) in blocks()? {
        for command in commands(&block).iter().filter(|command| command.starts_with(XTASK)) {
            let arguments = command.split_whitespace().skip(1);
            assert!(Arguments::try_parse_from(arguments).is_ok(), "{document}: {command}");
            found += 1;
        }
    }
    assert!(found > 10, "{found} commands found");
    Ok(())
}

#[test]
fn only_the_blocks_listed_here_are_not_run() -> Result<()> {
    let all = blocks()?;
    let marked: Vec<(&str, &str)> = (all.iter())
        .filter(|(_, block)| block.info == "sh not-run")
        .map(|(document, block)| (document.as_str(), commands(block).first().copied().unwrap_or_default()))
        .collect();
    assert_eq!(marked, NOT_RUN);
    Ok(())
}

/// In the order of the document, in a folder of its own.
#[cfg_attr(windows, ignore = "needs bash")]
#[test]
fn the_commands_of_each_document_work() -> Result<()> {
    for document in documents()? {
        let folder = TempDir::new()?;
        for file in GIVEN.iter().filter(|(name, _)| *name == document.name).flat_map(|(_, files)| *files) {
            fs::write(folder.path().join(file), file)?;
        }
        for block in document.blocks.iter().filter(|block| is_run(block)) {
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &block.code])
                .current_dir(folder.path())
                .output()?;
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}:\n{}{errors}", document.name, block.code);
        }
    }
    Ok(())
}
