// One account's file: how it is read.
#include "config/account_configuration.hpp"

#include "config/toml_file.hpp"
#include "config/toml_table.hpp"
#include "config/values.hpp"
#include "net/address.hpp"

#include <algorithm>
#include <array>

namespace config {

namespace {

constexpr std::array<std::string_view, 3> tls_words{"implicit", "starttls", "none"};
constexpr std::array<std::string_view, 3> trust_words{"verified", "pinned", "first-use"};
constexpr std::array<std::string_view, 3> family_words{"any", "ipv4", "ipv6"};
constexpr std::array<std::string_view, 2> clock_words{"stored", "message"};
constexpr std::array<std::string_view, 2> order_words{"as-listed", "smallest-first"};
constexpr std::array<std::string_view, 4> target_words{"lmtp", "smtp", "program", "mbox"};
constexpr std::array<std::string_view, 5> match_words{"contains", "is", "begins", "ends", "exists"};

constexpr std::size_t account_name_octets_max = 64;
constexpr std::uint64_t window_most = 1000; // above it nothing is gained and the socket's buffer could fill

// A choice whose words stand in the order of its enumeration.
template <typename Enumeration>
void choose(toml_table& from, std::string_view key, std::span<const std::string_view> words,
            Enumeration& into)
{
    auto index = static_cast<std::size_t>(into);
    from.choice(key, words, index);
    into = static_cast<Enumeration>(index);
}

void read_port_of(toml_table& from, account_configuration& into)
{
    std::uint64_t port = default_port(into.server.tls);
    from.number("port", 1, 65535, port);
    into.server.dial.port = static_cast<std::uint16_t>(port);
}

void read_server(toml_table& from, account_configuration& into)
{
    auto& server = into.server;
    from.text("host", server.dial.host);
    if (server.dial.host.empty())
        from.tell("host", "is missing", "write the server's name: host = \"pop.example.org\"");
    choose(from, "tls", tls_words, server.tls);
    read_port_of(from, into);
    choose(from, "trust", trust_words, server.trust.trust);
    from.text("ca", server.trust.ca_path);
    from.texts("pins", server.trust.pins);
    from.text("client_certificate", server.trust.client_certificate.chain_path);
    from.text("client_key", server.trust.client_certificate.key_path);
    choose(from, "family", family_words, server.dial.family);
    from.text("source_address", server.dial.source_address);
    from.parsed("proxy", R"(write "socks5://HOST:PORT" or "http://HOST:PORT")", [&](const std::string& url) {
        auto proxy = net::parse_proxy(url);
        if (!proxy) return std::optional<std::string>(proxy.error().operator_text);
        server.dial.proxy = std::move(*proxy);
        return std::optional<std::string>();
    });
    std::chrono::seconds timeout{0};
    from.duration("timeout", timeout);
    if (timeout.count() > 0) server.patience = client::patience::of(timeout);
    std::uint64_t window = server.window_max;
    from.number("window", 1, window_most, window);
    server.window_max = static_cast<unsigned>(window);
    std::uint64_t per_session = 0;
    from.number("messages_per_session", 0, 1'000'000, per_session);
    into.archive.messages_per_session = static_cast<std::uint32_t>(per_session);
}

void read_oauth2(toml_table& from, oauth2_configuration& into)
{
    from.text("provider", into.provider);
    from.text("client_id", into.client_id);
    from.text("client_secret_command", into.client_secret_command);
    from.text("authorization_endpoint", into.authorization_endpoint);
    from.text("device_endpoint", into.device_endpoint);
    from.text("token_endpoint", into.token_endpoint);
    from.text("scope", into.scope);
    from.text("ca", into.ca);
    from.flag("client_credentials", into.client_credentials);
    if (into.client_id.empty())
        from.tell("client_id", "is missing",
                  "register a client with the provider; docs/collector.md tells how");
    if (into.provider.empty() && into.token_endpoint.empty())
        from.tell("provider", "is missing", "write gmail, microsoft or yahoo, or the end points of your own");
}

void read_sign_in(toml_table& from, account_configuration& into)
{
    auto& sign_in = into.server.sign_in;
    from.text("user", sign_in.user);
    if (sign_in.user.empty()) from.tell("user", "is missing", "write whom to sign in as");
    from.text("authorization", sign_in.authorization);
    from.texts("mechanisms", sign_in.mechanisms);
    from.flag("plaintext_allowed", sign_in.plaintext_allowed);
    unsigned sources = 0;
    const auto source = [&](std::string_view key, auto kind) {
        if (!from.has(key)) return;
        from.text(key, into.secret.value);
        into.secret.kind = kind;
        ++sources;
    };
    source("password_command", secret_source::kind::command);
    source("password_file", secret_source::kind::file);
    bool keyring = false;
    from.flag("password_keyring", keyring);
    if (keyring) into.secret.kind = secret_source::kind::keyring, ++sources;
    if (from.has("oauth2")) into.secret.kind = secret_source::kind::oauth2, ++sources;
    from.table("oauth2", [&](toml_table& table) { read_oauth2(table, into.oauth2); });
    if (from.has("password"))
        from.tell("password", "may not stand in a file that is copied and backed up",
                  "use password_command, password_file (mode 0600) or password_keyring");
    if (sources > 1) from.tell("user", "has more than one source for its password", "leave one");
}

void read_keep(toml_table& from, account_configuration& into)
{
    from.parsed("policy", R"(write "all", "none", "days=30", "newest=1000" or "octets=2G")",
                [&](const std::string& given) {
                    const auto keep = parse_keep(given);
                    if (!keep) return std::optional<std::string>("is no policy");
                    into.archive.keep = *keep;
                    return std::optional<std::string>();
                });
    auto clock = archive::age_clock::stored;
    choose(from, "clock", clock_words, clock);
    if (auto* days = std::get_if<archive::keep_days>(&into.archive.keep)) days->clock = clock;
    std::uint64_t percent = into.archive.guard.percent;
    from.number("guard_percent", 0, 100, percent);
    into.archive.guard.percent = static_cast<unsigned>(percent);
    from.number("guard_messages", 0, 1'000'000'000, into.archive.guard.messages);
    from.text("second_copy", into.archive.second_copy);
    from.flag("second_copy_same_disk", into.second_copy_same_disk);
}

void read_fetch(toml_table& from, account_configuration& into)
{
    choose(from, "order", order_words, into.archive.order);
    from.octets("octets_max", into.archive.octets_max);
    from.duration("every", into.every);
}

archive::rule_test read_test(toml_table& from)
{
    archive::rule_test out;
    std::optional<std::uint64_t> above;
    std::optional<std::uint64_t> below;
    from.text("header", out.header);
    from.octets("octets_above", above);
    from.octets("octets_below", below);
    from.flag("not", out.negated);
    if (above) out.subject = archive::rule_test::subject::octets_above, out.octets = *above;
    if (below) out.subject = archive::rule_test::subject::octets_below, out.octets = *below;
    unsigned matches = 0;
    for (std::size_t at = 0; at < match_words.size(); ++at) {
        const bool given = from.has(match_words[at]);
        if (given) out.match = static_cast<enum archive::rule_test::match>(at), ++matches;
        if (at + 1 < match_words.size()) {
            from.text(match_words[at], out.text);
        } else {
            bool exists = true;
            from.flag(match_words[at], exists);
            if (!exists) out.negated = !out.negated;
        }
    }
    const unsigned subjects = (out.header.empty() ? 0U : 1U) + (above ? 1U : 0U) + (below ? 1U : 0U);
    if (subjects != 1)
        from.tell("header", "must be one of header, octets_above and octets_below",
                  R"(write { header = "List-Id", contains = "restante" })");
    else if (!out.header.empty() && matches != 1)
        from.tell("header", "needs one of contains, is, begins, ends and exists",
                  "add it to the same braces");
    return out;
}

void read_rule(toml_table& from, account_configuration& into)
{
    archive::rule out;
    from.text("name", out.name);
    from.tables("when", [&](toml_table& test) { out.tests.push_back(read_test(test)); });
    from.flag("skip", out.skip);
    from.flag("delete_unseen", out.delete_unseen);
    from.text("folder", out.folder);
    from.flag("seen", out.seen);
    from.flag("flagged", out.flagged);
    from.flag("discard", out.discard);
    from.flag("stop", out.stop);
    if (out.tests.empty())
        from.tell("when", "is missing, so the rule would be about every message",
                  R"(write when = [{ header = "From", contains = "example.org" }])");
    if (!out.skip && !out.delete_unseen && !out.discard && !out.seen && !out.flagged && out.folder.empty())
        from.tell("name", "does nothing", "add skip, delete_unseen, folder, seen, flagged or discard");
    into.archive.rules.push_back(std::move(out));
}

void read_target(toml_table& from, account_configuration& into)
{
    target_configuration out;
    choose(from, "kind", target_words, out.kind);
    from.text("to", out.to);
    from.texts("command", out.command);
    from.texts("recipients", out.recipients);
    from.text("sender", out.sender);
    choose(from, "tls", tls_words, out.tls);
    from.text("user", out.user);
    from.text("password_command", out.password_command);
    from.text("ca", out.ca);
    from.flag("add_received", out.add_received);
    from.flag("add_delivered_to", out.add_delivered_to);
    bool instead = into.archive.delivers_instead;
    from.flag("instead", instead);
    into.archive.delivers_instead = instead;
    const bool program = out.kind == target_configuration::kind::program;
    if (program && out.command.empty())
        from.tell("command", "is missing", R"(write command = ["/usr/lib/dovecot/deliver", "-d", "ann"])");
    if (!program && out.to.empty()) from.tell("to", "is missing", "write where to, a HOST:PORT or a /path");
    if (!program && out.kind != target_configuration::kind::mbox && out.recipients.empty())
        from.tell("recipients", "is missing", R"(write recipients = ["ann@example.org"])");
    into.targets.push_back(std::move(out));
}

void read_file(const toml::table& from, account_configuration& into, std::vector<fault>& faults)
{
    toml_table file(from, "", faults);
    if (!file.has("server"))
        file.tell("server", "is missing", "write [server] and host = \"pop.example.org\"");
    if (!file.has("sign_in")) file.tell("sign_in", "is missing", "write [sign_in] and user = \"ann\"");
    file.table("server", [&](toml_table& table) { read_server(table, into); });
    file.table("sign_in", [&](toml_table& table) { read_sign_in(table, into); });
    file.table("keep", [&](toml_table& table) { read_keep(table, into); });
    file.table("fetch", [&](toml_table& table) { read_fetch(table, into); });
    file.tables("rules", [&](toml_table& table) { read_rule(table, into); });
    file.tables("deliver", [&](toml_table& table) { read_target(table, into); });
    file.finish();
}

} // namespace

account_reading read_account(std::string_view name, std::string_view text)
{
    account_reading out;
    out.values.archive.name = name;
    read_toml(text, out.faults, [&](const toml::table& file) { read_file(file, out.values, out.faults); });
    return out;
}

std::optional<client::tls_mode> parse_tls_mode(std::string_view text)
{
    const auto found = std::ranges::find(tls_words, text);
    if (found == tls_words.end()) return std::nullopt;
    return static_cast<client::tls_mode>(found - tls_words.begin());
}

std::string_view name_of(client::tls_mode mode)
{
    return tls_words.at(static_cast<std::size_t>(mode));
}

bool is_account_name(std::string_view name)
{
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+-";
    return !name.empty() && name.size() <= account_name_octets_max &&
           name.find_first_not_of(letters) == std::string_view::npos && name.front() != '.' &&
           name.front() != '-' && name != "restante" && !name.ends_with(".toml");
}

std::optional<host_and_port> parse_host_and_port(std::string_view text)
{
    host_and_port out;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        out.host = text.substr(1, end - 1);
        const auto rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
        port = rest.empty() ? rest : rest.substr(1);
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.rfind(':') == colon) {
        out.host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty()) return std::nullopt;
    } else {
        out.host = text;
    }
    if (out.host.empty() || out.host.find_first_of(" \t\r\n/") != std::string::npos) return std::nullopt;
    if (port.empty()) return out;
    const auto number = parse_whole_number(port);
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*number);
    return out;
}

std::uint16_t default_port(client::tls_mode mode)
{
    return mode == client::tls_mode::implicit ? 995 : 110; // RFC 8314, section 3.3; RFC 1939, section 3
}

} // namespace config
