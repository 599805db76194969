// The client's TLS against the project's own server: whom it believes, and what it says when it does not.
#include "net/dial.hpp"
#include "net/tls_trust.hpp"
#include "unit/net/issuer.hpp"
#include "unit/net/loopback_server.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <optional>

namespace net::testing {
namespace {

using ::testing::HasSubstr;

class tls_trust_test : public ::testing::Test {
protected:
    tls_trust_test()
    {
        std::signal(SIGPIPE, SIG_IGN); // as the programme does
        settings.ca_path = folder.write("ca.pem", authority.authority_pem());
    }

    /// One handshake with a server that shows `shown`; what the client said, or "believed".
    std::string meet(const issued& shown, const std::string& name)
    {
        tls_settings server_settings;
        server_settings.certificate = {folder.write("server.pem", shown.chain_pem),
                                       folder.write("server.key", shown.key_pem)};
        server_settings.alpn = server_alpn;
        server_settings.client_ca_path = client_ca_path;
        const auto context = tls_context::load(server_settings, base::wall_time::clock::now());
        if (!context) return context.error().operator_text;
        return meet(*context, name);
    }
    std::string meet(const std::shared_ptr<const tls_context>& context, const std::string& name)
    {
        const auto client = net::tls_client::load(settings);
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
    scratch_folder folder;
    tls_client_settings settings;
    std::vector<std::string> server_alpn{"pop3"};
    std::string client_ca_path;
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

} // namespace
} // namespace net::testing
