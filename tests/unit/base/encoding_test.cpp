// Base64 and hexadecimal: what is refused matters as much as what is read.
#include "base/encoding.hpp"

#include <gtest/gtest.h>

using namespace base;

TEST(base64, round_trips_rfc4648_vectors)
{
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [octets, text] : vectors) {
        EXPECT_EQ(to_base64(octets), text);
        EXPECT_EQ(from_base64(text), octets);
    }
}

TEST(base64, round_trips_every_octet)
{
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(from_base64(to_base64(all)), all);
}

TEST(base64, refuses_what_is_not_strict)
{
    for (const std::string_view text :
         {"Zg=", "Zg", "Zg==Zg==", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9_", "Zh==", "Zm9=", "=g=="})
        EXPECT_FALSE(from_base64(text)) << text;
}

TEST(base64url, has_no_padding_and_no_slash)
{
    EXPECT_EQ(to_base64url("\xff\xff\xfe"), "___-");
    EXPECT_EQ(to_base64url("f"), "Zg");
}

TEST(hex, round_trips_and_refuses)
{
    EXPECT_EQ(to_hex(std::string_view("\x00\xff\x0a", 3)), "00ff0a");
    EXPECT_EQ(from_hex("00FF0a"), std::string("\x00\xff\x0a", 3));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0g"));
}
