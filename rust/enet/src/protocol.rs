//! The wire: a header, then commands (`protocol.h`). Numbers are big-endian.

mod command;
mod handshake;
mod reader;

pub(crate) use self::command::{Command, CommandHeader, Fragment};
pub(crate) use self::handshake::{Handshake, ThrottleSettings};
pub(crate) use self::reader::Reader;

/// Stands for a peer that has no id yet (`ENET_PROTOCOL_MAXIMUM_PEER_ID`).
pub(crate) const NO_PEER_ID: u16 = 0xfff;

/// The channel of commands that belong to none.
pub(crate) const NO_CHANNEL: u8 = 0xff;

/// Bytes of a header with the time. Without it, two fewer.
pub(crate) const HEADER_SIZE: usize = 4;

const SENT_TIME: u16 = 1 << 15;
const COMPRESSED: u16 = 1 << 14;
const SESSION_SHIFT: u16 = 12;
const SESSION_MASK: u16 = 3 << SESSION_SHIFT;

/// What a datagram starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The id that the receiver gave to the sender.
    pub(crate) peer_id: u16,
    /// Tells connections apart that had this peer id one after another: 0 to 3.
    pub(crate) session: u8,
    /// Whether the commands are compressed.
    pub(crate) is_compressed: bool,
    /// The sender's clock in milliseconds. Commands that are to be acknowledged need it.
    pub(crate) sent_time: Option<u16>,
}

impl Header {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bits = reader.u16()?;
        Some(Self {
            peer_id: bits & NO_PEER_ID,
            session: ((bits & SESSION_MASK) >> SESSION_SHIFT) as u8,
            is_compressed: bits & COMPRESSED != 0,
            sent_time: if bits & SENT_TIME != 0 { Some(reader.u16()?) } else { None },
        })
    }

    /// Writes the header so that it ends where the room of [`HEADER_SIZE`] bytes ends. Returns where it starts.
    pub(crate) fn write(self, room: &mut [u8; HEADER_SIZE]) -> usize {
        let mut bits = self.peer_id | u16::from(self.session) << SESSION_SHIFT & SESSION_MASK;
        if self.is_compressed {
            bits |= COMPRESSED;
        }
        let start = if let Some(sent_time) = self.sent_time {
            bits |= SENT_TIME;
            room[2..].copy_from_slice(&sent_time.to_be_bytes());
            0
        } else {
            2
        };
        room[start..start + 2].copy_from_slice(&bits.to_be_bytes());
        start
    }
}

#[cfg(test)]
mod tests;
