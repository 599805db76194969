// How every command begins: the archive, its index, each account that was named.
#pragma once

#include "cli/restante/commands.hpp"
#include "cli/restante/progress_display.hpp"
#include "collector/account_desk.hpp"
#include "collector/archive_folder.hpp"
#include "collector/indexing.hpp"
#include "collector/person.hpp"
#include "search/index.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cli::restante {

/// Whoever sits at the terminal: types there without echo, and reads notes as complain() prints them.
collector::person person_at_terminal();

/// Opens the archive, or prints why not and leaves `code` with the exit code.
std::unique_ptr<collector::archive_folder> open_archive(const style& options, int& code);

/// collector::open_index(), with a bar for each account while it takes long.
base::result<std::unique_ptr<search::index>> open_index(collector::archive_folder& folder,
                                                        const style& options,
                                                        const std::optional<std::string>& account);
/// An archive and its index, or an exit code.
struct opened_archive {
    std::unique_ptr<collector::archive_folder> folder;
    std::unique_ptr<search::index> index;
    int code = 0;
    explicit operator bool() const { return index != nullptr; }
};
/// Both, or prints why not.
opened_archive open_with_index(const style& options, const std::optional<std::string>& account);

/// As bars of `display`.
collector::indexing_progress indexing_bars(progress_display& display);

/// As that line of `display`.
collector::work_progress bar_of(progress_display& display, std::size_t line);

/// Works on each account that was named, or on all; what goes wrong with one does not hinder the others. The worst
/// exit code.
int for_each_account(const style& options, const std::vector<std::string>& named,
                     const std::function<int(collector::archive_folder&, const std::string&,
                                             progress_display&, std::size_t)>& work);

} // namespace cli::restante
