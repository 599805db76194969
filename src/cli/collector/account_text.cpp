// One account's file: how it is written, and the short forms that it shares with the command line.
#include "cli/collector/account_configuration.hpp"
#include "cli/collector/toml_table.hpp"
#include "cli/values.hpp"

#include <charconv>
#include <string>

namespace cli::collector {

namespace {

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
        out_.append(key).append(" = [");
        for (const auto& each : values)
            out_.append(&each == values.data() ? "" : ", ").append(toml_quoted(each));
        out_ += "]\n";
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

void write_server(writer& to, const client::pop3_server_settings& server)
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
    to.line(R"(# proxy = "socks5://127.0.0.1:9050")");
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

void write_keep(writer& to, const archive::account_settings& settings)
{
    to.table("keep");
    to.line(
        "# What stays on the server: all, none, days=N, newest=N, octets=N. Nothing is deleted there that was not");
    to.line("# stored here, read again and found equal.");
    to.text("policy", format_keep(settings.keep));
    if (const auto* days = std::get_if<archive::keep_days>(&settings.keep))
        to.text("clock", days->clock == archive::age_clock::stored ? "stored" : "message");
    to.text_or("second_copy", settings.second_copy,
               "\"/media/backup/mail\"  # delete only what lies there too");
}

} // namespace

std::string format_account(const account_configuration& account)
{
    writer to;
    to.line("# The account " + account.archive.name + " of restante; restante.toml(5) tells all keys.");
    write_server(to, account.server);
    write_sign_in(to, account);
    write_keep(to, account.archive);
    to.table("fetch");
    to.line(account.archive.order == archive::fetch_order::smallest_first ? "order = \"smallest-first\""
                                                                          : "# order = \"smallest-first\"");
    if (account.every.count() > 0)
        to.text("every", format_duration(account.every));
    else
        to.line("# every = \"15m\"  # with restante watch");
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
    std::uint32_t number = 0;
    const auto end = value.data() + value.size();
    const auto [stopped, fault] = std::from_chars(value.data(), end, number);
    if (value.empty() || fault != std::errc() || stopped != end) return std::nullopt;
    if (word == "days" && number <= 36'500) return archive::keep_days{number, archive::age_clock::stored};
    if (word == "newest") return archive::keep_newest{number};
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

} // namespace cli::collector
