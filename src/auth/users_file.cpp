// The users in one file that Dovecot's passwd-file can be copied into: found, resolved, and read again when it changes.
#include "auth/users_file.hpp"

#include "auth/passwd_file.hpp"
#include "auth/users_table.hpp"

#include <mutex>
#include <utility>

namespace auth {

namespace {

/// Others may not read it, nor may a group write it: hashes would be cracked, accounts made.
constexpr std::uint32_t forbidden_mode = 0027;

base::error unreadable(base::failure kind, std::string operator_text)
{
    return {kind, true, {}, std::move(operator_text)};
}

std::string described(std::string_view name)
{
    return "users file " + std::string(name);
}

base::error bad_file(std::string_view name, base::failure kind, const std::string& detail)
{
    return unreadable(kind, described(name) + ": " + detail);
}

base::error bad_lines(std::string_view name, const std::vector<line_fault>& faults)
{
    return unreadable(base::failure::malformed, format_faults(faults, described(name)));
}

/// A server for nobody was not meant: the file was emptied, or what should lie here is not mounted. No letter bounces
/// for that.
base::error nobody_yet(std::string_view name)
{
    return bad_file(name, base::failure::storage,
                    "there is no user in it; add one with `restanted user add`");
}

base::error not_known_now(std::string_view name)
{
    return bad_file(name, base::failure::storage,
                    "that user's line, or one without a readable name, has an error; see `restanted check`");
}

base::error nobody_there()
{
    return base::permanent_error(base::failure::unknown_user, "no user has that address in the users file");
}

/// What tells one state of a file from another.
struct trace {
    base::wall_time modified;
    std::uint64_t octets = 0, inode = 0;
    std::uint32_t mode = 0;
    friend bool operator==(const trace&, const trace&) = default;
};

trace trace_of(const disk::status& status)
{
    return {status.modified, status.octets, status.inode, status.mode};
}

} // namespace

struct users_file::parts {
    parts(disk::directory& folder, std::string file_name) : directory(folder), name(std::move(file_name)) {}

    disk::directory& directory;
    const std::string name;

    std::mutex loading;        ///< one load at a time; find() never waits for it
    std::optional<trace> seen; ///< of the contents that were read last, good or bad
    std::string complaint;     ///< what refresh() has reported, and will not again

    mutable std::mutex swapping; ///< held for the copy of one pointer
    std::shared_ptr<const users_table> table = std::make_shared<users_table>();
    std::uint64_t generation = 0;

    std::shared_ptr<const users_table> current() const
    {
        const std::lock_guard hold(swapping);
        return table;
    }
    base::result<disk::status> look() const;
    base::result<> read(const disk::status& status);
};

users_file::users_file(disk::directory& directory, std::string file_name)
    : parts_(std::make_unique<parts>(directory, std::move(file_name)))
{
}

users_file::~users_file() = default;

base::result<> users_file::load()
{
    const std::lock_guard hold(parts_->loading);
    const auto status = parts_->look();
    if (!status) return base::fail(status.error());
    return parts_->read(*status);
}

base::result<bool> users_file::refresh()
{
    const std::lock_guard hold(parts_->loading);
    const auto status = parts_->look();
    if (status && parts_->seen == trace_of(*status)) return false;
    const auto read = status ? parts_->read(*status) : base::result<>(base::fail(status.error()));
    if (read) {
        parts_->complaint.clear();
        return true;
    }
    if (std::exchange(parts_->complaint, read.error().operator_text) == read.error().operator_text)
        return false;
    return base::fail(read.error());
}

base::result<std::optional<user>> users_file::find(std::string_view name) const
{
    const auto table = parts_->current();
    const user* const found = table->find(name);
    if (found == nullptr && table->is_faulty(name)) return base::fail(not_known_now(parts_->name));
    return found == nullptr ? std::optional<user>() : std::optional<user>(*found);
}

base::result<std::vector<route>> users_file::resolve(std::string_view address) const
{
    const auto table = parts_->current();
    if (table->is_faulty(address)) return base::fail(not_known_now(parts_->name));
    if (table->empty() && table->last_removed()) return base::fail(nobody_there());
    if (table->empty()) return base::fail(nobody_yet(parts_->name));
    auto routes = table->resolve(address);
    if (routes.empty()) return base::fail(nobody_there());
    return routes;
}

base::result<bool> users_file::local_domain(std::string_view domain) const
{
    const auto table = parts_->current();
    if (table->local_domain(domain)) return true;
    if (table->may_be_faulty_domain()) return base::fail(not_known_now(parts_->name));
    if (table->empty() && !table->last_removed()) return base::fail(nobody_yet(parts_->name));
    return false;
}

std::string users_file::faults() const
{
    return format_faults(parts_->current()->faults(), described(parts_->name));
}

std::uint64_t users_file::generation() const
{
    const std::lock_guard hold(parts_->swapping);
    return parts_->generation;
}

usual_costs users_file::usual() const
{
    return parts_->current()->usual();
}

base::result<std::vector<std::string>> users_file::names() const
{
    return parts_->current()->names();
}

own_times users_file::own_times() const
{
    return parts_->current()->own_times();
}

std::size_t users_file::users() const
{
    return parts_->current()->users();
}

base::result<disk::status> users_file::parts::look() const
{
    auto status = directory.status(name);
    if (status) return status;
    const auto& error = status.error();
    if (error.kind == base::failure::vanished)
        return base::fail(bad_file(name, error.kind,
                                   "it is not there; put it back, or, where there never was one, make it "
                                   "with `restanted user add`"));
    return base::fail(bad_file(name, error.kind, error.operator_text));
}

base::result<> users_file::parts::read(const disk::status& status)
{
    if (status.kind == disk::kind::symbolic_link)
        return base::fail(bad_file(name, base::failure::refused,
                                   "it is a symbolic link, and none is followed; put the file itself there"));
    if ((status.mode & forbidden_mode) != 0)
        return base::fail(bad_file(name, base::failure::refused,
                                   "others may read it or a group may write it; run `chmod 600` on it"));
    const auto text = disk::read_whole(directory, name, users_file_octets_max);
    if (!text) return base::fail(bad_file(name, text.error().kind, text.error().operator_text));
    seen = trace_of(status);
    auto made = users_table::make(read_passwd(*text));
    if (made.empty() && !made.faults().empty()) return base::fail(bad_lines(name, made.faults()));
    auto fresh = std::make_shared<const users_table>(std::move(made));
    const std::lock_guard hold(swapping);
    table = std::move(fresh);
    ++generation;
    return {};
}

} // namespace auth
