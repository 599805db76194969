// The users in one file that Dovecot's passwd-file can be copied into: found, resolved, and read again when
// it changes.
#pragma once

#include "auth/user_directory.hpp"
#include "disk/file_system.hpp"

#include <memory>
#include <string>

namespace auth {

/// Format: docs/auth.md. find(), resolve(), local_domain() and generation() touch no disk: they look at the
/// users that load() or refresh() read last.
class users_file final : public user_directory {
public:
    /// `directory` must outlive it.
    users_file(disk::directory& directory, std::string file_name);
    ~users_file() override;

    /// Reads the file now, changed or not. Where it cannot be read, others may read it, or no line is good, the
    /// users stay as they were and the error says what to mend. `vanished` where there is no file.
    base::result<> load();
    /// Every faulty line of the users in force, in one text; empty: none. Those lines alone are not served: who stands
    /// there is found and resolved with a temporary error.
    std::string faults() const;
    /// One stat(2); load() where the modification time, size or inode have changed since the last try. True:
    /// the users are new. The driver calls it once a second or so, on a thread that may block. A file that
    /// stays bad is reported once for each change.
    base::result<bool> refresh();

    base::result<std::optional<user>> find(std::string_view name) const override;
    base::result<std::vector<route>> resolve(std::string_view address) const override;
    base::result<bool> local_domain(std::string_view domain) const override;
    std::uint64_t generation() const override;
    usual_costs usual() const override;
    base::result<std::vector<std::string>> names() const override;
    auth::own_times own_times() const override;

    std::size_t users() const override;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace auth
