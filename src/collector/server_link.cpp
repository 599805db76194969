// From an account's configuration to its server: who is asked for the secret, what is remembered of the host.
#include "collector/server_link.hpp"

#include "base/ascii.hpp"
#include "config/values.hpp"
#include "credentials/secret.hpp"
#include "disk/path_reader.hpp"
#include "net/dial/dial.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace collector {

namespace {

constexpr std::string_view quirks_name = "quirks";
constexpr std::string_view pin_name = "pin";
constexpr std::string_view login_delay_name = "login-delay";
constexpr std::string_view signed_in_name = "signed-in"; // seconds since 1970
constexpr std::uint64_t login_delay_seconds_max = 86'400;

// Passes everything on, and keeps what each session's server says of itself.
class noting_server final : public client::server {
public:
    noting_server(client::server& behind, std::optional<client::server_abilities>& abilities)
        : behind_(behind), into_(abilities)
    {
    }
    base::result<std::unique_ptr<client::maildrop>> sign_in() override
    {
        auto opened = behind_.sign_in();
        if (opened) into_ = (*opened)->abilities();
        return opened;
    }
    const std::string& host() const override { return behind_.host(); }

private:
    client::server& behind_;
    std::optional<client::server_abilities>& into_;
};

} // namespace

base::result<credentials::oauth2_provider> provider_of(const config::oauth2_configuration& configuration)
{
    credentials::oauth2_provider out;
    if (!configuration.provider.empty()) {
        auto preset = credentials::oauth2_preset(configuration.provider);
        if (!preset)
            return base::fail(base::permanent_error(
                base::failure::malformed, "\"" + configuration.provider +
                                              "\" is not a known OAuth 2.0 provider: "
                                              "write gmail, microsoft or yahoo, or its end points"));
        out = std::move(*preset);
    }
    const auto put = [](std::string& field, const std::string& value) {
        if (!value.empty()) field = value;
    };
    put(out.authorization_endpoint, configuration.authorization_endpoint);
    put(out.device_endpoint, configuration.device_endpoint);
    put(out.token_endpoint, configuration.token_endpoint);
    put(out.scope, configuration.scope);
    put(out.ca_path, configuration.ca);
    out.client_id = configuration.client_id;
    if (out.name.empty()) out.name = "the provider";
    if (configuration.client_secret_command.empty()) return out;
    auto secret = credentials::secret_of_command(configuration.client_secret_command);
    if (!secret) return base::fail(secret.error());
    out.client_secret = std::move(*secret);
    return out;
}

server_link::server_link(archive_folder& folder, config::account_configuration account)
    : folder_(folder), account_(std::move(account))
{
}

base::result<std::unique_ptr<server_link>>
server_link::make(archive_folder& folder, const config::account_configuration& account, ledger::ledger& book,
                  std::shared_ptr<const net::interrupt> stop, base::log& log)
{
    std::unique_ptr<server_link> out(new server_link(folder, account));
    auto settings = account.server;
    const auto& name = account.archive.name;
    if (const auto known = book.recall(name, quirks_name); known && *known)
        settings.quirks = client::host_quirks::parse(**known);
    if (settings.trust.trust == net::trust::first_use && settings.trust.pins.empty())
        if (const auto pin = book.recall(name, pin_name); pin && *pin) {
            settings.trust.trust = net::trust::pinned;
            settings.trust.pins = {**pin};
        }
    if (account.secret.kind == config::secret_source::kind::oauth2)
        settings.sign_in.token = [&link = *out](bool again) { return link.token(again); };
    else if (account.secret.kind != config::secret_source::kind::none)
        settings.sign_in.secret = [&link = *out](bool again) { return link.secret(again); };
    settings.sign_in.certificate = !account.trust_files.client_certificate.empty();
    std::shared_ptr<const net::tls_client> tls;
    if (settings.tls != client::tls_mode::none) { // else the system's roots would be read for nothing
        auto loaded = net::tls_client::load(settings.trust, read_trust(account.trust_files));
        if (!loaded) return base::fail(loaded.error());
        tls = std::move(*loaded);
    }
    auto dial = [endpoint = settings.dial, stop = std::move(stop)] { return net::dial(endpoint, stop); };
    out->server_ = std::make_unique<client::pop3_server>(std::move(settings), std::move(dial), std::move(tls),
                                                         folder.random(), log);
    out->noting_ = std::make_unique<noting_server>(*out->server_, out->abilities_);
    return out;
}

base::result<std::string> server_link::secret(bool again)
{
    const auto& source = account_.secret;
    const auto& name = account_.archive.name;
    switch (source.kind) {
    case config::secret_source::kind::command: return credentials::secret_of_command(source.value);
    case config::secret_source::kind::file: return credentials::secret_of_file(source.value);
    case config::secret_source::kind::keyring: return credentials::secret_of_keyring(name);
    case config::secret_source::kind::ask:
    case config::secret_source::kind::oauth2:
    case config::secret_source::kind::none: break;
    }
    if (asked_ && !again) return *asked_;
    auto typed = folder_.person().ask_secret("Password of " + account_.server.sign_in.user + " at " +
                                             account_.server.dial.host + ": ");
    if (!typed && typed.error().kind == base::failure::refused)
        return base::fail(base::permanent_error(
            base::failure::refused,
            name +
                ": no terminal to ask for the password: set password_command, password_file or "
                "password_keyring in " +
                folder_.path() + "/" + name + ".toml"));
    if (typed) asked_ = *typed;
    return typed;
}

base::result<std::string> server_link::token(bool again)
{
    const auto& name = account_.archive.name;
    auto provider = provider_of(account_.oauth2);
    if (!provider) return base::fail(provider.error());
    credentials::oauth2_client asks(*provider, folder_.clock(), folder_.random());
    const auto kept = folder_.tokens(name);
    if (!kept) return base::fail(kept.error());
    base::result<credentials::oauth2_tokens> tokens = base::fail(base::error{});
    if (*kept) {
        tokens = credentials::parse_tokens(**kept);
        if (!tokens) return base::fail(tokens.error());
        if (!again && !asks.stale(*tokens)) return tokens->access_token;
        if (!account_.oauth2.client_credentials) tokens = asks.refresh(*tokens);
    } else if (!account_.oauth2.client_credentials) {
        return base::fail(
            base::permanent_error(base::failure::credentials,
                                  name + ": there are no tokens yet: restante account sign-in " + name));
    }
    if (account_.oauth2.client_credentials) tokens = asks.by_client_credentials();
    if (!tokens) return base::fail(tokens.error());
    if (auto saved = folder_.save_tokens(name, credentials::format_tokens(*tokens)); !saved)
        return base::fail(saved.error());
    return tokens->access_token;
}

std::chrono::seconds server_link::delay(ledger::ledger& book, base::wall_time now) const
{
    const auto announced = book.recall(account_.archive.name, login_delay_name);
    const auto last = book.recall(account_.archive.name, signed_in_name);
    if (!announced || !*announced || !last || !*last) return std::chrono::seconds(0);
    // A server that wants more than a day means something else, and a sum must not overflow.
    const auto seconds =
        std::min<std::uint64_t>(config::parse_whole_number(**announced).value_or(0), login_delay_seconds_max);
    const auto signed_in = config::parse_whole_number(**last).value_or(0);
    const base::wall_time until{std::chrono::seconds(signed_in + seconds)};
    if (until <= now) return std::chrono::seconds(0);
    return std::chrono::ceil<std::chrono::seconds>(until - now);
}

base::result<std::string> server_link::remember(ledger::ledger& book)
{
    const auto& name = account_.archive.name;
    if (auto done = book.remember(name, quirks_name, server_->quirks().text()); !done)
        return base::fail(done.error());
    if (abilities_) {
        const auto seconds = abilities_->login_delay.value_or(std::chrono::seconds(0)).count();
        if (auto done = book.remember(name, login_delay_name, std::to_string(seconds)); !done)
            return base::fail(done.error());
        // Rounded up: a server that counts fractions refuses whoever comes one too early.
        const auto now = std::chrono::ceil<std::chrono::seconds>(folder_.clock().now().time_since_epoch());
        if (seconds > 0) // else nobody will ask
            if (auto done = book.remember(name, signed_in_name, std::to_string(now.count())); !done)
                return base::fail(done.error());
    }
    const auto& trust = account_.server.trust;
    if (trust.trust != net::trust::first_use || !trust.pins.empty() || !server_->shown())
        return std::string();
    const auto known = book.recall(name, pin_name);
    if (!known) return base::fail(known.error());
    if (*known) return std::string();
    if (auto done = book.remember(name, pin_name, server_->shown()->pin); !done)
        return base::fail(done.error());
    return name + ": trusting from now on, and nothing else, the key " + server_->shown()->pin + " (" +
           server_->shown()->subject + ")";
}

namespace {

/// "5ed36f99.0": eight hexadecimal digits and a number. Lists of what was revoked ("5ed36f99.r0") are not asked for.
bool is_hashed_name(std::string_view name)
{
    constexpr std::size_t hash_digits = 8;
    if (name.size() < hash_digits + 2 || name[hash_digits] != '.') return false;
    const bool hash = std::ranges::all_of(name.substr(0, hash_digits),
                                          [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); });
    return hash && std::ranges::all_of(name.substr(hash_digits + 1), &base::is_digit);
}

net::pem_file read_pem(const disk::path_reader& reader, const std::string& path, std::size_t mebibytes_max)
{
    auto read = reader.read(path, mebibytes_max);
    if (!read) return {.name = path, .octets = base::fail(read.error())};
    return {.name = path, .octets = std::move(read->octets), .permissions = read->mode};
}

net::authorities_pem read_authorities(const disk::path_reader& reader, const std::string& path)
{
    net::authorities_pem out{.name = path, .files = {}};
    std::error_code unknown;
    if (!std::filesystem::is_directory(path, unknown)) {
        out.files.push_back(read_pem(reader, path, net::authorities_mebibytes_max));
        return out;
    }
    const auto entries = reader.list(path);
    if (!entries) {
        out.files.push_back({.name = path, .octets = base::fail(entries.error())});
        return out;
    }
    for (const auto& entry : *entries)
        if (is_hashed_name(entry.name))
            out.files.push_back(read_pem(reader, path + "/" + entry.name, net::authorities_mebibytes_max));
    return out;
}

} // namespace

net::tls_client_contents read_trust(const config::trust_files& files)
{
    const disk::path_reader reader;
    net::tls_client_contents out;
    if (!files.ca.empty()) out.authorities = read_authorities(reader, files.ca);
    if (!files.client_certificate.empty() || !files.client_key.empty())
        out.certificate = {read_pem(reader, files.client_certificate, net::certificate_mebibytes_max),
                           read_pem(reader, files.client_key, net::certificate_mebibytes_max)};
    return out;
}

} // namespace collector
