// restante export: mail out of the archive, to the octet.
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/indexing.hpp"
#include "collector/message_lookup.hpp"
#include "collector/named_files.hpp"
#include "exchange/exporting.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <cerrno>
#include <map>

namespace cli::restante {

namespace {

constexpr std::size_t search_batch = 1000;

bool selects(const collector::query_wish& wish)
{
    return !wish.words.empty() || wish.folder || wish.after || wish.before || wish.unseen || wish.flagged;
}

/// What is to be exported, and the collections that it lies in.
struct selection {
    std::map<std::string, std::unique_ptr<store::collection>> mail;
    std::vector<exchange::export_wish> wishes;
    std::map<const store::collection*, std::map<ledger::content_hash, std::string>> tags;
};

base::result<store::collection*> mail_of(collector::archive_folder& folder, selection& of,
                                         const std::string& account)
{
    auto& place = of.mail[account];
    if (place) return place.get();
    auto opened = folder.mail(account);
    if (!opened) return base::fail(opened.error());
    place = std::move(*opened);
    return place.get();
}

base::result<selection> select_all(collector::archive_folder& folder, const collector::query_wish& wish)
{
    selection out;
    const auto names = collector::accounts_to_ask(folder, wish.account);
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        const auto mail = mail_of(folder, out, name);
        if (!mail) return base::fail(mail.error());
        const auto all = exchange::everything_in(**mail);
        if (!all) return base::fail(all.error());
        out.wishes.insert(out.wishes.end(), all->begin(), all->end());
    }
    return out;
}

base::result<selection> select_found(collector::archive_folder& folder, const style& how,
                                     const exchange_wish& wish)
{
    selection out;
    auto index = open_index(folder, how, wish.which.account);
    if (!index) return base::fail(index.error());
    auto query = collector::to_query(wish.which, folder.clock().now(), folder.configuration().searches);
    if (!query) return base::fail(query.error());
    if (auto named = collector::check_names(folder, **index, *query); !named)
        return base::fail(named.error());
    // Of fewer than all, those that list would show first.
    query->oldest_first = !wish.limit || wish.which.oldest_first;
    for (std::size_t left = wish.limit.value_or(~0UZ); left > 0;) {
        query->limit = std::min(search_batch, left);
        const auto found = (*index)->search(*query);
        if (!found) return base::fail(found.error());
        for (const auto& each : *found) {
            const auto mail = mail_of(folder, out, each.account);
            if (!mail) return base::fail(mail.error());
            out.wishes.push_back({.from = *mail, .key = each.key});
        }
        if (found->size() < query->limit) break;
        query->skip += found->size();
        left -= found->size();
    }
    if (out.wishes.empty() && wish.which.folder)
        if (const auto there = collector::check_folder(folder, wish.which); !there)
            return base::fail(there.error());
    if (!query->oldest_first) std::ranges::reverse(out.wishes);
    return out;
}

/// Tells each wish what the ledger says that it is, and which tags it has. A ledger that cannot be read is no
/// reason not to export.
void ask_ledger(collector::archive_folder& folder, selection& what)
{
    auto book = folder.ledger();
    std::map<const store::collection*, std::map<std::string, ledger::content_hash>> known;
    base::result<> read = book ? base::result<>() : base::fail(book.error());
    for (const auto& [account, mail] : what.mail) {
        if (!read) break;
        auto& of_account = known[mail.get()];
        read = (*book)->each_holding(account,
                                     [&](const ledger::holding& held, const ledger::content_hash& hash) {
                                         of_account.emplace(held.key, hash);
                                     });
    }
    if (read)
        read = (*book)->each_tagged(
            [&](std::string_view account, const ledger::content_hash& hash, std::string_view tags) {
                if (const auto mail = what.mail.find(std::string(account)); mail != what.mail.end())
                    what.tags[mail->second.get()].emplace(hash, tags);
            });
    if (!read)
        complain("what is written cannot be compared with the ledger, and has no tags: " +
                 read.error().operator_text);
    for (auto& wish : what.wishes) {
        wish.tags = &what.tags[wish.from];
        const auto& of_account = known[wish.from];
        if (const auto found = of_account.find(wish.key); found != of_account.end())
            wish.stored_as = found->second;
    }
}

constexpr std::string_view standard_output = "-";

const std::string& target_in(const exchange_wish& wish)
{
    return wish.mbox ? *wish.mbox : wish.eml ? *wish.eml : *wish.maildir;
}

base::result<> write_to_standard_output(std::string_view octets)
{
    if (print_octets(octets)) return {};
    return base::fail(base::error_from_errno(errno != 0 ? errno : EIO, "writing to standard output"));
}

/// What the files themselves cannot carry, beside them. What other exports put there stays.
base::result<exchange::exported> with_tags_in(disk::directory& into, base::result<exchange::exported> done)
{
    if (!done) return done;
    auto all = ledger::read_tags_file(into);
    if (!all) return base::fail(all.error());
    for (const auto& [hash, tags] : done->tags)
        if (tags.empty())
            all->erase(hash);
        else
            all->insert_or_assign(hash, tags);
    if (auto written = ledger::write_tags_file(into, *all); !written) return base::fail(written.error());
    return done;
}

base::result<exchange::exported> write_out(collector::archive_folder& folder, const selection& what,
                                           const exchange_wish& wish, const exchange::export_watch& watch)
{
    if (wish.maildir) {
        auto into = folder.elsewhere(*wish.maildir, false);
        if (!into) return base::fail(into.error());
        auto done = exchange::export_collection(what.wishes, **into, watch);
        auto top = folder.files().open(*wish.maildir);
        return top ? with_tags_in(**top, std::move(done)) : base::fail(top.error());
    }
    if (wish.mbox && *wish.mbox == standard_output)
        return exchange::export_mbox(what.wishes, write_to_standard_output, watch);
    const auto where = wish.mbox ? collector::part(*wish.mbox) : collector::parted{*wish.eml, ""};
    if (auto made = folder.files().make_path(where.folder); !made) return base::fail(made.error());
    auto into = folder.files().open(where.folder);
    if (!into) return base::fail(into.error());
    return wish.mbox ? exchange::export_mbox(what.wishes, **into, where.name, watch)
                     : with_tags_in(**into, exchange::export_eml(what.wishes, **into, watch));
}

std::string summary_of_export(const exchange::exported& done)
{
    std::string out = fmt::format("{} written ({}B)", base::counted(done.messages, "message"),
                                  rounded_octets(static_cast<double>(done.octets)));
    if (done.there_before > 0) out += fmt::format("; {} lay there already", done.there_before);
    if (!done.vanished.empty())
        out += fmt::format("; {} {} removed meanwhile", done.vanished.size(),
                           base::for_number(done.vanished.size(), "was", "were"));
    if (!done.damaged.empty()) out += fmt::format("; {} could not be read", done.damaged.size());
    if (done.inexact > 0)
        out += fmt::format("; {} cannot come back from an mbox to the octet: --eml can", done.inexact);
    return out;
}

int tell(const style& how, const exchange_wish& wish, const exchange::exported& done)
{
    for (const auto& each : done.damaged) complain("damaged, not written: " + each);
    for (const auto& each : done.changed)
        complain("written as it is, but changed since it was stored (restante verify tells more): " + each);
    const bool to_standard_output = wish.mbox && *wish.mbox == standard_output;
    if (to_standard_output && !how.quiet)
        complain(summary_of_export(done));
    else if (!to_standard_output && how.json)
        print_json("export", {{"messages", done.messages},
                              {"there_before", done.there_before},
                              {"octets", done.octets},
                              {"inexact", done.inexact},
                              {"damaged", done.damaged.size()},
                              {"changed", done.changed.size()},
                              {"vanished", done.vanished.size()}});
    else if (!to_standard_output && !how.quiet)
        print(summary_of_export(done) + "\n");
    return done.damaged.empty() && done.changed.empty() ? EX_OK : EX_DATAERR;
}

} // namespace

int export_mail(const style& how, const exchange_wish& wish)
{
    if (!names_one_form(wish))
        return error_exit(EX_USAGE, "name where to: --mbox FILE, --eml DIR or --maildir DIR");
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    auto what = selects(wish.which) || wish.limit ? select_found(*folder, how, wish)
                                                  : select_all(*folder, wish.which);
    if (!what) return report(what.error());
    ask_ledger(*folder, *what);
    const bool to_standard_output = wish.mbox && *wish.mbox == standard_output;
    progress_display display(folder->clock(), !how.quiet && !how.json && !to_standard_output);
    const auto line = display.add("export");
    const auto done = write_out(*folder, *what, wish, {.tell = [&](std::uint64_t ready, std::uint64_t all) {
        display.update(line, ready, all, "writing");
    }});
    display.clear();
    if (!done && to_standard_output) return report(done.error());
    if (!done) return report_target(target_in(wish), done.error());
    return tell(how, wish, *done);
}

} // namespace cli::restante
