// The text of a users file: one line for a user, as Dovecot's passwd-file has it, and what our extra fields
// mean.
#pragma once

#include "auth/user_directory.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

/// About a million users; more belong into a database.
constexpr std::uint64_t users_file_octets_max = 256ULL << 20;

/// `user:{SCHEME}hash:uid:gid:gecos:home:shell:key=value key=value …`, cut into its parts; nothing judged.
struct passwd_line {
    std::string_view name, password;
    std::string_view between; ///< "uid:gid:gecos:home:shell:" as it came, so ":::::" where they are empty
    std::vector<std::pair<std::string_view, std::string_view>> fields; ///< a key without '=' has no value
};

/// The lines of a file, each without its line end.
std::vector<std::string_view> split_lines(std::string_view text);

/// Nothing for a comment or an empty line.
std::optional<passwd_line> cut_passwd_line(std::string_view line);

/// An alias, or with an empty local part ("@example.org") a domain's catch-all.
struct alias {
    std::string name;                 ///< as spelled, ASCII letters in lower case
    std::vector<std::string> targets; ///< at least one, as spelled
};

struct line_fault {
    std::size_t line = 0; ///< from 1
    std::string reason;   ///< for the operator; holds no secret
};

/// A comment: the file has no user because the last one was removed, not because it was emptied or never filled.
constexpr std::string_view last_user_removed =
    "# restanted: the last user was removed; nobody has an address here";

/// Users and aliases in the file's order, with the lines where they stand.
struct passwd_contents {
    std::vector<std::pair<user, std::size_t>> users;
    std::vector<std::pair<alias, std::size_t>> aliases;
    std::vector<line_fault> faults; ///< of lines that are not among the others
    /// Whom those lines are about: canonical names, and "" for a line that does not tell.
    std::vector<std::string> faulty_names;
    bool last_removed = false; ///< last_user_removed stands there
};

/// What can be read, and what is wrong with the rest. Looks at each line alone and at names that stand twice (then
/// neither counts); where aliases lead is users_table's to check.
passwd_contents read_passwd(std::string_view text);
/// All of it, or all that is wrong with it.
std::expected<passwd_contents, std::vector<line_fault>> parse_passwd(std::string_view text);

/// Whoever mends the first ninety-nine errors has found the rest by then.
constexpr std::size_t fault_lines_max = 100;

/// A line for each fault, "FILE: line 3: …", without "FILE: " where no `file` is named. At most fault_lines_max
/// lines: the last one counts the faults that are not shown.
std::string format_faults(const std::vector<line_fault>& faults, std::string_view file = {});

/// canonical_name(), or "@" and canonical_domain() for a catch-all.
std::optional<std::string> canonical_line_name(std::string_view name);

} // namespace auth
