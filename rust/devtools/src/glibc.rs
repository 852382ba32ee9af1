//! Which version of the system's C library a library for Linux asks for.

use anyhow::{Context, Result, ensure};
use object::{ImportFlags, Object as _};

/// Numbers, as 2.4 is older than 2.17.
type Version = Vec<u32>;

/// Fails if the library asks for a newer C library than this, such as "2.17".
pub(crate) fn check(library: &[u8], oldest: &str) -> Result<()> {
    let newest = newest(library)?;
    let is_as_old = newest <= numbers(oldest)?;
    ensure!(is_as_old, "the library needs glibc {}, not {oldest}", text(&newest));
    eprintln!("The library runs with glibc {} and newer", text(&newest));
    Ok(())
}

/// Each symbol that is taken from the C library names the version which it came with.
fn newest(library: &[u8]) -> Result<Version> {
    let mut newest = None;
    for import in object::File::parse(library)?.imports()? {
        if let ImportFlags::Elf { version: Some(version), .. } = import?.flags()
            && let Some(version) = str::from_utf8(version)?.strip_prefix("GLIBC_")
        {
            newest = newest.max(Some(numbers(version)?));
        }
    }
    newest.context("the library takes nothing from glibc")
}

fn numbers(version: &str) -> Result<Version> {
    let numbers = version.split('.').map(str::parse).collect::<Result<_, _>>();
    numbers.with_context(|| format!("'{version}' is no version of glibc"))
}

fn text(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::env;
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_program_asks_for_the_newest_version_that_objdump_shows() -> Result<()> {
        for program in [env::current_exe()?, which::which("objdump")?, which::which("ld")?, which::which("make")?] {
            let output = Command::new("objdump").arg("-T").arg(&program).output()?;
            let table = String::from_utf8(output.stdout)?;
            let versions = table.split("GLIBC_").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
            let shown = versions.map(numbers).collect::<Result<Vec<_>>>()?.into_iter().max();
            assert_eq!(newest(&fs::read(program)?)?, shown.context("objdump shows none")?);
        }
        Ok(())
    }

    #[test]
    fn a_program_that_asks_for_a_newer_version_is_refused() -> Result<()> {
        let program = fs::read(env::current_exe()?)?;
        let error = check(&program, "2.1").err().context("accepted")?;
        assert_eq!(error.to_string(), format!("the library needs glibc {}, not 2.1", text(&newest(&program)?)));
        check(&program, "2.1000")
    }
}
