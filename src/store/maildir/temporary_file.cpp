// The steps of a delivery, one copy.
#include "store/maildir/temporary_file.hpp"

#include <utility>

namespace store::maildir {

namespace {

constexpr std::size_t buffer_octets = 64 * 1024; // most messages are then one write(2)
constexpr int names_tried_max = 3;               // one is enough unless the random source is broken

} // namespace

base::result<std::unique_ptr<temporary_file>> temporary_file::create(backend& with, const maildrop_name& name)
{
    auto opened = with.places.open(name, purpose::deliver);
    if (!opened) return base::fail(opened.error());
    auto in = std::make_shared<folders>(std::move(*opened));
    auto directory = in->maildrop->open_directory("tmp");
    if (!directory) return base::fail(directory.error());
    return create_in(with, std::move(in), std::move(*directory));
}

base::result<std::unique_ptr<temporary_file>> temporary_file::another() const
{
    return create_in(with_, in_, directory_);
}

base::result<std::unique_ptr<temporary_file>>
temporary_file::create_in(backend& with, std::shared_ptr<folders> in,
                          std::shared_ptr<disk::directory> directory)
{
    std::string name = with.names.temporary();
    with.writing.begin(name);
    auto file = directory->create(name);
    if (!file) {
        with.writing.end(name);
        return base::fail(file.error());
    }
    return std::unique_ptr<temporary_file>(
        new temporary_file(with, std::move(in), std::move(directory), std::move(*file), std::move(name)));
}

temporary_file::temporary_file(backend& with, std::shared_ptr<folders> in,
                               std::shared_ptr<disk::directory> directory, std::unique_ptr<disk::file> file,
                               std::string name)
    : with_(with),
      in_(std::move(in)),
      directory_(std::move(directory)),
      file_(std::move(file)),
      name_(std::move(name))
{
}

temporary_file::~temporary_file()
{
    if (!name_.empty()) discard();
}

base::result<> temporary_file::write(std::string_view octets)
{
    octets_ += octets.size();
    unwritten_ += octets;
    return unwritten_.size() < buffer_octets ? base::result<>() : flush();
}

base::result<> temporary_file::flush()
{
    if (unwritten_.empty()) return {};
    auto written = file_->write(unwritten_);
    unwritten_.clear();
    return written;
}

base::result<std::size_t> temporary_file::read(std::span<char> into, std::uint64_t offset)
{
    if (auto written = flush(); !written) return base::fail(written.error());
    return file_->read(into, offset);
}

base::result<std::string> temporary_file::deliver(std::uint64_t canonical_octets)
{
    if (auto written = flush(); !written) return base::fail(written.error());
    if (auto synced = file_->sync(); !synced) return base::fail(synced.error());
    if (auto closed = file_->close(); !closed) return base::fail(closed.error());
    file_.reset();
    auto base = rename_into_new(canonical_octets);
    if (!base) return base;
    with_.writing.end(std::exchange(name_, {}));
    if (auto synced = with_.syncs.sync(in_->path_of(folder::fresh), *in_->fresh); !synced) {
        // The sender will be told to try again: better no copy left behind, but a second one is no loss.
        static_cast<void>(in_->fresh->remove(*base));
        return base::fail(synced.error());
    }
    return base;
}

base::result<std::string> temporary_file::rename_into_new(std::uint64_t canonical_octets)
{
    for (int tried = 1;; ++tried) {
        std::string base = with_.names.delivered(octets_, canonical_octets);
        auto renamed = directory_->rename(name_, *in_->fresh, base);
        if (renamed) return base;
        if (renamed.error().kind != base::failure::exists || tried == names_tried_max)
            return base::fail(renamed.error());
    }
}

void temporary_file::discard()
{
    file_.reset();
    static_cast<void>(directory_->remove(name_)); // what stays, the sweep removes
    with_.writing.end(name_);
}

} // namespace store::maildir
