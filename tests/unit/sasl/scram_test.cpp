// SCRAM: the dialogues of RFC 5802 and 7677, channel binding, downgrades, and lies.
#include "base/encoding.hpp"
#include "sasl/scram.hpp"
#include "sasl/server_mechanisms.hpp"

#include <gtest/gtest.h>

namespace {

struct dialogue {
    sasl::hash with;
    std::string nonce, salt, first, server_first, last, server_last;
};

const dialogue rfc_5802{sasl::hash::sha_1,
                        "3rfcNHYJY1ZVvWVs7j",
                        "QSXCR+Q6sek8bf92",
                        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
                        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="};
const dialogue rfc_7677{
    sasl::hash::sha_256,
    "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    "W22ZaJ0SNY7soEsUEjb6gQ==",
    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};

sasl::scram_keys keys_of(const dialogue& of, std::string_view password = "pencil")
{
    return sasl::derive_scram_keys(of.with, password, *base::from_base64(of.salt), 4096);
}

sasl::scram exchange_of(const dialogue& of)
{
    return {sasl::scram_rules{of.with}, sasl::channel{}, of.nonce};
}

template <typename Step>
const Step& expect(const sasl::step& is)
{
    if (const auto* const refused = std::get_if<sasl::rejected>(&is))
        if constexpr (!std::is_same_v<Step, sasl::rejected>) ADD_FAILURE() << refused->reason;
    return std::get<Step>(is);
}

void run(const dialogue& of)
{
    auto exchange = exchange_of(of);
    const auto asked = expect<sasl::want_scram_keys>(exchange.begin(of.first));
    EXPECT_EQ(asked.user, "user");
    EXPECT_EQ(asked.hash, of.with == sasl::hash::sha_1 ? "SHA-1" : "SHA-256");
    EXPECT_EQ(expect<sasl::challenge>(exchange.keys(keys_of(of))).octets, of.server_first);
    EXPECT_EQ(expect<sasl::challenge>(exchange.respond(of.last)).octets, of.server_last);
    EXPECT_EQ(expect<sasl::authenticated>(exchange.respond("")).user, "user");
}

TEST(scram, speaks_the_dialogue_of_rfc_5802)
{
    run(rfc_5802);
}
TEST(scram, speaks_the_dialogue_of_rfc_7677)
{
    run(rfc_7677);
}

TEST(scram, without_an_initial_response_asks_with_an_empty_challenge)
{
    auto exchange = exchange_of(rfc_7677);
    EXPECT_EQ(expect<sasl::challenge>(exchange.begin(std::nullopt)).octets, "");
    EXPECT_TRUE(std::holds_alternative<sasl::want_scram_keys>(exchange.respond(rfc_7677.first)));
}

TEST(scram, refuses_the_keys_of_another_password)
{
    auto exchange = exchange_of(rfc_7677);
    exchange.begin(rfc_7677.first);
    exchange.keys(keys_of(rfc_7677, "pencils"));
    const auto refused = expect<sasl::rejected>(exchange.respond(rfc_7677.last));
    EXPECT_EQ(refused.user, "user");
    EXPECT_FALSE(refused.malformed);
}

TEST(scram, refuses_another_nonce_and_a_truncated_proof)
{
    for (const std::string last :
         {"c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
          "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzb", "nonsense"}) {
        auto exchange = exchange_of(rfc_7677);
        exchange.begin(rfc_7677.first);
        exchange.keys(keys_of(rfc_7677));
        EXPECT_TRUE(expect<sasl::rejected>(exchange.respond(last)).malformed) << last;
        EXPECT_TRUE(std::holds_alternative<sasl::rejected>(exchange.respond(rfc_7677.last)))
            << "no second try";
    }
}

TEST(scram, refuses_octets_behind_its_last_message)
{
    auto exchange = exchange_of(rfc_7677);
    exchange.begin(rfc_7677.first);
    exchange.keys(keys_of(rfc_7677));
    exchange.respond(rfc_7677.last);
    EXPECT_TRUE(std::holds_alternative<sasl::rejected>(exchange.respond("x")));
    EXPECT_TRUE(std::holds_alternative<sasl::rejected>(exchange.respond("")));
}

/// The client's side of a dialogue with password "pencil", to make what no RFC shows.
std::string client_final(std::string_view gs2, std::string_view bare, const std::string& server_first,
                         std::string_view binding, const sasl::scram_keys& keys)
{
    const std::string nonce = server_first.substr(0, server_first.find(','));
    const std::string without = "c=" + base::to_base64(std::string(gs2) + std::string(binding)) + "," + nonce;
    const std::string salted = sasl::pbkdf2(sasl::hash::sha_256, "pencil", keys.salt, keys.iterations);
    const std::string client_key = sasl::hmac(sasl::hash::sha_256, salted, "Client Key");
    std::string proof = sasl::hmac(sasl::hash::sha_256, sasl::digest(sasl::hash::sha_256, client_key),
                                   std::string(bare) + "," + server_first + "," + without);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    return without + ",p=" + base::to_base64(proof);
}

sasl::step run_bound(bool plus, bool plus_offered, const std::string& gs2, std::string_view bound_to)
{
    sasl::channel channel;
    channel.tls = true;
    channel.tls_exporter = std::string(32, 'e');
    channel.tls_server_end_point = std::string(32, 's');
    const auto keys = keys_of(rfc_7677);
    sasl::scram exchange({sasl::hash::sha_256, plus, plus_offered}, channel, "server");
    const std::string bare = "n=user,r=client";
    if (auto first = exchange.begin(gs2 + bare); std::holds_alternative<sasl::rejected>(first)) return first;
    const auto server_first = std::get<sasl::challenge>(exchange.keys(keys)).octets;
    auto last = exchange.respond(client_final(gs2, bare, server_first, bound_to, keys));
    return std::holds_alternative<sasl::challenge>(last) ? exchange.respond("") : last;
}

TEST(scram_plus, binds_to_the_exporter_and_to_the_certificate)
{
    expect<sasl::authenticated>(run_bound(true, true, "p=tls-exporter,,", std::string(32, 'e')));
    expect<sasl::authenticated>(run_bound(true, true, "p=tls-server-end-point,,", std::string(32, 's')));
}

TEST(scram_plus, refuses_the_binding_of_another_connection)
{
    expect<sasl::rejected>(run_bound(true, true, "p=tls-exporter,,", std::string(32, 'x')));
    expect<sasl::rejected>(run_bound(true, true, "p=tls-exporter,,", std::string(32, 's')));
    expect<sasl::rejected>(run_bound(true, true, "p=tls-exporter,,", ""));
}

TEST(scram_plus, refuses_types_that_it_lacks_and_to_go_without)
{
    EXPECT_FALSE(
        expect<sasl::rejected>(run_bound(true, true, "p=tls-unique,,", std::string(32, 'e'))).malformed);
    expect<sasl::rejected>(run_bound(true, true, "n,,", ""));
    expect<sasl::rejected>(run_bound(true, true, "y,,", ""));
    expect<sasl::rejected>(run_bound(false, true, "p=tls-exporter,,", std::string(32, 'e')));
}

TEST(scram, refuses_a_client_that_was_told_of_no_plus_where_it_was_offered)
{
    expect<sasl::rejected>(run_bound(false, true, "y,,", ""));
    expect<sasl::authenticated>(run_bound(false, false, "y,,", ""));
    expect<sasl::authenticated>(run_bound(false, true, "n,,", ""));
}

TEST(scram, lets_nobody_act_for_another)
{
    expect<sasl::authenticated>(run_bound(false, false, "n,a=User,", ""));
    EXPECT_EQ(expect<sasl::rejected>(run_bound(false, false, "n,a=other,", "")).user, "user");
}

TEST(scram, prepares_the_name)
{
    auto exchange = exchange_of(rfc_7677);
    EXPECT_EQ(expect<sasl::want_scram_keys>(exchange.begin("n,,n=u\xC2\xADser,r=abc")).user, "user");
    auto other = exchange_of(rfc_7677);
    EXPECT_TRUE(expect<sasl::rejected>(other.begin("n,,n=u\x07ser,r=abc")).malformed);
}

TEST(scram, answers_out_of_order_end_it)
{
    auto exchange = exchange_of(rfc_7677);
    EXPECT_TRUE(expect<sasl::rejected>(exchange.keys(keys_of(rfc_7677))).malformed);
    EXPECT_TRUE(expect<sasl::rejected>(exchange.verified(true)).malformed);
    EXPECT_TRUE(expect<sasl::rejected>(exchange.shared_secret("x")).malformed);
    EXPECT_TRUE(expect<sasl::rejected>(exchange.respond(rfc_7677.first)).malformed);
}

} // namespace
