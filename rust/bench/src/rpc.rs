//! The packets of the engine's `SceneMultiplayer` (`modules/multiplayer`), as far as a client needs them that calls a
//! method and is called back, or sends bytes and gets them back.
//!
//! Each side gives its nodes numbers, and tells the other which path a number stands for. Until that is confirmed, its calls
//! name the path.

/// Of the commands in the first byte of a packet.
const COMMAND: u8 = 0b111;
const REMOTE_CALL: u8 = 0;
const SIMPLIFY_PATH: u8 = 1;
const CONFIRM_PATH: u8 = 2;
const RAW: u8 = 3;

/// In the first byte of a call: how long the node's number is, and that there is one argument, of bytes.
const NODE_SHIFT: u8 = 4;
const NODE: u8 = 0b11;
const BYTES_ONLY: u8 = 1 << 7;

/// In the number of a node: how many bytes are before its path.
const HAS_PATH: u32 = 1 << 31;

/// godot_project/benches/echo.gd: the node, and the MD5 sum of the names of its methods, in their order. Their places in it
/// are their numbers.
const NODE_PATH: &[u8] = b"Echo\0";
const METHODS: &[u8; 32] = b"2060d9511dd2c8492529a850f532cee2";

/// The number that this side gives to the node.
const NODE_ID: u8 = 1;

/// A method that a client calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    Ask = 2,
    AskReliably = 3,
}

/// What a packet of the server says.
pub(crate) enum Incoming<'a> {
    /// A call with these bytes, or nothing but bytes.
    Bytes(&'a [u8]),
    /// The server gives a number to a node: to be answered by [`confirm`].
    Path([u8; 4]),
    /// The server knows our number for its node.
    Confirmed,
    /// Nothing that matters here.
    Other,
}

/// Tells the server the number of its node.
pub(crate) fn introduce() -> Vec<u8> {
    [&[SIMPLIFY_PATH], &METHODS[..], &[0], &u32::from(NODE_ID).to_le_bytes(), NODE_PATH].concat()
}

pub(crate) fn confirm(number: [u8; 4]) -> Vec<u8> {
    [&[CONFIRM_PATH, 1], &number[..]].concat()
}

/// A call of the server's `method` with `bytes`.
pub(crate) fn call(method: Method, bytes: &[u8]) -> Vec<u8> {
    [&[REMOTE_CALL | BYTES_ONLY, NODE_ID, method as u8], bytes].concat()
}

/// What `SceneMultiplayer.send_bytes` sends.
pub(crate) fn raw(bytes: &[u8]) -> Vec<u8> {
    [&[RAW], bytes].concat()
}

pub(crate) fn read(packet: &[u8]) -> Incoming<'_> {
    let Some((&first, rest)) = packet.split_first() else { return Incoming::Other };
    match first & COMMAND {
        CONFIRM_PATH => Incoming::Confirmed,
        SIMPLIFY_PATH => {
            // Behind the sum of the methods, which ends with a zero.
            let number = rest.get(METHODS.len() + 1..).and_then(|rest| rest.first_chunk());
            number.map_or(Incoming::Other, |number| Incoming::Path(*number))
        }
        REMOTE_CALL if first & BYTES_ONLY != 0 => read_call(first, packet).map_or(Incoming::Other, Incoming::Bytes),
        RAW => Incoming::Bytes(rest),
        _ => Incoming::Other,
    }
}

/// The bytes of a call. Its node and its method do not matter.
fn read_call(first: u8, packet: &[u8]) -> Option<&[u8]> {
    let node_length = 1 << ((first >> NODE_SHIFT) & NODE);
    // With the first byte, and with that of the method.
    let start = 1 + node_length + 1;
    let node = packet.get(1..).and_then(|rest| rest.first_chunk()).map_or(0, |number| u32::from_le_bytes(*number));
    let end = if node_length == 4 && node & HAS_PATH != 0 { (node & !HAS_PATH) as usize } else { packet.len() };
    packet.get(start..end)
}
