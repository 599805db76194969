// Certificates from files: the folder of names, what is wrong with files, and that every change shows.
#include "cli/disk_certificates.hpp"
#include "net/tls/context.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class disk_certificates_test : public ::testing::Test {
protected:
    disk_certificates_test()
    {
        write_pair("chain.pem", "key.pem");
        files.certificate = {folder.path() + "/chain.pem", folder.path() + "/key.pem"};
    }

    std::string path(const std::string& name) const { return folder.path() + "/" + name; }
    void write_pair(const std::string& chain, const std::string& key, unsigned mode = 0600) const
    {
        write(chain, own.chain_pem);
        write(key, own.key_pem, mode);
    }
    void write(const std::string& name, const std::string& text, unsigned mode = 0600) const
    {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        support::write(path(name), text);
        std::filesystem::permissions(path(name), static_cast<std::filesystem::perms>(mode));
    }
    /// Of the files as they are.
    std::string faults()
    {
        const auto loaded = net::tls_context::load(certificates.read(files), {}, now);
        return loaded ? "" : loaded.error().operator_text;
    }

    const base::wall_time now = base::wall_time::clock::now();
    net::self_made_certificate own = net::make_certificate("a.example", now).value();
    support::temporary_directory folder;
    server::tls_files files;
    disk_certificates certificates;
};

TEST_F(disk_certificates_test, hands_over_what_the_files_hold)
{
    const auto read = certificates.read(files);
    EXPECT_EQ(read.certificate.chain.name, path("chain.pem"));
    EXPECT_EQ(read.certificate.chain.octets.value(), own.chain_pem);
    EXPECT_EQ(read.certificate.key.octets.value(), own.key_pem);
    EXPECT_EQ(read.certificate.key.permissions, 0600U);
    EXPECT_FALSE(read.client_authorities);
    EXPECT_EQ(faults(), "");
}

TEST_F(disk_certificates_test, refuses_a_key_open_to_others)
{
    write("key.pem", own.key_pem, 0644);
    EXPECT_EQ(faults(),
              path("key.pem") + " holds a private key and is open to others (mode 0644): chmod 0640 or 0600");
}

TEST_F(disk_certificates_test, refuses_folders_and_huge_files)
{
    write("chain.pem", std::string((1U << 20U) + 1, 'x'));
    EXPECT_EQ(faults(), path("chain.pem") + " is not a file of at most 1 MiB; name a PEM file");
    files.certificate.chain_path = folder.path();
    EXPECT_THAT(faults(), HasSubstr("name a PEM file"));
}

TEST_F(disk_certificates_test, reads_a_folder_of_names)
{
    write_pair("names/b.example/fullchain.pem", "names/b.example/privkey.pem");
    write_pair("names/*.a.example.crt", "names/*.a.example.key");
    write_pair("names/C.example.pem", "names/C.example.key");
    write("names/README", "no certificate");
    write("names/not a name.pem", "no certificate");
    files.names_folder = path("names");
    const auto read = certificates.read(files);
    std::vector<std::string> names;
    for (const auto& each : read.names) names.push_back(each.name);
    EXPECT_THAT(names, ElementsAre("*.a.example", "b.example", "c.example"));
    EXPECT_EQ(read.names[1].certificate.chain.name, path("names/b.example/fullchain.pem"));
    EXPECT_EQ(read.names[1].certificate.key.name, path("names/b.example/privkey.pem"));
    EXPECT_EQ(faults(), "");
}

TEST_F(disk_certificates_test, lists_the_faults_of_all_names)
{
    write("names/a.example.pem", own.chain_pem);
    write_pair("names/b.example/fullchain.pem", "names/b.example/privkey.pem", 0644);
    write_pair("names/B.example.crt", "names/B.example.key");
    files.names_folder = path("names");
    files.client_ca_path = path("key.pem");
    EXPECT_THAT(faults(), HasSubstr("cannot read " + path("names/a.example.key")));
    EXPECT_THAT(faults(), HasSubstr("names holds two certificates for b.example; remove one"));
    EXPECT_THAT(faults(), HasSubstr(path("key.pem") + " holds no certificates of authorities in PEM"));
}

TEST_F(disk_certificates_test, says_when_the_folder_of_names_is_missing)
{
    files.names_folder = path("none");
    EXPECT_EQ(faults(), "cannot read " + path("none") + ": No such file or directory");
}

TEST_F(disk_certificates_test, asks_for_authorities_that_only_root_may_read)
{
    constexpr uid_t nobody = 65534;
    write("ca.pem", own.chain_pem, 0);
    files.client_ca_path = path("ca.pem");
    std::filesystem::permissions(folder.path(), static_cast<std::filesystem::perms>(0755));
    disk_certificates helped([&](const std::string& asked) -> base::result<int> {
        // As root, or as whoever owns the file.
        EXPECT_EQ(::seteuid(::getuid()), 0);
        EXPECT_EQ(::chmod(asked.c_str(), 0400), 0);
        const int opened = ::open(asked.c_str(), O_RDONLY | O_CLOEXEC);
        EXPECT_EQ(::chmod(asked.c_str(), 0), 0);
        EXPECT_EQ(::seteuid(::getuid() == 0 ? nobody : ::getuid()), 0);
        return opened;
    });
    ASSERT_EQ(::seteuid(::getuid() == 0 ? nobody : ::getuid()), 0) << "root may read everything";
    const auto read = helped.read({.certificate = {}, .client_ca_path = files.client_ca_path});
    ASSERT_EQ(::seteuid(::getuid()), 0);
    EXPECT_EQ(read.client_authorities.value().files.at(0).octets.value(), own.chain_pem);
}

TEST_F(disk_certificates_test, reports_every_change)
{
    write_pair("names/a.example.pem", "names/a.example.key");
    files.names_folder = path("names");
    auto before = certificates.state(files);
    EXPECT_EQ(certificates.read(files).state, before);
    for (const auto* changed : {"names/a.example.key", "chain.pem", "key.pem", "names"}) {
        const auto older = std::filesystem::last_write_time(path(changed)) - std::chrono::hours(1);
        std::filesystem::last_write_time(path(changed), older); // an older file may come in its place, too
        EXPECT_NE(certificates.state(files), before) << changed;
        before = certificates.state(files);
    }
    std::filesystem::remove(path("key.pem"));
    EXPECT_NE(certificates.state(files), before) << "a file that cannot be looked at is a change too";
}

} // namespace
} // namespace cli
