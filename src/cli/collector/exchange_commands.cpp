// restante export and import: mail out of the archive and into it, to the octet.
#include "archive/exporting.hpp"
#include "archive/importing.hpp"
#include "cli/collector/commands.hpp"
#include "cli/collector/indexing.hpp"
#include "cli/collector/ledger_care.hpp"
#include "cli/collector/message_lookup.hpp"
#include "cli/collector/progress_display.hpp"
#include "cli/collector/reporting.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace cli::collector {

namespace {

constexpr std::size_t search_batch = 1000;

// A path as its folder and its last part.
struct parted {
    std::string folder, name;
};

parted part(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

bool names_one_form(const exchange_wish& wish)
{
    if (wish.mbox || wish.eml || wish.maildir) return true;
    complain("name where: --mbox FILE, --eml DIR or --maildir DIR");
    return false;
}

bool selects(const query_wish& wish)
{
    return !wish.words.empty() || wish.folder || wish.after || wish.before || wish.unseen || wish.flagged;
}

/// What is to be exported, and the collections that it lies in.
struct selection {
    std::map<std::string, std::unique_ptr<store::collection>> mail;
    std::vector<archive::export_wish> wishes;
};

base::result<store::collection*> mail_of(archive_folder& folder, selection& of, const std::string& account)
{
    auto& place = of.mail[account];
    if (place) return place.get();
    auto opened = folder.mail(account);
    if (!opened) return base::fail(opened.error());
    place = std::move(*opened);
    return place.get();
}

base::result<selection> select_all(archive_folder& folder, const query_wish& wish)
{
    selection out;
    const auto names = folder.account_names();
    if (!names) return base::fail(names.error());
    for (const auto& name : *names) {
        if (wish.account && *wish.account != name) continue;
        const auto mail = mail_of(folder, out, name);
        if (!mail) return base::fail(mail.error());
        const auto all = archive::everything_in(**mail);
        if (!all) return base::fail(all.error());
        out.wishes.insert(out.wishes.end(), all->begin(), all->end());
    }
    return out;
}

base::result<selection> select_found(archive_folder& folder, const style& how, const query_wish& wish)
{
    selection out;
    auto index = open_index(folder, how, wish.account);
    if (!index) return base::fail(index.error());
    auto query = to_query(wish, folder.clock().now());
    if (!query) return base::fail(query.error());
    query->limit = search_batch;
    query->oldest_first = true;
    for (;;) {
        const auto found = (*index)->search(*query);
        if (!found) return base::fail(found.error());
        for (const auto& each : *found) {
            const auto mail = mail_of(folder, out, each.account);
            if (!mail) return base::fail(mail.error());
            out.wishes.push_back({*mail, each.key});
        }
        if (found->size() < search_batch) return out;
        query->skip += search_batch;
    }
}

base::result<archive::exported> write_out(archive_folder& folder, const selection& what,
                                          const exchange_wish& wish, const archive::export_watch& watch)
{
    if (wish.maildir) {
        auto into = folder.elsewhere(*wish.maildir, false);
        if (!into) return base::fail(into.error());
        return archive::export_collection(what.wishes, **into, watch);
    }
    const auto where = wish.mbox ? part(*wish.mbox) : parted{*wish.eml, ""};
    if (wish.eml)
        if (auto made = folder.files().make_path(where.folder); !made) return base::fail(made.error());
    auto into = folder.files().open(where.folder);
    if (!into) return base::fail(into.error());
    return wish.mbox ? archive::export_mbox(what.wishes, **into, where.name, watch)
                     : archive::export_eml(what.wishes, **into, watch);
}

base::result<archive::imported> read_in(archive_folder& folder, const exchange_wish& wish,
                                        const archive::import_parts& into)
{
    if (wish.maildir) {
        // Opening makes what is missing, and a slip of the pen must not make folders.
        if (auto there = folder.files().open(*wish.maildir + "/cur"); !there)
            return base::fail(there.error());
        auto from = folder.elsewhere(*wish.maildir, false);
        if (!from) return base::fail(from.error());
        return archive::import_collection(**from, into);
    }
    const auto& path = wish.mbox ? *wish.mbox : *wish.eml;
    if (wish.eml)
        if (auto all = folder.files().open(path)) return archive::import_eml_directory(**all, into);
    const auto where = part(path);
    auto from = folder.files().open(where.folder);
    if (!from) return base::fail(from.error());
    return wish.mbox ? archive::import_mbox(**from, where.name, into)
                     : archive::import_eml(**from, where.name, into);
}

int tell(const style& how, const std::string& account, const archive::imported& done)
{
    for (const auto& each : done.failed) complain(each);
    if (how.json)
        print_json({{"account", account},
                    {"found", done.found},
                    {"stored", done.stored},
                    {"duplicates", done.duplicates},
                    {"octets", done.octets},
                    {"unquoted_lines", done.unquoted_lines},
                    {"failed", done.failed.size()}});
    else if (!how.quiet)
        print(fmt::format("{}: {} found = {} stored + {} here already + {} failed ({}B)\n", account,
                          done.found, done.stored, done.duplicates, done.failed.size(),
                          rounded_octets(static_cast<double>(done.octets))));
    if (done.unquoted_lines > 0 && !how.quiet)
        complain(fmt::format("{} lines had \">\" taken off before \"From \", as mboxrd has it",
                             done.unquoted_lines));
    return done.failed.empty() ? EX_OK : exit_not_all_well;
}

} // namespace

int export_mail(const style& how, const exchange_wish& wish)
{
    if (!names_one_form(wish)) return EX_USAGE;
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    const auto what =
        selects(wish.which) ? select_found(*folder, how, wish.which) : select_all(*folder, wish.which);
    if (!what) return report(what.error());
    progress_display display(folder->clock(), !how.quiet && !how.json);
    const auto line = display.add("export");
    const auto done = write_out(*folder, *what, wish, {.tell = [&](std::uint64_t ready, std::uint64_t all) {
        display.update(line, ready, all, "writing");
    }});
    display.clear();
    if (!done) return report(done.error());
    if (how.json)
        print_json({{"messages", done->messages},
                    {"octets", done->octets},
                    {"inexact", done->inexact},
                    {"vanished", done->vanished.size()}});
    else if (!how.quiet)
        print(fmt::format(
            "{} messages written ({}B){}\n", done->messages,
            rounded_octets(static_cast<double>(done->octets)),
            done->inexact > 0
                ? fmt::format("; {} cannot come back from an mbox to the octet: --eml can", done->inexact)
                : ""));
    return EX_OK;
}

namespace {

// By its whole path: the error below names it within its folder.
int report_import(const exchange_wish& wish, const base::error& why)
{
    const auto& path = wish.mbox ? *wish.mbox : wish.eml ? *wish.eml : *wish.maildir;
    std::error_code ignored;
    if (why.kind != base::failure::vanished || std::filesystem::exists(path, ignored)) return report(why);
    complain(std::filesystem::absolute(path).lexically_normal().string() +
             " is not there; nothing was imported");
    return EX_NOINPUT;
}

} // namespace

int import_mail(const style& how, const std::string& account, const exchange_wish& wish)
{
    if (!names_one_form(wish)) return EX_USAGE;
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    if (auto known = folder->account(account); !known) return report(known.error());
    const auto lock = folder->lock(account);
    if (!lock) return report(lock.error());
    auto book = open_or_replace_ledger(*folder, complain);
    if (!book) return report(book.error());
    auto mail = folder->mail(account);
    if (!mail) return report(mail.error());
    if (auto sound = rebuild_where_lost(**book, account, **mail, complain, {}, nullptr); !sound)
        return report(sound.error());
    progress_display display(folder->clock(), !how.quiet && !how.json);
    const auto line = display.add(account);
    const archive::import_parts into{
        .account = account,
        .folder = wish.which.folder.value_or(""),
        .mail = **mail,
        .book = **book,
        .tell = [&](std::uint64_t count) { display.update(line, count, count, "importing"); }};
    const auto done = read_in(*folder, wish, into);
    base::result<> indexed;
    if (done && done->stored > 0) indexed = index_mail(*folder, account, display, line, nullptr);
    display.clear();
    if (!done) return report_import(wish, done.error());
    code = tell(how, account, *done);
    return indexed ? code : worse(code, report(indexed.error()));
}

} // namespace cli::collector
