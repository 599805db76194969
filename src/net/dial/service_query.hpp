// SRV records, asked for and read out of a packet: look_up_services() in two parts that can be tried apart.
#pragma once

#include "base/result.hpp"
#include "net/dial/service_record.hpp"

#include <resolv.h>

#include <span>
#include <string>
#include <vector>

namespace net {

/// The SRV records of a DNS answer, best first: the lowest priority, then the highest weight, then by name.
/// RFC 2782 would have us draw lots by weight; an account is set up once, and two runs must find the same server.
/// `malformed` where it is no DNS packet. Records whose target is no host name are left out.
base::result<std::vector<service_record>> parse_services(std::span<const unsigned char> packet);

/// Asks the name servers of `state`, which res_ninit(3) prepared. Blocks as long as its limits say.
base::result<std::vector<service_record>> query_services(struct __res_state& state, const std::string& name);

} // namespace net
