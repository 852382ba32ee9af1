//! ENetMultiplayerPeerOpenSSL: creating a server or a client.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use dtls_io::dtls_enet::HostOptions;
use dtls_io::{EnetClientSettings, EnetHost, ServerSettings};
use godot::builtin::GString;
use godot::classes::RefCounted;
use godot::global::Error;
use godot::obj::WithBaseField as _;
use godot::register::godot_api;

use super::EnetMultiplayerPeer;
use super::active::Active;
use crate::error::ConfigError;
use crate::opt_gd::OrNull;
use crate::options::config::{self, ServerSecrets};
use crate::report::ReleaseBorrow as _;

/// The channels of transfer channel 0: one for reliable packets, and one for others.
pub(super) const SYSTEM_CHANNELS: i64 = 2;

/// A server's id and those of its clients fit into ENet's 12 bits (`ENET_PROTOCOL_MAXIMUM_PEER_ID`).
const MAX_CLIENTS: i64 = 4095;

const PORTS: RangeInclusive<i64> = 0..=65535;
const CHANNELS: RangeInclusive<i64> = 0..=255 - SYSTEM_CHANNELS;
const BANDWIDTHS: RangeInclusive<i64> = 0..=0xffff_ffff;

/// Why nothing was created.
enum Refusal {
    Other(Error, String),
    Options(ConfigError),
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        Self::Options(error)
    }
}

#[godot_api(secondary)]
impl EnetMultiplayerPeer {
    /// Creates a server on UDP [param port] for up to [param max_clients] clients, 1 to 4095. [param server_options] are those
    /// of [method TLSOptionsOpenSSL.server] or [method TLSOptions.server]. With [param max_channels], clients have that many
    /// transfer channels beside channel 0 at most. [param in_bandwidth] and [param out_bandwidth] limit what is received and
    /// sent, in bytes a second. 0 means the maximum of channels, and unlimited bandwidth. With port 0 the system picks a port,
    /// see [method get_local_port].
    ///
    /// Returns [constant @GlobalScope.ERR_ALREADY_IN_USE] if there is a server or a client already,
    /// [constant @GlobalScope.ERR_INVALID_PARAMETER] if an argument is not valid, and
    /// [constant @GlobalScope.ERR_CANT_CREATE] if the system does not grant the port.
    ///
    /// ```gdscript
    /// var peer := ENetMultiplayerPeerOpenSSL.new()
    /// if peer.create_server(4242, 32, TLSOptionsOpenSSL.server(load("user://server.key"), load("user://server.crt"))) == OK:
    /// 	multiplayer.multiplayer_peer = peer
    /// ```
    #[func]
    fn create_server(
        &mut self,
        port: i64,
        #[opt(default = 32)] max_clients: i64,
        #[opt(default = OrNull(None))] server_options: OrNull<RefCounted>,
        #[opt(default = 0)] max_channels: i64,
        #[opt(default = 0)] in_bandwidth: i64,
        #[opt(default = 0)] out_bandwidth: i64,
    ) -> Error {
        let created = self.try_create(|this| {
            check("port", port, PORTS)?;
            check("max_clients", max_clients, 1..=MAX_CLIENTS)?;
            let options = this.host_options(max_channels, in_bandwidth, out_bandwidth)?;
            let (config, queue_limits) = this.release_borrow(|| {
                let secrets = ServerSecrets::new().map_err(ConfigError::from)?;
                config::server(server_options.0, &secrets)
            })?;
            let mut settings = ServerSettings::default();
            settings.address = this.bind_ip;
            settings.port = port as u16;
            settings.max_connections = max_clients as usize;
            settings.queue_limits = queue_limits;
            let host = EnetHost::listen(&config, settings, options).map_err(|error| {
                let message = format!("port {port} cannot be opened ({error}); maybe another server is running");
                Refusal::Other(Error::ERR_CANT_CREATE, message)
            })?;
            Ok(Active::server(host))
        });
        self.finish_creation("create_server", created)
    }

    /// Creates a client of the server at [param address], a name or an IP address, and UDP [param port]. The server's
    /// certificate must be valid for the address, unless [param client_options] say otherwise. Without options it must also be
    /// trusted by the operating system. Accepts both [TLSOptionsOpenSSL] and the engine's own [TLSOptions]. The name is
    /// resolved without blocking.
    ///
    /// [param channel_count] is how many transfer channels there are beside channel 0 if the server allows it.
    /// [param in_bandwidth] and [param out_bandwidth] limit what is received and sent, in bytes a second. 0 means the maximum
    /// of channels, and unlimited bandwidth. [param local_port] is the client's own port, if it matters.
    ///
    /// Returns [constant @GlobalScope.ERR_ALREADY_IN_USE] if there is a server or a client already,
    /// [constant @GlobalScope.ERR_CANT_CREATE] if the port is not valid, and
    /// [constant @GlobalScope.ERR_INVALID_PARAMETER] if another argument is not valid. Whether the client gets through is told
    /// by [signal MultiplayerAPI.connected_to_server] and [signal MultiplayerAPI.connection_failed].
    ///
    /// ```gdscript
    /// var peer := ENetMultiplayerPeerOpenSSL.new()
    /// if peer.create_client("game.example", 4242) == OK:
    /// 	multiplayer.multiplayer_peer = peer
    /// ```
    #[func]
    #[allow(clippy::too_many_arguments)] // as the engine's
    fn create_client(
        &mut self,
        address: GString,
        port: i64,
        #[opt(default = OrNull(None))] client_options: OrNull<RefCounted>,
        #[opt(default = 0)] channel_count: i64,
        #[opt(default = 0)] in_bandwidth: i64,
        #[opt(default = 0)] out_bandwidth: i64,
        #[opt(default = 0)] local_port: i64,
    ) -> Error {
        let created = self.try_create(|this| {
            check("local_port", local_port, PORTS)?;
            let options = this.host_options(channel_count, in_bandwidth, out_bandwidth)?;
            let port = u16::try_from(port).ok().filter(|port| *port > 0).ok_or_else(|| {
                Refusal::Other(Error::ERR_CANT_CREATE, format!("{port} is no port to connect to: give 1 to 65535"))
            })?;
            let (config, queue_limits) = this.release_borrow(|| config::client(client_options.0))?;
            let any = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            let mut settings = EnetClientSettings::default();
            settings.local = (local_port > 0).then(|| SocketAddr::new(this.bind_ip.unwrap_or(any), local_port as u16));
            settings.channel_count = options.channel_limit;
            // What the engine gives to servers as the id of a client, 2 to 2^31 - 1.
            settings.data = this.base().generate_unique_id();
            settings.connect_id = this.base().generate_unique_id();
            settings.queue_limits = queue_limits;
            let (host, connection) =
                EnetHost::connect(&address.to_string(), port, config, options, &settings).map_err(ConfigError::from)?;
            Ok(Active::client(host, connection, settings.data as i32))
        });
        self.finish_creation("create_client", created)
    }
}

impl EnetMultiplayerPeer {
    fn try_create(&mut self, create: impl FnOnce(&mut Self) -> Result<Active, Refusal>) -> Result<Active, Refusal> {
        if self.active.is_some() {
            let message = "there is a server or a client already; call close() first".to_owned();
            return Err(Refusal::Other(Error::ERR_ALREADY_IN_USE, message));
        }
        create(self)
    }

    fn finish_creation(&mut self, method: &str, created: Result<Active, Refusal>) -> Error {
        let method = format!("ENetMultiplayerPeerOpenSSL.{method}");
        match created {
            Ok(active) => {
                self.active = Some(active);
                self.creations += 1;
                self.is_refusing = false;
                self.last_error.clear();
                Error::OK
            }
            Err(Refusal::Options(error)) => {
                self.last_error = error.to_string();
                self.refuse_options(&method, &error)
            }
            Err(Refusal::Other(code, message)) => {
                self.last_error.clone_from(&message);
                self.refuse(code, &format!("{method}: {message}."))
            }
        }
    }

    fn host_options(&self, channels: i64, in_bandwidth: i64, out_bandwidth: i64) -> Result<HostOptions, Refusal> {
        check("the number of channels", channels, CHANNELS)?;
        check("in_bandwidth", in_bandwidth, BANDWIDTHS)?;
        check("out_bandwidth", out_bandwidth, BANDWIDTHS)?;
        let mut options = HostOptions::default();
        if channels > 0 {
            options.channel_limit = (channels + SYSTEM_CHANNELS) as u8;
        }
        options.incoming_bandwidth = in_bandwidth as u32;
        options.outgoing_bandwidth = out_bandwidth as u32;
        options.compression = self.compression;
        Ok(options)
    }
}

fn check(what: &str, value: i64, range: RangeInclusive<i64>) -> Result<(), Refusal> {
    if range.contains(&value) {
        return Ok(());
    }
    let message = format!("{what} is {value}: give {} to {}", range.start(), range.end());
    Err(Refusal::Other(Error::ERR_INVALID_PARAMETER, message))
}
