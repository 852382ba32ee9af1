//! Records to forge, and to take apart (RFC 6347 §4.1).

/// Bytes of a record's header: type 1, version 2, epoch 2, sequence number 6, length 2.
pub const RECORD_HEADER: usize = 13;
/// Bytes of the header of a handshake message (RFC 6347 §4.2.2): type 1, length 3, number 2, fragment offset 3, fragment length 3.
pub const MESSAGE_HEADER: usize = 12;

/// The type of a record with a ChangeCipherSpec (RFC 5246 §6.2.1).
pub const CHANGE_CIPHER_SPEC: u8 = 20;
/// The type of a record with an alert.
pub const ALERT: u8 = 21;
/// The type of a record with handshake messages.
pub const HANDSHAKE: u8 = 22;
/// The type of a record with application data.
pub const APPLICATION_DATA: u8 = 23;

/// The header of a record; its `sequence` has the epoch in the upper 16 bits.
pub fn header(kind: u8, sequence: u64, length: usize) -> [u8; RECORD_HEADER] {
    let mut header = [kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[3..11].copy_from_slice(&sequence.to_be_bytes());
    header[11..].copy_from_slice(&(length as u16).to_be_bytes());
    header
}

/// Where each whole record of `datagram` starts, and its bytes.
pub fn records(datagram: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let length = datagram.get(start + 11..start + RECORD_HEADER)?;
        let length = RECORD_HEADER + usize::from(u16::from_be_bytes([length[0], length[1]]));
        let record = (start, datagram.get(start..start + length)?);
        start += length;
        Some(record)
    })
}
