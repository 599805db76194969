// From a mail address to the POP3 server that has its mail.
#pragma once

#include "base/result.hpp"
#include "client/pop3_server.hpp"
#include "net/dial/service_record.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace client {

struct server_candidate {
    enum class source {
        known,   ///< our own table
        service, ///< the domain's SRV records (RFC 6186, RFC 8314 section 5.1)
        guess,   ///< a name that many use
    };
    std::string host;
    std::uint16_t port = 995;
    tls_mode tls = tls_mode::implicit; ///< or starttls; never none
    server_candidate::source source = source::guess;
    /// DNS that nobody signed names a host outside of the person's domain: ask before a password goes there (RFC
    /// 6186, section 6).
    bool ask_first = false;
    std::string oauth2{}; ///< a preset's name, where that is the way in
    std::string note{};   ///< for people
};

/// What a domain's SRV records say, best first, as net::look_up_services gives them.
struct domain_services {
    std::vector<net::service_record> pop3s, pop3;
};

/// "example.org" of "ann@example.org", in lower case; `malformed` where it is no address.
base::result<std::string> domain_of(std::string_view address);

/// Candidates in the order of safety: what we know; SRV with TLS from the first octet; SRV with STLS; pop., pop3.,
/// mail. and the domain itself on port 995; the same on port 110 with STLS. Each host and port once. `refused`
/// where the provider or the domain is known to have no POP3.
base::result<std::vector<server_candidate>> rank_candidates(const std::string& domain,
                                                            const domain_services& services);

using service_look_up =
    std::function<base::result<std::vector<net::service_record>>(const std::string& name)>;
/// Dials, speaks TLS, reads the greeting: a value where a POP3 server answers. May also say no (a person did).
using server_probe = std::function<base::result<>(const server_candidate&)>;

/// The first candidate that `probe` finds good. The error tells each that was tried, and why not.
base::result<server_candidate> discover(std::string_view address, const service_look_up& look_up,
                                        const server_probe& probe);

// The mail providers that many people have: where their POP3 is and what they want of a person.

struct known_provider {
    std::string_view domains; ///< "gmx.de gmx.net"; "yahoo.*" means every domain that begins so
    std::string_view host;    ///< POP3 with TLS on port 995; empty: there is no POP3
    std::string_view oauth2;  ///< a preset, where OAuth 2.0 is the way in; else empty
    std::string_view note;    ///< for people; may be empty
};

/// The one that has `domain` (in lower case); null where none does.
const known_provider* find_known_provider(std::string_view domain);

} // namespace client
