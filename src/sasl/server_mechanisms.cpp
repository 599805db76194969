// Where the server's exchanges begin, and what all of them share.
#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "sasl/cram_md5.hpp"
#include "sasl/exchange.hpp"
#include "sasl/external.hpp"
#include "sasl/login.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/plain.hpp"
#include "sasl/prepare.hpp"
#include "sasl/scram.hpp"
#include "sasl/scram_messages.hpp"
#include "sasl/server.hpp"

namespace sasl {

namespace {

// RFC 2195 asks for an RFC 822 msg-id with random digits and a time stamp, so that it never comes twice; 128
// random bits do that without a clock.
std::string new_challenge(base::random& random, std::string_view host_name)
{
    return "<" + base::to_hex(random.octets(16)) + "@" + std::string(host_name) + ">";
}

} // namespace

std::unique_ptr<server_exchange> begin(std::string_view mechanism, const channel& channel, bool plus_offered,
                                       base::random& random, std::string_view host_name)
{
    const auto* const row = find_mechanism(mechanism);
    if (row == nullptr || !row->at_server) return nullptr;
    if (row->binds_channel && !channel.can_bind()) return nullptr;
    // A row whose exchange is not here has none: it must not begin as another mechanism under its own name.
    switch (row->proof) {
    case proof::password:
        if (row->name == "PLAIN") return std::make_unique<plain>();
        if (row->name == "LOGIN") return std::make_unique<login>();
        return nullptr;
    case proof::shared_secret:
        if (row->name != "CRAM-MD5") return nullptr;
        return std::make_unique<cram_md5>(new_challenge(random, host_name), random.octets(16));
    case proof::certificate:
        if (row->name != "EXTERNAL" || channel.certificate_identity.empty()) return nullptr;
        return std::make_unique<external>(channel.certificate_identity);
    case proof::scram:
        if (!row->scram_hash) return nullptr;
        return std::make_unique<scram>(scram_rules{*row->scram_hash, row->binds_channel, plus_offered},
                                       channel, new_nonce(random));
    case proof::token: return nullptr;
    }
    return nullptr;
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= name_octets_max && text.find('\0') == text.npos &&
           base::is_utf8(text);
}

bool acts_as_himself(std::string_view user, std::string_view authorization)
{
    if (authorization.empty()) return true;
    const auto name = comparable_name(user);
    return name && comparable_name(authorization) == name;
}

} // namespace sasl
