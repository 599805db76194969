// A certificate with its chain and key, read from files and checked.
#pragma once

#include "net/tls/context.hpp"
#include "net/tls/openssl.hpp"

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

/// Reads one pair of files. Every fault found, not only the first, goes into `found`; with faults the
/// certificate is incomplete and not to be used.
certificate read_certificate(const certificate_files& files, const file_opener& open_unreadable,
                             base::wall_time now, findings& found);

/// Its leaf is good for `name`, a host name or an address, as clients match it (RFC 6125).
bool holds_name(const certificate& from, const std::string& name);
/// No authority stands behind it, so clients do not trust it by themselves.
bool is_self_signed(const certificate& from);

/// A name served by SNI and the files that hold its certificate.
struct named_files {
    std::string name; ///< lower case; "*.domain" for all names one label below
    certificate_files files;
};

/// Looks through a names folder (see tls_settings), in the order of the names.
std::vector<named_files> list_names_folder(const std::string& folder, const file_opener& open_unreadable,
                                           findings& found);

} // namespace net
