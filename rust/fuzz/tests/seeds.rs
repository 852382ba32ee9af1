//! Every seed, and so every input that has found something, keeps what dtls-core promises.
#![allow(clippy::unwrap_used)]

use std::path::Path;

fn replay(target: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        dtls_fuzz::run(target, &std::fs::read(&path).unwrap());
        seeds += 1;
    }
    assert!(seeds > 0, "no seeds in {}", folder.display());
}

macro_rules! replays {
    ($($test:ident: $target:literal,)*) => {
        $(
            #[test]
            fn $test() {
                replay($target);
            }
        )*

        #[test]
        fn the_seeds_of_every_target_are_run() {
            assert!(dtls_fuzz::targets().eq([$($target),*]));
        }
    };
}

replays! {
    datagrams_of_strangers: "datagram",
    hellos_to_an_acceptor: "acceptor",
    handshakes_of_a_server: "handshake_server",
    handshakes_of_a_client: "handshake_client",
    records_of_a_peer_with_the_keys: "connected",
    pem_text: "pem",
    pins: "pin",
    options: "options",
}
