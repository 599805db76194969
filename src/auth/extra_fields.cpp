// The extra fields of a user's line that mean something here; all others are left alone.
#include "auth/extra_fields.hpp"

#include "auth/account.hpp"
#include "auth/password_schemes.hpp"
#include "base/ascii.hpp"
#include "base/encoding.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

namespace auth {

namespace {

/// Into `target`, or false.
template <typename Value>
bool put(std::optional<Value>& target, std::optional<Value> parsed)
{
    if (!parsed) return false;
    target = std::move(parsed);
    return true;
}

bool take_disabled(std::string_view value, user& user)
{
    const auto yes = parse_yes_or_no(value);
    user.account.disabled = user.account.disabled || yes.value_or(false);
    return yes.has_value();
}

bool take_lock(std::string_view value, user& user)
{
    user.account.lock = value;
    return value == "exclusive" || value == "snapshot";
}

bool take_networks(std::string_view value, user& user)
{
    for (bool more = true; more;) {
        const std::size_t comma = value.find(',');
        more = comma != value.npos;
        const std::string_view network = value.substr(0, comma);
        if (!is_network(network)) return false;
        user.account.allow_networks.emplace_back(network);
        if (more) value.remove_prefix(comma + 1);
    }
    return true;
}

/// Dovecot's "*:storage=1G:messages=1000" (a bare storage is in KiB) and "*:bytes=N". Rules for single
/// mailboxes
/// ("Trash:…") have no meaning for a maildrop.
bool take_quota_rule(std::string_view value, user& user)
{
    if (!value.starts_with("*:")) return true;
    value.remove_prefix(2);
    for (bool more = true; more;) {
        const std::size_t colon = value.find(':');
        more = colon != value.npos;
        const std::string_view limit = value.substr(0, colon);
        if (limit.starts_with("storage=") &&
            !put(user.account.quota_octets, parse_octets(limit.substr(8), 1024)))
            return false;
        if (limit.starts_with("bytes=") && !put(user.account.quota_octets, parse_octets(limit.substr(6))))
            return false;
        if (limit.starts_with("messages=") &&
            !put(user.account.quota_messages, parse_number(limit.substr(9))))
            return false;
        if (more) value.remove_prefix(colon + 1);
    }
    return true;
}

bool take_secret(std::optional<std::string> secret, user& user)
{
    const bool some = secret && !secret->empty();
    user.shared_secret = std::move(secret);
    return some;
}

struct extra_field {
    std::string_view key;
    bool (*take)(std::string_view value, user& user);
    std::string_view form; ///< what the value must look like
    bool secret = false;
};

constexpr std::string_view octets_form = "an amount of octets such as 500M or 2G (0: no limit)";
constexpr std::string_view number_form = "a number (0: no limit)";
constexpr std::string_view time_form = "a time such as 90d, 12h or 0";
constexpr std::string_view keys_form = "iterations,salt,StoredKey,ServerKey (the last three in base64)";

constexpr std::array known_fields{
    extra_field{"quota_octets", [](auto v, auto& u) { return put(u.account.quota_octets, parse_octets(v)); },
                octets_form},
    extra_field{"quota_messages",
                [](auto v, auto& u) { return put(u.account.quota_messages, parse_number(v)); }, number_form},
    extra_field{"quota_rule", take_quota_rule, "*:storage=1G:messages=1000"},
    extra_field{"userdb_quota_rule", take_quota_rule, "*:storage=1G:messages=1000"},
    extra_field{"expire", [](auto v, auto& u) { return put(u.account.expire, parse_duration(v)); },
                time_form},
    extra_field{"held_for", [](auto v, auto& u) { return put(u.account.held_for, parse_duration(v)); },
                time_form},
    extra_field{"login_delay", [](auto v, auto& u) { return put(u.account.login_delay, parse_duration(v)); },
                time_form},
    extra_field{"lock", take_lock, "exclusive or snapshot"},
    extra_field{"allow_nets", take_networks, "networks such as 192.0.2.0/24,2001:db8::/32"},
    extra_field{"disabled", take_disabled, "yes or no"},
    extra_field{"nologin", take_disabled, "yes or no"},
    extra_field{"scram_sha_256",
                [](auto v, auto& u) { return put(u.scram_sha_256, parse_scram_keys(v, 32)); }, keys_form,
                true},
    extra_field{"scram_sha_1", [](auto v, auto& u) { return put(u.scram_sha_1, parse_scram_keys(v, 20)); },
                keys_form, true},
    extra_field{"shared_secret", [](auto v, auto& u) { return take_secret(std::string(v), u); },
                "a secret without spaces", true},
    extra_field{"shared_secret.b64", [](auto v, auto& u) { return take_secret(base::from_base64(v), u); },
                "a secret in base64", true},
};

} // namespace

std::string take_extra_field(std::string_view key, std::string_view value, user& user)
{
    const auto field = std::ranges::find(known_fields, key, &extra_field::key);
    if (field == known_fields.end() || field->take(value, user)) return "";
    return std::string(key) + " must be " + std::string(field->form);
}

bool is_secret_field(std::string_view key)
{
    const auto field = std::ranges::find(known_fields, key, &extra_field::key);
    return field != known_fields.end() ? field->secret
                                       : key.find("pass") != key.npos || key.find("secret") != key.npos;
}

namespace {

struct amount {
    std::uint64_t number = 0;
    std::string_view unit;
};

std::optional<amount> parse_amount(std::string_view text)
{
    amount found;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), found.number);
    if (fault != std::errc{}) return std::nullopt;
    found.unit = text.substr(static_cast<std::size_t>(rest - text.data()));
    return found;
}

std::optional<std::uint64_t> multiply(std::uint64_t number, std::uint64_t factor)
{
    if (factor != 0 && number > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    return number * factor;
}

} // namespace

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    const auto found = parse_amount(text);
    if (!found || !found->unit.empty()) return std::nullopt;
    return found->number;
}

std::optional<std::uint64_t> parse_octets(std::string_view text, std::uint64_t unit_octets)
{
    const auto found = parse_amount(text);
    if (!found) return std::nullopt;
    if (found->unit.empty()) return multiply(found->number, unit_octets);
    const std::string unit = base::lower_case(found->unit);
    if (unit == "b") return found->number;
    constexpr std::string_view prefixes = "kmgt";
    const std::size_t power = prefixes.find(unit.front());
    const std::string_view tail = std::string_view(unit).substr(1);
    if (power == prefixes.npos || !(tail.empty() || tail == "b" || tail == "ib")) return std::nullopt;
    return multiply(found->number, std::uint64_t{1} << (10 * (power + 1)));
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text)
{
    constexpr std::uint64_t seconds_max = 100ULL * 366 * 24 * 3600;
    const auto found = parse_amount(text);
    if (!found || found->unit.size() > 1) return std::nullopt;
    std::uint64_t seconds = 1;
    switch (found->unit.empty() ? 's' : found->unit.front()) {
    case 's': break;
    case 'm': seconds = 60; break;
    case 'h': seconds = 3600; break;
    case 'd': seconds = 24 * 3600; break;
    case 'w': seconds = 7 * 24 * 3600; break;
    default: return std::nullopt;
    }
    const auto total = multiply(found->number, seconds);
    if (!total || *total > seconds_max) return std::nullopt;
    return std::chrono::seconds(*total);
}

std::optional<bool> parse_yes_or_no(std::string_view text)
{
    const std::string word = base::lower_case(text);
    if (word.empty() || word == "yes" || word == "y" || word == "true" || word == "1") return true;
    if (word == "no" || word == "n" || word == "false" || word == "0") return false;
    return std::nullopt;
}

bool is_network(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    std::array<unsigned char, 16> octets{};
    const bool is_v4 = inet_pton(AF_INET, address.c_str(), octets.data()) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address.c_str(), octets.data()) != 1) return false;
    if (slash == text.npos) return true;
    const auto prefix_bits = parse_number(text.substr(slash + 1));
    return prefix_bits && *prefix_bits <= (is_v4 ? 32U : 128U);
}

} // namespace auth
