// The grammar of RFC 5802, section 7.
#include "sasl/scram.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::string_view_literals;

TEST(client_first, is_taken_apart)
{
    const auto first = sasl::parse_client_first("p=tls-exporter,a=b=3Dc,n=d=2Ce,r=abc,x=later");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->binding_flag, 'p');
    EXPECT_EQ(first->binding_type, "tls-exporter");
    EXPECT_EQ(first->gs2_header, "p=tls-exporter,a=b=3Dc,");
    EXPECT_EQ(first->bare, "n=d=2Ce,r=abc,x=later");
    EXPECT_EQ(first->authorization, "b=c");
    EXPECT_EQ(first->user, "d,e");
    EXPECT_EQ(first->nonce, "abc");
}

TEST(client_first, refuses_what_breaks_the_grammar)
{
    for (const std::string_view message : {""sv,
                                           "n"sv,
                                           "n,"sv,
                                           "n,,"sv,
                                           "x,,n=u,r=n"sv,
                                           "n,,n=,r=n"sv,
                                           "n,,n=u"sv,
                                           "n,,n=u,"sv,
                                           "n,,n=u,r="sv,
                                           "n,,r=n,n=u"sv,
                                           "p,,n=u,r=n"sv,
                                           "p=,,n=u,r=n"sv,
                                           "p=a b,,n=u,r=n"sv,
                                           "n,b=x,n=u,r=n"sv,
                                           "n,a=,n=u,r=n"sv,
                                           "n,,n=a=b,r=n"sv,
                                           "n,,n=a=2c,r=n"sv,
                                           "n,,n=a=,r=n"sv,
                                           "n,,n=\xFF,r=n"sv,
                                           "n,,n=a\0b,r=n"sv,
                                           "n,,n=u,r=a b"sv,
                                           "n,,n=u,r=n,"sv,
                                           "n,,n=u,r=n,1=x"sv,
                                           "n,,n=u,r=n,x"sv,
                                           "n,,n=u,r=n,x="sv,
                                           "n,,n=u,r=n,x=y,"sv,
                                           "N,,n=u,r=n"sv})
        EXPECT_FALSE(sasl::parse_client_first(message)) << message;
}

TEST(client_first, refuses_mandatory_extensions)
{
    EXPECT_FALSE(sasl::parse_client_first("n,,m=must,n=u,r=n"));
}

TEST(client_first, bounds_the_nonce)
{
    EXPECT_TRUE(sasl::parse_client_first("n,,n=u,r=" + std::string(sasl::client_nonce_octets_max, 'a')));
    EXPECT_FALSE(sasl::parse_client_first("n,,n=u,r=" + std::string(sasl::client_nonce_octets_max + 1, 'a')));
}

TEST(client_final, is_taken_apart)
{
    const auto last = sasl::parse_client_final("c=biws,r=abc,x=y,p=AAEC");
    ASSERT_TRUE(last);
    EXPECT_EQ(last->without_proof, "c=biws,r=abc,x=y");
    EXPECT_EQ(last->binding, "n,,");
    EXPECT_EQ(last->nonce, "abc");
    EXPECT_EQ(last->proof, "\0\1\2"sv);
}

TEST(client_final, refuses_what_breaks_the_grammar)
{
    for (const std::string_view message :
         {""sv, ",p=AAEC"sv, "c=biws,p=AAEC"sv, "c=biws,r=abc"sv, "c=biws,r=abc,p=AAE"sv,
          "c=biw,r=abc,p=AAEC"sv, "r=abc,c=biws,p=AAEC"sv, "c=biws,r=,p=AAEC"sv, "c=biws,r=a b,p=AAEC"sv,
          "c=biws,r=abc,,p=AAEC"sv, "c=biws,r=abc,x,p=AAEC"sv, "c=biws,r=abc,p=AAEC,x=y"sv,
          "c=biws,r=abc,p=AA\nEC"sv})
        EXPECT_FALSE(sasl::parse_client_final(message)) << message;
}

} // namespace
