//! Writes the first seeds anew: `cargo run -p dtls-fuzz --example record_seeds`

fn main() -> std::io::Result<()> {
    dtls_fuzz::record(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds"))
}
