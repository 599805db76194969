// Certificates for tests: an authority, and whatever it is asked to sign.
#pragma once

#include "base/clock.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/pem.hpp"

#include <optional>
#include <string>
#include <vector>

namespace net::testing {

struct request {
    std::vector<std::string> common_names{};
    std::vector<std::string> subject_alt_names{}; ///< "DNS:…", "email:…", in OpenSSL's notation
    std::string extended_key_usage{};             ///< "serverAuth", "clientAuth", …; empty: no such extension
    base::wall_time from = base::wall_time::clock::now() - std::chrono::hours(1);
    base::wall_time until = base::wall_time::clock::now() + std::chrono::hours(24);
    const char* key = "EC"; ///< "EC" (P-256), "RSA" (2048) or "ED25519"
    const EVP_MD* digest = EVP_sha256();
};

struct issued {
    std::string chain_pem;
    std::string key_pem;
    openssl::certificate certificate;
    openssl::private_key key;
};

/// As it would be read from the files NAME.pem and NAME.key.
certificate_pem pem_of(const std::string& name, const issued& of);

/// A file that is not there.
pem_file missing_pem(const std::string& name);

class issuer {
public:
    issuer();
    issued issue(const request& of) const;
    /// As it would be read from the file ca.pem.
    authorities_pem authorities() const
    {
        return {.name = "ca.pem", .files = {{.name = "ca.pem", .octets = authority_.chain_pem}}};
    }

private:
    issued authority_;
};

} // namespace net::testing
