// What is said of a run, in sentences.
#pragma once

#include "archive/fetch_report.hpp"
#include "base/error.hpp"

#include <string>

namespace collector {

/// What is said where the disk of the archive at `path` has no room, for which `reason` is what failed.
std::string full_disk_text(const std::string& path, const std::string& reason);

/// What is said of an account without its name in front, which whoever says it there sets itself.
std::string without_account(const std::string& account, const std::string& text);

/// Of a run that was stopped: what is left.
std::string stopped_text(const archive::fetch_report& account);

/// It may pass by itself.
bool is_temporary(const base::error& error);
/// Not all is well, and the next run may mend it.
bool is_temporary(const archive::fetch_report& account);

/// In a few words why an account is not well, or what it brought.
std::string summary_of(const archive::fetch_report& account);

} // namespace collector
