// What stays on the server: the delete policies, and the words that a person writes for them.
//
// A new policy is a structure here that is named in keep_policy, what it decides in retention.cpp, and its tests.
// Everything else that names the policies (help, manual pages, samples, completion, docs) follows from keep_word.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

namespace archive {

/// Which day counts for "after N days".
enum class age_clock {
    stored,  ///< when we stored it
    message, ///< its own Date field; where that is missing, broken or in the future: when we stored it
};

/// How a policy is written: "all", or with an amount "days=30".
struct keep_word {
    std::string_view name;
    std::string_view amount;  ///< an example of it; empty: there is none
    std::string_view meaning; ///< what stays; N is the amount
    std::uint64_t amount_max = std::numeric_limits<std::uint64_t>::max();
    bool in_octets = false;  ///< the amount may have a unit
    bool by_listing = false; ///< what stays depends on what else the server has
};

// Nothing is ever deleted that was not stored, re-read and re-hashed.
struct keep_all {
    static constexpr keep_word word{.name = "all", .amount = "", .meaning = "everything"};
};
struct keep_none {
    static constexpr keep_word word{.name = "none", .amount = "", .meaning = "nothing that is stored here"};
};
struct keep_days {
    std::uint32_t days = 0;
    age_clock clock = age_clock::stored;

    static constexpr auto amount = &keep_days::days;
    static constexpr keep_word word{
        .name = "days",
        .amount = "30",
        .meaning = "what was stored, or with clock = \"message\" is dated, fewer than N days ago",
        .amount_max = 36'500}; // a century
};
struct keep_newest {
    std::uint64_t messages = 0;

    static constexpr auto amount = &keep_newest::messages;
    static constexpr keep_word word{
        .name = "newest", .amount = "1000", .meaning = "the newest N messages", .by_listing = true};
};
struct keep_newest_octets {
    std::uint64_t octets = 0;

    static constexpr auto amount = &keep_newest_octets::octets;
    static constexpr keep_word word{.name = "octets",
                                    .amount = "2G",
                                    .meaning = "the newest messages of N octets together, such as 2G",
                                    .in_octets = true,
                                    .by_listing = true};
};
using keep_policy = std::variant<keep_all, keep_none, keep_days, keep_newest, keep_newest_octets>;

/// What a policy says of its words.
inline const keep_word& word_of(const keep_policy& keep)
{
    return std::visit([]<typename Policy>(const Policy&) -> const keep_word& { return Policy::word; }, keep);
}

} // namespace archive
