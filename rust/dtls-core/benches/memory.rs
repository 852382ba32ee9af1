//! What a session costs over raw OpenSSL through the crate, in memory, on one core.
//!
//! Each group holds the same work twice: `raw` is the limit, `session` is ours. Lower is better.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::collections::VecDeque;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use common::{HOST, World, client_address, credentials, p256, self_signed};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dtls_core::{ClientOptions, Negotiation, ServerOptions, Trust, Wire};
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode, SslVersion};

/// The size of a full game packet, in bytes.
const PACKET: usize = 1200;

/// The datagrams between two raw ends: what one writes is carried to the other by hand.
#[derive(Debug, Default)]
struct Pipe {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        buffer[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }
}

impl Write for Pipe {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Contexts set up as ours are, with a cookie that costs nothing.
fn raw_contexts(key: &PKey<Private>) -> (SslContext, SslContext) {
    let certificate = self_signed(key, -1..1);
    let common = SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET;
    let mut server = SslContext::builder(SslMethod::dtls_server()).unwrap();
    server.set_min_proto_version(Some(SslVersion::DTLS1_2)).unwrap();
    server.set_cipher_list("ECDHE+AESGCM:ECDHE+CHACHA20").unwrap();
    server.set_options(common | SslOptions::COOKIE_EXCHANGE | SslOptions::CIPHER_SERVER_PREFERENCE);
    server.set_session_cache_mode(openssl::ssl::SslSessionCacheMode::OFF);
    server.set_certificate(&certificate).unwrap();
    server.set_private_key(key).unwrap();
    server.set_cookie_generate_cb(|_, buffer| {
        buffer[..32].fill(7);
        Ok(32)
    });
    server.set_cookie_verify_cb(|_, cookie| cookie == [7; 32]);
    let mut client = SslContext::builder(SslMethod::dtls_client()).unwrap();
    client.set_options(common);
    client.set_verify(SslVerifyMode::NONE);
    (server.build(), client.build())
}

fn raw_stream(context: &SslContext, server: bool) -> SslStream<Pipe> {
    let mut ssl = Ssl::new(context).unwrap();
    ssl.set_mtu(1200).unwrap();
    if server {
        ssl.set_accept_state()
    } else {
        ssl.set_connect_state()
    }
    SslStream::new(ssl, Pipe::default()).unwrap()
}

/// A handshake between two raw ends; the time the server's side took.
fn raw_handshake(client: &mut SslStream<Pipe>, server: &mut SslStream<Pipe>) -> Duration {
    let mut spent = Duration::ZERO;
    loop {
        let client_done = client.do_handshake().is_ok();
        server.get_mut().incoming.append(&mut client.get_mut().outgoing);
        let start = Instant::now();
        let server_done = server.do_handshake().is_ok();
        spent += start.elapsed();
        client.get_mut().incoming.append(&mut server.get_mut().outgoing);
        if client_done && server_done {
            return spent;
        }
    }
}

/// A handshake through the gate; the time the server's side took.
fn session_handshake(world: &mut World, wire: &mut Wire) -> Duration {
    let mut client = world.connect(HOST);
    let mut spent = Duration::ZERO;
    let mut server = None;
    loop {
        let datagrams = client.sent();
        if datagrams.is_empty() {
            return spent;
        }
        let start = Instant::now();
        for datagram in &datagrams {
            match &mut server {
                None => {
                    if let dtls_core::Accepted::Session(session) =
                        world.acceptor.accept(client_address(), datagram, world.now, wire)
                    {
                        server = Some(session);
                    }
                }
                Some(session) => session.receive(datagram, start, wire, |_| {}),
            }
        }
        spent += start.elapsed();
        for datagram in common::drain(wire) {
            client.receive(&datagram);
        }
    }
}

fn handshake(criterion: &mut Criterion) {
    let key = p256();
    let (server_context, client_context) = raw_contexts(&key);
    let mut world = World::new(&key);
    let mut wire = Wire::new();
    let mut group = criterion.benchmark_group("handshake P-256, server's side");
    group.bench_function("raw", |bencher| {
        bencher.iter_custom(|count| {
            (0..count)
                .map(|_| {
                    let start = Instant::now();
                    let mut server = raw_stream(&server_context, true);
                    let made = start.elapsed();
                    made + raw_handshake(&mut raw_stream(&client_context, false), &mut server)
                })
                .sum()
        });
    });
    group.bench_function("session", |bencher| {
        bencher.iter_custom(|count| (0..count).map(|_| session_handshake(&mut world, &mut wire)).sum());
    });
    group.finish();
}

/// A packet sealed and opened, and the server's side of a handshake, by what the sides agree on.
fn choices(criterion: &mut Criterion) {
    let key = p256();
    let world = |cipher_list: &str, groups: &str| {
        let own = self_signed(&key, -1..1);
        let negotiation =
            Negotiation { cipher_list: cipher_list.into(), groups: groups.into(), ..Negotiation::default() };
        let credentials = Some(credentials(&key, std::slice::from_ref(&own)));
        let server = ServerOptions { credentials, negotiation: negotiation.clone(), ..ServerOptions::default() };
        let trust = Trust::Anchors(vec![own]);
        World::between(&server, &ClientOptions { trust, negotiation, ..ClientOptions::default() })
    };
    for size in [64, 256, PACKET] {
        let mut group = criterion.benchmark_group(format!("seal and open {size} B"));
        for cipher in ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"] {
            let (mut client, mut server) = world(&format!("ECDHE-ECDSA-{cipher}"), "").pair();
            let packet = vec![0x42; size];
            let now = Instant::now();
            group.bench_function(cipher, |bencher| {
                bencher.iter(|| {
                    client.session.send(black_box(&packet), &mut client.wire).unwrap();
                    let datagram = client.wire.outgoing().pop().unwrap();
                    server.session.receive(datagram, now, &mut server.wire, |packet| {
                        black_box(packet);
                    });
                });
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("handshake by group, server's side");
    for groups in ["P-256", "X25519:P-256"] {
        let mut world = world("", groups);
        let mut wire = Wire::new();
        group.bench_function(groups, |bencher| {
            bencher.iter_custom(|count| (0..count).map(|_| session_handshake(&mut world, &mut wire)).sum());
        });
    }
    group.finish();
}

fn packets(criterion: &mut Criterion) {
    let key = p256();
    let (server_context, client_context) = raw_contexts(&key);
    let (mut raw_client, mut raw_server) = (raw_stream(&client_context, false), raw_stream(&server_context, true));
    raw_handshake(&mut raw_client, &mut raw_server);
    let (mut client, mut server) = World::new(&key).pair();
    let packet = [0x42; PACKET];
    let mut buffer = [0; 2 * PACKET];

    let mut group = criterion.benchmark_group("seal 1200 B");
    group.throughput(Throughput::Bytes(PACKET as u64));
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            raw_client.ssl_write(black_box(&packet)).unwrap();
            raw_client.get_mut().outgoing.clear();
        });
    });
    group.bench_function("session", |bencher| {
        bencher.iter(|| {
            client.session.send(black_box(&packet), &mut client.wire).unwrap();
            client.wire.outgoing().pop();
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("open 1200 B");
    group.throughput(Throughput::Bytes(PACKET as u64));
    group.bench_function("raw", |bencher| {
        bencher.iter_batched(
            || {
                raw_client.ssl_write(&packet).unwrap();
                raw_client.get_mut().outgoing.pop_front().unwrap()
            },
            |datagram| {
                raw_server.get_mut().incoming.push_back(datagram);
                raw_server.ssl_read(&mut buffer).unwrap()
            },
            criterion::BatchSize::SmallInput,
        );
    });
    let now = Instant::now();
    group.bench_function("session", |bencher| {
        bencher.iter_batched(
            || {
                client.session.send(&packet, &mut client.wire).unwrap();
                client.sent().remove(0)
            },
            |datagram| {
                let mut length = 0;
                server.session.receive(&datagram, now, &mut server.wire, |packet| length += packet.len());
                length
            },
            criterion::BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, handshake, choices, packets);
criterion_main!(benches);
