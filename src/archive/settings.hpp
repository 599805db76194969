// What a person decides about an account's mail: what stays on the server, what is guarded, where mail goes besides.
#pragma once

#include "archive/keep_policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace archive {

/// A run that would delete more than either number shows its plan and asks.
struct deletion_guard {
    unsigned percent = 20; ///< of what is on the server, above a floor of 10 messages
    std::uint64_t messages = 500;
};

/// One test of a rule. All of a rule's tests must hold.
struct rule_test {
    enum class subject { header, octets_above, octets_below };
    rule_test::subject subject = subject::header;
    std::string header{}; ///< a field's name, or "any-recipient"
    enum class match { contains, is, begins, ends, exists };
    rule_test::match match = match::contains;
    std::string text{}; ///< compared without regard to case, encoded-words decoded
    std::uint64_t octets = 0;
    bool negated = false;
};

/// Before the download where the server has TOP (`skip`, `delete_unseen`), after it (`folder`, `flag`, `discard`).
struct rule {
    std::string name{};
    std::vector<rule_test> tests{};
    bool skip = false;          ///< leave it on the server, do not fetch
    bool delete_unseen = false; ///< delete on the server without fetching: the person's word, guarded
    std::string folder{};       ///< file into
    bool seen = false;
    bool flagged = false;
    bool discard = false; ///< into the held folder "Discarded" instead of the main one; never gone
    bool stop = true;     ///< no later rule is looked at
};

enum class fetch_order { as_listed, smallest_first };

struct account_settings {
    std::string name{}; ///< of the account and of its folder
    keep_policy keep = keep_all{};
    deletion_guard guard{};
    std::string
        second_copy{}; ///< a folder elsewhere; where set, only what lies there too, verified, is deleted
    std::vector<rule> rules{};
    fetch_order order = fetch_order::as_listed;
    std::optional<std::uint64_t> octets_max{}; ///< greater messages are skipped, and told
    std::uint32_t messages_per_session = 0;    ///< QUIT and again after so many; 0: no limit
    bool delivers_instead = false;             ///< keep no copy here; only where a target is set
};

} // namespace archive
