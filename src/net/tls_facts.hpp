// What a finished handshake settled, read out of OpenSSL.
#pragma once

#include "net/tls.hpp"

namespace net {

tls_facts read_tls_facts(ssl_st* connection);

} // namespace net
