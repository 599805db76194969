// A person's rules on header and size: before the download and after it.
#pragma once

#include "archive/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace archive {

/// What a rule may look at.
struct rule_facts {
    std::string_view header;             ///< the header section, canonical
    std::optional<std::uint64_t> octets; ///< unset: not known, and no test of it holds
};

/// All tests of the rule hold. One without tests holds always.
bool holds(const rule& rule, const rule_facts& facts);

/// Something is to be decided before the download that needs the header section.
bool need_header_before_download(std::span<const rule> rules);
/// Something is to be decided before the download at all.
bool decide_before_download(std::span<const rule> rules);

enum class admission { fetch, skip, delete_unseen };

struct admission_verdict {
    archive::admission decision = admission::fetch;
    std::string rule; ///< whose word it is
};
/// The first rule that holds and skips or deletes, unless an earlier one that holds says `stop`.
admission_verdict admit(std::span<const rule> rules, const rule_facts& facts);

/// Where the rules file a message: later ones win, until one says `stop`.
struct filing {
    std::string folder;
    bool seen = false, flagged = false;
};
filing file_by(std::span<const rule> rules, const rule_facts& facts);

/// Where `discard` files.
inline constexpr std::string_view discarded_folder = "Discarded";

/// Changes when anything that decides what is skipped changes.
std::string fingerprint_of_skipping(const account_settings& account);

} // namespace archive
