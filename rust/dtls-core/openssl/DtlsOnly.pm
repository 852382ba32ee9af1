# Leaves out of OpenSSL what the addon never uses, which takes 40 % of the time to build it.
#
# openssl-src runs OpenSSL's Configure with options of its own. `.cargo/config.toml` has Perl load this module before any
# program, and this adds to them. OpenSSL's INSTALL.md explains each.
package DtlsOnly;

use strict;
use warnings;

my @unused = qw(
    apps async cmp cms ct dso engine http legacy multiblock nextprotoneg quic rfc3779 srp srtp thread-pool ts ui-console
    argon2 bf blake2 cast cmac ec2m gost lms md4 mdc2 ml-dsa ml-kem ocb rc2 rc4 rmd160 siphash siv slh-dsa sm2 sm3 sm4
    whirlpool
);

if ($0 =~ m{\bConfigure$}) {
    push @ARGV, map { "no-$_" } @unused;
    # Without optimisation of Rust, the best of C is not worth its time: this takes an eighth less, and a handshake an
    # eighth longer. cargo sets the variable for build scripts.
    s/^-O2$/-O1/ for ($ENV{OPT_LEVEL} // '') eq '0' ? @ARGV : ();
}

1;
