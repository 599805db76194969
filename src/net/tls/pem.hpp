// Certificates and keys as contents: whoever may open files reads them, and this module opens none.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace net {

/// More is no certificate chain and no key; a bound against being pointed at a wrong file.
inline constexpr std::size_t certificate_mebibytes_max = 1;
/// The authorities of all the world are a third of a mebibyte.
inline constexpr std::size_t authorities_mebibytes_max = 16;

/// What a PEM file holds, or why it could not be read.
struct pem_file {
    std::string name{};                 ///< its path, for messages
    base::result<std::string> octets{}; ///< or why they could not be read, in a line for the operator
    std::uint32_t permissions = 0;      ///< of the file that it is, 07777; 0 where it lies in none
};

/// A chain, the leaf first, and the leaf's private key.
struct certificate_pem {
    pem_file chain;
    pem_file key;

    certificate_pem() = default;
    certificate_pem(pem_file its_chain, pem_file its_key);
    certificate_pem(const certificate_pem&) = default;
    certificate_pem(certificate_pem&&) = default;
    certificate_pem& operator=(const certificate_pem&) = default;
    certificate_pem& operator=(certificate_pem&&) = default;
    ~certificate_pem(); ///< wipes the key
};

/// Certificates of authorities, from one file or from those of a folder. A file that cannot be read, or is broken,
/// counts for nothing; together they must hold one at least.
struct authorities_pem {
    std::string name; ///< of the file or the folder
    std::vector<pem_file> files;
};

/// A certificate for a name served by SNI (RFC 6066).
struct named_certificate_pem {
    std::string name; ///< lower case; "*.domain" for all names one label below
    certificate_pem certificate;
};

/// All that a server's contexts are made of, read at one time.
struct tls_contents {
    certificate_pem certificate;              ///< the default one
    std::vector<named_certificate_pem> names; ///< each name once
    std::optional<authorities_pem>
        client_authorities;          ///< ask for client certificates signed by these; none: do not ask
    std::vector<std::string> faults; ///< what else could not be read, such as a folder of names; a line each
    /// What tells these contents from others; the reader's own words. Noted before they were read, so that a change in
    /// between is seen.
    std::string state;
};

} // namespace net
