// What the ledger knows of an account, learned anew: from its mail, from its server, from another program's state.
#include "collector/account_care.hpp"

#include "collector/named_files.hpp"
#include "collector/server_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

namespace collector {

namespace {

constexpr std::uint64_t other_state_octets_max =
    1U << 28U; // a million unique-ids of 70 octets are a quarter of it

std::function<void(std::uint64_t, std::uint64_t)> as_work(std::string_view task,
                                                          const work_progress& progress)
{
    return [task, &progress](std::uint64_t done, std::uint64_t total) {
        if (progress) progress(done, total, task);
    };
}

} // namespace

base::result<ledger::rebuilding> rebuild_account(archive_folder& folder, const std::string& account,
                                                 bool believe_files, const work_progress& progress,
                                                 const indexing_progress& indexing)
{
    auto desk = open_desk(folder, account);
    if (!desk) return base::fail(desk.error());
    auto done = ledger::rebuild(*desk->book, account, *desk->mail,
                                {.believe_files = believe_files, .tell = as_work("hashing", progress)});
    if (!done) return done;
    if (auto indexed = index_mail(folder, account, indexing, nullptr); !indexed)
        return base::fail(indexed.error());
    return done;
}

base::result<archive::adoption> adopt_account(archive_folder& folder, const std::string& account,
                                              const work_progress& progress, base::log& log)
{
    auto desk = open_desk(folder, account);
    if (!desk) return base::fail(desk.error());
    auto link =
        server_link::make(folder, desk->account, *desk->book, std::make_shared<net::interrupt>(), log);
    if (!link) return base::fail(link.error());
    auto session = (*link)->server().sign_in();
    if (!session) return base::fail(session.error());
    auto done = archive::adopt(account, **session, *desk->book, *desk->mail, folder.clock(),
                               as_work("matching", progress), nullptr);
    if (done) (*session)->quit();
    return done;
}

base::result<exchange::foreign_state> read_state_file(archive_folder& folder, const std::string& file)
{
    const auto named = named_file(file);
    if (!named) return base::fail(named.error());
    auto directory = folder.files().open(named->folder);
    if (!directory) return base::fail(directory.error());
    const auto contents = disk::read_whole(**directory, named->name, other_state_octets_max);
    if (!contents) return base::fail(contents.error());
    // getmail's file names say of whom they are: that is the name that was typed.
    return exchange::read_foreign_state(*contents, part(file).name);
}

base::result<exchange::taking_over> take_over(archive_folder& folder, account_desk& desk,
                                              const exchange::foreign_state& state,
                                              const take_over_request& request)
{
    const auto host = request.host.value_or(desk.account.server.dial.host);
    const auto user = request.user.value_or(desk.account.server.sign_in.user);
    std::vector<exchange::foreign_entry> ours;
    std::ranges::copy_if(state.entries, std::back_inserter(ours), [&](const exchange::foreign_entry& entry) {
        return (entry.host.empty() || entry.host == host) && (entry.user.empty() || entry.user == user);
    });
    if (ours.empty() && !state.entries.empty())
        return base::fail(base::permanent_error(
            base::failure::malformed,
            fmt::format(
                "{} is {}'s, and has {}@{} among others, but not {}@{}: name them with --host and --user",
                request.file, exchange::name_of(state.program), state.entries.front().user,
                state.entries.front().host, user, host)));
    return exchange::take_over(*desk.book, desk.account.archive.name, ours, state.program, folder.clock());
}

} // namespace collector
