// The delete policies as a person writes them.
#pragma once

#include "archive/keep_policy.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace config {

/// The words of all policies, in the order of archive::keep_policy.
std::span<const archive::keep_word> keep_words();

/// "days=N", or with its example "days=30".
std::string format_keep_word(const archive::keep_word& word, bool with_example);

/// Every policy, as "all, none, days=N, newest=N or octets=N".
std::string keep_forms();

/// Each with an example and in quotes: ""all", "none", "days=30", "newest=1000" or "octets=2G"".
std::string keep_examples();

/// One of keep_forms(); nothing where it is none of these.
std::optional<archive::keep_policy> parse_keep(std::string_view text);
std::string format_keep(const archive::keep_policy& keep);

} // namespace config
