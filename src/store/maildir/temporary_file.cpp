// The steps from an empty file to a name in a folder.
#include "store/maildir/temporary_file.hpp"

#include <utility>

namespace store::maildir {

namespace {

constexpr std::size_t buffer_octets = 64 * 1024; // most messages are then one write(2)

} // namespace

base::result<std::unique_ptr<temporary_file>>
temporary_file::create(name_maker& names, files_being_written& writing,
                       std::shared_ptr<disk::directory> temporary)
{
    std::string name = names.temporary();
    writing.begin(name);
    auto file = temporary->create(name);
    if (!file) {
        writing.end(name);
        return base::fail(file.error());
    }
    return std::unique_ptr<temporary_file>(
        new temporary_file(names, writing, std::move(temporary), std::move(*file), std::move(name)));
}

temporary_file::temporary_file(name_maker& names, files_being_written& writing,
                               std::shared_ptr<disk::directory> directory, std::unique_ptr<disk::file> file,
                               std::string name)
    : names_(names),
      writing_(writing),
      directory_(std::move(directory)),
      file_(std::move(file)),
      name_(std::move(name))
{
}

temporary_file::~temporary_file()
{
    if (name_.empty()) return;
    file_.reset();
    static_cast<void>(directory_->remove(name_)); // what stays, the sweep removes
    writing_.end(name_);
}

base::result<std::unique_ptr<temporary_file>> temporary_file::another() const
{
    return create(names_, writing_, directory_);
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

base::result<std::size_t> temporary_file::read(std::span<char> buffer, std::uint64_t offset)
{
    if (auto written = flush(); !written) return base::fail(written.error());
    return file_->read(buffer, offset);
}

base::result<> temporary_file::write_out(std::optional<base::wall_time> modified)
{
    if (auto written = flush(); !written) return written;
    std::string().swap(unwritten_); // a whole group of files may wait for their syncs
    return modified ? file_->set_modified(*modified) : base::result<>();
}

base::result<> temporary_file::finish()
{
    if (auto written = write_out(); !written) return written;
    if (auto synced = file_->sync(); !synced) return synced;
    return close();
}

std::vector<base::result<>> temporary_file::finish(std::span<temporary_file* const> group)
{
    if (group.empty()) return {};
    std::vector<disk::file*> files;
    for (temporary_file* const one : group) files.push_back(one->file_.get());
    auto done = group.front()->directory_->sync_files(files);
    for (std::size_t i = 0; i < group.size(); ++i)
        if (done[i]) done[i] = group[i]->close();
    return done;
}

base::result<> temporary_file::close()
{
    auto closed = file_->close();
    file_.reset();
    return closed;
}

base::result<std::string> temporary_file::rename_into(disk::directory& to,
                                                      const std::function<std::string()>& next_name)
{
    for (int tried = 1;; ++tried) {
        std::string name = next_name();
        auto renamed = directory_->rename(name_, to, name);
        if (renamed) {
            writing_.end(std::exchange(name_, {}));
            return name;
        }
        if (renamed.error().kind != base::failure::exists || tried == names_tried_max)
            return base::fail(renamed.error());
    }
}

} // namespace store::maildir
