// Loading of certificates: all faults at once, in words that help.
#include "net/tls/context.hpp"
#include "unit/net/issuer.hpp"
#include "unit/net/loopback.hpp"

namespace net::testing {
namespace {

class tls_context_test : public ::testing::Test {
protected:
    tls_context_test()
    {
        settings.certificate = {folder.write("chain.pem", own.chain_pem),
                                folder.write("key.pem", own.key_pem)};
    }
    std::string faults() const
    {
        const auto loaded = tls_context::load(settings, now);
        return loaded ? "" : loaded.error().operator_text;
    }

    const base::wall_time now = base::wall_time::clock::now();
    issuer authority;
    issued own = authority.issue(
        {.common_names = {"mail.example.org"}, .subject_alt_names = {"DNS:mail.example.org"}});
    scratch_folder folder;
    tls_settings settings;
};

TEST_F(tls_context_test, loads)
{
    const auto loaded = tls_context::load(settings, now);
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    EXPECT_NE((*loaded)->native(), nullptr);
    EXPECT_TRUE((*loaded)->warnings().empty());
    EXPECT_NEAR(std::chrono::duration<double>((*loaded)->valid_until() - now).count(), 24 * 3600, 60);
}

TEST_F(tls_context_test, takes_rsa_and_ed25519_too)
{
    for (const auto* key : {"RSA", "ED25519"}) {
        const auto made = authority.issue({.common_names = {"x"}, .key = key});
        settings.certificate = {folder.write("other.pem", made.chain_pem),
                                folder.write("other.key", made.key_pem)};
        EXPECT_EQ(faults(), "") << key;
    }
}

TEST_F(tls_context_test, says_which_file_is_missing)
{
    settings.certificate = {folder.path("none.pem"), folder.path("none.key")};
    EXPECT_EQ(faults(), "cannot read " + folder.path("none.pem") +
                            ": No such file or directory\ncannot read " + folder.path("none.key") +
                            ": No such file or directory");
}

TEST_F(tls_context_test, refuses_a_key_open_to_others)
{
    for (const unsigned mode : {0644U, 0660U, 0604U, 0602U, 0650U}) {
        folder.write("key.pem", own.key_pem, mode);
        EXPECT_NE(faults().find("open to others"), std::string::npos) << mode;
        EXPECT_NE(faults().find("chmod 0640"), std::string::npos) << mode;
    }
    for (const unsigned mode : {0600U, 0640U, 0400U, 0440U}) {
        folder.write("key.pem", own.key_pem, 0600);
        folder.write("key.pem", own.key_pem, mode);
        EXPECT_EQ(faults(), "") << mode;
    }
}

TEST_F(tls_context_test, refuses_a_key_of_another_certificate)
{
    folder.write("key.pem", authority.issue({.common_names = {"x"}}).key_pem);
    EXPECT_NE(faults().find("is not the key of the first certificate"), std::string::npos) << faults();
}

TEST_F(tls_context_test, refuses_files_that_hold_something_else)
{
    folder.write("chain.pem", "not PEM\n");
    folder.write("key.pem", own.chain_pem);
    EXPECT_EQ(faults().find(folder.path("chain.pem") + " holds no certificate in PEM"), 0U) << faults();
    EXPECT_NE(faults().find("\n" + folder.path("key.pem") + " holds no private key in PEM"),
              std::string::npos);
}

TEST_F(tls_context_test, refuses_a_broken_chain)
{
    auto broken = own.chain_pem;
    broken.replace(broken.size() / 2, 8, "????????");
    folder.write("chain.pem", own.chain_pem + broken);
    EXPECT_NE(faults().find("a certificate of the chain is broken"), std::string::npos) << faults();
}

TEST_F(tls_context_test, refuses_a_key_with_a_passphrase_without_asking_for_it)
{
    folder.write("key.pem",
                 "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n");
    EXPECT_NE(faults().find("is protected by a passphrase"), std::string::npos) << faults();
}

TEST_F(tls_context_test, refuses_folders_and_huge_files)
{
    folder.write("chain.pem", std::string((1U << 20U) + 1, 'x'));
    EXPECT_NE(faults().find("at most 1 MiB"), std::string::npos);
    settings.certificate.chain_path = folder.path("");
    EXPECT_NE(faults().find("name a PEM file"), std::string::npos);
}

TEST_F(tls_context_test, refuses_weak_keys)
{
    const auto weak = authority.issue({.common_names = {"x"}, .digest = EVP_sha1()});
    settings.certificate = {folder.write("weak.pem", weak.chain_pem), folder.write("weak.key", weak.key_pem)};
    EXPECT_NE(faults().find("OpenSSL refuses " + folder.path("weak.pem")), std::string::npos) << faults();
}

TEST_F(tls_context_test, warns_of_dates)
{
    const auto late = tls_context::load(settings, now + 48h);
    ASSERT_TRUE(late) << late.error().operator_text;
    EXPECT_EQ((*late)->warnings(),
              (std::vector{folder.path("chain.pem") + " has expired: clients refuse it; renew it"}));
    const auto early = tls_context::load(settings, now - 48h);
    ASSERT_TRUE(early);
    ASSERT_EQ((*early)->warnings().size(), 1U);
    EXPECT_NE((*early)->warnings()[0].find("is not valid yet"), std::string::npos);
}

TEST_F(tls_context_test, reads_a_folder_of_names)
{
    const auto later = authority.issue({.common_names = {"x"}, .subject_alt_names = {"DNS:a.example"}});
    const auto sooner = authority.issue({.common_names = {"x"},
                                         .subject_alt_names = {"DNS:*.b.example"},
                                         .until = now + std::chrono::hours(2)});
    folder.write("names/a.example/fullchain.pem", later.chain_pem);
    folder.write("names/a.example/privkey.pem", later.key_pem);
    folder.write("names/*.b.example.crt", sooner.chain_pem);
    folder.write("names/*.b.example.key", sooner.key_pem);
    folder.write("names/c.example.pem", later.chain_pem);
    folder.write("names/c.example.key", later.key_pem);
    folder.write("names/README", "no certificate");
    settings.names_folder = folder.path("names");
    const auto loaded = tls_context::load(settings, now);
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    EXPECT_EQ((*loaded)->warnings(), (std::vector{folder.path("names/c.example.pem") +
                                                  " is served for c.example but does not hold that name"}));
    EXPECT_NEAR(std::chrono::duration<double>((*loaded)->valid_until() - now).count(), 2 * 3600, 60);
}

TEST_F(tls_context_test, lists_the_faults_of_all_names)
{
    folder.write("names/a.example.pem", own.chain_pem);
    folder.write("names/b.example/fullchain.pem", own.chain_pem);
    folder.write("names/b.example/privkey.pem", own.key_pem, 0644);
    folder.write("names/B.example.crt", own.chain_pem);
    folder.write("names/B.example.key", own.key_pem);
    settings.names_folder = folder.path("names");
    settings.client_ca_path = folder.path("key.pem");
    const auto text = faults();
    EXPECT_NE(text.find("cannot read " + folder.path("names/a.example.key")), std::string::npos) << text;
    EXPECT_NE(text.find("names/b.example/privkey.pem holds a private key and is open"), std::string::npos)
        << text;
    EXPECT_NE(text.find("holds two certificates for b.example"), std::string::npos) << text;
    EXPECT_NE(text.find(folder.path("key.pem") + " holds no certificates of authorities"), std::string::npos)
        << text;
}

TEST_F(tls_context_test, says_when_the_folder_of_names_is_missing)
{
    settings.names_folder = folder.path("none");
    EXPECT_EQ(faults(), "cannot read " + folder.path("none") + ": No such file or directory");
}

TEST_F(tls_context_test, tells_when_files_change)
{
    folder.write("names/a.example.pem", own.chain_pem);
    folder.write("names/a.example.key", own.key_pem);
    settings.names_folder = folder.path("names");
    const auto loaded = tls_context::load(settings, now).value();
    EXPECT_EQ(loaded->files_state(), tls_files_state(settings));
    auto before = loaded->files_state();
    for (const auto* changed : {"names/a.example.key", "chain.pem", "key.pem", "names"}) {
        const auto older = std::filesystem::last_write_time(folder.path(changed)) - 1h;
        std::filesystem::last_write_time(folder.path(changed),
                                         older); // an older file may come in its place, too
        EXPECT_NE(tls_files_state(settings), before) << changed;
        before = tls_files_state(settings);
    }
    std::filesystem::remove(folder.path("key.pem"));
    EXPECT_NE(tls_files_state(settings), before) << "a file that cannot be looked at is a change too";
}

TEST_F(tls_context_test, names_each_certificate_with_its_end)
{
    folder.write("names/a.example.pem", own.chain_pem);
    folder.write("names/a.example.key", own.key_pem);
    settings.names_folder = folder.path("names");
    const auto loaded = tls_context::load(settings, now).value();
    ASSERT_EQ(loaded->certificates().size(), 2U);
    EXPECT_EQ(loaded->certificates()[0].name, "default");
    EXPECT_EQ(loaded->certificates()[1].name, "a.example");
    EXPECT_EQ(loaded->certificates()[1].valid_until, loaded->valid_until());
}

TEST_F(tls_context_test, loads_a_self_made_certificate)
{
    for (const auto* name : {"mail.example.org", "localhost", "192.0.2.1", "2001:db8::1"}) {
        const auto made = make_certificate(name, now);
        ASSERT_TRUE(made) << made.error().operator_text;
        settings.certificate = {folder.write("self.pem", made->chain_pem),
                                folder.write("self.key", made->key_pem)};
        const auto loaded = tls_context::load(settings, now);
        ASSERT_TRUE(loaded) << loaded.error().operator_text;
        EXPECT_TRUE((*loaded)->warnings().empty());
        auto* const leaf = SSL_CTX_get0_certificate((*loaded)->native());
        const bool is_address = parse_address(name).has_value();
        EXPECT_EQ(is_address ? X509_check_ip_asc(leaf, name, 0) : X509_check_host(leaf, name, 0, 0, nullptr),
                  1)
            << name;
        EXPECT_EQ(X509_check_host(leaf, "localhost", 0, 0, nullptr), 1);
        EXPECT_EQ(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
        EXPECT_EQ(X509_check_ip_asc(leaf, "::1", 0), 1);
        EXPECT_EQ(X509_check_ca(leaf), 0);
        EXPECT_GT((*loaded)->valid_until(), now + std::chrono::hours(24 * 3650));
    }
}

TEST_F(tls_context_test, makes_a_certificate_for_a_long_name)
{
    const std::string long_name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
    const auto made = make_certificate(long_name, now);
    ASSERT_TRUE(made) << made.error().operator_text;
}

} // namespace
} // namespace net::testing
