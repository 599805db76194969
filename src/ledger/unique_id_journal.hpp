// The journal of an account: which unique-ids are stored, in a text file beside the ledger that only grows.
//
// A Maildir tells what is held and not which unique-ids it came from. Were that in the ledger alone, a lost ledger
// would mean to fetch everything once more (docs/decisions/0064). Each line stands for itself and has a checksum:
// what is damaged is passed over, the rest counts.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "disk/file_system.hpp"
#include "ledger/content_hash.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ledger {

/// What one line says.
struct journal_entry {
    enum class verb {
        has,     ///< `unique_id` is stored: hash, octets, key (empty: kept elsewhere), time
        known,   ///< `unique_id` was fetched by another program, before us: time
        again,   ///< `unique_id` is not what it was: all lines before say nothing of it
        gone,    ///< a person removed `key`
        matched, ///< as `has`, by adopt(): that the server has the same body was not seen
        tagged,  ///< the content `hash` has the tags that stand in `tags`, and no others
    };
    verb says = verb::has;
    std::string unique_id{};
    std::string tags{}; ///< parted by blanks (tags.hpp); in the place of the unique-id
    std::string key{};
    std::optional<content_hash> hash{};
    std::uint64_t octets = 0;
    base::wall_time time{}; ///< in whole seconds
};

/// One line, its LF included (docs/formats.md).
std::string format(const journal_entry& entry);
/// The entry, or nothing where the line (without LF) is not right to the last bit.
std::optional<journal_entry> parse_journal_line(std::string_view line);
/// Tells every line that is right, in order; how many are not. An empty line is nothing.
std::uint64_t each_journal_entry(std::string_view text, const std::function<void(journal_entry&&)>& tell);

/// 1 to 64 of letters, digits and "@._+-", not beginning with "." or "-", and none of the names that this program
/// uses itself ("restante", "….toml"): an account's name is the name of a folder beside the accounts' files.
bool is_account_name(std::string_view name);

class unique_id_journal {
public:
    /// Of the account's file in `folder`, which need not be there yet.
    unique_id_journal(disk::file_system& files, std::string folder, std::string_view account);
    /// The account whose journal has that file name, if any.
    static std::optional<std::string> account_of(std::string_view file_name);

    /// 0 where there is no file.
    base::result<std::uint64_t> octets() const;
    /// Adds lines, durable on return; how many octets the file has now.
    base::result<std::uint64_t> append(std::string_view lines);
    /// From `offset` to the end.
    base::result<std::string> read(std::uint64_t offset) const;

private:
    base::result<std::uint64_t> append_to_file(std::string_view lines);

    disk::file_system& files_;
    std::string folder_, name_;
};

} // namespace ledger
