// What other programs remember of having fetched: fetchmail, getmail, mpop, fdm, Thunderbird and Claws Mail.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

enum class foreign_program { fetchmail, getmail, mpop, fdm, thunderbird, claws };
std::string_view name_of(foreign_program program);

/// One message that the program has fetched whole.
struct foreign_entry {
    std::string host,
        user; ///< as that program was told them; a person chooses by them. Empty: the file does not say
    std::string unique_id;
    std::optional<base::wall_time> fetched_at{};
};

struct foreign_state {
    foreign_program program = foreign_program::fetchmail;
    std::vector<foreign_entry> entries{};
    std::uint64_t partial =
        0; ///< known to the program and not fetched whole (Thunderbird, Claws Mail): not in `entries`
    std::uint64_t unreadable = 0; ///< lines that say nothing
};

/// Reads a state file; which program wrote it is told by its contents. `file_name` (without folders) matters for
/// getmail alone, which names the account there. `malformed` where no program's form fits.
base::result<foreign_state> read_foreign_state(std::string_view contents, std::string_view file_name);

struct taking_over {
    std::uint64_t taken_over = 0;
    std::uint64_t known = 0; ///< had a record that is stored
};

/// Records entries as records of `account`: stage `stored`, `taken_over`, no hash, no key, not verified. By the stage
/// a fetch leaves them; without a hash nothing ever deletes them: a deletion needs content that was stored and
/// re-read here. A record that is stored stays as it is. `stored_at` stays open, `first_listed` is the time that the
/// entry tells, else now.
base::result<taking_over> take_over(ledger::ledger& book, const std::string& account,
                                    std::span<const foreign_entry> entries, foreign_program program,
                                    const base::clock& clock);

// The forms of the state files, one function each, for foreign_state.cpp alone.

/// `unique-id TAB seconds` lines, perhaps with `TAB 0` behind them; the account is in the file's name, where nothing
/// tells host and user apart: both hold '-' as well.
foreign_state read_claws_state(std::string_view contents);
/// `LENGTH unique-id` lines, of one account.
foreign_state read_fdm_state(std::string_view contents);
std::optional<std::string_view> fdm_unique_id(std::string_view line); ///< of such a line
/// `user@host unique-id` lines, several accounts in one file.
foreign_state read_fetchmail_state(std::string_view contents);
/// `unique-id NUL seconds` lines; the file is `oldmail-HOST-PORT-USER`, with or without `-MAILBOX`.
foreign_state read_getmail_state(std::string_view contents, std::string_view file_name);
/// ` COUNT HOST USER`, then so many lines of a unique-id and, since 1.4.23, a time.
foreign_state read_mpop_state(std::string_view contents);
/// `*HOST USER`, then lines of a letter, a unique-id and, since 2.0, a time.
foreign_state read_thunderbird_state(std::string_view contents);

/// Every line without its end (LF, or CRLF from Windows), until `tell` says false.
void each_line(std::string_view contents, const std::function<bool(std::string_view)>& tell);
/// Decimal seconds since 1970, nothing else; none where it is no time at all.
std::optional<base::wall_time> seconds_since_1970(std::string_view text);

} // namespace exchange
