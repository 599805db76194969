// Which mechanisms there are, and what each needs of the connection.
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "sasl/cram_md5.hpp"
#include "sasl/exchange.hpp"
#include "sasl/external.hpp"
#include "sasl/login.hpp"
#include "sasl/plain.hpp"
#include "sasl/prepare.hpp"
#include "sasl/scram.hpp"
#include "sasl/scram_messages.hpp"
#include "sasl/server.hpp"

#include <algorithm>
#include <array>

namespace sasl {

namespace {

constexpr std::array<std::string_view, 8> server_names{
    "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1",
    "EXTERNAL",           "CRAM-MD5",         "PLAIN",         "LOGIN"};

// RFC 2195 asks for an RFC 822 msg-id with random digits and a time stamp, so that it never comes twice; 128
// random bits do that without a clock.
std::string new_challenge(base::random& random, std::string_view host_name)
{
    return "<" + base::to_hex(random.octets(16)) + "@" + std::string(host_name) + ">";
}

} // namespace

std::span<const std::string_view> mechanisms()
{
    return server_names;
}

std::unique_ptr<server_exchange> begin(std::string_view mechanism, const channel& channel, bool plus_offered,
                                       base::random& random, std::string_view host_name)
{
    const std::string name = base::upper_case(mechanism); // RFC 5034, section 4: case does not matter
    if (name == "PLAIN") return std::make_unique<plain>();
    if (name == "LOGIN") return std::make_unique<login>();
    if (name == "CRAM-MD5")
        return std::make_unique<cram_md5>(new_challenge(random, host_name), random.octets(16));
    if (name == "EXTERNAL" && !channel.certificate_identity.empty())
        return std::make_unique<external>(channel.certificate_identity);
    const bool plus = name.ends_with("-PLUS");
    if (plus && !channel.can_bind()) return nullptr;
    if (name == "SCRAM-SHA-256" || name == "SCRAM-SHA-256-PLUS")
        return std::make_unique<scram>(scram_rules{hash::sha_256, plus, plus_offered}, channel,
                                       new_nonce(random));
    if (name == "SCRAM-SHA-1" || name == "SCRAM-SHA-1-PLUS")
        return std::make_unique<scram>(scram_rules{hash::sha_1, plus, plus_offered}, channel,
                                       new_nonce(random));
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
