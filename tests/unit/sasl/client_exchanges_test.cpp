// The client's messages, octet by octet: the examples of the RFCs, and servers that say what they should not.
#include "base/encoding.hpp"
#include "sasl/client_mechanisms.hpp"

#include <gtest/gtest.h>

namespace {

using sasl::credentials;
using form = sasl::client_token_exchange::form;

const credentials pencil{.user = "user", .secret = "pencil"};

sasl::client_scram scram(const credentials& with = pencil, sasl::hash hash = sasl::hash::sha_256,
                         std::string nonce = "rOprNGfwEbeRWgbNEkqO")
{
    return {sasl::client_scram_rules{.hash_function = hash}, with, sasl::channel{}, std::move(nonce)};
}

constexpr std::string_view first_7677 =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view final_7677 = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

/// The kind of error an exchange answers with, or none.
std::optional<base::failure> fault(sasl::client_exchange& exchange, std::string_view challenge)
{
    const auto response = exchange.respond(challenge);
    if (response) return std::nullopt;
    EXPECT_FALSE(response.error().operator_text.empty());
    EXPECT_EQ(response.error().operator_text.find("pencil"), std::string::npos);
    return response.error().kind;
}

} // namespace

// --- SCRAM ----------------------------------------------------------------------------------------------

TEST(client_scram, speaks_the_dialogue_of_rfc_7677)
{
    auto exchange = scram();
    EXPECT_EQ(exchange.initial_response(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(
        exchange.respond(first_7677).value(),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_FALSE(exchange.satisfied());
    EXPECT_EQ(exchange.respond(final_7677).value(), "");
    EXPECT_TRUE(exchange.satisfied());
}

TEST(client_scram, speaks_the_dialogue_of_rfc_5802)
{
    auto exchange = scram(pencil, sasl::hash::sha_1, "fyko+d2lbbFgONRv9qkxdawL");
    EXPECT_EQ(exchange.respond("").value(), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    EXPECT_EQ(
        exchange.respond("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096").value(),
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    EXPECT_EQ(exchange.respond("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").value(), "");
    EXPECT_TRUE(exchange.satisfied());
}

TEST(client_scram, goes_not_on_behind_the_end)
{
    auto exchange = scram();
    exchange.respond(first_7677).value();
    exchange.respond(final_7677).value();
    EXPECT_EQ(fault(exchange, ""), base::failure::refused);
    EXPECT_FALSE(exchange.satisfied());
}

TEST(client_scram, sends_its_first_message_once)
{
    auto exchange = scram();
    EXPECT_TRUE(exchange.respond("").has_value());
    EXPECT_EQ(fault(exchange, ""), base::failure::refused);
    EXPECT_EQ(fault(exchange, first_7677), base::failure::refused) << "what has failed goes on failing";
}

TEST(client_scram, escapes_names_and_prepares_names_and_passwords)
{
    const auto of = [](const credentials& with) { return scram(with).initial_response(); };
    EXPECT_EQ(of({.user = "a,b=c", .authorization = "x=,", .secret = "s"}),
              "n,a=x=3D=2C,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO");
    EXPECT_EQ(of({.user = "\xE2\x85\xA8", .secret = "s"}),
              "n,,n=IX,r=rOprNGfwEbeRWgbNEkqO"); // RFC 4013, section 3
    // I<U+00AD>X is IX prepared: the same proof.
    auto soft = scram({.user = "user",
                       .secret = "pen\xC2\xAD"
                                 "cil"});
    auto plain = scram();
    EXPECT_EQ(soft.respond(first_7677).value(), plain.respond(first_7677).value());
}

TEST(client_scram, names_and_passwords_that_saslprep_refuses)
{
    for (const credentials& with :
         {credentials{.user = "a\x07", .secret = "s"}, credentials{.user = "a", .secret = "\x07"},
          credentials{.user = "a", .authorization = "\xFF", .secret = "s"}}) {
        for (const std::string_view challenge : {std::string_view(""), first_7677}) {
            auto exchange = scram(with);
            EXPECT_EQ(exchange.initial_response(), std::nullopt);
            EXPECT_EQ(fault(exchange, challenge), base::failure::refused);
        }
    }
}

TEST(client_scram, bounds_the_iterations)
{
    const auto with_iterations = [](std::string_view count) {
        auto exchange = scram();
        return fault(exchange, "r=rOprNGfwEbeRWgbNEkqOx,s=c2FsdA==,i=" + std::string(count));
    };
    EXPECT_EQ(with_iterations("4096"), std::nullopt);
    for (const std::string_view bad :
         {"4095", "1", "0", "10000001", "4294967295", "4294967296", "-1", "", "4096x", "+4096"})
        EXPECT_EQ(with_iterations(bad), base::failure::refused) << bad;
}

TEST(client_scram, refuses_a_first_message_that_breaks_the_grammar)
{
    for (const std::string_view bad :
         {"x", "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=c2FsdA==,i=4096", "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
          "r=rOprNGfwEbeRWgbNEkqOx,s=c2Fsd,i=4096",
          "r=rOprNGfwEbeRWgbNEkqOx,i=4096,s=c2FsdA==", "r=rOprNGfwEbeRWgbNEkqOx,s=c2FsdA==,i=4096,",
          "r=rOprNGfwEbeRWgbNEkqO x,s=c2FsdA==,i=4096", "e=other-error"}) {
        auto exchange = scram();
        EXPECT_EQ(fault(exchange, bad), base::failure::refused) << bad;
        EXPECT_EQ(fault(exchange, first_7677), base::failure::refused) << "no second try";
    }
    auto exchange = scram();
    EXPECT_EQ(fault(exchange, "r=rOprNGfwEbeRWgbNEkqOx,s=c2FsdA==,i=4096,x=later"), std::nullopt)
        << "extensions are skipped";
}

TEST(client_scram, tells_what_the_server_s_error_means)
{
    const auto after = [](std::string_view last) {
        auto exchange = scram();
        exchange.respond(first_7677).value();
        const auto kind = fault(exchange, last);
        EXPECT_FALSE(exchange.satisfied());
        return kind;
    };
    EXPECT_EQ(after("e=invalid-proof"), base::failure::credentials);
    EXPECT_EQ(after("e=unknown-user"), base::failure::credentials);
    EXPECT_EQ(after("e=whatever"), base::failure::credentials);
    EXPECT_EQ(after("e=channel-bindings-dont-match"), base::failure::refused);
    EXPECT_EQ(after("e=no-resources"), base::failure::refused);
    for (const std::string_view bad : {"", "v=", "v=!", "e=", "x", "v=cm1G,"})
        EXPECT_EQ(after(bad), base::failure::refused);
    EXPECT_EQ(after("v=cm1G"), base::failure::refused) << "a signature of another length";
}

// --- passwords ------------------------------------------------------------------------------------------

TEST(client_plain, says_all_in_one_message)
{
    // RFC 4616, section 4
    sasl::client_plain tim({.user = "tim", .secret = "tanstaaftanstaaf"});
    EXPECT_EQ(tim.initial_response(), std::string("\0tim\0tanstaaftanstaaf", 21));
    EXPECT_EQ(tim.respond("whatever").value(), tim.initial_response());
    EXPECT_EQ(fault(tim, ""), base::failure::refused);
    sasl::client_plain kurt({.user = "Kurt", .authorization = "Ursel", .secret = "xipj3plmq"});
    EXPECT_EQ(kurt.initial_response(), std::string("Ursel\0Kurt\0xipj3plmq", 20));
}

TEST(client_plain, a_nul_would_make_other_fields)
{
    sasl::client_plain bad({.user = "u", .secret = std::string("a\0b", 3)});
    EXPECT_EQ(bad.initial_response(), std::nullopt);
    EXPECT_EQ(fault(bad, ""), base::failure::refused);
}

TEST(client_login, answers_any_two_prompts)
{
    for (const std::string_view prompt : {"Username:", "", "User Name\0", "Benutzer?"}) {
        sasl::client_login exchange(pencil);
        EXPECT_EQ(exchange.initial_response(), std::nullopt);
        EXPECT_EQ(exchange.respond(prompt).value(), "user");
        EXPECT_EQ(exchange.respond(prompt).value(), "pencil");
        EXPECT_EQ(fault(exchange, prompt), base::failure::refused);
    }
}

TEST(client_cram_md5, speaks_the_example_of_rfc_2195)
{
    sasl::client_cram_md5 exchange({.user = "tim", .secret = "tanstaaftanstaaf"});
    EXPECT_EQ(exchange.initial_response(), std::nullopt);
    EXPECT_EQ(exchange.respond("<1896.697170952@postoffice.reston.mci.net>").value(),
              "tim b913a602c7eda7a495b4e6e7334d3890");
    EXPECT_EQ(fault(exchange, "<2@x>"), base::failure::refused);
    sasl::client_cram_md5 empty(pencil);
    EXPECT_EQ(fault(empty, ""), base::failure::refused);
}

TEST(client_external, says_as_whom_to_act)
{
    sasl::client_external oneself({.user = "user"});
    EXPECT_EQ(oneself.initial_response(), "");
    EXPECT_EQ(oneself.respond("").value(), "");
    EXPECT_EQ(fault(oneself, ""), base::failure::refused);
    EXPECT_EQ(sasl::client_external({.user = "user", .authorization = "boss"}).initial_response(), "boss");
}

// --- tokens ---------------------------------------------------------------------------------------------

TEST(client_tokens, speaks_the_example_of_rfc_7628)
{
    sasl::client_token_exchange exchange(form::oauthbearer,
                                         {.user = "user@example.com",
                                          .token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
                                          .host = "server.example.com",
                                          .port = 143});
    // Section 4.1, where it is base64
    EXPECT_EQ(
        base::to_base64(*exchange.initial_response()),
        "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52"
        "YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
}

TEST(client_tokens, xoauth2_in_one_line_and_in_two)
{
    sasl::client_token_exchange exchange(form::xoauth2, {.user = "a@b", .token = "t"});
    EXPECT_EQ(exchange.initial_response(), "user=a@b\x01"
                                           "auth=Bearer t\x01\x01");
    EXPECT_EQ(exchange.respond("").value(), exchange.initial_response());
    EXPECT_TRUE(exchange.satisfied());
    EXPECT_EQ(fault(exchange, ""), base::failure::refused);
    EXPECT_EQ(fault(exchange, "{}"), base::failure::refused) << "what has failed goes on failing";
    EXPECT_FALSE(exchange.satisfied());
}

TEST(client_tokens, an_error_is_answered_and_then_a_failure)
{
    for (const form kind : {form::oauthbearer, form::xoauth2}) {
        sasl::client_token_exchange exchange(kind, {.user = "a@b", .token = "t"});
        EXPECT_EQ(exchange.respond(R"({"status":"invalid_token"})").value(),
                  kind == form::oauthbearer ? "\x01" : "");
        EXPECT_FALSE(exchange.satisfied()) << "a yes behind it is a lie";
        EXPECT_EQ(fault(exchange, ""), base::failure::credentials);
    }
}

TEST(client_tokens, what_would_make_other_fields_is_not_sent)
{
    for (const credentials& with : {credentials{.user = "a\x01"
                                                        "b",
                                                .token = "t"},
                                    credentials{.user = "a",
                                                .token = "t\x01"
                                                         "x=y"},
                                    credentials{.user = "a", .token = "t t"},
                                    credentials{.user = "a", .authorization = "\n", .token = "t"}})
        for (const form kind : {form::oauthbearer, form::xoauth2}) {
            sasl::client_token_exchange exchange(kind, with);
            EXPECT_EQ(exchange.initial_response(), std::nullopt);
            EXPECT_EQ(fault(exchange, ""), base::failure::refused);
        }
}
