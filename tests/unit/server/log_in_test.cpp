// Every way to log in, and what a failure tells.
#include "base/encoding.hpp"
#include "sasl/digest.hpp"
#include "unit/server/office_under_test.hpp"
#include "unit/server/wire_client.hpp"

#include <gsasl.h>
#include <gtest/gtest.h>

namespace server::testing {
namespace {

using namespace std::string_literals;

bool good(const std::string& line)
{
    return line.starts_with("+OK");
}

/// GNU SASL as the client's end of an exchange over AUTH; true when the server says +OK.
bool log_in_with(wire_client& client, const std::string& mechanism, const std::string& password)
{
    Gsasl* library = nullptr;
    Gsasl_session* session = nullptr;
    if (gsasl_init(&library) != GSASL_OK ||
        gsasl_client_start(library, mechanism.c_str(), &session) != GSASL_OK)
        throw std::runtime_error("GNU SASL lacks " + mechanism);
    gsasl_property_set(session, GSASL_AUTHID, "ann");
    gsasl_property_set(session, GSASL_PASSWORD, password.c_str());
    std::string line = client.command("AUTH " + mechanism);
    while (line.starts_with("+ ")) {
        char* out = nullptr;
        gsasl_step64(session, line.substr(2).c_str(), &out);
        line = client.command(out ? out : "*");
        gsasl_free(out);
    }
    gsasl_finish(session);
    gsasl_done(library);
    return good(line);
}

TEST(log_in, takes_user_and_pass)
{
    office_under_test one;
    wire_client client(one.port(door::pop3));
    log_in(client, "ann");
    EXPECT_EQ(client.command("STAT"), "+OK 0 0");
    EXPECT_TRUE(good(client.command("QUIT")));
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(one.log.count("user=ann address=127.0.0.1 mechanism=USER tls=none"), 1U);
}

TEST(log_in, refuses_a_wrong_password_and_an_unknown_user_alike_and_logs_no_secret)
{
    office_under_test one;
    wire_client client(one.port(door::pop3));
    client.line();
    client.command("USER ann");
    const auto wrong = client.command("PASS a wrong secret");
    EXPECT_TRUE(wrong.starts_with("-ERR [AUTH] ")) << wrong;
    client.command("USER nobody");
    EXPECT_EQ(client.command("PASS a wrong secret"), wrong);
    EXPECT_EQ(one.log.count("log-in-failed"), 2U);
    EXPECT_EQ(one.log.count("wrong secret"), 0U);
}

class mechanism : public ::testing::TestWithParam<const char*> {};

TEST_P(mechanism, proves_ann_over_tls_and_nobody_with_a_wrong_password)
{
    office_under_test one;
    wire_client client(one.port(door::pop3s), true);
    client.line();
    EXPECT_FALSE(log_in_with(client, GetParam(), "wrong"));
    EXPECT_TRUE(log_in_with(client, GetParam(), "ann's secret"));
    EXPECT_EQ(client.command("STAT"), "+OK 0 0");
    EXPECT_EQ(one.log.count("mechanism="s + GetParam() + " tls=TLSv1.3 cipher=TLS_"), 1U);
}

INSTANTIATE_TEST_SUITE_P(all, mechanism, ::testing::Values("PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256"));

TEST(log_in, fails_with_the_same_words_by_scram_and_by_password)
{
    office_under_test one;
    wire_client client(one.port(door::pop3s), true);
    client.line();
    client.command("USER ann");
    const auto by_password = client.command("PASS wrong");
    const auto first =
        client.command("AUTH SCRAM-SHA-256 " + base::to_base64("n,,n=ann,r=0123456789abcdefghij"));
    ASSERT_TRUE(first.starts_with("+ ")) << first;
    const auto challenge = base::from_base64(first.substr(2)).value();
    const auto nonce = challenge.substr(0, challenge.find(','));
    const auto proof = base::to_base64(std::string(32, 'x'));
    EXPECT_EQ(client.command(base::to_base64("c=biws," + nonce + ",p=" + proof)), by_password);
}

TEST(log_in, offers_no_external_without_a_certificate_and_no_password_mechanism_in_plain_text)
{
    office_under_test one([](settings& site) { site.listeners[0].plaintext_allowed = false; });
    wire_client plain(one.port(door::pop3));
    plain.line();
    plain.command("CAPA");
    const auto before = plain.multi_line();
    EXPECT_EQ(before.find("PLAIN"), std::string::npos) << before;
    EXPECT_NE(before.find("STLS"), std::string::npos);
    wire_client secure(one.port(door::pop3s), true);
    secure.line();
    secure.command("CAPA");
    const auto inside = secure.multi_line();
    EXPECT_NE(inside.find("SCRAM-SHA-256"), std::string::npos) << inside;
    EXPECT_EQ(inside.find("-PLUS"), std::string::npos) << "only by key: " << inside;
    EXPECT_EQ(inside.find("EXTERNAL"), std::string::npos) << inside;
    EXPECT_EQ(inside.find("CRAM-MD5"), std::string::npos) << inside;
}

TEST(log_in, takes_apop_only_where_it_is_turned_on_with_a_timestamp_of_its_own)
{
    office_under_test one([](settings& site) { site.pop3.apop = true; },
                          [](known_users& users) { users["ann"].shared_secret = "tanstaaf"; });
    wire_client client(one.port(door::pop3));
    const auto greeting = client.line();
    const auto timestamp = greeting.substr(greeting.find('<'));
    wire_client other(one.port(door::pop3));
    EXPECT_EQ(other.line().find(timestamp), std::string::npos);
    EXPECT_FALSE(good(client.command("APOP ann " + std::string(32, '0'))));
    const auto digest = base::to_hex(sasl::digest(sasl::hash::md5, timestamp + "tanstaaf"));
    EXPECT_TRUE(good(client.command("APOP ann " + digest)));
}

class failing_directory : public ::testing::TestWithParam<base::failure> {};

TEST_P(failing_directory, is_told_as_a_temporary_failure_by_every_mechanism_and_held_against_nobody)
{
    office_under_test one(
        [](settings& site) {
            site.pop3.apop = true;
            site.pop3.mechanisms = {"SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"};
            site.limits.exempt_networks.clear();
        },
        [](known_users& users) { users.down = GetParam(); });
    const auto refused = [&one](std::string_view first, std::string_view second) {
        wire_client client(one.port(door::pop3s), true);
        client.line();
        const auto answer = client.command(std::string(first));
        return second.empty() ? answer : client.command(std::string(second));
    };
    const auto plain = base::to_base64(std::string("\0ann\0ann's secret", 17));
    const auto cram = base::to_base64("ann 0123456789abcdef0123456789abcdef");
    for (int times = 0; times < 2; ++times) {
        EXPECT_TRUE(refused("USER ann", "PASS ann's secret").starts_with("-ERR [SYS/TEMP] "));
        EXPECT_TRUE(refused("APOP ann " + std::string(32, '0'), "").starts_with("-ERR [SYS/TEMP] "));
        EXPECT_TRUE(refused("AUTH PLAIN " + plain, "").starts_with("-ERR [SYS/TEMP] "));
        EXPECT_TRUE(refused("AUTH CRAM-MD5", cram).starts_with("-ERR [SYS/TEMP] "));
        EXPECT_TRUE(refused("AUTH SCRAM-SHA-256 " + base::to_base64("n,,n=ann,r=0123456789abcdefghij"), "")
                        .starts_with("-ERR [SYS/TEMP] "));
    }
    EXPECT_EQ(one.log.count("kind=storage"), 10U);
}

INSTANTIATE_TEST_SUITE_P(kinds, failing_directory,
                         ::testing::Values(base::failure::storage, base::failure::network,
                                           base::failure::timed_out, base::failure::refused,
                                           base::failure::malformed, base::failure::credentials));

TEST(log_in, remembers_a_success_so_that_the_next_needs_no_hash)
{
    office_under_test one;
    for (int times = 0; times < 2; ++times) {
        wire_client client(one.port(door::pop3));
        log_in(client, "ann");
        client.command("QUIT");
    }
    EXPECT_EQ(one.authenticator.figures().cache_hits, 1U);
}

TEST(log_in, enforces_the_login_delay_once_the_password_is_verified)
{
    office_under_test one([](settings& site) { site.pop3.login_delay = seconds(600); });
    wire_client first(one.port(door::pop3));
    log_in(first, "ann");
    first.command("QUIT");
    wire_client second(one.port(door::pop3));
    second.line();
    second.command("USER ann");
    EXPECT_TRUE(second.command("PASS wrong").starts_with("-ERR [AUTH]"));
    second.command("USER ann");
    EXPECT_TRUE(second.command("PASS ann's secret").starts_with("-ERR [LOGIN-DELAY]"));
}

TEST(log_in, keeps_an_account_to_its_networks_and_does_not_tell)
{
    office_under_test one({},
                          [](known_users& users) { users["ann"].account.allow_networks = {"192.0.2.0/24"}; });
    wire_client client(one.port(door::pop3));
    client.line();
    client.command("USER ann");
    const auto wrong = client.command("PASS wrong");
    client.command("USER ann");
    EXPECT_EQ(client.command("PASS ann's secret"), wrong);
}

TEST(log_in, holds_back_the_answer_to_a_failure)
{
    office_under_test one([](settings& site) {
        site.limits.exempt_networks.clear();
        site.limits.failure_delay_max = milliseconds(60);
    });
    wire_client client(one.port(door::pop3));
    client.line();
    client.command("USER ann");
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(client.command("PASS wrong").starts_with("-ERR [AUTH]"));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(60));
}

} // namespace
} // namespace server::testing
