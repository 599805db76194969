// What an account's TLS is given of the files that it names.
#include "collector/server_link.hpp"
#include "support/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using testing::UnorderedElementsAre;

namespace {

class trust_contents : public testing::Test {
protected:
    std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
    std::string write(const std::string& name, std::string_view text) const
    {
        std::ofstream(path(name)) << text;
        return path(name);
    }

    support::temporary_directory folder_;
};

} // namespace

TEST_F(trust_contents, names_nothing_where_the_account_names_nothing)
{
    const auto read = collector::read_trust({});
    EXPECT_FALSE(read.authorities) << "the system's";
    EXPECT_FALSE(read.certificate);
}

TEST_F(trust_contents, reads_a_file_of_authorities_and_a_certificate)
{
    const auto read = collector::read_trust({.ca = write("ca.pem", "authorities"),
                                             .client_certificate = write("ann.pem", "chain"),
                                             .client_key = write("ann.key", "key")});
    ASSERT_EQ(read.authorities->files.size(), 1U);
    EXPECT_EQ(read.authorities->files[0].octets.value(), "authorities");
    EXPECT_EQ(read.certificate->chain.octets.value(), "chain");
    EXPECT_EQ(read.certificate->key.octets.value(), "key");
    EXPECT_NE(read.certificate->key.permissions, 0U);
}

TEST_F(trust_contents, reads_the_hashed_names_of_a_folder)
{
    write("5ed36f99.0", "one");
    write("5ed36f99.1", "two");
    write("5ed36f99.r0", "revoked");
    write("5ED36F99.0", "no hash");
    write("README", "none");
    const auto read = collector::read_trust({.ca = folder_.path()});
    std::vector<std::string> octets;
    for (const auto& file : read.authorities->files) octets.push_back(file.octets.value());
    EXPECT_THAT(octets, UnorderedElementsAre("one", "two"));
    EXPECT_EQ(read.authorities->name, folder_.path());
}

TEST_F(trust_contents, hands_over_why_a_file_cannot_be_read)
{
    const auto read = collector::read_trust({.ca = path("none")});
    EXPECT_EQ(read.authorities->files.at(0).octets.error().operator_text,
              "cannot read " + path("none") + ": No such file or directory");
}
