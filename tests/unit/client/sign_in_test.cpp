// Signing in: which ways are tried, what a refusal means, and that nothing secret leaves where it must not.
#include "base/encoding.hpp"
#include "pop3/client_session.hpp"
#include "unit/client/talk.hpp"

#include <gmock/gmock.h>

namespace client_tests {
namespace {

using base::failure;
using testing::HasSubstr;
using testing::Not;
using std::string_literals::operator""s;

std::string capa(std::string_view lines)
{
    std::string out = "C: CAPA\nS: +OK\n";
    while (!lines.empty()) {
        const std::string_view one = lines.substr(0, lines.find('|'));
        lines.remove_prefix(std::min(lines.size(), one.size() + 1));
        out.append("S: ").append(one).append("\n");
    }
    return out + "S: .\n";
}

const std::string greeted = "TLS\nS: +OK ready\n";

std::string plain_response(std::string_view secret)
{
    return base::to_base64("\0ann\0"s + std::string(secret));
}

/// Nothing that could serve an attacker went out.
void expect_no_credentials(const scripted_host& host)
{
    const std::string said = host.all_said();
    for (const std::string_view word : {"USER", "PASS", "AUTH", "APOP", "open-sesame", "ann"})
        EXPECT_THAT(said, Not(HasSubstr(word)));
    EXPECT_THAT(said, Not(HasSubstr(plain_response(password))));
}

TEST(sign_in, prefers_plain_over_user_where_the_server_tells_of_it)
{
    talk t({greeted + capa("SASL PLAIN LOGIN|USER") + "C: AUTH PLAIN " + plain_response(password) +
            "\nS: +OK\n" + capa("UIDL|TOP|PIPELINING|IMPLEMENTATION post 1|LOGIN-DELAY 60|EXPIRE 30")});
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    const client::server_abilities& can = (*opened)->abilities();
    EXPECT_TRUE(can.tls && can.pipelining && can.top && can.unique_ids);
    EXPECT_EQ(can.mechanism, "PLAIN");
    EXPECT_EQ(can.implementation, "post 1");
    EXPECT_EQ(can.login_delay, std::chrono::seconds(60));
    EXPECT_EQ(can.expire_days, 30U);
    EXPECT_THAT(can.tls_text, HasSubstr("CN=pop.example.org"));
    EXPECT_EQ(t.server().shown()->pin, "sha256/x");
    EXPECT_EQ(t.asked, std::vector<bool>{false});
}

TEST(sign_in, puts_a_long_initial_response_behind_the_plus)
{
    talk t({greeted + capa("SASL PLAIN") + "C: AUTH PLAIN\nS: + \nC: " +
            plain_response(std::string(300, 'x')) + "\nS: +OK\n" + capa("UIDL")});
    t.settings.sign_in.secret = [](bool) { return std::string(300, 'x'); };
    EXPECT_TRUE(t.sign_in());
    EXPECT_EQ(t.host.unfinished, 0U);
}

TEST(sign_in, goes_on_to_user_where_the_mechanism_is_not_known)
{
    talk t({greeted + capa("SASL PLAIN|USER") + "C: AUTH PLAIN *\nS: -ERR Unknown command\n" +
            "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("UIDL")});
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_EQ((*opened)->abilities().mechanism, "USER");
}

TEST(sign_in, uses_login_only_where_nothing_else_is_listed)
{
    talk t({greeted + capa("SASL LOGIN") +
            "C: AUTH LOGIN*\nS: + VXNlcm5hbWU6\nC: YW5u\nS: + UGFzc3dvcmQ6\nC: " + base::to_base64(password) +
            "\nS: +OK\n" + capa("UIDL")});
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_EQ((*opened)->abilities().mechanism, "LOGIN");
}

TEST(sign_in, a_yes_without_the_proof_of_scram_is_refused_and_plain_not_tried)
{
    talk t({greeted + capa("SASL SCRAM-SHA-256 PLAIN|USER") + "C: AUTH SCRAM-SHA-256 *\nS: +OK welcome\n"});
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, failure::refused);
    EXPECT_THAT(t.host.all_said(), Not(HasSubstr("PLAIN")));
    EXPECT_THAT(t.host.all_said(), Not(HasSubstr("open-sesame")));
}

TEST(sign_in, a_challenge_that_is_no_scram_is_cancelled)
{
    talk t({greeted + capa("SASL SCRAM-SHA-256 PLAIN|USER") +
            "C: AUTH SCRAM-SHA-256 *\nS: + cj14\nC: *\nS: -ERR [AUTH] cancelled\n"});
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_THAT(t.host.said.front(), HasSubstr("\r\n*\r\n"));
    EXPECT_THAT(t.host.all_said(), Not(HasSubstr("PLAIN")));
}

TEST(sign_in, plus_is_used_with_a_binding_and_nothing_after_it)
{
    talk t({greeted + capa("SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN|USER") +
            "C: AUTH SCRAM-SHA-256-PLUS *\nS: -ERR unsupported mechanism\nCUT\n"});
    t.host.facts.tls.exporter = std::string(32, 'e');
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, failure::refused);
    EXPECT_THAT(t.host.all_said(), Not(HasSubstr("AUTH SCRAM-SHA-256 ")));
    EXPECT_THAT(t.host.all_said(), Not(HasSubstr("PASS")));
}

TEST(sign_in, apop_and_cram_md5_only_on_request)
{
    const std::string stamped = "TLS\nS: +OK <17.4@pop.example.org>\n";
    talk automatic(
        {stamped + capa("SASL CRAM-MD5") + "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("")});
    EXPECT_TRUE(automatic.sign_in());

    talk asked({stamped + capa("USER") + "C: APOP ann " +
                pop3::apop_digest("<17.4@pop.example.org>", password) + "\nS: +OK\n" + capa("")});
    asked.settings.sign_in.mechanisms = {"APOP"};
    const auto opened = asked.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_EQ((*opened)->abilities().mechanism, "APOP");
}

TEST(sign_in, apop_is_not_used_with_what_is_no_message_id) // T06
{
    for (const char* const stamp : {"<17.4>", "<a@b\\0c>", "17@pop", "<x@\xC3\xA9>"}) {
        talk t({"TLS\ns: +OK "s + stamp + "\\r\\n\n" + capa("USER")});
        t.settings.sign_in.mechanisms = {"APOP"};
        const auto opened = t.sign_in();
        ASSERT_FALSE(opened) << stamp;
        EXPECT_EQ(opened.error().kind, failure::refused);
        expect_no_credentials(t.host);
    }
}

// --- tokens -----------------------------------------------------------------------------------------------

std::string xoauth2(std::string_view token)
{
    return base::to_base64("user=ann\1auth=Bearer "s + std::string(token) + "\1\1");
}

TEST(sign_in, a_token_is_tried_where_capa_lists_no_mechanism)
{
    talk t({greeted + capa("USER") + "C: AUTH XOAUTH2 " + xoauth2("tok") + "\nS: +OK\n" + capa("UIDL")});
    t.settings.sign_in.token = [](bool) { return "tok"s; };
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_EQ((*opened)->abilities().mechanism, "XOAUTH2");
    EXPECT_TRUE(t.asked.empty()) << "the password is not asked for";
}

TEST(sign_in, no_token_goes_to_a_server_that_lists_mechanisms_without_one)
{
    talk t({greeted + capa("SASL PLAIN|USER")});
    t.settings.sign_in.token = [](bool) { return "tok"s; };
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, base::failure::refused);
    EXPECT_THAT(opened.error().operator_text,
                testing::HasSubstr("takes no access token (OAuth 2.0): it lists PLAIN"));
}

TEST(sign_in, microsoft_gets_a_token_in_two_lines)
{
    talk t({greeted + capa("SASL PLAIN XOAUTH2") + "C: AUTH XOAUTH2\nS: + \nC: " + xoauth2("tok") +
            "\nS: +OK\n" + capa("UIDL")});
    t.settings.dial.host = "outlook.office365.com";
    t.settings.sign_in.token = [](bool) { return "tok"s; };
    EXPECT_TRUE(t.sign_in());
    EXPECT_EQ(t.host.unfinished, 0U);
}

TEST(sign_in, two_lines_follow_one_that_was_not_understood_on_the_same_line_or_a_new_one)
{
    const std::string one_line =
        greeted + capa("SASL XOAUTH2") + "C: AUTH XOAUTH2 *\nS: -ERR Protocol error. 10\n";
    const std::string two_lines =
        "C: AUTH XOAUTH2\nS: + \nC: " + xoauth2("tok") + "\nS: +OK\n" + capa("UIDL");
    talk same({one_line + two_lines});
    same.settings.sign_in.token = [](bool) { return "tok"s; };
    EXPECT_TRUE(same.sign_in());

    talk anew({one_line + "CUT\n", greeted + capa("SASL XOAUTH2") + two_lines});
    anew.settings.sign_in.token = [](bool) { return "tok"s; };
    EXPECT_TRUE(anew.sign_in());
    EXPECT_EQ(anew.host.said.size(), 2U);
}

TEST(sign_in, a_refused_token_is_made_anew_once)
{
    const std::string refused = greeted + capa("SASL XOAUTH2|AUTH-RESP-CODE") + "C: AUTH XOAUTH2 " +
                                xoauth2("old") + "\nS: -ERR [AUTH] expired\n";
    talk t({refused,
            greeted + capa("SASL XOAUTH2") + "C: AUTH XOAUTH2 " + xoauth2("new") + "\nS: +OK\n" + capa("")});
    t.settings.sign_in.token = [](bool again) { return again ? "new"s : "old"s; };
    EXPECT_TRUE(t.sign_in());
}

// --- refusals ---------------------------------------------------------------------------------------------

struct refusal {
    const char* capa;
    const char* reply;
    failure kind;
    bool temporary;
};

class refusals : public testing::TestWithParam<refusal> {};

TEST_P(refusals, have_their_meaning)
{
    const refusal& p = GetParam();
    talk t({greeted + capa(p.capa) + "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: " + p.reply + "\n"});
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, p.kind) << opened.error().operator_text;
    EXPECT_EQ(opened.error().temporary, p.temporary);
    EXPECT_THAT(opened.error().operator_text, HasSubstr("pop.example.org"));
}

INSTANTIATE_TEST_SUITE_P(
    all, refusals,
    testing::Values(refusal{"USER", "-ERR [AUTH] no", failure::credentials, false},
                    refusal{"USER", "-ERR invalid password", failure::credentials, false},
                    refusal{"USER|AUTH-RESP-CODE", "-ERR something", failure::refused, true},
                    refusal{"USER", "-ERR [IN-USE] no", failure::in_use, true},
                    refusal{"USER", "-ERR maildrop already locked", failure::in_use, true},
                    refusal{"USER", "-ERR Lock failed", failure::in_use, true},
                    refusal{"USER", "-ERR you are blocked", failure::credentials, false},
                    refusal{"USER", "-ERR wait a few minutes", failure::in_use, true},
                    refusal{"USER", "-ERR [LOGIN-DELAY] slowly", failure::login_delay, true},
                    refusal{"USER", "-ERR [SYS/TEMP] database", failure::overloaded, true},
                    refusal{"USER", "-ERR please try again later", failure::overloaded, true},
                    refusal{"USER", "-ERR [SYS/PERM] POP is off", failure::refused, false},
                    refusal{"USER", "-ERR [WEBALERT] wrong", failure::credentials, false}));

TEST(sign_in, asks_again_after_wrong_credentials_on_a_new_line)
{
    const std::string begin = greeted + capa("USER") + "C: USER ann\nS: +OK\n";
    talk t({begin + "C: PASS open-sesame\nS: -ERR [AUTH] no\nCUT\n",
            begin + "C: PASS right\nS: +OK\n" + capa("")});
    t.second_secret = "right";
    EXPECT_TRUE(t.sign_in());
    EXPECT_EQ(t.asked, (std::vector<bool>{false, true}));
}

TEST(sign_in, the_same_password_is_not_sent_twice)
{
    talk t({greeted + capa("USER") + "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: -ERR [AUTH] no\n"});
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, failure::credentials);
    EXPECT_EQ(t.host.said.size(), 1U);
}

TEST(sign_in, a_greeting_may_refuse)
{
    talk t({"TLS\nS: -ERR too many connections\n"});
    EXPECT_EQ(t.sign_in().error().kind, failure::overloaded);
    talk coded({"TLS\nS: -ERR [SYS/PERM] go away\n"});
    EXPECT_EQ(coded.sign_in().error().kind, failure::refused);
}

TEST(sign_in, no_text_and_no_log_line_echoes_a_secret)
{
    const std::string echo = base::to_base64("\0ann\0open-sesame"s);
    for (const std::string& reply :
         {"-ERR no user with open-sesame"s, "-ERR bad " + echo, "garbage open-sesame"s}) {
        talk t({greeted + capa("SASL PLAIN") + "C: AUTH PLAIN *\nS: " + reply + "\nCUT\n"});
        const auto opened = t.sign_in();
        ASSERT_FALSE(opened);
        EXPECT_THAT(opened.error().operator_text, Not(HasSubstr("open-sesame")));
        EXPECT_THAT(opened.error().operator_text, Not(HasSubstr(echo)));
        EXPECT_EQ(t.log.count("open-sesame"), 0U);
        EXPECT_EQ(t.log.count(echo), 0U);
    }
}

TEST(sign_in, no_greeting_echoes_what_an_attempt_before_told)
{
    talk t({greeted + capa("USER") + "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: -ERR [AUTH] no\n",
            "TLS\nS: -ERR not open-sesame again\n"});
    t.second_secret = "open-sesame-2";
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().operator_text, Not(HasSubstr("open-sesame")));
}

TEST(sign_in, texts_are_clipped_and_printable)
{
    talk t(
        {greeted + capa("USER") + "C: USER ann\ns: -ERR \\\x1B[31m" + std::string(4000, 'x') + "\\r\\n\n"});
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    EXPECT_LT(opened.error().operator_text.size(), 500U);
    EXPECT_THAT(opened.error().operator_text, Not(HasSubstr("\x1B")));
}

// --- what must never leave ----------------------------------------------------------------------------------

TEST(sign_in, line_ends_and_nul_are_refused_before_a_line_is_opened) // T29
{
    for (const std::string& bad : {"a\r\nDELE 1"s, "a\n"s, "a\r"s, "a\0b"s}) {
        talk user({greeted});
        user.settings.sign_in.user = bad;
        EXPECT_EQ(user.sign_in().error().kind, failure::refused);
        talk authorization({greeted});
        authorization.settings.sign_in.authorization = bad;
        EXPECT_EQ(authorization.sign_in().error().kind, failure::refused);
        talk secret({greeted});
        secret.settings.sign_in.secret = [&](bool) { return bad; };
        EXPECT_EQ(secret.sign_in().error().kind, failure::refused);
        talk token({greeted});
        token.settings.sign_in.token = [&](bool) { return bad; };
        EXPECT_EQ(token.sign_in().error().kind, failure::refused);
        for (const talk* t : {&user, &authorization, &secret, &token}) EXPECT_TRUE(t->host.said.empty());
    }
}

TEST(sign_in, stls_is_asked_for_and_capa_asked_anew)
{
    talk t({"S: +OK ready\n" + capa("STLS|SASL PLAIN|USER|UTF8") + "C: STLS\nS: +OK\nTLS\n" + capa("USER") +
            "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("UIDL")});
    t.settings.tls = client::tls_mode::starttls;
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_TRUE((*opened)->abilities().tls);
}

TEST(sign_in, what_was_told_before_tls_is_forgotten)
{
    talk t(
        {"S: +OK ready\n" + capa("STLS|SASL PLAIN|PIPELINING") + "C: STLS\nS: +OK\nTLS\n" +
         "C: CAPA\nS: -ERR what\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\nC: CAPA\nS: -ERR what\n"});
    t.settings.tls = client::tls_mode::starttls;
    const auto opened = t.sign_in();
    ASSERT_TRUE(opened) << opened.error().operator_text;
    EXPECT_FALSE((*opened)->abilities().pipelining);
}

class evil_negotiations : public testing::TestWithParam<const char*> {};

TEST_P(evil_negotiations, get_no_credential_octet) // T02, T03
{
    talk t({std::string(GetParam()), std::string(GetParam())});
    t.host.strict = false;
    t.settings.tls = client::tls_mode::starttls;
    const auto opened = t.sign_in();
    ASSERT_FALSE(opened);
    expect_no_credentials(t.host);
    EXPECT_LE(t.host.said.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    all, evil_negotiations,
    testing::Values(
        // STLS is not offered, hidden, or refused
        "S: +OK\nC: CAPA\nS: +OK\nS: USER\nS: SASL PLAIN\nS: .\n", "S: +OK\nC: CAPA\nS: +OK\nS: .\n",
        "S: +OK\nC: CAPA\nS: -ERR\nC: STLS\nS: -ERR\n",
        "S: +OK\nC: CAPA\nS: -ERR\nC: STLS\nS: -ERR [SYS/PERM] no\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\nS: -ERR not now\nC: USER *\nS: +OK\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\nCUT\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\nSILENCE\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\nS: garbage\n",
        // a stamp that lures APOP
        "S: +OK <1@pop.example.org>\nC: CAPA\nS: +OK\nS: USER\nS: .\n",
        // octets behind the +OK of STLS: one, a part of a line, answers to what comes
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\ns: +OK\\r\\n+\nTLS\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\ns: +OK\\r\\n+OK lo\nTLS\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nC: STLS\ns: +OK\\r\\n+OK\\r\\nSASL PLAIN\\r\\n.\\r\\n+OK\\r\\n\nTLS\n",
        "S: +OK\nC: CAPA\ns: +OK\\r\\nSTLS\\r\\n.\\r\\n+OK begin\\r\\n\nC: STLS\nTLS\n",
        "s: +OK\\r\\n+OK\\r\\n.\\r\\n\nC: CAPA\nTLS\n",
        // the greeting says no, is preauthenticated, multi-line, endless, missing
        "S: -ERR\n", "S: -ERR [SYS/PERM] no\n", "S: -ERR [AUTH] who are you\n",
        "S: +OK PREAUTH\nS: +OK\nS: +OK\n", "S: * PREAUTH hello\n", "SILENCE\n", "CUT\n",
        "s: \\0\\0\\0\\r\\n\n",
        // CAPA never ends, or breaks off
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nCUT\n", "S: +OK\nC: CAPA\nS: -ERR\nS: -ERR\nCUT\n",
        "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: .\nS: +OK\nC: STLS\nTLS\n"));

TEST(sign_in, a_no_to_stls_is_a_no_though_tls_would_follow)
{
    talk t({"S: +OK\n" + capa("STLS") + "C: STLS\nS: -ERR no\nTLS\n" + capa("USER") +
            "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("")});
    t.settings.tls = client::tls_mode::starttls;
    EXPECT_EQ(t.sign_in().error().kind, failure::refused);
    expect_no_credentials(t.host);
}

TEST(sign_in, an_untrusted_certificate_gets_no_credential_octet)
{
    talk t({greeted});
    t.host.trusted = false;
    EXPECT_EQ(t.sign_in().error().kind, failure::refused);
    expect_no_credentials(t.host);
    EXPECT_EQ(t.host.said.front(), "");
}

TEST(sign_in, no_password_goes_over_plain_text_unless_allowed)
{
    const std::string script = "S: +OK\n" + capa("SASL PLAIN LOGIN|USER");
    talk refused({script});
    refused.settings.tls = client::tls_mode::none;
    EXPECT_EQ(refused.sign_in().error().kind, failure::refused);
    expect_no_credentials(refused.host);
    talk token({script});
    token.settings.tls = client::tls_mode::none;
    token.settings.sign_in.token = [](bool) { return "tok"s; };
    EXPECT_EQ(token.sign_in().error().kind, failure::refused);
    expect_no_credentials(token.host);
    for (const char* const by_hand : {"PLAIN", "LOGIN", "USER", "XOAUTH2", "OAUTHBEARER"}) {
        talk t({script});
        t.settings.tls = client::tls_mode::none;
        t.settings.sign_in.mechanisms = {by_hand};
        EXPECT_EQ(t.sign_in().error().kind, failure::refused);
        expect_no_credentials(t.host);
    }

    talk allowed(
        {"S: +OK\n" + capa("USER") + "C: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("")});
    allowed.settings.tls = client::tls_mode::none;
    allowed.settings.sign_in.plaintext_allowed = true;
    EXPECT_TRUE(allowed.sign_in());
}

TEST(sign_in, a_capa_of_many_lines_is_left)
{
    std::string endless = greeted + "C: CAPA\nS: +OK\n";
    for (int i = 0; i < 2000; ++i) endless += "S: X-LINE\n";
    talk t({endless});
    EXPECT_FALSE(t.sign_in());
    expect_no_credentials(t.host);
}

TEST(sign_in, an_exchange_without_end_is_left)
{
    std::string endless = greeted + capa("SASL LOGIN") + "C: AUTH LOGIN*\n";
    for (int i = 0; i < 50; ++i) endless += "S: + VXNlcm5hbWU6\nC: *\n";
    talk t({endless});
    t.host.strict = false;
    EXPECT_FALSE(t.sign_in());
}

TEST(sign_in, utf8_is_asked_for_where_offered_and_its_refusal_forgiven)
{
    for (const char* const reply : {"+OK", "-ERR no"}) {
        talk t({greeted + capa("USER|UTF8") + "C: UTF8\nS: " + reply +
                "\nC: USER ann\nS: +OK\nC: PASS open-sesame\nS: +OK\n" + capa("UIDL|UTF8")});
        EXPECT_TRUE(t.sign_in());
    }
}

TEST(sign_in, accounts_never_share_a_line) // T04
{
    talk t({plain_sign_in, plain_sign_in});
    const auto first = t.sign_in(), second = t.sign_in();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(t.host.said.size(), 2U);
}

} // namespace
} // namespace client_tests
