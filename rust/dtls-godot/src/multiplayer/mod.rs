//! ENetMultiplayerPeerOpenSSL: the class, and how it is configured.

mod active;
mod creation;
mod packets;
mod peers;

use std::net::IpAddr;

use dtls_io::dtls_enet::Compression;
use godot::builtin::GString;
use godot::classes::MultiplayerPeerExtension;
use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::global::Error;
use godot::meta::ToGodot;
use godot::obj::{Base, WithBaseField as _};
use godot::register::{GodotClass, godot_api};

use self::active::{Active, News};
use crate::message;
use crate::report::ReleaseBorrow as _;

/// A [MultiplayerPeer] over ENet and DTLS, the counterpart of [ENetMultiplayerPeer]. Give it to
/// [member MultiplayerAPI.multiplayer_peer] for RPCs, [MultiplayerSpawner] and [MultiplayerSynchronizer] over encrypted
/// connections.
///
/// It speaks the same protocol as an [ENetMultiplayerPeer] whose [member ENetMultiplayerPeer.host] was set up for DTLS: either
/// can be the server of the other. ENet, handshakes and encryption run on threads of their own. So a frame only moves whole
/// packets, and a frame that takes seconds loses no player.
///
/// ```gdscript
/// # server.gd
/// extends Node
///
/// func _ready() -> void:
/// 	var peer := ENetMultiplayerPeerOpenSSL.new()
/// 	peer.create_server(4242, 32, TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt")))
/// 	multiplayer.multiplayer_peer = peer
/// 	multiplayer.peer_connected.connect(func(id: int) -> void: print("%d joins" % id))
/// ```
///
/// ```gdscript
/// # client.gd
/// extends Node
///
/// func _ready() -> void:
/// 	var peer := ENetMultiplayerPeerOpenSSL.new()
/// 	peer.create_client("game.example", 4242, TLSOptionsOpenSSL.client(load("res://server.crt")))
/// 	multiplayer.multiplayer_peer = peer
/// 	multiplayer.connection_failed.connect(func() -> void: print("Not connected: %s" % peer.get_last_error()))
/// ```
///
/// Packets of up to 16 MiB are sent in fragments. Packets that wait to be read, to be sent or to be acknowledged are limited
/// for each peer and for all together. If the game does not read its packets, the senders wait. If more than 32 MiB wait for
/// a peer, [method PacketPeer.put_packet] returns [constant @GlobalScope.ERR_BUSY].
#[derive(GodotClass)]
#[class(init, tool, base = MultiplayerPeerExtension, rename = ENetMultiplayerPeerOpenSSL)]
pub(crate) struct EnetMultiplayerPeer {
    active: Option<Active>,
    /// Counts the servers and clients that were created, to notice when a signal's handler makes another.
    creations: u64,
    /// `None` for all addresses.
    bind_ip: Option<IpAddr>,
    compression: Compression,
    pub(crate) target_peer: i32,
    pub(crate) transfer_channel: i32,
    #[init(val = TransferMode::RELIABLE)]
    pub(crate) transfer_mode: TransferMode,
    is_refusing: bool,
    last_error: String,
    /// The packet that was taken last: the engine reads it until it takes the next one.
    packet: Vec<u8>,
    base: Base<MultiplayerPeerExtension>,
}

#[godot_api]
impl EnetMultiplayerPeer {
    /// The address of this machine that [method create_server] listens on, or that [method create_client] uses with a
    /// [code]local_port[/code]. The default is [code]"*"[/code], which means all addresses, IPv4 and IPv6.
    ///
    /// ```gdscript
    /// enet.set_bind_ip("127.0.0.1") # Only clients on this machine.
    /// enet.create_server(4242, 32, server_options())
    /// ```
    #[func]
    fn set_bind_ip(&mut self, ip: GString) {
        match ip.to_string().as_str() {
            "*" => self.bind_ip = None,
            text => match text.parse() {
                Ok(ip) => self.bind_ip = Some(ip),
                Err(_) => {
                    let message = format!(
                        "ENetMultiplayerPeerOpenSSL.set_bind_ip: \"{text}\" is no IP address; give one of this \
                         machine's, or \"*\"."
                    );
                    self.refuse(Error::ERR_INVALID_PARAMETER, &message);
                }
            },
        }
    }

    /// How packets are compressed from now on, as a [enum ENetConnection.CompressionMode]. Both sides must use the same. The
    /// default is [constant ENetConnection.COMPRESS_NONE].
    ///
    /// Returns [constant @GlobalScope.ERR_INVALID_PARAMETER] for any other number. With
    /// [constant ENetConnection.COMPRESS_ZSTD], what is sent shrinks less than the engine's, and the code that reads what
    /// other players send is not memory-safe Rust throughout, as that of the other modes is.
    ///
    /// ```gdscript
    /// enet.set_compression_mode(ENetConnection.COMPRESS_RANGE_CODER)
    /// enet.create_server(4242, 32, server_options())
    /// ```
    #[func]
    fn set_compression_mode(&mut self, mode: i64) -> Error {
        self.compression = match mode {
            0 => Compression::None,
            1 => Compression::RangeCoder,
            2 => Compression::FastLz,
            3 => Compression::Zlib,
            4 => Compression::Zstd,
            _ => {
                let message = format!(
                    "ENetMultiplayerPeerOpenSSL.set_compression_mode: {mode} is no ENetConnection.CompressionMode."
                );
                return self.refuse(Error::ERR_INVALID_PARAMETER, &message);
            }
        };
        if let Some(active) = &self.active {
            active.set_compression(self.compression);
        }
        Error::OK
    }

    /// The UDP port of this side; 0 if there is none.
    ///
    /// ```gdscript
    /// enet.create_server(0, 32, server_options())
    /// print("Players connect to port %d" % enet.get_local_port())
    /// ```
    #[func]
    fn get_local_port(&self) -> i64 {
        self.active.as_ref().map_or(0, |active| i64::from(active.local_port()))
    }

    /// The last failure, as text for a log: why [method create_server] or [method create_client] failed, why a client did not
    /// get through or was disconnected, or why the handshake of a server's client failed. Empty if nothing has failed.
    ///
    /// ```gdscript
    /// multiplayer.connection_failed.connect(func() -> void: print("Not connected: %s" % enet.get_last_error()))
    /// ```
    #[func]
    fn get_last_error(&mut self) -> GString {
        if let Some(reason) = self.active.as_ref().and_then(Active::take_failure) {
            self.last_error = message::of_end(&reason);
        }
        GString::from(&self.last_error)
    }
}

impl EnetMultiplayerPeer {
    /// Reports what has happened since the last poll by signals, and makes packets available.
    pub(crate) fn poll_network(&mut self) {
        let Some(active) = &mut self.active else {
            self.refuse(Error::ERR_UNCONFIGURED, "ENetMultiplayerPeerOpenSSL.poll: no server or client was created.");
            return;
        };
        active.begin_poll();
        let creation = self.creations;
        while self.creations == creation
            && let Some(news) = self.active.as_mut().and_then(Active::next_news)
        {
            match news {
                News::Connected(id) => self.emit("peer_connected", id),
                News::Disconnected(id, reason) => {
                    if !self.is_hosting() {
                        self.last_error = message::of_end(&reason);
                    }
                    // As with the engine's, handlers can still ask who it was.
                    self.emit("peer_disconnected", id);
                    if self.creations == creation {
                        match self.active.as_mut().filter(|active| active.is_server()) {
                            Some(active) => active.forget(id),
                            None => self.close_network(),
                        }
                    }
                }
                News::Failed(reason) => {
                    self.last_error = message::of_end(&reason);
                    self.close_network();
                    // Why a player cannot join is for its developer, or a bug of ours.
                    if active::is_worth_a_report(&reason) {
                        let message = format!("ENetMultiplayerPeerOpenSSL: {}.", self.last_error);
                        self.refuse(Error::FAILED, &message);
                    }
                }
            }
        }
    }

    /// Handlers may call any method of this object, and may let go of the last reference to it.
    fn emit(&mut self, signal: &str, id: i32) {
        let mut own = self.to_gd();
        self.base_mut().emit_signal(signal, &[id.to_variant()]);
        if own.get_reference_count() == 1 {
            self.close_network();
            // An object must not be freed in a call of its own.
            own.run_deferred_gd(drop);
        }
    }

    /// Whether it is a server.
    pub(crate) fn is_hosting(&self) -> bool {
        self.active.as_ref().is_some_and(Active::is_server)
    }

    pub(crate) fn connection_status(&self) -> ConnectionStatus {
        match &self.active {
            None => ConnectionStatus::DISCONNECTED,
            Some(active) if active.is_connected() => ConnectionStatus::CONNECTED,
            Some(_) => ConnectionStatus::CONNECTING,
        }
    }

    pub(crate) fn unique_id(&self) -> i32 {
        self.active.as_ref().map_or(0, Active::unique_id)
    }

    /// Disconnects everybody at once, and tells them.
    pub(crate) fn close_network(&mut self) {
        if let Some(active) = self.active.take() {
            active.close();
        }
        self.is_refusing = false;
    }

    pub(crate) fn set_refusing(&mut self, refuse: bool) {
        self.is_refusing = refuse;
        if let Some(active) = &self.active {
            active.refuse_new_clients(refuse);
        }
    }

    pub(crate) const fn is_refusing(&self) -> bool {
        self.is_refusing
    }
}
