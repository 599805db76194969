// How every command begins: the archive, its index, each account that was named.
#include "cli/restante/command_support.hpp"

#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"

#include <sysexits.h>

namespace cli::restante {

collector::person person_at_terminal()
{
    return {.ask_secret = read_password,
            .choose_secret = [](const std::string& owner,
                                const std::string& noun) { return read_new_password(owner, noun); },
            .note = complain};
}

std::unique_ptr<collector::archive_folder> open_archive(const style& options, int& code)
{
    auto opened = collector::archive_folder::open(options.archive, person_at_terminal());
    if (opened) return std::move(*opened);
    code = report(opened.error());
    return nullptr;
}

base::result<std::unique_ptr<search::index>>
open_index(collector::archive_folder& folder, const style& options, const std::optional<std::string>& account)
{
    progress_display display(folder.clock(), !options.quiet && !options.json);
    return collector::open_index(folder, account, indexing_bars(display));
}

opened_archive open_with_index(const style& options, const std::optional<std::string>& account)
{
    opened_archive out;
    out.folder = open_archive(options, out.code);
    if (!out.folder) return out;
    auto index = open_index(*out.folder, options, account);
    if (index)
        out.index = std::move(*index);
    else
        out.code = report(index.error());
    return out;
}

collector::indexing_progress indexing_bars(progress_display& display)
{
    return [&display](const std::string& account, std::uint64_t ready, std::uint64_t total) {
        display.update(display.line_of(account), ready, total, "indexing");
    };
}

collector::work_progress bar_of(progress_display& display, std::size_t line)
{
    return [&display, line](std::uint64_t done, std::uint64_t total, std::string_view doing) {
        display.update(line, done, total, doing);
    };
}

int for_each_account(const style& options, const std::vector<std::string>& named,
                     const std::function<int(collector::archive_folder&, const std::string&,
                                             progress_display&, std::size_t)>& work)
{
    int code = EX_OK;
    const auto folder = open_archive(options, code);
    if (!folder) return code;
    auto names = folder->named_or_all(named);
    if (!names) return report(names.error());
    for (const auto& name : *names) {
        progress_display display(folder->clock(), !options.quiet && !options.json);
        code = worse(code, work(*folder, name, display, display.add(name)));
    }
    return code;
}

} // namespace cli::restante
