// A certificate with its chain and key, parsed and checked.
#pragma once

#include "base/clock.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/pem.hpp"

#include <string>
#include <vector>

namespace net {

struct certificate {
    std::vector<openssl::certificate> chain; ///< the leaf first
    openssl::private_key key;
    base::wall_time valid_from;  ///< the latest start in the chain
    base::wall_time valid_until; ///< the soonest end in the chain
};

/// What was found while reading; one text a line.
struct findings {
    std::vector<std::string> faults;
    std::vector<std::string> warnings;
};

/// Parses one pair. Every fault found, not only the first, goes into `found`; with faults the certificate is
/// incomplete and not to be used.
certificate read_certificate(const certificate_pem& pem, base::wall_time now, findings& found);

/// The certificates that `pem` holds, none where it holds none; then `fault` says why.
std::vector<openssl::certificate> read_authorities(const authorities_pem& pem, std::string& fault);

/// Its leaf is good for `name`, a host name or an address, as clients match it (RFC 6125).
bool holds_name(const certificate& pair, const std::string& name);
/// No authority stands behind it, so clients do not trust it by themselves.
bool is_self_signed(const certificate& pair);

} // namespace net
