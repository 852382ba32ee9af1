//! Many datagrams a system call, where the system can; one by one elsewhere.

#[cfg(target_os = "linux")]
mod burst;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod packet_info;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use linux::{Batch, force_receive_buffer, tell_local_addresses};
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::{Batch, force_receive_buffer, tell_local_addresses};

/// How many datagrams one call moves at most.
pub(crate) const BATCH: usize = 64;

/// Room for each datagram received, in bytes: a record of the largest packet and what any cipher adds. What is longer is
/// cut, and then dropped as noise.
const DATAGRAM: usize = 17 * 1024;
