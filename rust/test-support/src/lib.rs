//! What the Rust tests share: certificates made for a test, and clients and servers in memory.
//!
//! Everything here panics where a test has to fail.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod end;
mod forger;
mod options;
mod pipe;
mod raw_client;
mod recipe;
pub mod record;
mod relay;
mod world;

pub use end::{End, drain, exchange};
pub use forger::{Forger, SUITES, Suite};
pub use pipe::Pipe;
pub use raw_client::RawClient;
pub use recipe::{Days, HOST, Issued, Recipe, p256, rsa2048, self_signed};
pub use relay::Relay;
pub use world::{World, client_address, credentials, issued, patient, trusting_pair};
