// A disk that leaves out what makes mail durable: the negative controls of the crash tests. A test that
// passes on one of these would pass whatever the house did.
#pragma once

#include "disk/file_system.hpp"

#include <memory>

namespace fault {

enum class carelessness {
    no_directory_sync, ///< as most Maildir writers are
    no_file_sync,
    sync_again, ///< takes the success of a second fsync for success (T40)
};

class careless_file final : public disk::file {
public:
    careless_file(std::unique_ptr<disk::file> real, carelessness how) : real_(std::move(real)), how_(how) {}

    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
    {
        return real_->read(into, offset);
    }
    base::result<> write(std::string_view octets) override { return real_->write(octets); }
    base::result<> sync() override
    {
        if (how_ == carelessness::no_file_sync) return {};
        auto done = real_->sync();
        return !done && how_ == carelessness::sync_again ? real_->sync() : done;
    }
    base::result<> close() override { return real_->close(); }
    base::result<disk::status> status() override { return real_->status(); }
    base::result<> set_modified(base::wall_time at) override { return real_->set_modified(at); }
    base::result<> shorten(std::uint64_t octets) override { return real_->shorten(octets); }
    std::size_t read_cached(std::span<char> into, std::uint64_t offset) override
    {
        return real_->read_cached(into, offset);
    }

private:
    std::unique_ptr<disk::file> real_;
    carelessness how_;
};

class careless_directory final : public disk::directory {
public:
    careless_directory(std::unique_ptr<disk::directory> real, carelessness how)
        : real_(std::move(real)), how_(how)
    {
    }

    base::result<std::unique_ptr<disk::file>> create(std::string_view name) override
    {
        return wrap(real_->create(name));
    }
    base::result<std::unique_ptr<disk::file>> open(std::string_view name) override
    {
        return wrap(real_->open(name));
    }
    base::result<std::unique_ptr<disk::file>> open_to_append(std::string_view name) override
    {
        return wrap(real_->open_to_append(name));
    }
    base::result<std::unique_ptr<disk::directory>> open_directory(std::string_view name) override
    {
        auto opened = real_->open_directory(name);
        if (!opened) return opened;
        return std::make_unique<careless_directory>(std::move(*opened), how_);
    }
    base::result<> make_directory(std::string_view name) override { return real_->make_directory(name); }
    base::result<> rename(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        return real_->rename(name, real_of(to), to_name);
    }
    base::result<> replace(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        return real_->replace(name, real_of(to), to_name);
    }
    base::result<> link(std::string_view name, disk::directory& to, std::string_view to_name) override
    {
        return real_->link(name, real_of(to), to_name);
    }
    base::result<> remove(std::string_view name) override { return real_->remove(name); }
    base::result<> list(const std::function<void(std::string_view name)>& each) override
    {
        return real_->list(each);
    }
    base::result<disk::status> status(std::string_view name) override { return real_->status(name); }
    base::result<disk::status> status() override { return real_->status(); }
    base::result<> sync() override
    {
        if (how_ == carelessness::no_directory_sync) return {};
        auto done = real_->sync();
        return !done && how_ == carelessness::sync_again ? real_->sync() : done;
    }
    base::result<std::unique_ptr<disk::lock>> lock_file(std::string_view name) override
    {
        return real_->lock_file(name);
    }

private:
    base::result<std::unique_ptr<disk::file>> wrap(base::result<std::unique_ptr<disk::file>> opened) const
    {
        if (!opened) return opened;
        return std::make_unique<careless_file>(std::move(*opened), how_);
    }
    static disk::directory& real_of(disk::directory& wrapped)
    {
        return *dynamic_cast<careless_directory&>(wrapped).real_;
    }

    std::unique_ptr<disk::directory> real_;
    carelessness how_;
};

class careless_disk final : public disk::file_system {
public:
    careless_disk(disk::file_system& real, carelessness how) : real_(real), how_(how) {}

    base::result<std::unique_ptr<disk::directory>> open(const std::string& path) override
    {
        auto opened = real_.open(path);
        if (!opened) return opened;
        return std::make_unique<careless_directory>(std::move(*opened), how_);
    }
    base::result<> make_path(const std::string& path) override { return real_.make_path(path); }

private:
    disk::file_system& real_;
    carelessness how_;
};

} // namespace fault
