// The table of the SASL mechanisms.
#include "sasl/mechanism.hpp"

#include "base/ascii.hpp"
#include "sasl/server.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sasl {
namespace {

constexpr std::array<mechanism, 10> table{{
    {.name = "SCRAM-SHA-256-PLUS", .proof = proof::scram, .binds_channel = true, .scram_hash = hash::sha_256},
    {.name = "SCRAM-SHA-1-PLUS", .proof = proof::scram, .binds_channel = true, .scram_hash = hash::sha_1},
    {.name = "SCRAM-SHA-256", .proof = proof::scram, .scram_hash = hash::sha_256},
    {.name = "SCRAM-SHA-1", .proof = proof::scram, .scram_hash = hash::sha_1},
    {.name = "EXTERNAL", .proof = proof::certificate},
    {.name = "OAUTHBEARER", .proof = proof::token, .at_server = false},
    {.name = "XOAUTH2", .proof = proof::token, .at_server = false},
    {.name = "CRAM-MD5", .proof = proof::shared_secret, .server_first = true},
    {.name = "PLAIN", .proof = proof::password},
    // On paper the server speaks first, but it has no RFC, and clients send the name with it.
    {.name = "LOGIN", .proof = proof::password},
}};

constexpr auto server_count = static_cast<std::size_t>(std::ranges::count_if(table, &mechanism::at_server));

constexpr auto server_names = [] {
    std::array<std::string_view, server_count> names{};
    auto* next = names.begin();
    for (const mechanism& row : table)
        if (row.at_server) *next++ = row.name;
    return names;
}();

} // namespace

std::span<const mechanism> all_mechanisms()
{
    return table;
}

const mechanism* find_mechanism(std::string_view name)
{
    const auto* const found = std::ranges::find_if(
        table, [&](const mechanism& row) { return base::equal_ignoring_case(row.name, name); });
    return found == table.end() ? nullptr : found;
}

std::span<const std::string_view> mechanisms()
{
    return server_names;
}

} // namespace sasl
