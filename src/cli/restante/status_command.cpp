// restante status: how each account is, and what would be lost with this disk.
#include "archive/exposure.hpp"
#include "archive/second_copy.hpp"
#include "archive/shown.hpp"
#include "base/counted.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/ledger_care.hpp"
#include "collector/second_copies.hpp"
#include "config/values.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <map>

namespace cli::restante {

namespace {

std::string ago(base::wall_time when, base::wall_time now)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - when);
    return minutes.count() > 0 ? config::format_duration(minutes) + " ago" : "just now";
}

std::string_view name_of(collector::second_copy_state state)
{
    using enum collector::second_copy_state;
    switch (state) {
    case none: return "none";
    case ready: return "ready";
    case away: return "away";
    case not_begun: return "not-begun";
    case foreign: return "foreign";
    case older: return "older";
    case same_disk: return "same-disk";
    }
    return "";
}

/// What the ledger and the disk say of an account's second copy.
struct copy_facts {
    collector::second_copy_view view;
    std::uint64_t messages = 0; ///< that were verified there
    std::optional<base::wall_time> verified_at;
    /// What lies there survives this disk.
    bool counts() const
    {
        return view.state == collector::second_copy_state::ready && view.folder_is_there &&
               !view.on_same_disk && view.key_is_there;
    }
};

base::result<copy_facts> facts_of(collector::archive_folder& folder, ledger::ledger& book,
                                  const std::string& account)
{
    copy_facts out;
    const auto settings = folder.account(account);
    if (!settings) return base::fail(settings.error());
    auto view = collector::heed_second_copy(folder, *settings, book);
    if (!view) return base::fail(view.error());
    out.view = std::move(*view);
    const auto there = archive::contents_in_second_copy(book, account);
    if (!there) return base::fail(there.error());
    out.messages = there->size();
    const auto verified = archive::second_copy_verified_at(book, account);
    if (!verified) return base::fail(verified.error());
    out.verified_at = *verified;
    return out;
}

boost::json::object facts_json(const copy_facts& of)
{
    boost::json::object out{{"path", of.view.path},
                            {"state", name_of(of.view.state)},
                            {"counts", of.counts()},
                            {"messages", of.messages}};
    if (of.verified_at) out["verified_at"] = config::format_time(*of.verified_at);
    if (of.view.why) out["trouble"] = of.view.why->operator_text;
    return out;
}

std::string facts_text(const std::string& account, const copy_facts& of, base::wall_time now)
{
    const auto since = of.verified_at ? "read whole " + ago(*of.verified_at, now) + " (" +
                                            config::format_time(*of.verified_at) + ")"
                                      : std::string("not read whole yet: restante verify does that");
    if (of.view.why)
        return fmt::format("{}: {}; {} {} verified there, not checked since {}\n", account,
                           of.view.why->operator_text, base::counted(of.messages, "message"),
                           base::for_number(of.messages, "was", "were"),
                           of.verified_at ? config::format_time(*of.verified_at) : "they were copied");
    if (!of.view.folder_is_there)
        return fmt::format("{}: second copy in {}: its folder is not there, so nothing in it counts\n",
                           account, of.view.path);
    if (of.view.on_same_disk)
        return fmt::format("{}: second copy in {}: on the same disk as the mail, so it does not count; {}\n",
                           account, of.view.path, since);
    if (!of.view.key_is_there)
        return fmt::format(
            "{}: second copy in {}: the key of this archive is not there, or an older one, so nothing in "
            "it counts: restante verify puts it there\n",
            account, of.view.path);
    return fmt::format("{}: second copy in {}: {} verified there; {}\n", account, of.view.path,
                       base::counted(of.messages, "message"), since);
}

boost::json::object state_json(const std::string& account, const std::optional<ledger::run_note>& last,
                               const archive::exposure& exposed, const copy_facts& copy)
{
    boost::json::object out{{"account", account},
                            {"messages", exposed.held.messages},
                            {"octets", exposed.held.octets},
                            {"in_second_copy", exposed.in_second_copy.messages},
                            {"on_server", exposed.on_server.messages},
                            {"at_risk_messages", exposed.at_risk.messages},
                            {"at_risk_octets", exposed.at_risk.octets}};
    if (copy.view.state != collector::second_copy_state::none) out["second_copy"] = facts_json(copy);
    if (!last) return out;
    out["last_run"] = config::format_time(last->when);
    out["last_run_well"] = last->well;
    out["last_run_text"] = last->text;
    if (last->last_well) out["last_well"] = config::format_time(*last->last_well);
    return out;
}

class status_work {
public:
    status_work(const style& how, collector::archive_folder& folder, ledger::ledger& book)
        : how_(how), folder_(folder), book_(book)
    {
    }

    int work(const std::vector<std::string>& names)
    {
        int code = EX_OK;
        for (const auto& name : names) {
            auto facts = facts_of(folder_, book_, name);
            if (facts)
                copies_.emplace(name, std::move(*facts));
            else
                code = worse(code, report(facts.error()));
        }
        for (const auto& name : names) code = worse(code, add(name));
        if (!how_.json) {
            print(out_);
            print(below_);
        }
        return code;
    }

private:
    int add(const std::string& account)
    {
        const auto last = book_.last_run(account);
        if (!last) return report(last.error());
        const auto exposed = archive::exposure_of(account, book_, [&](const std::string& of) {
            const auto copy = copies_.find(of);
            return copy != copies_.end() && copy->second.counts();
        });
        if (!exposed) return report(exposed.error());
        const auto& copy = copies_[account];
        const auto now = folder_.clock().now();
        if (how_.json) print_json("status", state_json(account, *last, *exposed, copy));
        const auto unshown = archive::unshown_messages::recall(book_, account);
        if (!unshown) return report(unshown.error());
        if (unshown->nothing_is_known() && exposed->held.messages > 0)
            below_ +=
                fmt::format("{0}: the ledger was made again, and nothing is known to be on the server until "
                            "it is listed: restante fetch {0}\n",
                            account);
        if (copy.view.state != collector::second_copy_state::none) below_ += facts_text(account, copy, now);
        out_.add({account, std::to_string(exposed->held.messages),
                  rounded_octets(static_cast<double>(exposed->held.octets)),
                  *last ? ago((*last)->when, now) : "never", *last ? (*last)->text : "",
                  fmt::format("{} ({}B)", exposed->at_risk.messages,
                              rounded_octets(static_cast<double>(exposed->at_risk.octets)))});
        return *last && !(*last)->well ? exit_not_all_well : EX_OK;
    }

    const style& how_;
    collector::archive_folder& folder_;
    ledger::ledger& book_;
    std::map<std::string, copy_facts> copies_;
    table out_{{"ACCOUNT", "MESSAGES", "OCTETS", "LAST RUN", "WHICH SAID", "LOST WITH THIS DISK"}};
    std::string below_;
};

} // namespace

int status(const style& how)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    const auto names = folder->account_names();
    if (!names) return report(names.error());
    auto book = collector::open_or_replace_ledger(*folder);
    if (!book) return report(book.error());
    return status_work(how, *folder, **book).work(*names);
}

} // namespace cli::restante
