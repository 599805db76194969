// What is going on in this process: who has which maildrop since when, and which files are being written.
#pragma once

#include "base/clock.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace store::maildir {

/// For the text of an in_use error; the kernel's lock decides, not this. Safe from any thread.
class open_sessions {
public:
    void begin(const std::string& path, base::wall_time now)
    {
        const std::lock_guard lock(mutex_);
        since_[path] = now;
    }
    void end(const std::string& path)
    {
        const std::lock_guard lock(mutex_);
        since_.erase(path);
    }
    /// Nothing where another process has it.
    std::optional<base::wall_time> since(const std::string& path)
    {
        const std::lock_guard lock(mutex_);
        const auto found = since_.find(path);
        return found == since_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, base::wall_time> since_;
};

/// Names in tmp/ that no sweep may take, however old they look. Safe from any thread.
class files_being_written {
public:
    void begin(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        names_.insert(name);
    }
    void end(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        names_.erase(name);
    }
    bool contains(std::string_view name)
    {
        const std::lock_guard lock(mutex_);
        return names_.contains(std::string(name));
    }

private:
    std::mutex mutex_;
    std::unordered_set<std::string> names_;
};

} // namespace store::maildir
