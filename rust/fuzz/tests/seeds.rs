//! Every seed, and so every input that has found something, keeps what dtls-core promises.
#![allow(clippy::unwrap_used)]

use std::path::Path;

/// One test, because the memory of the whole process is measured: another test's thread would disturb that.
#[test]
fn the_seeds_of_every_target_find_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for target in dtls_fuzz::targets() {
        let mut seeds = 0;
        for entry in std::fs::read_dir(folder.join(target)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            dtls_fuzz::run(target, &std::fs::read(&path).unwrap());
            seeds += 1;
        }
        assert!(seeds > 0, "{target} has no seeds");
    }
}
