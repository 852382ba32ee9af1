//! Counters of an I/O thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use dtls_core::Statistics as OfSession;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counts since the start, except where a field says "now".
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Statistics { $($(#[$doc])* pub $name: u64,)* }

        /// The same counts, written by I/O threads while others read.
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter,)* }

        impl Counters {
            pub(crate) fn read(&self) -> Statistics {
                Statistics { $($name: self.$name.0.load(Relaxed),)* }
            }
        }

        impl Statistics {
            /// The sum, field by field.
            #[must_use]
            pub fn plus(self, other: Self) -> Self {
                Self { $($name: self.$name + other.$name,)* }
            }

            /// The field names and values, in a fixed order.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Datagrams received.
    datagrams_received,
    /// Bytes of UDP payload received.
    bytes_received,
    /// Datagrams sent.
    datagrams_sent,
    /// Bytes of UDP payload sent.
    bytes_sent,
    /// Packets decrypted and put into inboxes.
    packets_received,
    /// Packets encrypted.
    packets_sent,
    /// Packets lost because the script did not read fast enough.
    dropped_inbox_full,
    /// Packets lost because their connection ended before they were encrypted.
    dropped_not_connected,
    /// Datagrams lost because the system did not accept them.
    dropped_unsent,
    /// Datagrams lost because too much handshake work was waiting, in total or from their source.
    dropped_handshakes_busy,
    /// ClientHellos without a valid cookie that were not answered, because too many came.
    dropped_hellos,
    /// ClientHellos dropped because their client restarted too often.
    dropped_restarts,
    /// Clients refused because the maximum number was connected.
    refused_connections,
    /// Clients that were asked for a cookie.
    cookies_asked,
    /// Datagrams that neither belonged to a connection nor started a handshake.
    ignored,
    /// Handshakes finished.
    handshakes_done,
    /// Handshakes that failed.
    handshakes_failed,
    /// Connections now, handshakes included.
    connections,
    /// Handshakes in progress now.
    handshaking,
    /// Bytes of packets that wait now, to be read or to be encrypted.
    queued_bytes,
    /// Receive buffer size that the system grants now, in bytes.
    receive_buffer,
    /// Send buffer size that the system grants now, in bytes.
    send_buffer,
}

impl Statistics {
    /// The number of packets and datagrams lost on this side.
    pub fn drops(&self) -> u64 {
        self.dropped_inbox_full + self.dropped_not_connected + self.dropped_unsent + self.dropped_handshakes_busy
    }
}

/// A counter that one thread writes and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Relaxed);
    }

    pub(crate) fn subtract(&self, less: usize) {
        self.0.fetch_sub(less as u64, Relaxed);
    }

    pub(crate) fn set(&self, value: usize) {
        self.0.store(value as u64, Relaxed);
    }
}

/// Counts of a session, written by its thread and read by others without a lock. Two values may come from different
/// moments.
#[derive(Debug, Default)]
pub(crate) struct SessionCounts {
    packets_sent: AtomicU64,
    bytes_sent: AtomicU64,
    packets_received: AtomicU64,
    bytes_received: AtomicU64,
    dropped_noise: AtomicU64,
    dropped_records: AtomicU64,
    retransmissions: AtomicU64,
    /// In microseconds, plus one; 0 before there is a time.
    handshake_time: AtomicU64,
}

impl SessionCounts {
    /// Stores the values of `counts`.
    pub(crate) fn publish(&self, counts: &OfSession) {
        self.packets_sent.store(counts.packets_sent, Relaxed);
        self.bytes_sent.store(counts.bytes_sent, Relaxed);
        self.packets_received.store(counts.packets_received, Relaxed);
        self.bytes_received.store(counts.bytes_received, Relaxed);
        self.dropped_noise.store(counts.dropped_noise, Relaxed);
        self.dropped_records.store(counts.dropped_records, Relaxed);
        self.retransmissions.store(u64::from(counts.retransmissions), Relaxed);
        let time = counts.handshake_time.map_or(0, |time| time.as_micros() as u64 + 1);
        self.handshake_time.store(time, Relaxed);
    }

    pub(crate) fn read(&self) -> OfSession {
        OfSession {
            packets_sent: self.packets_sent.load(Relaxed),
            bytes_sent: self.bytes_sent.load(Relaxed),
            packets_received: self.packets_received.load(Relaxed),
            bytes_received: self.bytes_received.load(Relaxed),
            dropped_noise: self.dropped_noise.load(Relaxed),
            dropped_records: self.dropped_records.load(Relaxed),
            retransmissions: self.retransmissions.load(Relaxed) as u32,
            handshake_time: self.handshake_time.load(Relaxed).checked_sub(1).map(Duration::from_micros),
        }
    }
}
