// restante verify: the archive and its second copy, read to the last octet.
#include "archive/second_copy.hpp"
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/account_desk.hpp"
#include "collector/second_copies.hpp"
#include "collector/second_copy_tags.hpp"
#include "ledger/known_contents.hpp"
#include "ledger/verify.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace cli::restante {

namespace {

/// More of one kind are summed up; --verbose and --json name all.
constexpr std::size_t differences_told_max = 10;

boost::json::object difference_json(const ledger::difference& of)
{
    return {{"account", of.account},
            {"key", of.key},
            {"kind", ledger::name_of(of.kind)},
            {"what", of.what},
            {"what_to_do", of.what_to_do},
            {"repaired", of.repaired}};
}

void tell_all(const style& how, const std::string& account, const std::vector<ledger::difference>& all)
{
    std::map<std::string_view, std::size_t> counts;
    std::map<std::string_view, std::string> advice;
    for (const auto& each : all) {
        const auto kind = ledger::name_of(each.kind);
        if (how.json)
            print_json("difference", difference_json(each));
        else if (++counts[kind] <= differences_told_max || how.verbose)
            print(fmt::format("{}: {}: {}{}\n    {}\n", account, readable_line(each.key), each.what,
                              each.repaired ? " (repaired)" : "", each.what_to_do));
        else
            advice[kind] = each.what_to_do;
    }
    for (const auto& [kind, what_to_do] : advice)
        print(fmt::format("{}: and {} more that {} {} (--verbose names them)\n    {}\n", account,
                          counts[kind] - differences_told_max,
                          base::for_number(counts[kind] - differences_told_max, "is", "are"), kind,
                          what_to_do));
}

std::string moved_text(const ledger::verification& found, bool repaired)
{
    if (found.moved == 0) return "";
    return fmt::format("; {} {} under another name than the ledger knew{}", found.moved,
                       base::for_number(found.moved, "lies", "lie"),
                       repaired ? ", and it knows that now"
                                : ": the next fetch, or restante verify --repair, enters that");
}

void tell_sums(const std::string& account, const ledger::verification& found, bool repaired)
{
    print(fmt::format("{}: {} read, {}B; {}{}{}\n", account, base::counted(found.messages, "message"),
                      rounded_octets(static_cast<double>(found.octets)),
                      base::counted(found.differences.size(), "difference"),
                      found.repaired > 0 ? fmt::format(", {} entered into the ledger", found.repaired) : "",
                      moved_text(found, repaired)));
}

void tell_copy_sums(const std::string& account, const std::string& path,
                    const archive::copy_verification& found)
{
    print(fmt::format(
        "{}: second copy in {}: {} read, {}B; {}{}{}\n", account, path,
        base::counted(found.messages, "message"), rounded_octets(static_cast<double>(found.octets)),
        base::counted(found.differences.size(), "difference"),
        found.copied > 0 ? fmt::format(", {} copied now", found.copied) : "",
        found.lacking == 0 || found.trouble
            ? ""
            : fmt::format("; {} {} not in it: restante verify --repair copies what is good here",
                          base::counted(found.lacking, "message"),
                          base::for_number(found.lacking, "is", "are"))));
}

/// Messages that lack are no damage, and yet not all is well.
int code_of(const archive::copy_verification& found)
{
    int code = found.differences.empty() && !found.stopped ? EX_OK : EX_DATAERR;
    if (found.lacking > 0 && !found.trouble) code = worse(code, exit_not_all_well);
    return code;
}

/// What could not be copied, once.
int tell_copy_trouble(const std::string& account, const std::string& path,
                      const archive::copy_verification& found)
{
    if (!found.trouble) return EX_OK;
    auto why = *found.trouble;
    why.operator_text = fmt::format("{}: what is not in the second copy in {} could not be copied: {}",
                                    account, path, why.operator_text);
    return report(why);
}

boost::json::object copy_json(const std::string& path, const archive::copy_verification& found)
{
    return {{"path", path},
            {"messages", found.messages},
            {"octets", found.octets},
            {"verified", found.verified},
            {"lacking", found.lacking},
            {"copied", found.copied},
            {"differences", found.differences.size()},
            {"whole", found.whole()}};
}

/// What was found of the second copy, as JSON; null where there is none.
struct copy_outcome {
    int code = EX_OK;
    boost::json::value told;
    std::optional<archive::copy_verification> found;
    std::vector<ledger::difference> put_aside{}; ///< damaged files, of whose messages good copies are there
};

/// Where a message must lie in the second copy that is not there, its damaged file stays: it may be all that is left.
bool lacks_nothing(const archive::copy_verification& found)
{
    return found.lacking == 0 && !found.stopped &&
           std::ranges::none_of(found.differences, [](const ledger::difference& each) {
               return each.kind == ledger::difference_kind::copy_missing;
           });
}

/// It is not as long as its name says, and a message of the size that the name tells is known.
bool is_cut_copy(store::collection& copy, const std::string& key, const ledger::known_contents& known)
{
    const auto message = copy.open(key);
    if (!message || (*message)->as_long_as_named()) return false;
    const auto listed = copy.find(key);
    return listed && known.knows_one_of(listed->octets);
}

/// Puts damaged files of the second copy aside, into restante-damaged in it.
base::result<std::vector<ledger::difference>> put_damaged_aside(const collector::account_desk& desk,
                                                                bool sealed, store::collection& copy,
                                                                archive::copy_verification& found)
{
    std::vector<ledger::difference> out;
    if (found.differences.empty() || !lacks_nothing(found)) return out;
    const auto& account = desk.account.archive;
    const auto known = ledger::known_contents::read(*desk.book, account.name);
    if (!known) return base::fail(known.error());
    const auto aside = account.second_copy + "/restante-damaged";
    for (auto& each : found.differences) {
        const auto read = ledger::hash_kept(copy, account.name, each.key);
        const bool cut = is_cut_copy(copy, each.key, *known);
        const bool damaged = read ? cut || (!sealed && known->contradict(read->first, read->second))
                                  : read.error().kind == base::failure::malformed;
        if (!damaged) continue;
        if (auto done = copy.set_aside(each.key, aside); !done) {
            each.what_to_do = "it could not be put aside: " + done.error().operator_text;
            continue;
        }
        each.repaired = true;
        each.what_to_do =
            std::string(cut ? "a message of the size that its name tells is there" : "a good copy is there") +
            "; the damaged file lies in " + aside + " now";
        out.push_back(each);
    }
    std::erase_if(found.differences, &ledger::difference::repaired);
    return out;
}

base::result<copy_outcome> verify_copy(collector::archive_folder& folder, collector::account_desk& desk,
                                       const ledger::verify_wish& wish)
{
    copy_outcome out;
    const auto& path = desk.account.archive.second_copy;
    auto copy = collector::open_second_copy(folder, desk.account, *desk.book);
    if (!copy) {
        out.code = report(copy.error());
        out.told = boost::json::object{{"path", path}, {"trouble", copy.error().operator_text}};
        return out;
    }
    if (!*copy) return out;
    collector::put_out_tags(folder, desk.account, *desk.book, complain);
    auto found = archive::verify_second_copy(desk.account.archive.name, *desk.mail, **copy, *desk.book,
                                             folder.clock().now(), wish);
    if (!found) return base::fail(found.error());
    if (wish.repair) {
        auto put_aside = put_damaged_aside(desk, folder.encrypted(), **copy, *found);
        if (!put_aside) return base::fail(put_aside.error());
        out.put_aside = std::move(*put_aside);
    }
    out.code = code_of(*found);
    out.told = copy_json(path, *found);
    out.found = std::move(*found);
    return out;
}

int verify_one(const style& how, collector::archive_folder& folder, const std::string& account, bool repair,
               progress_display& display, std::size_t line)
{
    auto desk = collector::open_desk(folder, account);
    if (!desk) return report(desk.error());
    const auto wish = [&](std::string_view doing) {
        return ledger::verify_wish{.repair = repair,
                                   .tell = [&display, line, doing](std::uint64_t done, std::uint64_t all) {
                                       display.update(line, done, all, doing);
                                   }};
    };
    const auto began = folder.clock().now();
    const auto found = ledger::verify(account, *desk->mail, *desk->book, wish("verifying"));
    if (!found) return report(found.error());
    const auto copy = verify_copy(folder, *desk, wish("verifying the second copy"));
    display.clear();
    if (!copy) return report(copy.error());
    int code = worse(found->whole() ? EX_OK : EX_DATAERR, copy->code);
    tell_all(how, account, found->differences);
    tell_all(how, account, copy->put_aside);
    if (copy->found) tell_all(how, account, copy->found->differences);
    if (how.json)
        print_json("verification", {{"account", account},
                                    {"messages", found->messages},
                                    {"octets", found->octets},
                                    {"differences", found->differences.size()},
                                    {"repaired", found->repaired},
                                    {"moved", found->moved},
                                    {"second_copy", copy->told},
                                    {"whole", found->whole() && copy->code == EX_OK &&
                                                  (!copy->found || copy->found->whole())}});
    else if (!how.quiet) {
        tell_sums(account, *found, repair);
        if (copy->found) tell_copy_sums(account, desk->account.archive.second_copy, *copy->found);
    }
    if (copy->found)
        code = worse(code, tell_copy_trouble(account, desk->account.archive.second_copy, *copy->found));
    if (auto noted = ledger::note_verified(*desk->book, account, *found, began); !noted)
        code = worse(code, report(noted.error()));
    return code;
}

} // namespace

int verify(const style& how, const std::vector<std::string>& accounts, bool repair)
{
    return for_each_account(how, accounts,
                            [&](auto& folder, const auto& name, auto& display, std::size_t line) {
                                return verify_one(how, folder, name, repair, display, line);
                            });
}

} // namespace cli::restante
