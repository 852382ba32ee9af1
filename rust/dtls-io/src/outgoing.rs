//! Outgoing datagrams, sent in batches.

use std::io;

use dtls_core::{IoBuffers, PacketQueue};
use mio::net::UdpSocket;

use crate::batch::{BATCH, Batch};
use crate::key::EndpointKey;
use crate::route::Route;
use crate::statistics::Counters;

/// The destination of each datagram in the thread's [`IoBuffers`], in order.
#[derive(Default)]
pub(crate) struct Outgoing {
    destinations: Vec<(EndpointKey, Route)>,
}

impl Outgoing {
    /// Sets the destination of the datagrams that were added to `buffers` since the last call.
    pub(crate) fn address(&mut self, buffers: &mut IoBuffers, endpoint: EndpointKey, route: Route) {
        self.destinations.resize(buffers.outgoing().len(), (endpoint, route));
    }

    /// Whether a full batch waits.
    pub(crate) fn is_full(&self) -> bool {
        self.destinations.len() >= BATCH
    }

    /// Sends everything. Datagrams that the system does not accept are lost, as they could be on the network.
    pub(crate) fn flush<'s>(
        &mut self,
        buffers: &mut IoBuffers,
        socket: impl Fn(EndpointKey) -> Option<&'s UdpSocket>,
        batch: &mut Batch,
        counters: &Counters,
    ) {
        self.send(buffers.outgoing(), socket, batch, counters);
        self.destinations.clear();
        buffers.outgoing().clear();
    }

    fn send<'s>(
        &self,
        queue: &PacketQueue,
        socket: impl Fn(EndpointKey) -> Option<&'s UdpSocket>,
        batch: &mut Batch,
        counters: &Counters,
    ) {
        counters.bytes_sent.add(queue.iter().map(<[u8]>::len).sum());
        let mut rest = self.destinations.as_slice();
        let mut datagrams = queue.iter();
        while let Some((key, _)) = rest.first() {
            let run = rest.iter().take(BATCH).take_while(|(other, _)| other == key).count();
            let (now, later) = rest.split_at(run);
            rest = later;
            let sent = socket(*key).map_or(0, |socket| send_all(batch, socket, now, datagrams.clone()));
            datagrams.by_ref().take(run).for_each(drop);
            counters.datagrams_sent.add(sent);
            counters.dropped_unsent.add(run - sent);
        }
    }
}

/// Sends one datagram to each destination, as long as the system accepts them. Returns how many it accepted.
fn send_all<'d>(
    batch: &mut Batch,
    socket: &UdpSocket,
    destinations: &[(EndpointKey, Route)],
    mut datagrams: impl Iterator<Item = &'d [u8]> + Clone,
) -> usize {
    let mut taken = 0;
    let mut done = 0;
    while done < destinations.len() {
        let addressed = destinations[done..].iter().map(|(_, route)| *route).zip(datagrams.clone());
        let moved = match batch.send(socket, addressed) {
            Ok(sent) => {
                taken += sent;
                sent
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // The datagram that caused the error is lost, for example because its address is unreachable. The others
            // follow.
            Err(_) => 1,
        };
        done += moved;
        datagrams.by_ref().take(moved).for_each(drop);
    }
    taken
}
