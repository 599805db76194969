// The keys of [domains."NAME"]: what holds for the users of one domain, each written as the site's key for the same.
#pragma once

#include "config/configuration.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace config {

struct domain_key {
    std::string_view name;      ///< "quota_octets"
    std::string_view site_path; ///< the key of the site whose form and default it has
    /// From the site's place into the domain's.
    void (*take)(const configuration& read, server::own_settings& settings);
    /// Into the site's place; false where the domain has none of its own.
    bool (*put)(const server::own_settings& own, configuration& config);
    std::string_view meaning; ///< for the sample and the manual page
};

/// In the order of the sample.
std::span<const domain_key> domain_keys();

/// The value at the site's place, as TOML.
std::string format_domain_value(const domain_key& key, const configuration& config);

/// The tables of `config`, as TOML.
std::string format_domains(const configuration& config);

} // namespace config
