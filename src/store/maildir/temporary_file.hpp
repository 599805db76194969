// A message being written in tmp/, and its way into a folder.
#pragma once

#include "disk/file_system.hpp"
#include "store/maildir/backend.hpp"
#include "store/maildir/name.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace store::maildir {

/// New names for one message: one is enough unless the random source is broken.
constexpr int names_tried_max = 3;

/// Destroyed before it was renamed, it removes its file.
class temporary_file {
public:
    static base::result<std::unique_ptr<temporary_file>>
    create(name_maker& names, files_being_written& writing, std::shared_ptr<disk::directory> temporary);
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file();

    base::result<> write(std::string_view octets);
    std::uint64_t octets() const { return octets_; }
    /// Reads back what was written.
    base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset);
    /// An empty file in the same tmp/, to begin anew.
    base::result<std::unique_ptr<temporary_file>> another() const;

    /// Nothing stays in memory; the time of the last change is set, where one is given.
    base::result<> write_out(std::optional<base::wall_time> modified = std::nullopt);
    /// Write out → fsync → close.
    base::result<> finish();
    /// fsync → close of many, all of one tmp/ and written out; waits for the disk once where it can.
    static std::vector<base::result<>> finish(std::span<temporary_file* const> group);
    /// Renames without replacing, to the first name of `next_name` that is not taken; gives that name. Not durable
    /// before a sync of the directory.
    base::result<std::string> rename_into(disk::directory& to, const std::function<std::string()>& next_name);

private:
    temporary_file(name_maker& names, files_being_written& writing,
                   std::shared_ptr<disk::directory> directory, std::unique_ptr<disk::file> file,
                   std::string name);
    base::result<> flush();
    base::result<> close();

    name_maker& names_;
    files_being_written& writing_;
    std::shared_ptr<disk::directory> directory_;
    std::unique_ptr<disk::file> file_; ///< null once closed
    std::string name_;                 ///< empty once it is not in tmp/ any more
    std::string unwritten_;
    std::uint64_t octets_ = 0;
};

} // namespace store::maildir
