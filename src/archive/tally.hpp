// What became of each listed message, counted once, in however many sessions it was listed.
#pragma once

#include "archive/closing_account.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace archive {

/// Each message is listed, then has one outcome; the last one counts, but what was stored in this run stays so.
class tally {
public:
    enum class outcome {
        none,
        stored,
        stored_before,
        same, ///< new, and its octets were here already
        removed_here,
        skipped,
        failed
    };

    void listed(const std::string& name);
    void settle(const std::string& name, outcome what, std::string why = {}, bool temporary = false);
    std::uint64_t on_server() const { return listed_ + known_whole_; }
    bool is(const std::string& name, outcome what) const;
    /// Its octets are here, from this run or an earlier one.
    bool is_stored(const std::string& name) const;
    /// Of so many messages it is known without their names that they were stored before.
    void all_stored_before(std::uint64_t messages) { known_whole_ = messages; }
    /// Fills in the messages' part. Those without an outcome were not reached.
    void tell(closing_account& into) const;

private:
    struct entry {
        outcome what = outcome::none;
        std::string why;
        bool temporary = false;
    };
    std::map<std::string, entry> entries_;
    std::uint64_t listed_ = 0; ///< counted by itself: the sums check one against the other
    std::uint64_t known_whole_ = 0;
};

} // namespace archive
