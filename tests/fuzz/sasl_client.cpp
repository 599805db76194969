// Fuzzes every SASL mechanism's client end: a server that says anything, in any order, and does not know the password.
//
// Input: one octet picks the mechanism, one the channel; the rest are challenges, each ended by 0xFF (which no UTF-8
// holds).
#include "fuzz/require.hpp"
#include "sasl/client.hpp"
#include "sasl/client_mechanisms.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram.hpp"
#include "support/seeded_random.hpp"

#include <string>
#include <string_view>

namespace {

using fuzz::require;

constexpr std::string_view secret = "pencil in a box";

std::string_view take_challenge(std::string_view& input)
{
    const std::size_t end = std::min(input.find('\xFF'), input.size());
    const std::string_view challenge = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    return challenge;
}

/// A server that speaks SCRAM goes on with our nonce: "%" stands for it.
std::string with_nonce(std::string_view challenge, std::string_view nonce)
{
    std::string text(challenge);
    if (const std::size_t percent = text.find('%'); percent != text.npos) text.replace(percent, 1, nonce);
    return text;
}

/// Honest work, but too slow to be done a thousand times a second.
bool is_slow(std::string_view challenge)
{
    const auto first = sasl::parse_server_first(challenge);
    return first && first->iterations > sasl::scram_iterations_min &&
           first->iterations <= sasl::scram_iterations_max;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t octets)
{
    std::string_view input(data, octets);
    if (input.size() < 2) return 0;
    const auto mechanisms = sasl::all_mechanisms();
    const std::string_view mechanism =
        mechanisms[static_cast<unsigned char>(input[0]) % mechanisms.size()].name;
    const bool exporter = (input[1] & 1) != 0, plus_offered = (input[1] & 2) != 0,
               initial = (input[1] & 4) != 0;
    input.remove_prefix(2);
    const sasl::channel channel{true, exporter ? std::string(32, 'e') : "", std::string(32, 's'), ""};
    support::seeded_random random;
    const auto exchange = sasl::begin_client(mechanism,
                                             {.user = "user",
                                              .authorization = plus_offered ? "boss" : "",
                                              .secret = std::string(secret),
                                              .token = "token",
                                              .host = "mail.example.org",
                                              .port = 995},
                                             channel, plus_offered, random);
    const auto first = exchange->initial_response();
    std::string nonce;
    if (first && mechanism.starts_with("SCRAM")) nonce = first->substr(first->find(",r=") + 3);
    if (!initial) require(!first || exchange->respond("").value() == *first);

    bool failed = false;
    for (unsigned turns = 0; !input.empty(); ++turns) {
        const std::string challenge = with_nonce(take_challenge(input), nonce);
        if (is_slow(challenge)) break;
        const auto response = exchange->respond(challenge);
        require(!failed || !response); // no second try
        failed = !response;
        require(turns < 4 || failed); // no mechanism goes on for ever
        require(sasl::find_mechanism(mechanism)->shows_secret() || !response ||
                response->find(secret) == response->npos);
        require(response || response.error().operator_text.find(secret) == std::string::npos);
        require(response || response.error().operator_text.size() < 200);
    }
    require(!mechanism.starts_with("SCRAM") || !exchange->satisfied()); // nobody here knows the password
    return 0;
}
