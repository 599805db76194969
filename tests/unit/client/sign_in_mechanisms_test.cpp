// Which ways to sign in are tried, by what the settings, the server and the line allow.
#include "client/server_errors.hpp"
#include "client/sign_in.hpp"

#include <gmock/gmock.h>

namespace client_tests {
namespace {

using client::mechanisms_to_try;
using client::sign_in_means;
using testing::ElementsAre;
using testing::IsEmpty;

pop3::capabilities listing(std::vector<std::string> mechanisms, bool user = true)
{
    pop3::capabilities out;
    out.known = true;
    out.user = user;
    out.sasl = std::move(mechanisms);
    return out;
}

sign_in_means with_password(bool tls = true, std::string exporter = {})
{
    return {.secret = true,
            .channel = {.tls = tls,
                        .tls_exporter = std::move(exporter),
                        .tls_server_end_point = {},
                        .certificate_identity = {}}};
}

TEST(mechanisms, strongest_first)
{
    const auto all = listing({"LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "EXTERNAL",
                              "XOAUTH2", "SCRAM-SHA-256-PLUS"});
    EXPECT_THAT(mechanisms_to_try({}, all, with_password()),
                ElementsAre("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "USER"));
    EXPECT_THAT(mechanisms_to_try({}, all, with_password(true, "binding")),
                ElementsAre("SCRAM-SHA-256-PLUS"));
    EXPECT_THAT(mechanisms_to_try({}, all, with_password(false)),
                ElementsAre("SCRAM-SHA-256", "SCRAM-SHA-1"));
    EXPECT_THAT(mechanisms_to_try({.user = "ann", .plaintext_allowed = true}, all, with_password(false)),
                ElementsAre("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "USER"));
}

TEST(mechanisms, without_capa_only_user)
{
    EXPECT_THAT(mechanisms_to_try({}, {}, with_password()), ElementsAre("USER"));
    EXPECT_THAT(mechanisms_to_try({}, {}, with_password(false)), IsEmpty());
}

TEST(mechanisms, login_alone)
{
    EXPECT_THAT(mechanisms_to_try({}, listing({"LOGIN"}, false), with_password()),
                ElementsAre("LOGIN", "USER"));
    EXPECT_THAT(mechanisms_to_try({}, listing({"LOGIN"}), with_password()), ElementsAre("USER"));
    EXPECT_THAT(mechanisms_to_try({.user = "ann", .plaintext_allowed = true}, listing({"LOGIN"}, false),
                                  with_password(false)),
                ElementsAre("USER"));
}

TEST(mechanisms, external_with_our_certificate_only)
{
    const auto offers = listing({"EXTERNAL", "PLAIN"});
    sign_in_means means{.certificate = true};
    EXPECT_THAT(mechanisms_to_try({}, offers, means), IsEmpty()) << "no TLS";
    means.channel.tls = true;
    EXPECT_THAT(mechanisms_to_try({}, offers, means), ElementsAre("EXTERNAL"));
    EXPECT_THAT(mechanisms_to_try({.user = "ann", .mechanisms = {"EXTERNAL"}}, offers, with_password()),
                IsEmpty());
}

TEST(mechanisms, as_ordered_and_never_what_the_server_lacks)
{
    const auto offers = listing({"PLAIN", "CRAM-MD5"});
    EXPECT_THAT(
        mechanisms_to_try({.user = "ann", .mechanisms = {"SCRAM-SHA-256", "CRAM-MD5", "APOP", "USER"}},
                          offers, with_password()),
        ElementsAre("CRAM-MD5", "APOP", "USER"));
    EXPECT_THAT(mechanisms_to_try({.user = "ann", .mechanisms = {"SCRAM-SHA-256"}}, {}, with_password()),
                ElementsAre("SCRAM-SHA-256"))
        << "where nothing is told, the person knows better";
}

TEST(mechanisms, tokens)
{
    sign_in_means means{.token = true};
    means.channel.tls = true;
    EXPECT_THAT(mechanisms_to_try({}, listing({"XOAUTH2", "OAUTHBEARER", "PLAIN"}), means),
                ElementsAre("OAUTHBEARER", "XOAUTH2"));
    EXPECT_THAT(mechanisms_to_try({}, listing({"OAUTHBEARER"}), means), ElementsAre("OAUTHBEARER"));
    EXPECT_THAT(mechanisms_to_try({}, listing({}), means), ElementsAre("XOAUTH2", "OAUTHBEARER"));
    EXPECT_THAT(mechanisms_to_try({}, listing({"PLAIN"}), means), IsEmpty()) << "it says that it takes none";
    EXPECT_THAT(mechanisms_to_try({.user = "ann", .mechanisms = {"XOAUTH2"}}, listing({"PLAIN"}), means),
                ElementsAre("XOAUTH2"));
    means.channel.tls = false;
    EXPECT_THAT(mechanisms_to_try({}, listing({"XOAUTH2"}), means), IsEmpty());
}

TEST(mechanisms, hosts_that_want_two_lines)
{
    EXPECT_TRUE(client::wants_two_lines("outlook.office365.com"));
    EXPECT_TRUE(client::wants_two_lines("pop-mail.outlook.com"));
    EXPECT_FALSE(client::wants_two_lines("pop.gmail.com"));
    EXPECT_FALSE(client::wants_two_lines("notoutlook.com"));
}

TEST(server_errors, words)
{
    for (const char* const text : {"maildrop LOCKED", "unable to lock", "already in use", "Mailbox is busy"})
        EXPECT_TRUE(client::sounds_locked(text)) << text;
    for (const char* const text : {"blocked", "unlock it at example.org", "o'clock", "wrong password"})
        EXPECT_FALSE(client::sounds_locked(text)) << text;
    EXPECT_TRUE(client::sounds_temporary("Try again later"));
    for (const char* const text :
         {"Login limit exceeded", "[LIMIT] connection limit reached", "You log in too often"})
        EXPECT_TRUE(client::sounds_temporary(text)) << text;
    EXPECT_FALSE(client::sounds_temporary("no such user"));
    EXPECT_EQ(client::printable("a\tb\x80"), "a?b?");
    EXPECT_EQ(client::printable(std::string(500, 'x')).size(), client::shown_characters_max + 3);
}

TEST(server_errors, a_code_stands_above_the_words)
{
    const pop3::status_line reply{
        .request = pop3::request::pass, .ok = false, .code = "SYS/PERM", .text = "locked"};
    EXPECT_EQ(client::error_of(reply, client::answering::log_in, "x", "locked").kind, base::failure::refused);
    EXPECT_FALSE(client::refuses_grammar(
        {.request = pop3::request::auth, .ok = false, .code = "AUTH", .text = "unsupported mechanism"}));
}

} // namespace
} // namespace client_tests
