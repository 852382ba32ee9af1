//! Compiles the counters of OpenSSL's coverage, and puts them in the place of libFuzzer's functions.

fn main() {
    println!("cargo:rerun-if-changed=src/coverage.cc");
    #[cfg(feature = "libfuzzer")]
    {
        cc::Build::new().cpp(true).file("src/coverage.cc").compile("coverage");
        for traced in ["pc", "cmp1", "cmp2", "cmp4", "cmp8", "const_cmp1", "const_cmp2", "const_cmp4", "const_cmp8"] {
            println!("cargo:rustc-link-arg-bins=-Wl,--wrap=__sanitizer_cov_trace_{traced}");
        }
    }
}
