//! The first seeds: real flights, and scripts that leave them as they are.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;

use dtls_test_support::{Recipe, SUITES, rsa2048};
use openssl::pkey::{PKey, Private};

use crate::party::Party;
use crate::worlds;

/// Writes them below `folder`, in a folder for each target.
///
/// # Errors
/// When a file cannot be written.
pub fn record(folder: &Path) -> io::Result<()> {
    crate::warm_up();
    let save = |target: &str, name: &str, seed: &[u8]| {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), seed)
    };
    for world in 0..worlds::COUNT {
        for (index, datagram) in flights(world).iter().enumerate() {
            save("datagram", &format!("flight-{world}-{index}"), datagram)?;
        }
        let fair = [&[world as u8], &[15; 12][..]].concat();
        save("handshake_server", &format!("fair-{world}"), &fair)?;
        save("handshake_client", &format!("fair-{world}"), &fair)?;
        save("acceptor", &format!("hello-{world}"), &[world as u8, 7, 0, 0, 7, 0, 1, 7, 1, 1, 7, 1, 1])?;
    }
    // First bytes of thirty messages that claim to have 64 KiB each.
    let claims: Vec<u8> = (2..32).flat_map(|n| [10, 2, 0, 0, n, 0, 11, n, 1, 0x5a, 1, 1, 1]).collect();
    save("handshake_server", "claims", &[&[0, 15, 15, 15][..], &claims].concat())?;
    save("handshake_client", "claims", &[&[0, 15][..], &claims].concat())?;
    for suite in 0..SUITES.len() as u8 {
        for kind in 0..4 {
            let hi = [0, 3, 2, 2, b'h', b'i'];
            // Twice under the same number; then two in one datagram, and Finished messages at once and a second later.
            let again = [&hi[..], &[12, 0, 1, 0], &hi, &[15]].concat();
            let others = [&hi[..], &[0, 3, 1, 5, 0, 9, 15, 6, 0, 255, 15, 10, 10, 6, 1, 0, 15]].concat();
            save("connected", &format!("again-{suite}-{kind}"), &[&[suite, kind], &again[..]].concat())?;
            save("connected", &format!("finished-{suite}-{kind}"), &[&[suite, kind], &others[..]].concat())?;
            save("connected", &format!("lone-finished-{suite}-{kind}"), &[suite, kind, 6, 1, 0, 15])?;
        }
    }
    for (name, key) in [("ecdsa", dtls_test_support::p256()), ("rsa", rsa2048())] {
        let (key, chain) = pem(&key).map_err(io::Error::other)?;
        let length = (key.len() as u16).to_be_bytes();
        save("pem", name, &[&length[..], &[0], &key, &chain].concat())?;
    }
    let digest = "0123456789abcdef".repeat(4);
    save("pin", "certificate", format!("sha256:{digest}").as_bytes())?;
    save("pin", "key", format!("spki-sha256:{}", digest.to_uppercase()).as_bytes())?;
    let string = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let lists = [string("ECDHE+AESGCM:!AES256"), string("X25519:P-256"), string("game/1,game/2")].concat();
    save("options", "negotiation", &[&[0], &lists[..], &lists].concat())?;
    save("options", "psk", &[&[1], &string("player")[..], &[16], &[7; 16]].concat())?;
    save("options", "host", b"\x02game.example")?;
    save("options", "address", b"\x022001:db8::1")?;
    save("options", "secrets", &[&[3][..], digest.as_bytes()].concat())?;
    save("options", "self-signed", b"\x04\x01\x00game.example")?;
    for (name, target, seed) in enet() {
        save(target, name, &seed)?;
    }
    Ok(())
}

/// Seeds of ENet's targets: their names, the targets, and the bytes.
fn enet() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let connect = [&[0x8f, 0xff, 0, 0, 0x82, 0xff, 0, 1, 0, 0, 0xff, 0xff][..], &[0, 0, 5, 0x70].repeat(10)].concat();
    let length = (connect.len() as u16).to_be_bytes();
    let reliable = [0x80, 0, 0, 0, 0x86, 0, 0, 1, 0, 2, b'h', b'i'];
    // Kind, flags, channel and number, then the fields: reliable packets, a fragment, acknowledgements, the end.
    let commands = [
        &[6, 1, 0, 1, 0, 3, 1, 6, 1, 0, 2, 0, 3, 1, 18][..],
        &[8, 1, 0, 3, 3, 2, 28, 100, 0, 200, 0, 0, 20, 0, 0, 18],
        &[1, 0, 4, 1, 0, 0, 18, 14, 200, 15, 13, 0, 5, 1, 0, 0, 14, 250],
        &[7, 2, 1, 0, 1, 0, 9, 1, 9, 2, 1, 0, 1, 0, 9, 1, 17, 18, 12, 0, 1, 0, 1, 0, 9, 2, 0, 200, 0, 0, 0, 9, 18],
        &[4, 1, 4, 1, 9, 18, 15],
    ];
    let text = b"the same words, the same words, the same words and others".repeat(4);
    vec![
        ("request", "enet_datagrams", [&[0, 0][..], &length, &connect].concat()),
        ("reliable", "enet_datagrams", [&[0, 1, 0, 12][..], &reliable].concat()),
        ("conversation", "enet_commands", commands.concat()),
        ("pings", "enet_commands", [5, 1, 4, 1, 17, 18].repeat(20)),
        ("range-coder", "enet_compression", [&[1, 0][..], &text].concat()),
        ("fastlz", "enet_compression", [&[2, 0][..], &text].concat()),
        ("zlib", "enet_compression", [&[3, 0][..], &text].concat()),
        ("zstd", "enet_compression", [&[4, 0][..], &text].concat()),
        ("noise-range-coder", "enet_compression", [&[1, 1][..], &text].concat()),
        ("noise-fastlz", "enet_compression", [&[2, 1, 0xe0, 0xff, 0][..], &text].concat()),
        ("noise-zlib", "enet_compression", [&[3, 1, 0x78, 0x9c, 0xed, 0xc1][..], &text].concat()),
        ("noise-zstd", "enet_compression", [&[4, 1, 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0xe4, 1, 0][..], &text].concat()),
    ]
}

/// The datagrams of a handshake, of both sides.
pub(crate) fn flights(world: usize) -> Vec<Vec<u8>> {
    let world = worlds::get(world);
    let mut server = Party::server(&world.server);
    let (mut client, hello) = Party::client(&world.client());
    let mut flights = hello.clone();
    let mut to_server = VecDeque::from(hello);
    while let Some(datagram) = to_server.pop_front() {
        for answer in server.receive(&datagram) {
            let next = client.receive(&answer);
            flights.push(answer);
            flights.extend(next.iter().cloned());
            to_server.extend(next);
        }
    }
    flights
}

/// A key, and its certificate before that of its issuer.
fn pem(key: &PKey<Private>) -> Result<(Vec<u8>, Vec<u8>), openssl::error::ErrorStack> {
    let root = Recipe::authority("root").self_signed();
    let own = Recipe::server().key(key.clone()).signed_by(&root);
    let chain = [own.certificate.to_pem()?, root.certificate.to_pem()?].concat();
    Ok((key.private_key_to_pem_pkcs8()?, chain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi;

    #[test]
    fn a_handshake_is_the_same_each_time() {
        let _alone = crate::start();
        let [first, second] = std::array::from_fn(|_| {
            ffi::reset();
            flights(0)
        });
        assert!(first == second);
    }
}
