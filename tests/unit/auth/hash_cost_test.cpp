// Hashes that are never computed, and those of other servers that are.
#include "auth/hash_cost.hpp"
#include "auth/password.hpp"

#include <gtest/gtest.h>

namespace {

const std::string sha_512_hash(86, 'h'), salt_and_hash = "$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo";

TEST(hash_cost, takes_what_other_servers_make)
{
    for (const auto& stored :
         {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1" + salt_and_hash, // Dovecot
          "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4" + salt_and_hash, // RFC 9106, second option
          "{ARGON2I}$argon2i$m=4096,t=3,p=1" + salt_and_hash,         // without a version
          "{BLF-CRYPT}$2y$12$" + std::string(53, 'h'), "{SHA512-CRYPT}$6$salt$" + sha_512_hash,
          "{SHA512-CRYPT}$6$rounds=656000$salt$" + sha_512_hash, // passlib
          "$y$j9T$saltsaltsalt$" + std::string(43, 'h'), std::string("{PLAIN}$6$"),
          std::string("{SCRAM-SHA-256}600000,c2FsdA==,x,x"), std::string("{SSHA}short")})
        EXPECT_FALSE(auth::unusable(stored)) << stored;
}

TEST(hash_cost, never_computes_what_is_too_dear)
{
    for (const auto& stored : {"{ARGON2ID}$argon2id$v=19$m=4194304,t=1000,p=1" + salt_and_hash,
                               "{ARGON2ID}$argon2id$v=19$m=65536,t=4294967295,p=1" + salt_and_hash,
                               "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=4000" + salt_and_hash,
                               "{BLF-CRYPT}$2y$31$" + std::string(53, 'h'),
                               "{SHA512-CRYPT}$6$rounds=999999999$salt$" + sha_512_hash,
                               "{CRYPT}$y$jFT$saltsaltsalt$" + std::string(43, 'h'),
                               std::string("{SCRAM-SHA-256}99999999,c2FsdA==,x,x")}) {
        const auto why = auth::unusable(stored);
        ASSERT_TRUE(why) << stored;
        EXPECT_NE(why->find("costs too much"), std::string::npos) << *why;
        EXPECT_FALSE(auth::verify_password(stored, "any")) << stored;
    }
}

TEST(hash_cost, never_computes_what_is_cut_short)
{
    for (const auto* const stored :
         {"{SHA512-CRYPT}$6$", "{SHA512-CRYPT}$6$salt$short", "{BLF-CRYPT}$2y$12$short",
          "{ARGON2ID}$argon2id$v=19$m=65536,t=3$salt$hash", "{ARGON2ID}$argon2id$$$$", "{MD5-CRYPT}$1$salt$",
          "$y$j9T$salt$short"})
        EXPECT_TRUE(auth::unusable(stored)) << stored;
}

} // namespace
