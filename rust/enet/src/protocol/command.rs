//! The commands of a datagram.

use super::{Handshake, Reader, ThrottleSettings};

const ACKNOWLEDGE: u8 = 1 << 7;
const UNSEQUENCED: u8 = 1 << 6;
const NUMBER: u8 = 0x0f;

/// What each command starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommandHeader {
    /// Whether the command is reliable: the receiver is to acknowledge it.
    pub(crate) wants_acknowledgement: bool,
    /// Whether the command is outside of any order.
    pub(crate) is_unsequenced: bool,
    pub(crate) channel: u8,
    /// The number of a reliable command; for an unreliable one, the last reliable one before it.
    pub(crate) sequence: u16,
}

/// A command, without the payload that follows some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Acknowledge { sequence: u16, sent_time: u16 },
    Connect { handshake: Box<Handshake>, data: u32 },
    VerifyConnect(Box<Handshake>),
    Disconnect { data: u32 },
    Ping,
    SendReliable,
    SendUnreliable { sequence: u16 },
    SendFragment(Fragment),
    SendUnsequenced { group: u16 },
    BandwidthLimit { incoming: u32, outgoing: u32 },
    ThrottleConfigure(ThrottleSettings),
    SendUnreliableFragment(Fragment),
}

/// Which part of a packet a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    /// The sequence number of the packet's first fragment.
    pub(crate) start_sequence: u16,
    pub(crate) count: u32,
    pub(crate) number: u32,
    /// Of the packet, in bytes.
    pub(crate) total_length: u32,
    pub(crate) offset: u32,
}

impl Command {
    /// Reads a command, and the payload that follows it. `None` if it is cut off or unknown.
    pub(crate) fn read<'a>(reader: &mut Reader<'a>) -> Option<(CommandHeader, Self, &'a [u8])> {
        let first = reader.u8()?;
        let header = CommandHeader {
            wants_acknowledgement: first & ACKNOWLEDGE != 0,
            is_unsequenced: first & UNSEQUENCED != 0,
            channel: reader.u8()?,
            sequence: reader.u16()?,
        };
        let mut payload_length = 0;
        let command = match first & NUMBER {
            1 => Self::Acknowledge { sequence: reader.u16()?, sent_time: reader.u16()? },
            2 => Self::Connect { handshake: Box::new(Handshake::read(reader)?), data: reader.u32()? },
            3 => Self::VerifyConnect(Box::new(Handshake::read(reader)?)),
            4 => Self::Disconnect { data: reader.u32()? },
            5 => Self::Ping,
            6 => {
                payload_length = reader.u16()?;
                Self::SendReliable
            }
            7 => {
                let sequence = reader.u16()?;
                payload_length = reader.u16()?;
                Self::SendUnreliable { sequence }
            }
            8 => Self::SendFragment(Fragment::read(reader, &mut payload_length)?),
            9 => {
                let group = reader.u16()?;
                payload_length = reader.u16()?;
                Self::SendUnsequenced { group }
            }
            10 => Self::BandwidthLimit { incoming: reader.u32()?, outgoing: reader.u32()? },
            11 => Self::ThrottleConfigure(ThrottleSettings::read(reader)?),
            12 => Self::SendUnreliableFragment(Fragment::read(reader, &mut payload_length)?),
            _ => return None,
        };
        Some((header, command, reader.take(payload_length.into())?))
    }

    const fn number(&self) -> u8 {
        match self {
            Self::Acknowledge { .. } => 1,
            Self::Connect { .. } => 2,
            Self::VerifyConnect(_) => 3,
            Self::Disconnect { .. } => 4,
            Self::Ping => 5,
            Self::SendReliable => 6,
            Self::SendUnreliable { .. } => 7,
            Self::SendFragment(_) => 8,
            Self::SendUnsequenced { .. } => 9,
            Self::BandwidthLimit { .. } => 10,
            Self::ThrottleConfigure(_) => 11,
            Self::SendUnreliableFragment(_) => 12,
        }
    }

    /// How many bytes the command has, with its header, without its payload.
    pub(crate) const fn size(&self) -> usize {
        match self {
            Self::Ping => 4,
            Self::SendReliable => 6,
            Self::Acknowledge { .. }
            | Self::Disconnect { .. }
            | Self::SendUnreliable { .. }
            | Self::SendUnsequenced { .. } => 8,
            Self::BandwidthLimit { .. } => 12,
            Self::ThrottleConfigure(_) => 16,
            Self::SendFragment(_) | Self::SendUnreliableFragment(_) => Fragment::SIZE,
            Self::VerifyConnect(_) => 44,
            Self::Connect { .. } => 48,
        }
    }

    /// Appends the command. A `payload` has at most 65,535 bytes, and none follows a command that takes none.
    pub(crate) fn write(&self, header: CommandHeader, payload: &[u8], datagram: &mut Vec<u8>) {
        let mut first = self.number();
        if header.wants_acknowledgement {
            first |= ACKNOWLEDGE;
        }
        if header.is_unsequenced {
            first |= UNSEQUENCED;
        }
        datagram.extend_from_slice(&[first, header.channel]);
        datagram.extend_from_slice(&header.sequence.to_be_bytes());
        let payload_length = (payload.len() as u16).to_be_bytes();
        match self {
            Self::Acknowledge { sequence, sent_time } => {
                datagram.extend_from_slice(&sequence.to_be_bytes());
                datagram.extend_from_slice(&sent_time.to_be_bytes());
            }
            Self::Connect { handshake, data } => {
                handshake.write(datagram);
                datagram.extend_from_slice(&data.to_be_bytes());
            }
            Self::VerifyConnect(handshake) => handshake.write(datagram),
            Self::Disconnect { data } => datagram.extend_from_slice(&data.to_be_bytes()),
            Self::Ping => {}
            Self::SendReliable => datagram.extend_from_slice(&payload_length),
            Self::SendUnreliable { sequence: number } | Self::SendUnsequenced { group: number } => {
                datagram.extend_from_slice(&number.to_be_bytes());
                datagram.extend_from_slice(&payload_length);
            }
            Self::SendFragment(fragment) | Self::SendUnreliableFragment(fragment) => {
                fragment.write(payload_length, datagram);
            }
            Self::BandwidthLimit { incoming, outgoing } => {
                datagram.extend_from_slice(&incoming.to_be_bytes());
                datagram.extend_from_slice(&outgoing.to_be_bytes());
            }
            Self::ThrottleConfigure(settings) => settings.write(datagram),
        }
        datagram.extend_from_slice(payload);
    }
}

impl Fragment {
    /// Bytes of a command with a fragment, without its payload.
    pub(crate) const SIZE: usize = 24;

    fn read(reader: &mut Reader<'_>, payload_length: &mut u16) -> Option<Self> {
        let start_sequence = reader.u16()?;
        *payload_length = reader.u16()?;
        Some(Self {
            start_sequence,
            count: reader.u32()?,
            number: reader.u32()?,
            total_length: reader.u32()?,
            offset: reader.u32()?,
        })
    }

    fn write(&self, payload_length: [u8; 2], datagram: &mut Vec<u8>) {
        datagram.extend_from_slice(&self.start_sequence.to_be_bytes());
        datagram.extend_from_slice(&payload_length);
        for number in [self.count, self.number, self.total_length, self.offset] {
            datagram.extend_from_slice(&number.to_be_bytes());
        }
    }
}
