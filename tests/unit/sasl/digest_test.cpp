// sasl/digest against the vectors of RFC 2202, 4231, 6070 and 7914.
#include "base/encoding.hpp"
#include "sasl/digest.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;

TEST(digest, of_nothing)
{
    EXPECT_EQ(base::to_hex(sasl::digest(sasl::hash::md5, "")), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(base::to_hex(sasl::digest(sasl::hash::sha_1, "")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST(hmac, rfc_2202_and_4231)
{
    EXPECT_EQ(base::to_hex(sasl::hmac(sasl::hash::md5, "Jefe", "what do ya want for nothing?")),
              "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(base::to_hex(sasl::hmac(sasl::hash::sha_1, "Jefe", "what do ya want for nothing?")),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    EXPECT_EQ(base::to_hex(sasl::hmac(sasl::hash::sha_256, "Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// The twin of hmac(): the same for whatever came before.
TEST(keyed_hmac, is_hmac_each_time)
{
    for (const auto with : {sasl::hash::sha_1, sasl::hash::sha_256, sasl::hash::sha_512})
        for (const std::string& key : {std::string(), std::string("Jefe"), std::string(200, 'k')}) {
            sasl::keyed_hmac keyed(with, key);
            for (const std::string& octets : {std::string("one"), std::string(), std::string(1000, 'x')})
                EXPECT_EQ(keyed.digest_of(octets), sasl::hmac(with, key, octets));
        }
}

TEST(hmac, takes_an_empty_key)
{
    EXPECT_EQ(base::to_hex(sasl::hmac(sasl::hash::sha_256, {}, "")),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(pbkdf2, rfc_6070)
{
    EXPECT_EQ(base::to_hex(sasl::pbkdf2(sasl::hash::sha_1, "password", "salt", 2)),
              "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    EXPECT_EQ(base::to_hex(sasl::pbkdf2(sasl::hash::sha_256, "password", "salt", 2)),
              "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43");
}

TEST(equal_in_constant_time, is_equality)
{
    EXPECT_TRUE(sasl::equal_in_constant_time("", ""));
    EXPECT_TRUE(sasl::equal_in_constant_time("a\0b"sv, "a\0b"sv));
    EXPECT_FALSE(sasl::equal_in_constant_time("a\0b"sv, "a\0c"sv));
    EXPECT_FALSE(sasl::equal_in_constant_time("a", "ab"));
}

} // namespace
