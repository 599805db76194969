// Runs one flow of client::oauth2_client for oauth2.py and prints what came out, tokens and all: for tests only.
// Usage: oauth2_driver FLOW ISSUER CA_FILE CLIENT_ID SECRET [REFRESH_TOKEN]
#include "credentials/oauth2.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

credentials::oauth2_provider provider_of(const std::vector<std::string>& arguments)
{
    credentials::oauth2_provider out;
    out.name = "test provider";
    out.authorization_endpoint = arguments[1] + "/auth";
    out.device_endpoint = arguments[1] + "/device/auth";
    out.token_endpoint = arguments[1] + "/token";
    out.scope = arguments[0] == "client-credentials" ? "" : "openid offline_access";
    out.ca_path = arguments[2];
    out.client_id = arguments[3];
    out.client_secret = arguments[4];
    return out;
}

void say(std::string_view what, std::string_view value)
{
    std::printf("%.*s %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(value.size()),
                value.data());
    std::fflush(stdout);
}

base::result<credentials::oauth2_tokens> run(credentials::oauth2_client& client,
                                             const std::vector<std::string>& arguments)
{
    constexpr auto limit = std::chrono::seconds(60);
    const std::string& flow = arguments[0];
    if (flow == "device")
        return client.by_device([](const std::string& address, const std::string& code) {
            say("address", address);
            say("code", code);
        });
    if (flow == "loopback")
        return client.by_loopback([](const std::string& address) { say("address", address); }, limit);
    if (flow == "client-credentials") return client.by_client_credentials();
    return client.refresh({.access_token = {}, .refresh_token = arguments.at(5), .valid_until = {}});
}

} // namespace

int main(int count, char** values)
{
    const std::vector<std::string> arguments(values + 1, values + count);
    if (arguments.size() < 5) return 2;
    const base::system_clock clock;
    base::system_random random;
    credentials::oauth2_client client(provider_of(arguments), clock, random);
    const auto tokens = run(client, arguments);
    if (!tokens) {
        say("kind", base::name_of(tokens.error().kind));
        say("error", tokens.error().operator_text);
        return 1;
    }
    say("tokens", credentials::format_tokens(*tokens));
    say("stale", client.stale(*tokens) ? "yes" : "no");
    return 0;
}
