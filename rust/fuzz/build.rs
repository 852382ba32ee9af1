//! Compiles the counters of OpenSSL's coverage.

fn main() {
    println!("cargo:rerun-if-changed=src/coverage.cc");
    #[cfg(feature = "libfuzzer")]
    {
        cc::Build::new().cpp(true).file("src/coverage.cc").compile("coverage");
        println!("cargo:rustc-link-arg-bins=-Wl,--wrap=__sanitizer_cov_trace_pc");
    }
}
