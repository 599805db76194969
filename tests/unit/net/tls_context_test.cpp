// Loading of certificates: all faults at once, in words that help.
#include "net/tls/context.hpp"
#include "unit/net/issuer.hpp"
#include "unit/net/loopback.hpp"

namespace net::testing {
namespace {

class tls_context_test : public ::testing::Test {
protected:
    tls_context_test() { contents.certificate = pem_of("chain", own); }
    std::string faults() const
    {
        const auto loaded = tls_context::load(contents, {}, now);
        return loaded ? "" : loaded.error().operator_text;
    }

    const base::wall_time now = base::wall_time::clock::now();
    issuer authority;
    issued own = authority.issue(
        {.common_names = {"mail.example.org"}, .subject_alt_names = {"DNS:mail.example.org"}});
    tls_contents contents;
};

TEST_F(tls_context_test, loads)
{
    const auto loaded = tls_context::load(contents, {}, now);
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    EXPECT_NE((*loaded)->native(), nullptr);
    EXPECT_TRUE((*loaded)->warnings().empty());
    EXPECT_NEAR(std::chrono::duration<double>((*loaded)->valid_until() - now).count(), 24 * 3600, 60);
}

TEST_F(tls_context_test, takes_rsa_and_ed25519_too)
{
    for (const auto* key : {"RSA", "ED25519"}) {
        contents.certificate = pem_of("other", authority.issue({.common_names = {"x"}, .key = key}));
        EXPECT_EQ(faults(), "") << key;
    }
}

TEST_F(tls_context_test, says_which_file_is_missing)
{
    contents.certificate = {missing_pem("none.pem"), missing_pem("none.key")};
    EXPECT_EQ(faults(), "cannot read none.pem: No such file or directory\n"
                        "cannot read none.key: No such file or directory");
}

TEST_F(tls_context_test, refuses_a_key_open_to_others)
{
    for (const unsigned mode : {0644U, 0660U, 0604U, 0602U, 0650U}) {
        contents.certificate.key.permissions = mode;
        EXPECT_NE(faults().find("open to others"), std::string::npos) << mode;
        EXPECT_NE(faults().find("chmod 0640"), std::string::npos) << mode;
    }
    for (const unsigned mode : {0600U, 0640U, 0400U, 0440U, 0U}) {
        contents.certificate.key.permissions = mode;
        EXPECT_EQ(faults(), "") << mode;
    }
}

TEST_F(tls_context_test, refuses_a_key_of_another_certificate)
{
    contents.certificate.key.octets = authority.issue({.common_names = {"x"}}).key_pem;
    EXPECT_NE(faults().find("is not the key of the first certificate"), std::string::npos) << faults();
}

TEST_F(tls_context_test, refuses_files_that_hold_something_else)
{
    contents.certificate.chain.octets = "not PEM\n";
    contents.certificate.key.octets = own.chain_pem;
    EXPECT_EQ(faults().find("chain.pem holds no certificate in PEM"), 0U) << faults();
    EXPECT_NE(faults().find("\nchain.key holds no private key in PEM"), std::string::npos);
}

TEST_F(tls_context_test, refuses_a_broken_chain)
{
    auto broken = own.chain_pem;
    broken.replace(broken.size() / 2, 8, "????????");
    contents.certificate.chain.octets = own.chain_pem + broken;
    EXPECT_NE(faults().find("a certificate of the chain is broken"), std::string::npos) << faults();
}

TEST_F(tls_context_test, refuses_a_key_with_a_passphrase_without_asking_for_it)
{
    contents.certificate.key.octets =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n";
    EXPECT_NE(faults().find("is protected by a passphrase"), std::string::npos) << faults();
}

TEST_F(tls_context_test, says_what_to_name_instead_of_what_is_no_file)
{
    contents.certificate.chain.octets = base::fail(
        base::permanent_error(base::failure::malformed, "chain.pem is not a file of at most 1 MiB"));
    EXPECT_EQ(faults(), "chain.pem is not a file of at most 1 MiB; name a PEM file");
}

TEST_F(tls_context_test, refuses_weak_keys)
{
    const auto weak = authority.issue({.common_names = {"x"}, .digest = EVP_sha1()});
    contents.certificate = pem_of("weak", weak);
    EXPECT_NE(faults().find("OpenSSL refuses weak.pem"), std::string::npos) << faults();
}

TEST_F(tls_context_test, warns_of_dates)
{
    const auto late = tls_context::load(contents, {}, now + 48h);
    ASSERT_TRUE(late) << late.error().operator_text;
    EXPECT_EQ((*late)->warnings(),
              (std::vector<std::string>{"chain.pem has expired: clients refuse it; renew it"}));
    const auto early = tls_context::load(contents, {}, now - 48h);
    ASSERT_TRUE(early);
    ASSERT_EQ((*early)->warnings().size(), 1U);
    EXPECT_NE((*early)->warnings()[0].find("is not valid yet"), std::string::npos);
}

TEST_F(tls_context_test, takes_certificates_for_other_names)
{
    const auto later = authority.issue({.common_names = {"x"}, .subject_alt_names = {"DNS:a.example"}});
    const auto sooner = authority.issue({.common_names = {"x"},
                                         .subject_alt_names = {"DNS:*.b.example"},
                                         .until = now + std::chrono::hours(2)});
    contents.names = {{"a.example", pem_of("a.example", later)},
                      {"*.b.example", pem_of("b", sooner)},
                      {"c.example", pem_of("c.example", later)}};
    const auto loaded = tls_context::load(contents, {}, now);
    ASSERT_TRUE(loaded) << loaded.error().operator_text;
    EXPECT_EQ(
        (*loaded)->warnings(),
        (std::vector<std::string>{"c.example.pem is served for c.example but does not hold that name"}));
    EXPECT_NEAR(std::chrono::duration<double>((*loaded)->valid_until() - now).count(), 2 * 3600, 60);
}

TEST_F(tls_context_test, lists_the_faults_of_all_names)
{
    contents.names = {{"a.example", pem_of("a", own)}, {"b.example", pem_of("b", own)}};
    contents.names[0].certificate.key = missing_pem("a.key");
    contents.names[1].certificate.key.permissions = 0644;
    contents.client_authorities = {.name = "ca.pem", .files = {{.name = "ca.pem", .octets = own.key_pem}}};
    contents.faults = {"names holds two certificates for b.example; remove one"};
    const auto text = faults();
    EXPECT_NE(text.find("cannot read a.key"), std::string::npos) << text;
    EXPECT_NE(text.find("b.key holds a private key and is open"), std::string::npos) << text;
    EXPECT_NE(text.find("holds two certificates for b.example"), std::string::npos) << text;
    EXPECT_NE(text.find("ca.pem holds no certificates of authorities"), std::string::npos) << text;
}

TEST_F(tls_context_test, keeps_the_state_of_what_it_was_made_of)
{
    contents.state = "the first";
    EXPECT_EQ(tls_context::load(contents, {}, now).value()->contents_state(), "the first");
}

TEST_F(tls_context_test, names_each_certificate_with_its_end)
{
    contents.names = {{"a.example", pem_of("a.example", own)}};
    const auto loaded = tls_context::load(contents, {}, now).value();
    ASSERT_EQ(loaded->certificates().size(), 2U);
    EXPECT_EQ(loaded->certificates()[0].name, "default");
    EXPECT_EQ(loaded->certificates()[1].name, "a.example");
    EXPECT_EQ(loaded->certificates()[1].path, "a.example.pem");
    EXPECT_EQ(loaded->certificates()[1].valid_until, loaded->valid_until());
}

TEST_F(tls_context_test, loads_a_self_made_certificate)
{
    for (const auto* name : {"mail.example.org", "localhost", "192.0.2.1", "2001:db8::1"}) {
        const auto made = make_certificate(name, now);
        ASSERT_TRUE(made) << made.error().operator_text;
        contents.certificate = {{.name = "self.pem", .octets = made->chain_pem},
                                {.name = "self.key", .octets = made->key_pem}};
        const auto loaded = tls_context::load(contents, {}, now);
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
