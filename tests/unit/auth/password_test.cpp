// Every scheme, with hashes that other programs made of "correct horse" (Dovecot 2.3, libxcrypt 4.4).
#include "auth/password.hpp"
#include "auth/password_schemes.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;

constexpr auth::password_costs cheap{64, 1, 4096, 4096};

class foreign_hash : public testing::TestWithParam<const char*> {};

TEST_P(foreign_hash, fits_its_password_and_no_other)
{
    ASSERT_TRUE(auth::check_stored(GetParam()));
    EXPECT_TRUE(auth::verify_password(GetParam(), "correct horse").value());
    EXPECT_FALSE(auth::verify_password(GetParam(), "correct horsf").value());
    EXPECT_FALSE(auth::verify_password(GetParam(), "correct horse\0"sv).value());
    EXPECT_FALSE(auth::verify_password(GetParam(), "").value());
}

TEST_P(foreign_hash, wants_a_new_one)
{
    EXPECT_EQ(auth::needs_rehash(GetParam(), {}), !std::string_view(GetParam()).starts_with("{ARGON2ID}"));
}

INSTANTIATE_TEST_SUITE_P(
    schemes, foreign_hash,
    testing::Values(
        R"({ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$+/ScrC05Tnzr9P76BNbKNQ$t55crQAI/Ho49mKTf7p5gnFRMHVDq2m4OIXcvFpBDLg)",
        R"({ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$tlHOwhH6Kd3JaIck3xT5Fg$2dDhKvtSZZ7OA5ZL+8HGN76+NGKmyYRNrQS9bJqLgys)",
        R"({CRYPT}$2y$05$UzxE9euoTQTVsfnd/JV1KOKe6v9mhnIGsnzRdhor8khGpokjPPShe)",
        R"({BLF-CRYPT}$2y$05$zG8swxWXP1xHYGu2KBlSOOLf5KbxWlwQ1QoQAEcCYMqk43wiSQcym)",
        R"({SHA512-CRYPT}$6$bq3JLWbPSFD0B3km$3adoTTLcLbGdUbjCUC80J12xbe9HIyDK8BM4F4NwEuqKW04heYhuOr6iK1fAy9i137Uht.BGP8GbjGR/Eavca.)",
        R"({SHA256-CRYPT}$5$Ko5ZzdXTLXta4UM6$3CByq//btUp3qEBHjxZiGhDioByLKob7JrjOa3m7NY4)",
        R"({MD5-CRYPT}$1$N/OZVuLu$ZsLhz5qpNyiwEocmJzs6z0)",
        R"({SCRAM-SHA-256}4096,7Ixi4lkPrTdbY9BaGB1GjQ==,DLM3/RgCaSNMtlQzgsjEjairKYgeAZbfsZLeBbeMCww=,juNZqQu9MjhHk4O/F9nORpo96vuQvPvzxLb3v6M2Twg=)",
        R"({SCRAM-SHA-1}4096,RX2a8k1RQed/IfUufNK8kQ==,PzZ7a5Ek/AWCBaLtblZCH25snEU=,QbGS+K4xEeg39r7pK86eC+htp5k=)",
        R"({PLAIN}correct horse)", R"({CLEAR}correct horse)", R"({CLEARTEXT}correct horse)",
        R"({SSHA}ydq501BB6TZ2HJ3o/IzJLBUny2unumn3)",
        R"({SSHA256}f4DgEnKA/c4igG2fHAKxXDTs7/Kpw/PtID1pAzi0r7o257bN)",
        R"({SSHA512}4acso9BqoUiESSm+C0fk6SQcSArtXkttGuTCOkQWCufWc4qEsqAEVGfrOVzApBKnAL6tjhfLhT+27rU8XxokBVW2rQI=)",
        R"({SHA}L55TUjtiq8FBorTWAZ0jy6g129A=)", R"({SHA1}L55TUjtiq8FBorTWAZ0jy6g129A=)",
        R"({SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=)",
        R"({SHA512}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==)",
        R"({PLAIN-MD5}3cb4e732631f47e6eb961f34554b7cde)", R"({LDAP-MD5}PLTnMmMfR+brlh80VUt83g==)",
        R"({SSHA256.HEX}db507d817035ebefff1b8f9d77b01baf89fe44a8e7af9ce8bc1ea853d821326f46d990a9)",
        R"({SHA256.HEX}4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631)",
        R"({SHA256}4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631)",
        R"({SHA512.B64}VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==)",
        R"({PLAIN.B64}Y29ycmVjdCBob3JzZQ==)", R"({PLAIN.HEX}636f727265637420686f727365)",
        R"({SSHA.HEX}36fd7dbf0c44ff3da1c7aad143fa146d025b6a912c061782)",
        R"({YESCRYPT}$y$j9T$5s6spCbmq0WeCDUo4OoQH.$WVTXrevGgg0/x/N9HCyIlWPZaWTH2teLH37qme2LsKC)",
        R"($y$j9T$5s6spCbmq0WeCDUo4OoQH.$WVTXrevGgg0/x/N9HCyIlWPZaWTH2teLH37qme2LsKC)",
        R"({ssha}ydq501BB6TZ2HJ3o/IzJLBUny2unumn3)"));

TEST(hash_password, makes_an_argon2id_hash_that_fits)
{
    support::seeded_random random;
    const std::string stored = auth::hash_password("correct horse", random, cheap);
    EXPECT_TRUE(stored.starts_with("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=1$")) << stored;
    EXPECT_TRUE(auth::verify_password(stored, "correct horse").value());
    EXPECT_FALSE(auth::verify_password(stored, "wrong horse").value());
    EXPECT_NE(stored, auth::hash_password("correct horse", random, cheap)) << "the salt is new each time";
}

TEST(hash_password, is_outdated_when_costs_rise)
{
    support::seeded_random random;
    const std::string stored = auth::hash_password("correct horse", random, cheap);
    EXPECT_FALSE(auth::needs_rehash(stored, cheap));
    EXPECT_TRUE(auth::needs_rehash(stored, auth::password_costs{}));
}

TEST(verify_password, takes_the_typed_form_and_its_saslprep_form)
{
    EXPECT_TRUE(
        auth::verify_password("{PLAIN}IX", "\xE2\x85\xA8").value()); // roman nine, as our own hashes have it
    EXPECT_TRUE(
        auth::verify_password("{PLAIN}\xE2\x85\xA8", "\xE2\x85\xA8").value()); // as another server's have it
    EXPECT_FALSE(auth::verify_password("{PLAIN}\xE2\x85\xA8", "IX").value());
}

TEST(verify_password, refuses_long_passwords_unhashed)
{
    const std::string longest(auth::password_octets_max, 'a');
    EXPECT_TRUE(auth::verify_password("{PLAIN}" + longest, longest).value());
    EXPECT_FALSE(auth::verify_password("{PLAIN}" + longest + "a", longest + "a").value());
}

TEST(check_stored, names_an_unknown_scheme_and_tells_no_secret)
{
    const auto unknown = auth::check_stored("{HMAC-MD5}secret");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().operator_text.find("{HMAC-MD5}"), std::string::npos);
    for (const char* const stored : {"{HMAC-MD5}secret", "{SHA256}secret", "{ARGON2ID}secret",
                                     "{SHA512-CRYPT}secret", "{SCRAM-SHA-256}1,secret", "{secret",
                                     "{my secret}x", "{SSHA.B64}secret", "{BLF-CRYPT}$6$secret$x"}) {
        const auto verdict = auth::check_stored(stored);
        ASSERT_FALSE(verdict) << stored;
        EXPECT_EQ(verdict.error().kind, base::failure::malformed);
        for (const std::string& text : {verdict.error().operator_text, verdict.error().peer_text})
            EXPECT_EQ(text.find("secret"), std::string::npos) << text;
        EXPECT_FALSE(auth::verify_password(stored, "secret")) << stored;
    }
}

TEST(new_password, refuses_with_a_reason_and_without_the_password)
{
    EXPECT_EQ(auth::new_password("\xE2\x85\xA8").value(), "IX");
    for (const std::string& typed : {std::string(), std::string(1025, 's'), std::string("secret\x07"),
                                     std::string("secret\xFF"), std::string("secret\0x"sv)}) {
        const auto refused = auth::new_password(typed);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().operator_text.find("secret"), std::string::npos);
        EXPECT_FALSE(refused.error().operator_text.empty());
    }
}

TEST(cost_class, is_scheme_and_parameters)
{
    EXPECT_EQ(auth::cost_class("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=1$salt$hash"),
              "ARGON2ID$argon2id$v=19$m=64,t=1,p=1");
    EXPECT_EQ(auth::cost_class("{BLF-CRYPT}$2y$10$saltandhash"), "BLF-CRYPT$2y$10");
    EXPECT_EQ(auth::cost_class("{SHA512-CRYPT}$6$rounds=9000$salt$hash"), "SHA512-CRYPT$6$rounds=9000");
    EXPECT_EQ(auth::cost_class("$y$j9T$salt$hash"), "CRYPT$y$j9T");
    EXPECT_EQ(auth::cost_class("{SCRAM-SHA-256}4096,a,b,c"), "SCRAM-SHA-2564096");
    EXPECT_EQ(auth::cost_class("{SSHA}abc"), "SSHA");
    EXPECT_EQ(auth::cost_class("{CRYPT}$"), "CRYPT");
}

TEST(scram_keys, are_written_as_they_are_read)
{
    const std::string text =
        "4096,RX2a8k1RQed/IfUufNK8kQ==,PzZ7a5Ek/AWCBaLtblZCH25snEU=,QbGS+K4xEeg39r7pK86eC+htp5k=";
    const auto keys = auth::parse_scram_keys(text, 20);
    ASSERT_TRUE(keys);
    EXPECT_EQ(auth::format_scram_keys(*keys), text);
    EXPECT_FALSE(auth::parse_scram_keys(text, 32));
    for (const std::string& broken : {std::string(), std::string("4096"), "0" + text.substr(4), text + ",",
                                      text.substr(0, 40), "x" + text, "999999999" + text.substr(4)})
        EXPECT_FALSE(auth::parse_scram_keys(broken, 20)) << broken;
}

} // namespace
