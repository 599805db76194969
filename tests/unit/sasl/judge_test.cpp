// Our server against the client of GNU SASL, which shares no code with it.
#include "base/encoding.hpp"
#include "sasl/mechanism.hpp"
#include "sasl/scram.hpp"
#include "sasl/server.hpp"
#include "support/seeded_random.hpp"

#include <gsasl.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

struct client {
    client(const std::string& mechanism, const std::string& password, const std::string& exporter)
    {
        if (gsasl_init(&library) != GSASL_OK) throw std::runtime_error("gsasl_init");
        // No PLUS property may be set for other mechanisms: the client would then say "y".
        if (gsasl_client_start(library, mechanism.c_str(), &session) != GSASL_OK)
            throw std::runtime_error("GNU SASL has no " + mechanism);
        gsasl_property_set(session, GSASL_AUTHID, "ann@example.org");
        gsasl_property_set(session, GSASL_PASSWORD, password.c_str());
        if (!exporter.empty())
            gsasl_property_set(session, GSASL_CB_TLS_EXPORTER, base::to_base64(exporter).c_str());
    }
    ~client()
    {
        gsasl_finish(session);
        gsasl_done(library);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// The answer to `input`; fails the test where the client takes offence.
    std::string step(const std::string& input, int& verdict) const
    {
        char* output = nullptr;
        std::size_t octets = 0;
        verdict = gsasl_step(session, input.data(), input.size(), &output, &octets);
        const std::unique_ptr<char, void (*)(void*)> owner(output, gsasl_free);
        EXPECT_TRUE(verdict == GSASL_OK || verdict == GSASL_NEEDS_MORE) << gsasl_strerror(verdict);
        return output == nullptr ? std::string() : std::string(output, octets);
    }

    Gsasl* library = nullptr;
    Gsasl_session* session = nullptr;
};

constexpr std::string_view right_password = "correct \xC2\xAA horse"; // SASLprep makes it "correct a horse"
constexpr std::string_view prepared_password = "correct a horse";

/// What a driver with one user does.
sasl::step answer(sasl::server_exchange& exchange, const sasl::step& asked)
{
    if (const auto* const check = std::get_if<sasl::verify_password>(&asked))
        return exchange.verified(check->user == "ann@example.org" &&
                                 (check->secret == right_password || check->secret == prepared_password));
    if (std::holds_alternative<sasl::want_shared_secret>(asked))
        return exchange.shared_secret(prepared_password);
    if (const auto* const want = std::get_if<sasl::want_scram_keys>(&asked))
        return exchange.keys(
            sasl::derive_scram_keys(want->hash == "SHA-1" ? sasl::hash::sha_1 : sasl::hash::sha_256,
                                    prepared_password, "sixteen octets!!", 4096));
    return asked;
}

/// The last step of a whole dialogue.
sasl::step converse(const std::string& mechanism, std::string_view password,
                    const std::string& exporter_of_client)
{
    support::seeded_random random;
    sasl::channel channel;
    channel.tls = true;
    channel.tls_exporter = std::string(32, 'e');
    const client judge(mechanism, std::string(password), exporter_of_client);
    const auto exchange =
        sasl::begin(mechanism, channel, exporter_of_client.empty(), random, "mail.example.org");
    int verdict = GSASL_NEEDS_MORE;
    const bool client_first = !sasl::find_mechanism(mechanism)->server_first && mechanism != "LOGIN";
    sasl::step step = client_first ? exchange->begin(judge.step("", verdict)) : exchange->begin(std::nullopt);
    for (int turns = 0; turns < 10; ++turns) {
        step = answer(*exchange, step);
        const auto* const challenge = std::get_if<sasl::challenge>(&step);
        if (challenge == nullptr) break;
        step = exchange->respond(judge.step(challenge->octets, verdict));
    }
    if (std::holds_alternative<sasl::authenticated>(step) && verdict != GSASL_OK)
        ADD_FAILURE() << "the client is not done";
    return step;
}

class judge : public testing::TestWithParam<std::string> {
protected:
    std::string exporter() const
    {
        return GetParam().ends_with("-PLUS") ? std::string(32, 'e') : std::string();
    }
};

TEST_P(judge, is_let_in_with_the_right_password)
{
    const auto step = converse(GetParam(), right_password, exporter());
    if (const auto* const refused = std::get_if<sasl::rejected>(&step)) FAIL() << refused->reason;
    EXPECT_EQ(std::get<sasl::authenticated>(step).user, "ann@example.org");
}

TEST_P(judge, is_refused_with_a_wrong_password)
{
    const auto step = converse(GetParam(), "wrong horse", exporter());
    EXPECT_FALSE(std::get<sasl::rejected>(step).malformed);
}

/// All that our server speaks, but EXTERNAL: what proves it is TLS, and no client's word.
std::vector<std::string> judged_mechanisms()
{
    std::vector<std::string> out;
    for (const auto& row : sasl::all_mechanisms())
        if (row.at_server && !row.needs_certificate()) out.emplace_back(row.name);
    return out;
}

INSTANTIATE_TEST_SUITE_P(sasl, judge, testing::ValuesIn(judged_mechanisms()), [](const auto& of) {
    std::string name = of.param;
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

TEST(evaluate_plus, bound_to_another_connection_is_refused)
{
    const auto step = converse("SCRAM-SHA-256-PLUS", right_password, std::string(32, 'x'));
    EXPECT_TRUE(std::holds_alternative<sasl::rejected>(step));
}

} // namespace
