// The client's end of every mechanism, against this house's own server end: who is let in, and what is found out.
#include "sasl/client.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram.hpp"
#include "sasl/server.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ranges>

namespace {

using sasl::channel;
using sasl::credentials;

const credentials user{
    .user = "user", .secret = "pencil", .token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg"};

channel tls_1_3()
{
    return {.tls = true,
            .tls_exporter = std::string(32, 'e'),
            .tls_server_end_point = std::string(32, 's'),
            .certificate_identity = "user"};
}

channel tls_1_2()
{
    channel out = tls_1_3();
    out.tls_exporter.clear();
    return out;
}

/// Both ends of one dialogue, as two drivers would lead them.
struct both_ends {
    std::string mechanism;
    credentials with = user;
    channel ours = tls_1_3(), theirs = tls_1_3();
    bool we_saw_plus = true, plus_offered = true;
    bool initial = true; ///< the first response goes with AUTH
    std::function<std::string(std::string)> on_the_way = [](std::string octets) {
        return octets;
    }; ///< to the client

    std::string refusal{};  ///< the client's, empty: none
    base::failure kind{};   ///< of the refusal
    bool let_in = false;    ///< the server's verdict
    bool satisfied = false; ///< the client's

    sasl::step answer(sasl::server_exchange& server, const sasl::step& asked) const
    {
        if (const auto* const is = std::get_if<sasl::verify_password>(&asked))
            return server.verified(is->user == "user" && is->secret == "pencil");
        if (std::holds_alternative<sasl::verify_external>(asked)) return server.verified(true);
        if (std::holds_alternative<sasl::want_shared_secret>(asked)) return server.shared_secret("pencil");
        const auto& want = std::get<sasl::want_scram_keys>(asked);
        return server.keys(sasl::derive_scram_keys(
            want.hash == "SHA-1" ? sasl::hash::sha_1 : sasl::hash::sha_256, "pencil", "salt", 4096));
    }

    both_ends& run()
    {
        support::seeded_random random;
        const auto client = sasl::begin_client(mechanism, with, ours, we_saw_plus, random);
        const auto server = sasl::begin(mechanism, theirs, plus_offered, random, "mail.example.org");
        if (!client || !server) {
            ADD_FAILURE() << mechanism << (client ? ": no server" : ": no client");
            return *this;
        }
        const auto first = initial ? client->initial_response() : std::nullopt;
        sasl::step step = first ? server->begin(*first) : server->begin(std::nullopt);
        for (;;) {
            if (std::holds_alternative<sasl::authenticated>(step)) let_in = true;
            if (let_in || std::holds_alternative<sasl::rejected>(step)) break;
            if (const auto* const said = std::get_if<sasl::challenge>(&step)) {
                const auto response = client->respond(on_the_way(said->octets));
                if (!response) {
                    refusal = response.error().operator_text;
                    kind = response.error().kind;
                    break;
                }
                step = server->respond(*response);
            } else {
                step = answer(*server, step);
            }
        }
        satisfied = client->satisfied();
        return *this;
    }
};

std::vector<std::string> scram_names()
{
    return {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1"};
}

bool is_scram(std::string_view name)
{
    return name.starts_with("SCRAM");
}

} // namespace

TEST(sasl_client, is_let_in_by_every_mechanism_of_our_server)
{
    for (const std::string_view mechanism : sasl::mechanisms())
        for (const bool initial : {true, false})
            for (const bool exporter : {true, false}) {
                both_ends d{.mechanism = std::string(mechanism)};
                d.initial = initial;
                d.ours = d.theirs = exporter ? tls_1_3() : tls_1_2();
                d.run();
                EXPECT_TRUE(d.let_in) << mechanism << d.refusal;
                EXPECT_TRUE(d.satisfied) << mechanism;
            }
}

TEST(sasl_client, a_wrong_password_lets_nobody_in)
{
    for (const std::string_view mechanism : sasl::mechanisms()) {
        if (mechanism == "EXTERNAL") continue;
        both_ends d{.mechanism = std::string(mechanism)};
        d.with.secret = "pencils";
        d.run();
        EXPECT_FALSE(d.let_in) << mechanism;
        EXPECT_EQ(d.satisfied, !is_scram(mechanism)) << mechanism;
    }
}

TEST(sasl_client, acts_as_another_only_where_the_server_says_so)
{
    for (const std::string mechanism : {"PLAIN", "SCRAM-SHA-256", "EXTERNAL"}) {
        both_ends d{.mechanism = mechanism};
        d.with.authorization = "USER"; // himself, in other letters
        EXPECT_TRUE(d.run().let_in) << mechanism;
        both_ends other{.mechanism = mechanism};
        other.with.authorization = "boss";
        EXPECT_FALSE(other.run().let_in) << mechanism;
    }
}

TEST(sasl_client, plus_finds_out_who_is_between)
{
    for (const std::string mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"})
        for (const bool exporter : {true, false}) {
            both_ends d{.mechanism = mechanism};
            d.ours = d.theirs = exporter ? tls_1_3() : tls_1_2();
            (exporter ? d.theirs.tls_exporter : d.theirs.tls_server_end_point).back() = 'x';
            d.run();
            EXPECT_FALSE(d.let_in) << mechanism;
            EXPECT_FALSE(d.satisfied) << mechanism;
        }
}

TEST(sasl_client, tells_a_server_that_its_offer_of_plus_was_hidden)
{
    both_ends hidden{.mechanism = "SCRAM-SHA-256"};
    hidden.we_saw_plus = false;
    EXPECT_FALSE(hidden.run().let_in);
    both_ends honest{.mechanism = "SCRAM-SHA-256"};
    honest.we_saw_plus = honest.plus_offered = false;
    EXPECT_TRUE(honest.run().let_in);
    both_ends plain{.mechanism = "SCRAM-SHA-256"};
    plain.we_saw_plus = false;
    plain.ours = {};
    EXPECT_TRUE(plain.run().let_in) << "who cannot bind the channel says n";
}

TEST(sasl_client, finds_out_a_server_that_does_not_know_the_password)
{
    for (const std::string& mechanism : scram_names()) {
        both_ends d{.mechanism = mechanism};
        d.on_the_way = [](std::string octets) {
            if (octets.starts_with("v=")) octets[3] = octets[3] == 'A' ? 'B' : 'A';
            return octets;
        };
        d.run();
        EXPECT_FALSE(d.satisfied);
        EXPECT_NE(d.refusal.find("could not prove"), d.refusal.npos) << d.refusal;
        EXPECT_EQ(d.kind, base::failure::refused);
    }
}

TEST(sasl_client, refuses_a_nonce_that_is_not_its_own_made_longer)
{
    for (const bool cut : {true, false}) {
        both_ends d{.mechanism = "SCRAM-SHA-256"};
        d.on_the_way = [cut](std::string octets) {
            const std::size_t comma = octets.find(',');
            // base64 of 18 octets has 24 characters: only these are ours
            if (octets.starts_with("r=")) cut ? octets.erase(26, comma - 26) : octets.replace(2, 1, "#");
            return octets;
        };
        d.run();
        EXPECT_FALSE(d.let_in);
        EXPECT_NE(d.refusal.find("our nonce"), d.refusal.npos) << d.refusal;
    }
}

TEST(sasl_client, has_an_exchange_only_where_it_has_what_it_takes)
{
    support::seeded_random random;
    const auto begin = [&](std::string_view name, const credentials& with, const channel& over) {
        return sasl::begin_client(name, with, over, false, random) != nullptr;
    };
    for (const std::string_view name :
         sasl::all_mechanisms() | std::views::transform(&sasl::mechanism::name)) {
        EXPECT_TRUE(begin(name, user, tls_1_3())) << name;
        EXPECT_EQ(begin(name, {}, tls_1_3()), name == "EXTERNAL") << name;
        EXPECT_EQ(begin(name, user, {}), !name.ends_with("-PLUS") && name != "EXTERNAL") << name;
    }
    EXPECT_TRUE(begin("scram-sha-256-plus", user, tls_1_2()));
    for (const std::string_view name : {"", "PLAI", "DIGEST-MD5", "SCRAM-SHA-512", "PLAIN "})
        EXPECT_FALSE(begin(name, user, tls_1_3())) << name;
}

TEST(sasl_client, knows_which_mechanisms_show_a_secret)
{
    for (const std::string_view name : sasl::all_mechanisms() | std::views::transform(&sasl::mechanism::name))
        EXPECT_EQ(sasl::find_mechanism(name)->shows_secret(),
                  name == "PLAIN" || name == "LOGIN" || name == "XOAUTH2" || name == "OAUTHBEARER")
            << name;
    EXPECT_TRUE(sasl::find_mechanism("plain")->shows_secret());
}
