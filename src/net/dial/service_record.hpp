// Where a domain says that its services are (RFC 2782; for mail RFC 6186, RFC 8314 section 5.1).
#pragma once

#include "base/result.hpp"
#include "net/interrupt.hpp"

#include <resolv.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace net {

struct service_record {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target; ///< without the last dot; empty: the domain says that it has no such service
};

/// The SRV records of `name` ("_pop3s._tcp.example.org"), best first. Empty where there are none; `network` where the
/// name servers do not answer within `limit`, `closed` when `stop` was tripped. Unsigned DNS may lie: whoever
/// acts on it must ask (RFC 6186, section 6).
base::result<std::vector<service_record>>
look_up_services(const std::string& name, std::chrono::milliseconds limit = std::chrono::seconds(10),
                 const interrupt* stop = nullptr);

// SRV records, asked for and read out of a packet: look_up_services() in two parts that can be tried apart.

/// The SRV records of a DNS answer, best first: the lowest priority, then the highest weight, then by name.
/// RFC 2782 would have us draw lots by weight; an account is set up once, and two runs must find the same server.
/// `malformed` where it is no DNS packet. Records whose target is no host name are left out.
base::result<std::vector<service_record>> parse_services(std::span<const unsigned char> packet);

/// Asks the name servers of `state`, which res_ninit(3) prepared. Blocks as long as its limits say.
base::result<std::vector<service_record>> query_services(struct __res_state& state, const std::string& name);

} // namespace net
