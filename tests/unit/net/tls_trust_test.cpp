// The client's TLS against the project's own server: whom it believes, and what it says when it does not.
#include "net/dial/dial.hpp"
#include "net/tls/trust.hpp"
#include "unit/net/issuer.hpp"
#include "unit/net/loopback_server.hpp"

#include <gmock/gmock.h>
#include <openssl/pem.h>

#include <csignal>
#include <cstdio>
#include <optional>

namespace net::testing {
namespace {

using ::testing::HasSubstr;

class tls_trust_test : public ::testing::Test {
protected:
    tls_trust_test()
    {
        std::signal(SIGPIPE, SIG_IGN); // as the program does
        contents.authorities = authority.authorities();
    }

    /// One handshake with a server that shows `shown`; what the client said, or "believed".
    std::string meet(const issued& shown, const std::string& name)
    {
        tls_contents of_server;
        of_server.certificate = pem_of("server", shown);
        of_server.client_authorities = client_authorities;
        const auto context =
            tls_context::load(of_server, {.alpn = server_alpn}, base::wall_time::clock::now());
        if (!context) return context.error().operator_text;
        return meet(*context, name);
    }
    std::string meet(const std::shared_ptr<const tls_context>& context, const std::string& name)
    {
        const auto client = net::tls_client::load(settings, contents);
        if (!client) return client.error().operator_text;
        loopback_server server([&](const client_socket& with) {
            const auto told = serve_tls(with, context, "+OK\r\n");
            if (told) of_client = *told;
        });
        auto opened = dial({.host = "127.0.0.1", .port = server.port()}, nullptr);
        if (!opened) return opened.error().operator_text;
        const auto met = (*opened)->start_tls(*client, name, patience);
        if (!met) {
            error = met.error();
            return error->operator_text;
        }
        facts = *met;
        EXPECT_TRUE((*opened)->tls());
        std::string octets(100, '\0');
        const auto got = (*opened)->read_some(octets, patience);
        if (!got) return got.error().operator_text;
        EXPECT_EQ(octets.substr(0, *got), "+OK\r\n");
        return "believed";
    }
    issued for_host(const std::string& name) const
    {
        return authority.issue({.common_names = {"somebody"}, .subject_alt_names = {"DNS:" + name}});
    }

    issuer authority;
    tls_client_settings settings;
    tls_client_contents contents;
    std::vector<std::string> server_alpn{"pop3"};
    std::optional<authorities_pem> client_authorities;
    std::optional<server_facts> facts;
    std::optional<base::error> error;
    tls_facts of_client;
};

TEST_F(tls_trust_test, believes_an_authority_and_the_right_name)
{
    const auto shown = for_host("mail.example.org");
    ASSERT_EQ(meet(shown, "mail.example.org"), "believed");
    EXPECT_EQ(facts->tls.version, "TLSv1.3");
    EXPECT_EQ(facts->tls.alpn, "pop3");
    EXPECT_EQ(facts->pin, pin_of(shown.certificate.get()));
    EXPECT_THAT(facts->subject, HasSubstr("CN=somebody, issued by CN=Test authority, from "));
    EXPECT_EQ(of_client.server_name, "mail.example.org");
    EXPECT_EQ(of_client.exporter.size(), 32U);
    EXPECT_EQ(facts->tls.exporter, of_client.exporter) << "both ends bind to the same channel";
    EXPECT_EQ(facts->tls.server_end_point, of_client.server_end_point);
    EXPECT_EQ(facts->tls.server_end_point.size(), 32U);
}

TEST_F(tls_trust_test, refuses_another_name_and_tells_the_certificates_own)
{
    EXPECT_THAT(meet(for_host("pop.example.net"), "mail.example.org"),
                AllOf(HasSubstr("the certificate of mail.example.org is not trusted: hostname mismatch"),
                      HasSubstr("it is for pop.example.net")));
    EXPECT_EQ(error->kind, base::failure::refused);
    EXPECT_FALSE(error->temporary);
}

TEST_F(tls_trust_test, knows_wildcards_of_a_whole_label_only)
{
    EXPECT_EQ(meet(for_host("*.example.org"), "mail.example.org"), "believed");
    EXPECT_NE(meet(for_host("*.example.org"), "a.mail.example.org"), "believed");
    EXPECT_NE(meet(for_host("m*.example.org"), "mail.example.org"), "believed");
}

TEST_F(tls_trust_test, never_looks_at_the_common_name)
{
    const std::string host = "mail.example.org";
    EXPECT_NE(
        meet(authority.issue({.common_names = {host}, .subject_alt_names = {"DNS:pop.example.net"}}), host),
        "believed");
    EXPECT_THAT(meet(authority.issue({.common_names = {host}}), host),
                HasSubstr("names no host in its subjectAltName"));
}

TEST_F(tls_trust_test, looks_for_addresses_among_addresses)
{
    const auto shown = authority.issue({.common_names = {"x"}, .subject_alt_names = {"IP:127.0.0.1"}});
    EXPECT_EQ(meet(shown, "127.0.0.1"), "believed");
    EXPECT_EQ(of_client.server_name, "") << "RFC 6066: no addresses in SNI";
    EXPECT_THAT(meet(shown, "127.0.0.2"), HasSubstr("it is for 127.0.0.1"));
    EXPECT_NE(meet(for_host("127.0.0.1"), "127.0.0.1"), "believed") << "a dNSName is no iPAddress";
}

TEST_F(tls_trust_test, looks_for_names_of_all_scripts_as_the_dns_has_them)
{
    EXPECT_EQ(meet(for_host("post.xn--bcher-kva.example"), "Post.B\u00fccher.example."), "believed");
    EXPECT_EQ(of_client.server_name, "post.xn--bcher-kva.example");
}

TEST_F(tls_trust_test, refuses_what_is_out_of_date)
{
    const auto now = base::wall_time::clock::now();
    const std::vector<std::string> names{"DNS:mail.example.org"};
    EXPECT_THAT(meet(authority.issue({.subject_alt_names = names, .from = now - 48h, .until = now - 24h}),
                     "mail.example.org"),
                AllOf(HasSubstr("expired"), HasSubstr("must renew it")));
    EXPECT_THAT(meet(authority.issue({.subject_alt_names = names, .from = now + 24h, .until = now + 48h}),
                     "mail.example.org"),
                AllOf(HasSubstr("not yet valid"), HasSubstr("clock")));
}

TEST_F(tls_trust_test, refuses_strangers)
{
    const auto stranger = issuer().issue({.subject_alt_names = {"DNS:mail.example.org"}});
    EXPECT_THAT(meet(stranger, "mail.example.org"), HasSubstr("certificate signature failure"))
        << "an authority of the same name and another key";
    const auto for_clients =
        authority.issue({.subject_alt_names = {"DNS:mail.example.org"}, .extended_key_usage = "clientAuth"});
    EXPECT_NE(meet(for_clients, "mail.example.org"), "believed");
    const auto another = make_certificate("another.example", base::wall_time::clock::now()).value();
    contents.authorities->files = {{.name = "another.pem", .octets = another.chain_pem}};
    const auto good = for_host("mail.example.org");
    EXPECT_THAT(meet(good, "mail.example.org"),
                AllOf(HasSubstr("set `ca` to a file"), HasSubstr(pin_of(good.certificate.get()))));
}

TEST_F(tls_trust_test, takes_the_authorities_of_a_folder_and_passes_over_what_holds_none)
{
    auto& files = contents.authorities->files;
    files.insert(files.begin(), {missing_pem("a/0.0"), {.name = "a/1.0", .octets = "nothing\n"}});
    EXPECT_EQ(meet(for_host("mail.example.org"), "mail.example.org"), "believed");
    files.pop_back();
    EXPECT_THAT(meet(for_host("mail.example.org"), "mail.example.org"),
                HasSubstr("`ca`: cannot read a/0.0: No such file"));
    files.clear();
    EXPECT_THAT(meet(for_host("mail.example.org"), "mail.example.org"),
                HasSubstr("`ca`: ca.pem holds no certificates of authorities"));
}

/// A certificate signed by itself, as `restanted` makes for the first five minutes.
class tls_pin_test : public tls_trust_test {
protected:
    tls_pin_test()
    {
        const auto made = make_certificate("mail.example.org", base::wall_time::clock::now()).value();
        const auto source = openssl::reading(made.chain_pem);
        own.certificate.reset(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
        own.chain_pem = made.chain_pem;
        own.key_pem = made.key_pem;
        pin = pin_of(own.certificate.get());
    }

    issued own;
    std::string pin;
    std::string spare = pin_of(for_host("spare").certificate.get());
};

TEST_F(tls_pin_test, refuses_a_self_signed_one_without_pins_and_says_how_to_trust_it)
{
    EXPECT_THAT(meet(own, "mail.example.org"),
                AllOf(HasSubstr("self-signed"), HasSubstr("set `trust` to pinned and `pins` to " + pin)));
    contents.authorities->files = {{.name = "own.pem", .octets = own.chain_pem}};
    EXPECT_EQ(meet(own, "mail.example.org"), "believed") << "whoever names it as `ca` means it";
}

TEST_F(tls_pin_test, believes_pins_alone_where_told_to)
{
    settings.trust = trust::pinned;
    settings.pins = {spare, pin};
    EXPECT_EQ(meet(own, "another.example"), "believed");
    settings.pins = {spare};
    EXPECT_THAT(meet(own, "mail.example.org"), HasSubstr("its key is not one of `pins`"));
}

TEST_F(tls_pin_test, asks_for_pins_besides_the_chain)
{
    const auto good = for_host("mail.example.org");
    settings.pins = {spare};
    EXPECT_THAT(meet(good, "mail.example.org"), HasSubstr("its key is not one of `pins`"));
    settings.pins = {spare, pin_of(good.certificate.get())};
    EXPECT_EQ(meet(good, "mail.example.org"), "believed");
    settings.pins = {pin};
    EXPECT_NE(meet(own, "mail.example.org"), "believed") << "a pin is no chain";
}

TEST_F(tls_pin_test, believes_anything_once_at_first_use)
{
    settings.trust = trust::first_use;
    ASSERT_EQ(meet(own, "another.example"), "believed");
    EXPECT_EQ(facts->pin, pin);
    settings.pins = {facts->pin};
    EXPECT_EQ(meet(own, "another.example"), "believed");
    EXPECT_THAT(meet(for_host("another.example"), "another.example"),
                HasSubstr("its key is not one of `pins`"));
}

TEST_F(tls_pin_test, is_the_hash_that_openssl_tells)
{
    // openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
    constexpr std::string_view pem = "-----BEGIN PUBLIC KEY-----\n"
                                     "MCowBQYDK2VwAyEAEefJj/CjcY/+ZWxrA1R0cWsWW3eLKh82KNQOMSI7RVE=\n"
                                     "-----END PUBLIC KEY-----\n";
    const auto source = openssl::reading(pem);
    const openssl::private_key key(PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr));
    const openssl::certificate holder(X509_new());
    X509_set_pubkey(holder.get(), key.get());
    EXPECT_EQ(pin_of(holder.get()), "sha256/9Rs+c/+Z1olQnIVXGRV1bhQMBymWaFVnurjelyJyDiE=");
}

TEST_F(tls_trust_test, shows_its_own_certificate)
{
    client_authorities = authority.authorities();
    const auto mine = authority.issue({.common_names = {"mrose"}, .extended_key_usage = "clientAuth"});
    contents.certificate = pem_of("mine", mine);
    ASSERT_EQ(meet(for_host("mail.example.org"), "mail.example.org"), "believed");
    EXPECT_EQ(of_client.certificate_identity, "mrose");
}

TEST_F(tls_trust_test, bears_a_server_without_alpn_and_leaves_one_with_another)
{
    server_alpn.clear();
    EXPECT_EQ(meet(for_host("mail.example.org"), "mail.example.org"), "believed");
    EXPECT_EQ(facts->tls.alpn, "");
    server_alpn = {"imap"};
    EXPECT_THAT(meet(for_host("mail.example.org"), "mail.example.org"), HasSubstr("no application protocol"));
}

TEST_F(tls_trust_test, tells_all_faults_of_its_settings_at_once)
{
    contents.authorities->files = {missing_pem("missing.pem")};
    settings.pins = {"sha256/short", "md5/x"};
    contents.certificate = {missing_pem("mine.pem"), missing_pem("mine.key")};
    const auto loaded = net::tls_client::load(settings, contents);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().kind, base::failure::malformed);
    EXPECT_THAT(loaded.error().operator_text,
                AllOf(HasSubstr("`ca`"), HasSubstr("\"sha256/short\""), HasSubstr("\"md5/x\""),
                      HasSubstr("mine.pem"), HasSubstr("mine.key")));
    EXPECT_THAT(net::tls_client::load({.trust = trust::pinned}).error().operator_text,
                HasSubstr("`pins` is empty"));
    contents = {.authorities = {{.name = "no.pem", .files = {{.name = "no.pem", .octets = "nothing\n"}}}}};
    EXPECT_FALSE(net::tls_client::load({}, contents));
    EXPECT_FALSE(net::tls_client::load({.alpn = {""}}));
}

} // namespace
} // namespace net::testing
