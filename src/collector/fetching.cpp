// Accounts side by side, each run once.
#include "collector/fetching.hpp"

#include "base/open_files.hpp"
#include "collector/delivery_targets.hpp"
#include "collector/ledger_care.hpp"
#include "collector/run_report.hpp"
#include "collector/second_copies.hpp"
#include "collector/server_link.hpp"
#include "ledger/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <thread>

namespace collector {

namespace {

/// Longer is for the watcher to wait, not for a person at a terminal.
constexpr auto login_delay_wait_max = std::chrono::minutes(10);
constexpr auto wait_step = std::chrono::milliseconds(200);

base::result<> wait_for_login_delay(const server_link& link, ledger::ledger& book, const base::clock& clock,
                                    const run_wishes& wishes, const stopping& stops)
{
    const auto delay = link.delay(book, clock.now());
    if (delay > login_delay_wait_max)
        return base::fail(
            base::error{base::failure::login_delay, true, "",
                        fmt::format("the server wants another {} s before the next log-in", delay.count())});
    if (delay.count() > 0 && wishes.tell)
        wishes.tell(
            fmt::format("waiting {} s: the server wants that long between two log-ins", delay.count()));
    const auto until = clock.steady_now() + delay;
    while (clock.steady_now() < until) {
        if (stops.stop)
            return base::fail(base::error{base::failure::closed, true, "", "stopped while waiting"});
        std::this_thread::sleep_for(wait_step);
    }
    return {};
}

// Everything that a run has open, so that it closes in the right order.
struct open_parts {
    config::account_configuration account;
    std::unique_ptr<disk::lock> lock;
    std::unique_ptr<ledger::ledger> book;
    std::unique_ptr<store::collection> mail;
    std::unique_ptr<store::collection> second_copy;
    std::map<std::string, std::unique_ptr<store::collection>, std::less<>> others;
    std::unique_ptr<server_link> link;
    delivery_parts delivery;
};

/// To make it again is for a run that may change things.
base::error ledger_is_lost()
{
    const std::string text =
        "the ledger of the mail that is here is lost, so what a run would do is not known: "
        "run restante rebuild";
    return {.kind = base::failure::malformed, .temporary = false, .peer_text = "", .operator_text = text};
}

/// A journal is here, and no file of the ledger; to open one would make it.
bool is_without_ledger(archive_folder& folder, const std::string& name)
{
    const auto state = folder.files().open(folder.state_path());
    if (!state || (*state)->status("ledger.sqlite")) return false;
    return (*state)->status(name + ".uids").has_value();
}

base::result<> open_all(archive_folder& folder, const std::string& name, const run_wishes& wishes,
                        const stopping& stops, base::log& log, open_parts& parts)
{
    auto account = folder.account(name);
    if (!account) return base::fail(account.error());
    parts.account = std::move(*account);
    auto lock = folder.lock(name);
    if (!lock) return base::fail(lock.error());
    parts.lock = std::move(*lock);
    if (wishes.fetch.dry_run && is_without_ledger(folder, name)) return base::fail(ledger_is_lost());
    auto book = folder.ledger();
    // Others of our threads may have it open: it is put aside by the next command.
    if (!book && book.error().kind == base::failure::malformed)
        book.error().operator_text += ": restante status puts it aside and rebuilds it";
    if (!book) return base::fail(book.error());
    parts.book = std::move(*book);
    auto mail = folder.mail(name);
    if (!mail) return base::fail(mail.error());
    parts.mail = std::move(*mail);
    if (wishes.fetch.dry_run) {
        const auto lost = ledger::wants_rebuild(*parts.book, name, *parts.mail);
        if (!lost) return base::fail(lost.error());
        if (*lost) return base::fail(ledger_is_lost());
    }
    const auto rebuilding = [&](std::uint64_t done, std::uint64_t total) {
        if (wishes.on_progress)
            wishes.on_progress({.messages_done = done, .messages_all = total, .doing = "hashing"});
    };
    if (auto sound = rebuild_where_lost(*parts.book, name, *parts.mail, wishes.tell, rebuilding, &stops.stop);
        !sound)
        return sound;
    auto copy = open_second_copy(folder, parts.account, *parts.book);
    if (!copy) return base::fail(copy.error());
    parts.second_copy = std::move(*copy);
    if (parts.second_copy && !wishes.fetch.dry_run)
        put_out_tags(folder, parts.account, *parts.book, wishes.tell);
    auto link = server_link::make(folder, parts.account, *parts.book, stops.cut, log);
    if (!link) return base::fail(link.error());
    parts.link = std::move(*link);
    auto delivery = open_delivery(folder, parts.account, stops.cut);
    if (!delivery) return base::fail(delivery.error());
    parts.delivery = std::move(*delivery);
    return {};
}

/// Each message of a group has its file open until it is durable, and of an account three groups are under way: one
/// comes, one waits, one is settled.
std::size_t group_messages(std::uint64_t accounts_at_once)
{
    constexpr std::uint64_t groups = 3;
    constexpr std::uint64_t others = 200;           // what we were given, and what a library opens
    constexpr std::uint64_t others_of_account = 20; // its line, ledger, directories
    const auto accounts = std::max<std::uint64_t>(1, accounts_at_once);
    const auto apart = others + accounts * others_of_account;
    const auto limit = base::raise_open_files(apart + accounts * groups * archive::group_messages_max);
    const auto room = limit > apart ? (limit - apart) / (accounts * groups) : 0;
    return std::clamp<std::size_t>(room, 1, archive::group_messages_max);
}

archive::fetch_parts parts_of(archive_folder& folder, open_parts& open, const run_wishes& wishes,
                              const stopping& stops, base::log& log)
{
    archive::fetch_parts out{.server = open.link->server(),
                             .mail = *open.mail,
                             .second_copy = open.second_copy.get(),
                             .aside = folder.damaged_path(open.account.archive.name),
                             .other = {},
                             .book = *open.book,
                             .clock = folder.clock(),
                             .log = log};
    out.other = [&folder, &open](std::string_view account) -> store::collection* {
        if (const auto known = open.others.find(account); known != open.others.end())
            return known->second.get();
        auto mail = folder.mail(std::string(account));
        auto& place = open.others[std::string(account)];
        if (mail) place = std::move(*mail);
        return place.get();
    };
    for (const auto& target : open.delivery.targets) out.targets.push_back(target.get());
    out.scanner = open.delivery.scanner.get();
    out.on_progress = wishes.on_progress;
    out.confirm = wishes.confirm;
    out.stop = &stops.stop;
    out.beside = true;
    out.group_messages = group_messages(folder.configuration().accounts_at_once);
    return out;
}

ledger::run_note note_of(const base::result<archive::fetch_report>& done, const base::clock& clock)
{
    ledger::run_note out{.when = clock.now(), .well = done && done->well(), .text = {}, .last_well = {}};
    out.text = done ? summary_of(*done) : done.error().operator_text;
    return out;
}

} // namespace

base::result<archive::fetch_report> run_account(archive_folder& folder, const std::string& name,
                                                const run_wishes& wishes, stopping& stops, base::log& log)
{
    open_parts open;
    if (auto done = open_all(folder, name, wishes, stops, log, open); !done) {
        // `status` must report a run that could not begin. Where the ledger is not open, another run has the account,
        // or `status` itself meets the trouble.
        if (open.book && !wishes.fetch.dry_run)
            if (auto noted = open.book->record_run(name, note_of(base::fail(done.error()), folder.clock()));
                !noted)
                return base::fail(noted.error());
        return base::fail(done.error());
    }
    if (auto waited = wait_for_login_delay(*open.link, *open.book, folder.clock(), wishes, stops); !waited)
        return base::fail(waited.error());
    auto done =
        archive::fetch(open.account.archive, parts_of(folder, open, wishes, stops, log), wishes.fetch);
    if (done && done->disk_full) done->trouble = full_disk_text(folder.path(), done->trouble);
    if (wishes.fetch.dry_run) return done;
    const auto note = note_of(done, folder.clock());
    const bool quiet = done && done->quiet();
    if (auto noted = quiet ? open.book->record_no_op_run(name, note) : open.book->record_run(name, note);
        !noted)
        return base::fail(noted.error());
    const auto trusted = open.link->remember(*open.book);
    if (!trusted) return base::fail(trusted.error());
    if (!trusted->empty() && wishes.tell) wishes.tell(*trusted);
    return done;
}

namespace {

void fetch_account(archive_folder& folder, const std::string& account, const archive::fetch_wish& wish,
                   const fetch_calls& calls, stopping& stops, base::log& log)
{
    calls.began(account);
    const run_wishes wishes{
        .fetch = wish,
        .on_progress = [&](const archive::progress& now) { calls.progress(account, now); },
        .confirm = calls.confirm,
        .tell = calls.tell};
    calls.ended(account, run_account(folder, account, wishes, stops, log));
}

} // namespace

base::result<std::vector<std::string>> prepare_fetch(archive_folder& folder, const fetch_request& request)
{
    if (!request.wish.dry_run)
        if (auto ready = care_for_ledger(folder); !ready) return base::fail(ready.error());
    return folder.named_or_all(request.accounts);
}

void fetch(archive_folder& folder, const std::vector<std::string>& accounts, const archive::fetch_wish& wish,
           const fetch_calls& calls, stopping& stops, base::log& log)
{
    std::atomic<std::size_t> next = 0;
    const auto take_accounts = [&] {
        for (std::size_t index = next++; index < accounts.size() && !stops.stop; index = next++)
            fetch_account(folder, accounts[index], wish, calls, stops, log);
    };
    std::vector<std::thread> crew;
    const auto size = std::min<std::size_t>(accounts.size(), folder.configuration().accounts_at_once);
    for (std::size_t offset = 1; offset < size; ++offset) crew.emplace_back(take_accounts);
    take_accounts();
    for (auto& thread : crew) thread.join();
}

} // namespace collector
