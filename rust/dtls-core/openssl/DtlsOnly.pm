# Leaves out of OpenSSL what the addon never uses, which takes 40 % of the time to build it.
#
# openssl-src runs OpenSSL's Configure with options of its own. `.cargo/config.toml` has Perl load this module before any
# program, and this adds to them. OpenSSL's INSTALL.md explains each.
package DtlsOnly;

use strict;
use warnings;

my @unused = qw(
    apps async cmp cms ct dso engine http nextprotoneg quic rfc3779 srp srtp ts ui-console
    argon2 bf cast ec2m gost md4 mdc2 ml-dsa ml-kem ocb rc2 rc4 rmd160 siphash siv slh-dsa sm2 sm3 sm4 whirlpool
);

push @ARGV, map { "no-$_" } @unused if $0 =~ m{\bConfigure$};

1;
