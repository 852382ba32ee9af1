//! ENetMultiplayerPeerOpenSSL: packets, as the engine moves them.

use dtls_io::dtls_enet::{Mode, SendError};
use godot::classes::multiplayer_peer::TransferMode;
use godot::global::Error;

use super::EnetMultiplayerPeer;
use super::active::{Active, SERVER, Unread};
use super::creation::SYSTEM_CHANNELS;
use crate::report::ReleaseBorrow as _;

/// ENet's channel of a packet on transfer channel 0 that is reliable, and of one that is not.
const RELIABLE: u8 = 0;
const UNRELIABLE: u8 = 1;

impl EnetMultiplayerPeer {
    pub(crate) fn unread(&self) -> usize {
        self.active.as_ref().map_or(0, Active::unread)
    }

    /// The sender of the packet that is read next.
    pub(crate) fn packet_peer(&self) -> i32 {
        self.oldest().map_or(SERVER, |packet| packet.from)
    }

    pub(crate) fn packet_channel(&self) -> i32 {
        let channel = self.oldest().map_or(0, |packet| i64::from(packet.channel));
        (channel - SYSTEM_CHANNELS + 1).max(0) as i32
    }

    pub(crate) fn packet_mode(&self) -> TransferMode {
        match self.oldest().map(|packet| packet.mode) {
            Some(Mode::Unreliable) => TransferMode::UNRELIABLE_ORDERED,
            Some(Mode::Unsequenced) => TransferMode::UNRELIABLE,
            Some(Mode::Reliable) | None => TransferMode::RELIABLE,
        }
    }

    fn oldest(&self) -> Option<Unread> {
        self.active.as_ref()?.oldest()
    }

    /// The oldest packet; `None` if there is none.
    pub(crate) fn take_packet(&mut self) -> Option<&[u8]> {
        let taken = self.active.as_mut()?.take_packet(&mut self.packet);
        taken.then_some(&*self.packet)
    }

    /// Sends a packet to the target peer.
    pub(crate) fn send_packet(&mut self, packet: &[u8]) -> Error {
        const METHOD: &str = "ENetMultiplayerPeerOpenSSL.put_packet";
        let Some(active) = self.active.as_ref().filter(|active| active.is_connected()) else {
            return self.refuse(Error::ERR_UNCONFIGURED, &format!("{METHOD}: not connected to anybody."));
        };
        let target = self.target_peer;
        if target != 0 && !target.checked_abs().is_some_and(|id| active.peers.contains_key(&id)) {
            return self.refuse(Error::ERR_INVALID_PARAMETER, &format!("{METHOD}: there is no peer {target}."));
        }
        let mode = match self.transfer_mode {
            TransferMode::UNRELIABLE => Mode::Unsequenced,
            TransferMode::UNRELIABLE_ORDERED => Mode::Unreliable,
            _ => Mode::Reliable,
        };
        let channel = match self.transfer_channel {
            ..=0 if mode == Mode::Reliable => RELIABLE,
            ..=0 => UNRELIABLE,
            number => u8::try_from(i64::from(number) + SYSTEM_CHANNELS - 1).unwrap_or(u8::MAX),
        };
        let is_server = active.is_server();
        match active.send(target, channel, mode, packet) {
            Ok(()) => Error::OK,
            // As the engine: a peer that is about to be disconnected is not told of yet.
            Err(SendError::NotConnected) => Error::OK,
            Err(SendError::QueueFull) => Error::ERR_BUSY,
            // A client chooses how many channels there are, and must not be able to fill the log.
            Err(SendError::NoSuchChannel { .. }) if is_server => Error::ERR_INVALID_PARAMETER,
            Err(SendError::NoSuchChannel { count, .. }) => {
                let most = i64::from(count) - SYSTEM_CHANNELS;
                let message = format!(
                    "{METHOD}: transfer channel {} is not there: the server and the channel_count of this client allow \
                     {most}.",
                    self.transfer_channel
                );
                self.refuse(Error::ERR_INVALID_PARAMETER, &message)
            }
            Err(error @ SendError::TooLarge { .. }) => {
                self.refuse(Error::ERR_INVALID_PARAMETER, &format!("{METHOD}: {error}."))
            }
        }
    }
}

impl Active {
    /// Sends to a peer, to all with 0, or to all but one with its negative id. A client sends to the server, who is all that
    /// it is connected to.
    fn send(&self, target: i32, channel: u8, mode: Mode, packet: &[u8]) -> Result<(), SendError> {
        let one = if self.is_server() { target } else { SERVER };
        if one > 0 {
            let member = self.peers.get(&one).ok_or(SendError::NotConnected)?;
            return member.connection.send(channel, mode, packet);
        }
        let others = self.peers.iter().filter(|(id, _)| **id != -target).map(|(_, member)| &*member.connection);
        self.host().send_to_many(others, channel, mode, packet)
    }
}
