// The keys of restanted's configuration.
#pragma once

#include "config/configuration.hpp"
#include "config/key.hpp"

#include <span>
#include <string>
#include <string_view>

namespace config {

/// All keys with the tables they are in. The domains' own keys are in domain_keys.hpp.
const schema& site_schema();

/// All keys, in the order of the sample.
std::span<const key> site_keys();

/// The value that `values` has for `key`, as TOML.
std::string format_value(const key& key, const configuration& values);

// What is wrong with the text of a setting: each check answers with a reason, or with nothing.

std::string
is_host_name_or_empty(std::string_view text); ///< RFC 1123, section 2.1; an address literal is none
std::string is_address_or_empty(std::string_view text);
std::string is_absolute_path(std::string_view text);
std::string is_path(std::string_view text); ///< not empty, no control octets
std::string is_path_or_empty(std::string_view text);
std::string is_account_name_or_empty(std::string_view text); ///< of the system, as useradd(8) takes them
std::string is_listen_address(std::string_view text);        ///< "ADDRESS:PORT", "[ADDRESS6]:PORT", "*:PORT"
std::string is_listen_address_or_empty(std::string_view text);
std::string is_listen_address_or_path(std::string_view text);
std::string is_network(std::string_view text);                 ///< "192.0.2.0/24"
std::string is_socket_mode(std::string_view text);             ///< "0660"
std::string is_mechanism(std::string_view text);               ///< one of sasl::mechanisms()
std::string is_language(std::string_view text);                ///< one of pop3::languages()
std::string is_implementation_or_empty(std::string_view text); ///< printable ASCII that fits a CAPA line

} // namespace config
