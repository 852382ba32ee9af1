//! Datagrams that no client sends.

use std::iter;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result};
use dtls_core::{IoBuffers, Session};
use dtls_test_support::record::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MESSAGE_HEADER, RECORD_HEADER, header,
};

use super::datagrams::Source;
use super::player::EPOCH;
use super::{Attack, Datagrams, address, socket, trusting};

/// Addresses that they come from.
const SOURCES: usize = 250;

/// Different datagrams from each.
const DATAGRAMS: usize = 16;

/// The most bytes that UDP carries over IPv4.
const LONGEST: usize = 65_507;

pub(super) fn flood(server: SocketAddr, attack: Attack) -> Result<Datagrams> {
    let mut buffers = IoBuffers::new();
    Session::connect(&trusting()?, "localhost", Instant::now(), &mut buffers)?;
    let hello = buffers.outgoing().pop().context("a hello")?.to_vec();
    let make = || match attack {
        Attack::Truncated => hello[..fastrand::usize(..hello.len())].to_vec(),
        Attack::Oversized => oversized(&hello),
        _ => forged_record(),
    };
    let source = |number| {
        Ok(Source {
            socket: socket(address(number), server)?,
            datagrams: iter::repeat_with(make).take(DATAGRAMS).collect(),
        })
    };
    Ok(Datagrams::new((0..SOURCES).map(source).collect::<Result<_>>()?))
}

/// A hello with bytes behind it, one that is as long as a record may say, or only bytes.
fn oversized(hello: &[u8]) -> Vec<u8> {
    let length = fastrand::usize(2048..=LONGEST);
    let mut datagram = [hello, &random(length)].concat();
    datagram.truncate(length);
    match fastrand::u8(..3) {
        0 => {}
        1 => {
            datagram[11..RECORD_HEADER].copy_from_slice(&((length - RECORD_HEADER) as u16).to_be_bytes());
            let message = ((length - RECORD_HEADER - MESSAGE_HEADER) as u32).to_be_bytes();
            datagram[14..17].copy_from_slice(&message[1..]);
            datagram[22..25].copy_from_slice(&message[1..]);
        }
        _ => datagram = random(length),
    }
    datagram
}

/// A record of a connection's epoch, with a number of its own and without meaning.
pub(super) fn forged_record() -> Vec<u8> {
    let kind = [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA][fastrand::usize(..4)];
    let fragment = random(fastrand::usize(..1400));
    [&header(kind, EPOCH | fastrand::u64(..EPOCH), fragment.len())[..], &fragment].concat()
}

fn random(length: usize) -> Vec<u8> {
    iter::repeat_with(|| fastrand::u8(..)).take(length).collect()
}
