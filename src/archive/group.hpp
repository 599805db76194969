// A group of received messages on its way into the archive: judged, published, delivered, copied, recorded.
//
// The order is a promise: a record is `stored` only when its octets are durable and every target took them.
#pragma once

#include "archive/reception.hpp"
#include "archive/run.hpp"

#include <vector>

namespace archive {

/// Where messages with something found in them lie.
inline constexpr std::string_view quarantine_folder = "Quarantine";

/// Settles the group. One message's failure is in its record and its account; an error is what ends the run: the ledger
/// or the disk cannot be used, or the scanner is away. What was published is recorded all the same where that works.
base::result<> settle_group(run& current, run_session& session, std::vector<arrival> group);

/// Notes that a message could not be had, in ledger and account.
base::result<> settle_failure(run& current, const planned_message& message, const std::string& reason,
                              bool temporary);

/// Puts a kept message into the second copy and reads it back there; says so in `known`, which the caller records.
base::result<> make_second_copy(run& current, ledger::message_record& known);
/// Before a deletion: finds the message in the second copy and reads it there, in this run; makes one where there is
/// none (any more). Says in `known` whether it lies there.
base::result<> prove_second_copy(run& current, ledger::message_record& known);

} // namespace archive
