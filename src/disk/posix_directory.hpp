// An open directory of the kernel.
#pragma once

#include "disk/posix_calls.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace disk {

class sync_pool;

class posix_directory final : public directory {
public:
    /// `name` is for error texts; `local`: is_local(), without which nothing is at once.
    posix_directory(owned_descriptor descriptor, std::string name, bool local);
    ~posix_directory() override;

    base::result<std::unique_ptr<file>> create(std::string_view name) override;
    base::result<std::unique_ptr<file>> open(std::string_view name) override;
    base::result<std::unique_ptr<file>> open_to_append(std::string_view name) override;
    base::result<std::unique_ptr<directory>> open_directory(std::string_view name) override;
    base::result<> make_directory(std::string_view name) override;
    base::result<> rename(std::string_view name, directory& to, std::string_view to_name) override;
    base::result<> replace(std::string_view name, directory& to, std::string_view to_name) override;
    base::result<> link(std::string_view name, directory& to, std::string_view to_name) override;
    base::result<> remove(std::string_view name) override;
    base::result<> list(const std::function<void(std::string_view name)>& visit) override;
    base::result<disk::status> status(std::string_view name) override;
    base::result<disk::status> status() override;
    base::result<> sync() override;
    std::vector<base::result<>> sync_files(std::span<file* const> files) override;
    base::result<std::unique_ptr<lock>> lock_file(std::string_view name) override;
    base::result<opened_file> open_cached(std::string_view name) override;
    base::result<std::unique_ptr<directory>> open_directory_cached(std::string_view name) override;
    base::result<disk::status> status_cached(std::string_view name) override;
    base::result<std::unique_ptr<lock>> lock_file_cached(std::string_view name) override;

private:
    base::result<owned_descriptor> open_regular(std::string_view name, int flags, std::string_view doing);
    owned_descriptor open_name_cached(std::string_view name, int flags) const;

    owned_descriptor descriptor_;
    std::string name_;
    bool local_;
    std::once_flag pool_begun_;
    std::unique_ptr<sync_pool> pool_; ///< where files were synced together
};

// An open file of the kernel.

class posix_file final : public file {
public:
    /// `name` is for error texts.
    posix_file(owned_descriptor descriptor, std::string name)
        : descriptor_(std::move(descriptor)), name_(std::move(name))
    {
    }

    base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) override;
    base::result<> write(std::string_view octets) override;
    base::result<> sync() override;
    base::result<> close() override;
    base::result<disk::status> status() override;
    base::result<> set_modified(base::wall_time time) override;
    base::result<> shorten(std::uint64_t octets) override;
    std::size_t read_cached(std::span<char> buffer, std::uint64_t offset) override;

private:
    owned_descriptor descriptor_;
    std::string name_;
};

} // namespace disk
