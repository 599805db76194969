// What every command ends with: an exit code that means something, and a text for a person.
#pragma once

#include "archive/fetch_report.hpp"
#include "archive/settings.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cli/restante/commands.hpp"
#include "client/maildrop.hpp"
#include "search/index.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace cli::restante {

/// Done, but not all is well: a message failed, a guard stopped, verify found something.
constexpr int exit_not_all_well = 1;

/// Of sysexits.h: 75 whatever is temporary; 77 wrong credentials or no trust; 67 no such account; 65 bad data, a
/// configuration too; 73 what exists already; 74 the disk; 69 the network; 70 our own fault.
int exit_code_of(const base::error& error);
/// Prints the operator's text as error_exit() does; its exit code.
int report(const base::error& error);
/// The more telling of two exit codes: any trouble goes before 0, 75 before 1, all others before 75.
int worse(int first, int other);

/// The log for --verbose: standard error, as JSON with --json; else one that forgets all but errors. Warnings stand in
/// the closing account.
std::unique_ptr<base::log> make_log(const style& options);

/// As `restante fetch --json` prints it.
boost::json::object to_json(const archive::fetch_report& account);
/// As a person reads it: a line, then one for each exception and warning.
std::string to_text(const archive::fetch_report& account, bool verbose);
int exit_code_of(const archive::fetch_report& account);

/// A message as --json prints it (docs/json.md).
boost::json::object to_json(const search::indexed_message& message);

/// What a server can do, in sentences.
std::string describe(const client::server_abilities& abilities, const archive::keep_policy& keep);

/// Prints one object and a line end, its "type" first: docs/json.md says what each type has.
void print_json(std::string_view type, const boost::json::object& object);

/// Asks on the terminal; false where nobody is there, or the answer is not yes. --yes is a yes. `stop`: once it is set,
/// nobody is waited for any more, and that is a no.
bool agree(const style& options, const std::string& question, const std::atomic<bool>* stop = nullptr);

} // namespace cli::restante
