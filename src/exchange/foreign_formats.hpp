// The forms of the state files, one function each, for foreign_state.cpp alone.
#pragma once

#include "exchange/foreign_state.hpp"

#include <functional>

namespace exchange {

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
