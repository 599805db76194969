// Is what the server has under a unique-id still what was stored under it?
#pragma once

#include "archive/run.hpp"
#include "ledger/added_fields.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace archive {

/// Leaves in `messages` what was fetched in this very session, and what the server still has as it is kept. By TOP: its
/// size is a known one, its header section is the stored one, and its body is the kept one; of a long body the
/// beginning, where the header section names one letter (names_one_letter()). Else by RETR: its octets are the kept
/// ones but for what servers and other programs put into a header section (added_fields.hpp). What adopt() matched and
/// what is not kept here needs the octets. Servers reuse unique-ids; a size proves nothing. What is another message now
/// is noted as such, in run_session::given_away as well: this session is to fetch it.
run_step keep_proved(run& current, run_session& session, std::vector<const planned_message*>& messages);

/// Asks TOP about what the plan doubts, and plans to fetch what is not the same, or cannot be told.
run_step settle_doubts(run& current, run_session& session);

/// Two letters never share such a header section: it has a Message-ID, and a Date or Received field (RFC 5322, section
/// 3.6). Machines send letters with less, one after another with the same header section.
bool names_one_letter(std::string_view header);

/// The server's messages, whole, by number. What the server would not give is not there.
std::expected<std::map<std::uint64_t, ledger::bare_message>, run_trouble>
served_messages(run_session& session, const std::vector<const planned_message*>& messages);

/// What is kept as `key` is the letter that the server has, but for what servers and mail programs put into a header
/// section for themselves. False where it is gone or damaged; an error where the disk does not let it be told.
base::result<bool> is_same_but_added(store::collection& mail, const std::string& key,
                                     const ledger::bare_message& served);

/// Asks TOP for the dates of messages that are to be fetched, for a dry run.
run_step look_at_dates(run& current, run_session& session);

/// Asks TOP where the rules need a header section before the download, and plans by them.
run_step apply_rules(run& current, run_session& session);

} // namespace archive
