// Directories of the disk below, with files that seal and unseal.
#include "disk/posix_calls.hpp"
#include "disk/sealed/sealed_file.hpp"
#include "disk/sealed/sealed_file_system.hpp"
#include "disk/sealed/sealed_form.hpp"

#include <utility>

namespace disk {

namespace {

using shared_key = std::shared_ptr<const secret_octets>;

disk::status plain(disk::status sealed)
{
    if (sealed.kind == kind::regular) sealed.octets = sealed_form::plain_octets_of(sealed.octets);
    return sealed;
}

class sealed_directory final : public directory {
public:
    sealed_directory(std::unique_ptr<directory> under, shared_key key)
        : under_(std::move(under)), key_(std::move(key))
    {
    }

    base::result<std::unique_ptr<file>> create(std::string_view name) override
    {
        auto created = under_->create(name);
        if (!created) return created;
        return create_sealed_file(std::move(*created), key_, std::string(name));
    }
    base::result<std::unique_ptr<file>> open(std::string_view name) override
    {
        auto opened = under_->open(name);
        if (!opened) return opened;
        return open_sealed_file(std::move(*opened), key_, std::string(name));
    }
    base::result<std::unique_ptr<file>> open_to_append(std::string_view name) override
    {
        return base::fail(base::permanent_error(
            base::failure::refused, "append to '" + std::string(name) + "': a sealed file is written once"));
    }
    base::result<std::unique_ptr<directory>> open_directory(std::string_view name) override
    {
        auto opened = under_->open_directory(name);
        if (!opened) return opened;
        return std::make_unique<sealed_directory>(std::move(*opened), key_);
    }
    base::result<> make_directory(std::string_view name) override { return under_->make_directory(name); }
    base::result<> rename(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->rename(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> replace(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->replace(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> link(std::string_view name, directory& to, std::string_view to_name) override
    {
        auto* const target = alike(to);
        return target != nullptr ? under_->link(name, *target, to_name) : base::fail(cannot_link(name));
    }
    base::result<> remove(std::string_view name) override { return under_->remove(name); }
    base::result<> list(const std::function<void(std::string_view name)>& each) override
    {
        return under_->list(each);
    }
    base::result<disk::status> status(std::string_view name) override
    {
        auto sealed = under_->status(name);
        if (sealed) *sealed = plain(*sealed);
        return sealed;
    }
    base::result<disk::status> status() override { return under_->status(); }
    base::result<> sync() override { return under_->sync(); }
    std::vector<base::result<>> sync_files(std::span<file* const> those) override
    {
        return under_->sync_files(those);
    }
    base::result<std::unique_ptr<lock>> lock_file(std::string_view name) override
    {
        return under_->lock_file(name);
    }

private:
    /// The directory under `to`, where its files are sealed with our key; null where they are not.
    directory* alike(directory& to) const
    {
        auto* const sealed = dynamic_cast<sealed_directory*>(&to);
        return sealed != nullptr && sealed->key_->text() == key_->text() ? sealed->under_.get() : nullptr;
    }

    std::unique_ptr<directory> under_;
    shared_key key_;
};

} // namespace

sealed_file_system::sealed_file_system(file_system& under, secret_octets key)
    : under_(under), key_(std::make_shared<const secret_octets>(std::move(key)))
{
}

base::result<std::unique_ptr<directory>> sealed_file_system::open(const std::string& path)
{
    auto opened = under_.open(path);
    if (!opened) return opened;
    return std::make_unique<sealed_directory>(std::move(*opened), key_);
}

base::result<> sealed_file_system::make_path(const std::string& path)
{
    return under_.make_path(path);
}

} // namespace disk
