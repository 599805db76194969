// What computing a stored hash costs: bounded, since whoever writes the users file may not be who pays.
#pragma once

#include "sasl/scram.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// Why this hash ("{SCHEME}…") is never computed: it costs more than a log-in may, or it is cut short, so that
/// no password fits it. Nothing: it is fine. Holds no part of the hash. Bounds as in docs/auth.md.
std::optional<std::string> unusable(std::string_view stored);
/// The same of keys: the client pays for them, and so does whoever checks a password with them.
std::optional<std::string> unusable(const sasl::scram_keys& keys);

} // namespace auth
