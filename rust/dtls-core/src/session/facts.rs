//! What a session reports about itself.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Protocol, Session, State};
use crate::datagram::MAX_PACKET;
use crate::error::ExportError;
use crate::handshake_info::HandshakeInfo;
use crate::options::Transport;
use crate::ossl;
use crate::record;
use crate::statistics::Statistics;

/// The most bytes that can be exported in one call.
const MAX_EXPORT: usize = 4096;

impl Session {
    /// The result of the handshake, once it is done.
    pub const fn handshake_info(&self) -> Option<&Arc<HandshakeInfo>> {
        self.handshake_info.as_ref()
    }

    /// Derives `length` bytes that only the two sides of this session can know. Both sides get the same bytes for the same
    /// `label` and `context` (RFC 5705). Use them, for example, to bind a login to the session.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn export_keying_material(
        &self,
        label: &str,
        length: usize,
        context: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, ExportError> {
        if self.state != State::Connected {
            return Err(ExportError::NotConnected);
        }
        if !(1..=MAX_EXPORT).contains(&length) {
            return Err(ExportError::Length(length));
        }
        if let Some(context) = context.filter(|context| context.len() > usize::from(u16::MAX)) {
            return Err(ExportError::Context(context.len()));
        }
        let mut material = Zeroizing::new(vec![0; length]);
        let exported = match &self.protocol {
            Protocol::Established(established) => established.secret.export(label, context, &mut material),
            Protocol::OpenSsl(openssl) => openssl.ssl().export_keying_material(&mut material, label, context).ok(),
        };
        ossl::clear_errors();
        exported.map(|()| material).ok_or(ExportError::Label)
    }

    /// The largest packet in bytes: [`MAX_PACKET`], unless the client asked for shorter records (RFC 6066 §4).
    pub fn max_packet(&self) -> usize {
        self.handshake_info.as_ref().map_or(MAX_PACKET, |handshake_info| handshake_info.max_packet())
    }

    /// The largest packet in bytes whose datagram fits the current MTU; 0 unless connected.
    pub fn max_payload(&self) -> usize {
        match self.state {
            State::Connected => {
                let room = usize::from(self.transport.mtu).saturating_sub(record::record_overhead(self.overhead));
                room.min(self.max_packet())
            }
            State::Handshaking | State::Ended(_) => 0,
        }
    }

    /// The settings for the network, with the current MTU.
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The session's counts so far.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }
}
