// One account's file: how it is written, and the short forms that it shares with the command line.
#include "config/account_configuration.hpp"
#include "config/toml_table.hpp"
#include "config/values.hpp"

#include <string>

namespace config {

namespace {

constexpr std::uint64_t days_most = 36'500; // a century

// Comments for what was not chosen, so that a person finds in the file itself what else there is.
class writer {
public:
    void table(std::string_view name) { out_.append("\n[").append(name).append("]\n"); }
    void line(std::string_view text) { out_.append(text).append("\n"); }
    void text(std::string_view key, std::string_view value)
    {
        out_.append(key).append(" = ").append(toml_quoted(value)).append("\n");
    }
    void text_or(std::string_view key, std::string_view value, std::string_view comment)
    {
        if (value.empty())
            out_.append("# ").append(key).append(" = ").append(comment).append("\n");
        else
            text(key, value);
    }
    void texts(std::string_view key, const std::vector<std::string>& values)
    {
        std::vector<std::string> quoted;
        quoted.reserve(values.size());
        for (const auto& each : values) quoted.push_back(toml_quoted(each));
        list(key, quoted);
    }
    /// Over many lines where one would be long: what reads the file has a limit for a line.
    void list(std::string_view key, const std::vector<std::string>& values)
    {
        constexpr std::size_t octets_of_one_line = 100;
        std::size_t octets = 0;
        for (const auto& each : values) octets += each.size() + 2;
        const bool one_line = octets <= octets_of_one_line;
        out_.append(key).append(" = [");
        for (const auto& each : values)
            out_.append(one_line ? (&each == values.data() ? "" : ", ") : "\n    ")
                .append(each)
                .append(one_line ? "" : ",");
        out_ += one_line ? "]\n" : "\n]\n";
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

// Percent-encoded but for what is unreserved (RFC 3986, section 2.3).
std::string url_part(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (unreserved.find(c) != std::string_view::npos)
            out += c;
        else
            out.append({'%', digits[octet >> 4U], digits[octet & 0xFU]});
    }
    return out;
}

std::string url_of(const net::proxy& proxy)
{
    std::string out = proxy.kind == net::proxy::kind::http ? "http://" : "socks5://";
    if (!proxy.user.empty() || !proxy.secret.empty())
        out += url_part(proxy.user) + ":" + url_part(proxy.secret) + "@";
    const bool address6 = proxy.host.find(':') != std::string::npos;
    out += address6 ? "[" + proxy.host + "]" : proxy.host;
    return out + ":" + std::to_string(proxy.port);
}

void write_server(writer& to, const client::pop3_server_settings& server, std::uint32_t messages_per_session)
{
    to.table("server");
    to.text("host", server.dial.host);
    to.line("port = " + std::to_string(server.dial.port));
    to.text("tls", name_of(server.tls));
    to.text_or("ca", server.trust.ca_path, "\"/etc/ssl/own-ca.pem\"  # instead of the system's authorities");
    if (server.trust.pins.empty())
        to.line(R"(# pins = ["sha256/..."]  # the server's key, and a spare one)");
    else
        to.texts("pins", server.trust.pins);
    switch (server.trust.trust) {
    case net::trust::verified: break;
    case net::trust::pinned: to.text("trust", "pinned"); break;
    case net::trust::first_use: to.text("trust", "first-use"); break;
    }
    if (!server.trust.client_certificate.chain_path.empty()) {
        to.text("client_certificate", server.trust.client_certificate.chain_path);
        to.text("client_key", server.trust.client_certificate.key_path);
    }
    switch (server.dial.family) {
    case net::family::any: break;
    case net::family::ipv4: to.text("family", "ipv4"); break;
    case net::family::ipv6: to.text("family", "ipv6"); break;
    }
    if (!server.dial.source_address.empty()) to.text("source_address", server.dial.source_address);
    to.text_or("proxy", server.dial.proxy ? url_of(*server.dial.proxy) : "", "\"socks5://127.0.0.1:9050\"");
    if (server.patience.reply != client::patience().reply)
        to.line("timeout = \"" + std::to_string(server.patience.reply.count() / 1000) + "s\"");
    if (server.window_max != client::pop3_server_settings().window_max)
        to.line("window = " + std::to_string(server.window_max));
    if (messages_per_session > 0) to.line("messages_per_session = " + std::to_string(messages_per_session));
}

void write_oauth2(writer& to, const oauth2_configuration& oauth2)
{
    to.table("sign_in.oauth2");
    if (!oauth2.provider.empty()) to.text("provider", oauth2.provider);
    to.text("client_id", oauth2.client_id);
    if (!oauth2.client_secret_command.empty()) to.text("client_secret_command", oauth2.client_secret_command);
    if (!oauth2.authorization_endpoint.empty())
        to.text("authorization_endpoint", oauth2.authorization_endpoint);
    if (!oauth2.device_endpoint.empty()) to.text("device_endpoint", oauth2.device_endpoint);
    if (!oauth2.token_endpoint.empty()) to.text("token_endpoint", oauth2.token_endpoint);
    if (!oauth2.scope.empty()) to.text("scope", oauth2.scope);
    if (!oauth2.ca.empty()) to.text("ca", oauth2.ca);
    if (oauth2.client_credentials) to.line("client_credentials = true");
}

void write_sign_in(writer& to, const account_configuration& account)
{
    to.table("sign_in");
    to.text("user", account.server.sign_in.user);
    if (!account.server.sign_in.authorization.empty())
        to.text("authorization", account.server.sign_in.authorization);
    if (!account.server.sign_in.mechanisms.empty()) to.texts("mechanisms", account.server.sign_in.mechanisms);
    if (account.server.sign_in.plaintext_allowed) to.line("plaintext_allowed = true");
    switch (account.secret.kind) {
    case secret_source::kind::command: to.text("password_command", account.secret.value); break;
    case secret_source::kind::file: to.text("password_file", account.secret.value); break;
    case secret_source::kind::keyring: to.line("password_keyring = true"); break;
    case secret_source::kind::oauth2: write_oauth2(to, account.oauth2); break;
    case secret_source::kind::ask:
    case secret_source::kind::none:
        to.line("# password_command = \"pass show mail/example\"  # else it is asked for");
        break;
    }
}

void write_keep(writer& to, const account_configuration& account)
{
    const auto& settings = account.archive;
    to.table("keep");
    to.line(
        "# What stays on the server: all, none, days=N, newest=N, octets=N. Nothing is deleted there that was not");
    to.line("# stored here, read again and found equal.");
    to.text("policy", format_keep(settings.keep));
    if (const auto* days = std::get_if<archive::keep_days>(&settings.keep))
        to.text("clock", days->clock == archive::age_clock::stored ? "stored" : "message");
    to.text_or("second_copy", settings.second_copy,
               "\"/media/backup/mail\"  # delete only what lies there too");
    if (account.second_copy_same_disk) to.line("second_copy_same_disk = true");
    const archive::deletion_guard usual;
    if (settings.guard.percent != usual.percent)
        to.line("guard_percent = " + std::to_string(settings.guard.percent));
    if (settings.guard.messages != usual.messages)
        to.line("guard_messages = " + std::to_string(settings.guard.messages));
}

void write_fetch(writer& to, const account_configuration& account)
{
    to.table("fetch");
    to.line(account.archive.order == archive::fetch_order::smallest_first ? "order = \"smallest-first\""
                                                                          : "# order = \"smallest-first\"");
    if (account.archive.octets_max)
        to.text("octets_max", format_octets(*account.archive.octets_max));
    else
        to.line("# octets_max = \"50M\"  # greater messages stay on the server");
    to.text_or("every", account.every.count() > 0 ? format_duration(account.every) : "",
               "\"15m\"  # with restante watch");
}

std::string text_of(const archive::rule_test& test)
{
    using subject = enum archive::rule_test::subject;
    using match = enum archive::rule_test::match;
    std::string out;
    switch (test.subject) {
    case subject::octets_above: out = "octets_above = " + toml_quoted(format_octets(test.octets)); break;
    case subject::octets_below: out = "octets_below = " + toml_quoted(format_octets(test.octets)); break;
    case subject::header:
        out = "header = " + toml_quoted(test.header) + ", ";
        switch (test.match) {
        case match::contains: out += "contains = " + toml_quoted(test.text); break;
        case match::is: out += "is = " + toml_quoted(test.text); break;
        case match::begins: out += "begins = " + toml_quoted(test.text); break;
        case match::ends: out += "ends = " + toml_quoted(test.text); break;
        case match::exists: out += "exists = true"; break;
        }
        break;
    }
    return "{ " + out + (test.negated ? ", not = true }" : " }");
}

void write_rule(writer& to, const archive::rule& rule)
{
    to.line("\n[[rules]]");
    if (!rule.name.empty()) to.text("name", rule.name);
    std::vector<std::string> tests;
    tests.reserve(rule.tests.size());
    for (const auto& each : rule.tests) tests.push_back(text_of(each));
    to.list("when", tests);
    if (rule.skip) to.line("skip = true");
    if (rule.delete_unseen) to.line("delete_unseen = true");
    if (!rule.folder.empty()) to.text("folder", rule.folder);
    if (rule.seen) to.line("seen = true");
    if (rule.flagged) to.line("flagged = true");
    if (rule.discard) to.line("discard = true");
    if (!rule.stop) to.line("stop = false");
}

std::string_view word_of(enum target_configuration::kind kind)
{
    switch (kind) {
    case target_configuration::kind::lmtp: return "lmtp";
    case target_configuration::kind::smtp: return "smtp";
    case target_configuration::kind::program: return "program";
    case target_configuration::kind::mbox: return "mbox";
    }
    return "";
}

void write_target(writer& to, const target_configuration& target, bool instead)
{
    to.line("\n[[deliver]]");
    to.text("kind", word_of(target.kind));
    const auto text = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) to.text(key, value);
    };
    text("to", target.to);
    if (!target.command.empty()) to.texts("command", target.command);
    if (!target.recipients.empty()) to.texts("recipients", target.recipients);
    text("sender", target.sender);
    if (target.tls != target_configuration().tls) to.text("tls", name_of(target.tls));
    text("user", target.user);
    text("password_command", target.password_command);
    text("ca", target.ca);
    if (target.add_received) to.line("add_received = true");
    if (target.add_delivered_to) to.line("add_delivered_to = true");
    if (instead) to.line("instead = true");
}

} // namespace

std::string format_account(const account_configuration& account)
{
    writer to;
    to.line("# The account " + account.archive.name + " of restante; restante.toml(5) tells all keys.");
    write_server(to, account.server, account.archive.messages_per_session);
    write_sign_in(to, account);
    write_keep(to, account);
    write_fetch(to, account);
    for (const auto& each : account.archive.rules) write_rule(to, each);
    for (const auto& each : account.targets) write_target(to, each, account.archive.delivers_instead);
    return to.take();
}

std::optional<archive::keep_policy> parse_keep(std::string_view text)
{
    if (text == "all") return archive::keep_all{};
    if (text == "none") return archive::keep_none{};
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto word = text.substr(0, equals);
    const auto value = text.substr(equals + 1);
    if (word == "octets") {
        const auto octets = parse_octets(value);
        if (!octets) return std::nullopt;
        return archive::keep_newest_octets{*octets};
    }
    const auto number = parse_whole_number(value);
    if (!number) return std::nullopt;
    if (word == "days" && *number <= days_most)
        return archive::keep_days{static_cast<std::uint32_t>(*number), archive::age_clock::stored};
    if (word == "newest") return archive::keep_newest{*number};
    return std::nullopt;
}

std::string format_keep(const archive::keep_policy& keep)
{
    struct formatter {
        std::string operator()(const archive::keep_all&) const { return "all"; }
        std::string operator()(const archive::keep_none&) const { return "none"; }
        std::string operator()(const archive::keep_days& of) const
        {
            return "days=" + std::to_string(of.days);
        }
        std::string operator()(const archive::keep_newest& of) const
        {
            return "newest=" + std::to_string(of.messages);
        }
        std::string operator()(const archive::keep_newest_octets& of) const
        {
            return "octets=" + format_octets(of.octets);
        }
    };
    return std::visit(formatter{}, keep);
}

} // namespace config
