// Unique-ids that came from another server, in the file `restante-unique-ids` of a maildrop.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace store::maildir {

constexpr std::string_view unique_ids_name = "restante-unique-ids";

/// Which file, in which state; all zero where there is none.
struct unique_ids_state {
    std::uint64_t inode = 0;
    std::uint64_t octets = 0;
    base::wall_time modified;

    friend bool operator==(const unique_ids_state&, const unique_ids_state&) = default;
};

base::result<unique_ids_state> unique_ids_state_of(disk::directory& maildrop);
/// The same without waiting; any error says "not at once".
base::result<unique_ids_state> unique_ids_state_cached(disk::directory& maildrop);

/// Base name to unique-id. An imported one wins over the one that follows from the name.
class unique_ids {
public:
    /// Reads the format of docs/formats.md. A line that is wrong, or gives a base name or a unique-id a
    /// second time, does not count; `ignored_lines()` tells how many. malformed where the first line is not
    /// ours.
    static base::result<unique_ids> parse(std::string text);

    /// Unique among all messages of the maildrop: who would get by its name what another was given by
    /// import, has a hash of its name instead.
    std::string of(std::string_view base) const;

    bool empty() const { return by_base_.empty(); }
    std::size_t ignored_lines() const { return ignored_lines_; }

private:
    std::shared_ptr<const std::string> text_; // shared, so that the views below stay true in copies
    std::unordered_map<std::string_view, std::string_view> by_base_;
    std::unordered_map<std::string_view, std::string_view> by_id_;
    std::size_t ignored_lines_ = 0;
};

/// Empty where the file is missing.
base::result<unique_ids> read_unique_ids(disk::directory& maildrop);

struct unique_id_line {
    std::string unique_id;
    std::string base;
};

/// Replaces the file, durable.
base::result<> write_unique_ids(disk::directory& maildrop, const std::vector<unique_id_line>& lines);

} // namespace store::maildir
