// Fuzzes every SASL mechanism's server end: a dialogue of any responses, in any order, with a driver that
// answers what is asked.
#include "sasl/scram.hpp"
#include "sasl/server.hpp"
#include "support/seeded_random.hpp"

#include <cstdlib>
#include <string_view>

namespace {

// The input: one octet picks the mechanism, one the channel, the rest are responses, each ended by 0xFF
// (which no UTF-8 holds).
std::string_view take_response(std::string_view& input)
{
    const std::size_t end = std::min(input.find('\xFF'), input.size());
    const std::string_view response = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return response;
}

/// A client that speaks SCRAM must repeat our nonce: "%" in a response stands for the last challenge's.
std::string with_nonce(std::string_view response, std::string_view challenge)
{
    std::string text(response);
    const std::size_t percent = text.find('%');
    if (percent != text.npos && challenge.starts_with("r="))
        text.replace(percent, 1, challenge.substr(2, challenge.find(',') - 2));
    return text;
}

sasl::step answer(sasl::server_exchange& exchange, const sasl::step& asked, bool right)
{
    if (std::holds_alternative<sasl::verify_password>(asked) ||
        std::holds_alternative<sasl::verify_external>(asked))
        return exchange.verified(right);
    if (std::holds_alternative<sasl::want_shared_secret>(asked))
        return exchange.shared_secret(right ? std::optional<std::string_view>("secret") : std::nullopt);
    if (const auto* const want = std::get_if<sasl::want_scram_keys>(&asked))
        return exchange.keys(sasl::derive_scram_keys(
            want->hash == "SHA-1" ? sasl::hash::sha_1 : sasl::hash::sha_256, "pencil", "salt", 1));
    return asked;
}

bool is_over(const sasl::step& step)
{
    return std::holds_alternative<sasl::authenticated>(step) || std::holds_alternative<sasl::rejected>(step);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t octets)
{
    std::string_view input(data, octets);
    if (input.size() < 2) return 0;
    const auto mechanisms = sasl::mechanisms();
    const std::string_view mechanism = mechanisms[static_cast<unsigned char>(input[0]) % mechanisms.size()];
    const bool right = (input[1] & 1) != 0, plus_offered = (input[1] & 2) != 0, initial = (input[1] & 4) != 0;
    input.remove_prefix(2);
    const sasl::channel channel{true, std::string(32, 'e'), std::string(32, 's'), "ann@example.org"};
    support::seeded_random random;
    const auto exchange = sasl::begin(mechanism, channel, plus_offered, random, "mail.example.org");

    sasl::step step =
        initial ? exchange->begin(take_response(input)) : exchange->begin(std::optional<std::string_view>());
    std::string challenge;
    while (!input.empty()) {
        step = answer(*exchange, step, right);
        if (is_over(step)) break;
        challenge = std::get<sasl::challenge>(step).octets;
        step = exchange->respond(with_nonce(take_response(input), challenge));
    }
    step = answer(*exchange, step, right);
    // A driver that says "wrong" must never see "proved"; only SCRAM proves without asking the driver for a
    // verdict, and nobody can make its proof here but with the password.
    if (!right && std::holds_alternative<sasl::authenticated>(step) && !mechanism.starts_with("SCRAM"))
        std::abort();
    if (const auto* const authenticated = std::get_if<sasl::authenticated>(&step);
        authenticated != nullptr && authenticated->user.empty())
        std::abort();
    if (is_over(step) && !std::holds_alternative<sasl::rejected>(exchange->respond("again"))) std::abort();
    return 0;
}
