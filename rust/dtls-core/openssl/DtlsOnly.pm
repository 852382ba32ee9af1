# Leaves out of OpenSSL what the addon never uses, which takes 40 % of the time to build it.
#
# openssl-src runs OpenSSL's Configure with options of its own. `.cargo/config.toml` has Perl load this module before any
# program, and this adds to them. OpenSSL's INSTALL.md explains each.
package DtlsOnly;

use strict;
use warnings;

my @unused = qw(
    apps async cmp cms ct docs dso engine http legacy multiblock nextprotoneg quic rfc3779 srp srtp ssl-trace thread-pool ts
    ui-console
    argon2 bf blake2 cast cmac ec2m gost lms md4 mdc2 ml-dsa ml-kem ocb rc2 rc4 rmd160 siphash siv slh-dsa sm2 sm3 sm4
    whirlpool
);

if ($0 =~ m{\bConfigure$}) {
    # Nobody edits OpenSSL and builds it again, so no file needs to know which others it includes.
    push @ARGV, map { "no-$_" } @unused, 'makedepend';
    # Without optimisation of Rust, C is not optimised either, nor searched for what deserves a warning: both take nearly
    # half of GCC's time. A handshake takes 70 % longer then. cargo sets the variable for build scripts.
    @ARGV = map { $_ eq '-O2' ? ('-O0', '-Wno-all') : $_ } @ARGV if ($ENV{OPT_LEVEL} // '') eq '0';
}

1;
