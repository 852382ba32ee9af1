//! What `cargo xtask` does first on a new machine, and what its other commands share.

pub mod addon;
mod apt;
pub mod certificate;
pub mod debian;
pub mod demo;
pub mod doctor;
pub mod godot;
pub mod peers;
pub mod process;
mod progress;
pub mod project;
