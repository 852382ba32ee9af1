//! Holds the version in Cargo.toml against CHANGELOG.md.

use anyhow::{Context, Result, bail};
use cargo_metadata::semver::Version;

/// The changelog agrees if what it has newest is this version, or unreleased changes after an older one.
pub(crate) fn check(version: &Version, changelog: &str) -> Result<()> {
    let mut headings = changelog.lines().filter_map(|line| Some(line.strip_prefix("## [")?.split_once(']')?.0));
    let newest = headings.next().context("CHANGELOG.md has no heading such as '## [Unreleased]' or '## [1.2.3]'")?;
    let is_unreleased = newest == "Unreleased";
    let released = if is_unreleased { headings.next() } else { Some(newest) };
    let Some(released) = released else { return Ok(()) };
    let released: Version =
        released.parse().with_context(|| format!("CHANGELOG.md has '{released}' where a version should be"))?;
    if !is_unreleased && *version != released {
        bail!(
            "Cargo.toml has version {version}, but the newest in CHANGELOG.md is {released}: make the version in \
             Cargo.toml {released}, or add a heading '## [{version}]' above it"
        );
    }
    if is_unreleased && *version <= released {
        bail!(
            "CHANGELOG.md has unreleased changes after {released}, but Cargo.toml still has version {version}: raise it"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(version: &str, changelog: &str) -> Result<Option<String>> {
        let version = version.parse()?;
        Ok(check(&version, changelog).err().map(|error| error.to_string()))
    }

    #[test]
    fn the_newest_version_of_the_changelog_is_packaged() -> Result<()> {
        for changelog in
            ["## [Unreleased]\n", "## [0.2.0] - 2026-11-25\n## [0.1.0]\n", "## [Unreleased]\n### Added\n## [0.1.0]\n"]
        {
            assert_eq!(refusal("0.2.0", changelog)?, None, "{changelog}");
        }
        Ok(())
    }

    #[test]
    fn a_version_that_the_changelog_contradicts_is_refused_with_what_to_do() -> Result<()> {
        for (changelog, remedy) in [
            ("## [0.3.0]\n", "make the version in Cargo.toml 0.3.0"),
            ("## [0.1.0]\n", "add a heading '## [0.2.0]'"),
            ("## [Unreleased]\n## [0.2.0]\n", "raise it"),
            ("# Changelog\n", "no heading"),
            ("## [soon]\n", "'soon' where a version should be"),
        ] {
            let refusal = refusal("0.2.0", changelog)?.context("accepted")?;
            assert!(refusal.contains(remedy), "{changelog}: {refusal}");
        }
        Ok(())
    }
}
