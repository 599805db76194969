// One account's file, and the short forms that it shares with the command line.
#include "config/account_configuration.hpp"

#include "config/keep_words.hpp"
#include "config/key_file.hpp"
#include "config/rule_keys.hpp"
#include "config/toml_file.hpp"
#include "config/values.hpp"
#include "net/dial/dial.hpp"

#include <algorithm>
#include <array>

namespace config {

namespace {

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

} // namespace

account_reading read_account(std::string_view name, std::string_view text)
{
    account_reading out;
    out.values.archive.name = name;
    read_toml(text, out.faults,
              [&](const toml::table& file) { read_keys(account_schema(), file, &out.values, out.faults); });
    suggest_keys(account_schema(), out.faults);
    return out;
}

std::string format_account(const account_configuration& account)
{
    auto copy = account; // the places in the schema are for writing, too
    return "# The account " + account.archive.name + " of restante; restante.toml(5) lists all keys.\n" +
           format_file(account_schema(), &copy);
}

std::string format_proxy(const net::proxy& proxy)
{
    std::string out = proxy.kind == net::proxy::kind::http ? "http://" : "socks5://";
    if (!proxy.user.empty() || !proxy.secret.empty())
        out += url_part(proxy.user) + ":" + url_part(proxy.secret) + "@";
    const bool address6 = proxy.host.find(':') != std::string::npos;
    out += address6 ? "[" + proxy.host + "]" : proxy.host;
    return out + ":" + std::to_string(proxy.port);
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

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> trust_words{"verified", "pinned", "first-use"};
constexpr std::array<std::string_view, 3> family_words{"any", "ipv4", "ipv6"};
constexpr std::array<std::string_view, 2> clock_words{"stored", "message"};
constexpr std::array<std::string_view, 2> order_words{"as-listed", "smallest-first"};

constexpr unsigned window_max = 1000; // above it nothing is gained and the socket's buffer could fill
constexpr unsigned messages_per_session_max = 1'000'000;
constexpr std::size_t guard_messages_max = 1'000'000'000;
constexpr std::chrono::seconds every_max = 100 * 366 * 24h; // parse_duration()

account_configuration& account_in(void* values)
{
    return *static_cast<account_configuration*>(values);
}

#define AT(member) ([](void* owner) -> auto& { return static_cast<account_configuration*>(owner)->member; })

constexpr parsed proxy_url{[](void* values, std::string_view given) -> std::string {
                               auto proxy = net::parse_proxy(std::string(given));
                               if (!proxy) return proxy.error().operator_text;
                               AT(server.dial.proxy)(values) = std::move(*proxy);
                               return {};
                           },
                           [](void* values) -> std::optional<std::string> {
                               const auto& proxy = account_in(values).server.dial.proxy;
                               if (!proxy) return std::nullopt;
                               return format_proxy(*proxy);
                           },
                           [] { return std::string(R"(write "socks5://HOST:PORT" or "http://HOST:PORT")"); }};

constexpr parsed timeout{
    [](void* values, std::string_view given) -> std::string {
        const auto longest = parse_duration(given);
        if (!longest) return "is not a duration";
        if (longest->count() > 0) AT(server.patience)(values) = client::patience::of(*longest);
        return {};
    },
    [](void* values) -> std::optional<std::string> {
        const auto& patience = account_in(values).server.patience;
        const client::patience usual;
        if (patience.reply == usual.reply && patience.octets == usual.octets) return std::nullopt;
        return format_duration(std::chrono::duration_cast<std::chrono::seconds>(patience.reply));
    },
    [] { return std::string("write a number and a unit in quotes, such as \"90s\", \"15m\" or \"2h\""); },
    true};

template <enum secret_source::kind kind>
constexpr parsed secret_from{[](void* values, std::string_view given) {
                                 AT(secret)(values) = {kind, std::string(given)};
                                 return std::string();
                             },
                             [](void* values) -> std::optional<std::string> {
                                 const auto& secret = account_in(values).secret;
                                 if (secret.kind != kind) return std::nullopt;
                                 return secret.value;
                             },
                             [] { return std::string("write it in quotes"); }};

constexpr parsed_flag secret_in_keyring{
    [](void* values, bool given) {
        if (given) account_in(values).secret = {secret_source::kind::keyring, ""};
    },
    [](void* values) -> std::optional<bool> {
        return account_in(values).secret.kind == secret_source::kind::keyring;
    }};

constexpr parsed policy{
    [](void* values, std::string_view given) -> std::string {
        const auto keep = parse_keep(given);
        if (!keep) return "is not a policy";
        AT(archive.keep)(values) = *keep;
        return {};
    },
    [](void* values) -> std::optional<std::string> { return format_keep(account_in(values).archive.keep); },
    [] { return "write " + keep_examples(); }};

// After the policy, which it belongs to; without days it says nothing.
constexpr choice clock{clock_words,
                       [](void* values) {
                           const auto* days =
                               std::get_if<archive::keep_days>(&account_in(values).archive.keep);
                           return days == nullptr ? 0 : static_cast<std::size_t>(days->clock);
                       },
                       [](void* values, std::size_t index) {
                           if (auto* days = std::get_if<archive::keep_days>(&account_in(values).archive.keep))
                               days->clock = static_cast<archive::age_clock>(index);
                       }};

constexpr tables targets{target_schema,
                         [](void* values, const entry_work& work) {
                             auto& account = account_in(values);
                             target_entry entry{.instead = account.archive.delivers_instead};
                             work(&entry);
                             AT(archive.delivers_instead)(values) = entry.instead;
                             AT(targets)(values).push_back(std::move(entry.target));
                         },
                         [](void* values, const entry_work& work) {
                             auto& account = account_in(values);
                             for (const auto& target : account.targets) {
                                 target_entry entry{target, account.archive.delivers_instead};
                                 work(&entry);
                             }
                         }};

std::string policy_meaning()
{
    std::string out = "What stays on the server.";
    for (const auto& word : keep_words())
        out.append(" \"")
            .append(format_keep_word(word, false))
            .append("\": ")
            .append(word.meaning)
            .append(";");
    out.back() = '.';
    return out + " Nothing is deleted there that was not stored here, read again and found equal.";
}

constexpr auto keys_of_account = std::to_array<key>({
    {"server.host", text{AT(server.dial.host), any_text, "pop.example.org"}, "Its name or address. Required.",
     R"("pop.example.org")", written::always},
    {"server.port", number<std::uint16_t>{AT(server.dial.port), 1, 65535},
     "Its port. Default: 995; 110 with tls = \"starttls\" and \"none\".", "995", written::always},
    {"server.tls", words(AT(server.tls), tls_words),
     "\"implicit\": TLS from the first octet. \"starttls\": STLS is required before anything else is sent. \"none\": "
     "everything "
     "can be read on the way; a password is sent only with plaintext_allowed.",
     "", written::always},
    {"server.trust", words(AT(server.trust.trust), trust_words),
     "How the server's key is verified. \"verified\": a trusted authority signed it, and it is "
     "one of pins "
     "where there are any. \"pinned\": it is one of pins, whoever signed it. \"first-use\": it is the one "
     "that was shown at the first log-in; any other is refused with an error."
     ""},
    {"server.ca", text{AT(trust_files.ca), any_text, "/etc/ssl/own-ca.pem"},
     "A PEM file, or a folder of hashed ones, with authorities to trust instead of the system's. Empty: the system's.",
     R"("/etc/ssl/own-ca.pem")", written::hinted},
    {"server.pins", text_list{AT(server.trust.pins), any_text, R"(["sha256/..."])"},
     "Keys of the server, each sha256/BASE64 of its SPKI: the one it has, and a spare one. Default: none.",
     R"(["sha256/..."])", written::hinted},
    {"server.client_certificate", text{AT(trust_files.client_certificate), any_text, "/etc/ssl/ann.pem"},
     "Your own certificate, PEM, for SASL EXTERNAL. Empty: none."},
    {"server.client_key", text{AT(trust_files.client_key), any_text, "/etc/ssl/ann.key"},
     "Its private key, PEM."},
    {"server.family", words(AT(server.dial.family), family_words),
     "\"any\" (IPv6 and IPv4 side by side), \"ipv4\" or \"ipv6\"."},
    {"server.source_address", text{AT(server.dial.source_address), any_text, "192.0.2.1"},
     "The address of this machine to connect from. Empty: the kernel's choice."},
    {"server.proxy", proxy_url,
     "A proxy, \"socks5://HOST:PORT\" or \"http://HOST:PORT\", with USER:SECRET@ before HOST where it requires that. It "
     "resolves the server's name. Default: none.",
     R"("socks5://127.0.0.1:9050")", written::hinted},
    {"server.timeout", timeout,
     "The longest wait for a reply, and for the next octets of a message. A run waits for a silent server once. "
     "Default: 2 minutes for a reply, 1 for octets.",
     R"("2m")"},
    {"server.window", number<unsigned>{AT(server.window_max), 1, window_max},
     "Commands sent before their replies, where the server supports PIPELINING: 1 to 1000. 1: one after another."},
    {"server.messages_per_session",
     number<unsigned>{AT(archive.messages_per_session), 0, messages_per_session_max},
     "QUIT and sign in again after this many messages, for servers that cut long sessions. 0: no limit."},

    {"sign_in.user", text{AT(server.sign_in.user), any_text, "ann@example.org"},
     "The user to sign in as. Required.", R"("ann@example.org")", written::always},
    {"sign_in.authorization", text{AT(server.sign_in.authorization), any_text, "office"},
     "SASL authorization identity: the user to act as. Empty: the user that signs in."},
    {"sign_in.mechanisms", text_list{AT(server.sign_in.mechanisms), any_text, R"(["SCRAM-SHA-256", "USER"])"},
     "Use only these, in this order: names of SASL mechanisms, \"USER\", \"APOP\". Empty: the "
     "strongest that both "
     "ends speak, then USER; never APOP or CRAM-MD5."},
    {"sign_in.plaintext_allowed", flag{AT(server.sign_in.plaintext_allowed)},
     "Allow a password on a connection without TLS. Only with tls = \"none\"."},
    {"sign_in.password_command", secret_from<secret_source::kind::command>,
     "A command for /bin/sh whose first line is the password; it has a minute. Without this, one of the next two or "
     "[sign_in.oauth2] the password is asked for. Only one of the four may be there.",
     R"("pass show mail/example")", written::hinted},
    {"sign_in.password_file", secret_from<secret_source::kind::file>,
     "A file of mode 0600 or 0400 whose first line is the password.", R"("/home/ann/.mail-password")"},
    {"sign_in.password_keyring", secret_in_keyring,
     "Take the password from the desktop's Secret Service, under service=restante, account=NAME."},
    {"sign_in.password",
     forbidden{"must not be in a file that is copied and backed up",
               "use password_command, password_file (mode 0600) or password_keyring"},
     ""},
    {"sign_in.oauth2.provider", text{AT(oauth2.provider), any_text, "gmail"},
     "\"gmail\", \"microsoft\", \"yahoo\"; or none, and the end points of your own.", R"("gmail")"},
    {"sign_in.oauth2.client_id",
     text{AT(oauth2.client_id), any_text, "0123456789.apps.googleusercontent.com"},
     "Your own client at the provider. Required.", R"("0123456789.apps.googleusercontent.com")"},
    {"sign_in.oauth2.client_secret_command",
     text{AT(oauth2.client_secret_command), any_text, "pass show oauth2/restante"},
     "A command whose first line is the client's secret."},
    {"sign_in.oauth2.authorization_endpoint",
     text{AT(oauth2.authorization_endpoint), any_text, "https://id.example.org/authorize"},
     "The provider's. This and the next three override its preset."},
    {"sign_in.oauth2.device_endpoint",
     text{AT(oauth2.device_endpoint), any_text, "https://id.example.org/device"},
     "The device authorization endpoint: issues a code to type in any browser."},
    {"sign_in.oauth2.token_endpoint",
     text{AT(oauth2.token_endpoint), any_text, "https://id.example.org/token"}, "The token endpoint."},
    {"sign_in.oauth2.scope", text{AT(oauth2.scope), any_text, "mail"}, "The scope of the tokens."},
    {"sign_in.oauth2.ca", text{AT(oauth2.ca), any_text, "/etc/ssl/own-ca.pem"},
     "Authorities to trust at the provider instead of the system's."},
    {"sign_in.oauth2.client_credentials", flag{AT(oauth2.client_credentials)},
     "Sign in as the client itself, without a person (RFC 6749, section 4.4)."},

    {"keep.policy", policy, "", "", written::always}, // its meaning is made of the policies' own
    {"keep.clock", clock,
     "When days start to count: \"stored\", when it was stored here; \"message\", its Date field, and where that "
     "is missing, "
     "broken or in the future, when it was stored."},
    {"keep.guard_percent", number<unsigned>{AT(archive.guard.percent), 0, 100},
     "A run that would delete more than this percentage of the messages on the server asks first, and deletes "
     "nothing where there is no terminal. Not applied below 11 deletions, nor with policy = \"none\"."},
    {"keep.guard_messages", number<std::size_t>{AT(archive.guard.messages), 0, guard_messages_max},
     "The same for a number of messages."},
    {"keep.second_copy", text{AT(archive.second_copy), any_text, "/media/backup/mail"},
     "A folder on another disk, to which each message goes too: only what was read back from there and found equal is "
     "deleted on the server. Default: the folder NAME in second_copy of the archive. restante second-copy init FOLDER "
     "creates it, once; where its marker is missing later, nothing is fetched or deleted. Imported mail is copied by "
     "restante verify --repair.",
     R"("/media/backup/mail")", written::hinted},
    {"keep.second_copy_same_disk", flag{AT(second_copy_same_disk)},
     "Allow the second copy on the disk of the archive, to be lost with it."},

    {"fetch.order", words(AT(archive.order), order_words), "\"as-listed\" or \"smallest-first\".", "",
     written::hinted},
    {"fetch.octets_max", optional_octets{AT(archive.octets_max)},
     "Larger messages stay on the server, and are reported as skipped. 0: no limit, which is the default.",
     R"("50M")", written::hinted},
    {"fetch.every", duration<std::chrono::seconds>{AT(every), 0s, every_max},
     "How often restante watch fetches. \"0\", the default: as set in restante.toml.", R"("15m")",
     written::hinted},

    {"rules", entries(AT(archive.rules), rule_schema),
     "Rules, tried in order; the first that matches is the last one tried unless it sets stop = false. skip and "
     "delete_unseen are decided before the download, and only where the server supports TOP if they test a header."},
    {"deliver", targets,
     "Where mail is delivered besides the archive. A message counts as stored once every target accepted it. One that "
     "took it is not "
     "asked again since another did not. A target may get a message twice after a crash, never not at all."},
});

#undef AT

constexpr std::array headings_of_account{
    table_heading{"server", "Where the mail is, and how it is reached."},
    table_heading{
        "sign_in",
        "The user, and where the password comes from. A key named password is an error: this file is "
        "copied and backed up."},
    table_heading{
        "sign_in.oauth2",
        "Sign in with tokens instead of a password; restante account sign-in gets them, and they are "
        "renewed automatically.",
        true},
    table_heading{"keep", "What stays on the server."},
    table_heading{"fetch", "What is fetched, and when."},
};

void check_server(account_configuration& account, given_keys& given)
{
    auto& server = account.server;
    if (!given.has("server"))
        given.complain("server", "is missing", "write [server] and host = \"pop.example.org\"");
    if (given.has_table("server") && server.dial.host.empty())
        given.complain("server.host", "is missing", "write the server's name: host = \"pop.example.org\"");
    if (server.dial.port == 0) server.dial.port = default_port(server.tls);
}

void check_sign_in(account_configuration& account, given_keys& given)
{
    if (!given.has("sign_in")) given.complain("sign_in", "is missing", "write [sign_in] and user = \"ann\"");
    if (given.has_table("sign_in") && account.server.sign_in.user.empty())
        given.complain("sign_in.user", "is missing", "write the user to sign in as");
    const bool oauth2 = given.has_table("sign_in.oauth2");
    const int sources = int(given.has("sign_in.password_command")) + int(given.has("sign_in.password_file")) +
                        int(account.secret.kind == secret_source::kind::keyring) + int(oauth2);
    if (sources > 1) given.complain("sign_in.user", "has more than one source for its password", "keep one");
    if (!oauth2) return;
    account.secret = {secret_source::kind::oauth2, ""};
    if (account.oauth2.client_id.empty())
        given.complain("sign_in.oauth2.client_id", "is missing",
                       "register a client with the provider; docs/collector.md says how");
    if (account.oauth2.provider.empty() && account.oauth2.token_endpoint.empty())
        given.complain("sign_in.oauth2.provider", "is missing",
                       "write gmail, microsoft or yahoo, or the end points of your own");
}

void check_account(void* values, given_keys& given)
{
    check_server(account_in(values), given);
    check_sign_in(account_in(values), given);
}

} // namespace

const schema& account_schema()
{
    static const std::string meaning = policy_meaning();
    static const auto rows = [] {
        auto out = keys_of_account;
        std::ranges::find(out, "keep.policy", &key::path)->meaning = meaning;
        return out;
    }();
    static const schema schema{rows, headings_of_account, "restante.toml(5)",
                               work_on_defaults<account_configuration>, check_account};
    return schema;
}

} // namespace config
