// Changes the users file for an operator: add, passwd, remove, list, show. What it does not change stays to
// the octet.
#pragma once

#include "auth/password.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

/// One user as an operator may see him: no hash, no key, no secret.
struct user_summary {
    std::string name;
    bool disabled = false;
    bool wants_new_hash = false;       ///< the hash is weaker than what a new password gets
    std::string scheme;                ///< of the password hash, e.g. "ARGON2ID"; empty: no password log-in
    std::vector<std::string> can_use;  ///< "SCRAM-SHA-256", "SCRAM-SHA-1", "shared secret"
    std::vector<std::string> alias_of; ///< where an alias or a catch-all leads; empty for a user
    /// Every other extra field, in the file's order, values as they stand there.
    std::vector<std::pair<std::string, std::string>> fields;
};

/// Each call reads the file, changes one line and replaces the file durably (disk::replace_whole) while it
/// holds the lock file `<name>.lock`; in_use where another editor holds that. The new file belongs to whoever
/// calls: be the user that the daemon runs as. A file that is missing is taken as empty. A file with errors
/// is not changed: the error tells them all with their lines.
/// Names are prepared (auth::prepared_name) and found in any spelling; `malformed` where they cannot be users.
class users_editor {
public:
    users_editor(disk::directory& directory, std::string file_name, base::random& random,
                 password_costs costs = {});

    /// `exists` where the name is taken. The password: 1 to 1024 octets of UTF-8, no control characters.
    /// `fields` are extra fields as "key=value", e.g. "quota_octets=2G".
    base::result<> add(std::string_view name, std::string_view password,
                       std::span<const std::string> fields = {});
    /// New hash and new SCRAM keys in place of the old; unknown_user where there is no such line.
    base::result<> set_password(std::string_view name, std::string_view password);
    /// The line goes; the mail stays. unknown_user where there is none.
    base::result<> remove(std::string_view name);
    /// In the file's order, aliases and catch-alls too.
    base::result<std::vector<user_summary>> list();
    base::result<user_summary> show(std::string_view name);

private:
    /// Reads, lets `edit` make the new text, checks it, and replaces the file.
    base::result<> change(const std::function<base::result<std::string>(std::string_view text)>& edit);
    base::result<std::string> read();

    disk::directory& directory_;
    std::string file_name_;
    base::random& random_;
    password_costs costs_;
};

} // namespace auth
