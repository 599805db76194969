// A log that keeps its lines, for tests to look at.
#pragma once

#include "base/log.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace support {

class memory_log final : public base::log {
public:
    struct entry {
        base::severity level;
        std::string event;
        std::string line; ///< as base::format_key_value writes it
    };

    void write(base::severity level, std::string_view event, std::span<const base::field> fields) override
    {
        const std::lock_guard guard(mutex_);
        entries_.push_back({level, std::string(event), base::format_key_value(event, fields)});
    }

    std::vector<entry> entries() const
    {
        const std::lock_guard guard(mutex_);
        return entries_;
    }
    /// How many lines hold `text`.
    std::size_t count(std::string_view text) const
    {
        const std::lock_guard guard(mutex_);
        std::size_t found = 0;
        for (const entry& one : entries_) found += one.line.find(text) != std::string::npos ? 1 : 0;
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<entry> entries_;
};

} // namespace support
