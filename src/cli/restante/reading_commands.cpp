// restante list, search, folders, show, save: looking at kept mail, offline.
#include "base/encoding.hpp"
#include "base/utf8.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/named_paths.hpp"
#include "cli/restante/progress_display.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/indexing.hpp"
#include "collector/message_lookup.hpp"
#include "collector/reading.hpp"
#include "config/values.hpp"
#include "exchange/attachments.hpp"
#include "mail/header_section.hpp"
#include "mail/mime/reading.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>

namespace cli::restante {

namespace {

constexpr std::size_t people_columns = 28;
constexpr std::size_t subject_columns = 60;

// At most `columns` characters of UTF-8.
std::string clipped(const std::string& text, std::size_t columns)
{
    std::size_t at = 0;
    for (std::size_t count = 0; at < text.size() && count < columns; ++count) do
            ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
    return at < text.size() ? text.substr(0, at) + "…" : text;
}

std::string letters_of(const store::message_marks& marks)
{
    std::string out = marks.seen ? " " : "N";
    out += marks.flagged ? "!" : " ";
    out += marks.answered ? "r" : " ";
    return out;
}

void print_listing_json(const collector::listing& found, collector::excerpt_reader excerpts)
{
    for (std::size_t at = 0; at < found.messages.size(); ++at) {
        auto out = to_json(found.messages[at]);
        if (!found.thread_messages.empty()) out["thread_messages"] = found.thread_messages[at];
        out["excerpt"] = excerpts.of(found.messages[at]);
        print_json("message", out);
    }
}

void print_listing(const collector::listing& found)
{
    const auto& messages = found.messages;
    const bool by_thread = !found.thread_messages.empty();
    const bool tagged = std::ranges::any_of(messages, [](const auto& each) { return !each.tags.empty(); });
    std::vector<std::string> heads{"NUMBER", "", "DATE", "FROM", "SUBJECT", "WHERE", "OCTETS"};
    if (by_thread) heads.emplace_back("MESSAGES");
    if (tagged) heads.emplace_back("TAGS");
    table out(std::move(heads));
    for (std::size_t at = 0; at < messages.size(); ++at) {
        const auto& each = messages[at];
        std::vector<std::string> row{std::to_string(each.number),
                                     letters_of(each.marks),
                                     config::format_time(each.date).substr(0, 10),
                                     clipped(each.from, people_columns),
                                     clipped(each.subject, subject_columns),
                                     each.account + (each.folder.empty() ? "" : "/" + each.folder),
                                     rounded_octets(static_cast<double>(each.octets))};
        if (by_thread) row.push_back(std::to_string(found.thread_messages[at]));
        if (tagged) row.push_back(each.tags);
        out.add(std::move(row));
    }
    print(out);
}

int answer(const style& how, const collector::query_wish& wish)
{
    const auto with = open_with_index(how, wish.account);
    if (!with) return with.code;
    const auto found = collector::list_messages(*with.folder, *with.index, wish);
    if (!found) return report(found.error());
    if (found->messages.empty()) {
        if (!how.quiet) complain("nothing found");
        return EX_OK;
    }
    if (how.json)
        print_listing_json(*found, collector::excerpt_reader(*with.folder, found->query));
    else
        print_listing(*found);
    const std::size_t count = found->messages.size();
    if (how.json || how.quiet || count < wish.limit) return EX_OK;
    const auto all = with.index->count(found->query);
    if (all && *all > count) complain(fmt::format("{} of {}: --limit shows more", count, *all));
    return EX_OK;
}

std::string text_of(const search::indexed_message& entry, const mail::mime::reading& of)
{
    std::string out;
    const auto field = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) out.append(name).append(": ").append(value).append("\n");
    };
    field("From", of.from);
    field("To", of.to);
    field("Cc", of.cc);
    field("Date", config::format_time(entry.date));
    field("Subject", of.subject);
    field("Tags", entry.tags);
    out += "\n" + of.text;
    if (!out.ends_with('\n')) out += '\n';
    if (of.cut) out += "\n[cut here: restante show --raw shows all]\n";
    for (const auto& each : of.attachments)
        out += fmt::format("\n[{}] {} ({}, {}B)", each.number, each.name.empty() ? "(no name)" : each.name,
                           each.content_type, rounded_octets(static_cast<double>(each.octets)));
    if (!of.attachments.empty()) out += "\nrestante save writes them out\n";
    return out;
}

boost::json::array parts_json(const mail::mime::part_tree& message)
{
    boost::json::array parts;
    for (const auto& each : message.parts)
        parts.push_back(boost::json::object{{"depth", each.depth},
                                            {"content_type", each.content_type},
                                            {"charset", readable_line(each.charset)},
                                            {"disposition", each.disposition},
                                            {"name", each.name},
                                            {"content_id", each.content_id},
                                            {"encoded_octets", each.octets.size()}});
    return parts;
}

boost::json::object whole_message_json(collector::archive_folder& folder,
                                       const collector::shown_message& shown)
{
    const auto& reading = *shown.reading;
    auto out = to_json(shown.entry);
    // A ledger that cannot be read hinders nobody from reading his mail.
    if (auto names = collector::unique_ids_of(folder, shown.entry))
        out["unique_ids"] = boost::json::array(names->begin(), names->end());
    else
        complain(names.error().operator_text);
    boost::json::array attachments;
    for (const auto& each : reading.attachments)
        attachments.push_back(boost::json::object{{"number", each.number},
                                                  {"name", each.name},
                                                  {"content_type", each.content_type},
                                                  {"octets", each.octets}});
    out["cc"] = reading.cc;
    out["text"] = reading.text;
    out["text_from_html"] = reading.text_from_html;
    out["attachments"] = std::move(attachments);
    out["parts"] = parts_json(*shown.parts);
    return out;
}

void print_shown(collector::archive_folder& folder, const style& how, const show_wish& wish,
                 const collector::shown_message& shown)
{
    const auto& entry = shown.entry;
    const auto& octets = shown.octets;
    if (wish.raw && how.json)
        print_json("raw_message", {{"number", entry.number}, {"raw_base64", base::to_base64(octets)}});
    else if (wish.raw)
        output_is_terminal() ? print(octets) : print_octets(octets);
    else if (wish.headers && how.json)
        print_json("header_section",
                   {{"number", entry.number}, {"header_section", readable(mail::header_section_of(octets))}});
    else if (wish.headers)
        print(mail::header_section_of(octets));
    else if (how.json)
        print_json("message", whole_message_json(folder, shown));
    else
        print(text_of(entry, *shown.reading));
}

base::result<> show_one(collector::archive_folder& folder, const style& how, const show_wish& wish,
                        collector::found_message& found)
{
    return collector::show_message(
        found, {.parsed = !wish.raw && !wish.headers, .peek = wish.peek},
        [&](const collector::shown_message& shown) { print_shown(folder, how, wish, shown); });
}

int show_thread(const style& how, const show_wish& wish)
{
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    const auto all = collector::thread_of(*with.folder, *with.index, wish.message);
    if (!all) return report(all.error());
    int code = EX_OK;
    for (const auto& each : *all) {
        auto found = collector::find_message(*with.folder, *with.index, std::to_string(each.number));
        if (found && !how.json)
            print(fmt::format("{}[{}]\n", &each == all->data() ? "" : "\n\n", each.number));
        const auto done = found ? show_one(*with.folder, how, wish, *found) : base::fail(found.error());
        if (!done) code = worse(code, report(done.error()));
    }
    return code;
}

} // namespace

int list(const style& how, const collector::query_wish& wish)
{
    return answer(how, wish);
}

int search(const style& how, const collector::query_wish& wish)
{
    return answer(how, wish);
}

int folders(const style& how, const std::optional<std::string>& account)
{
    const auto with = open_with_index(how, account);
    if (!with) return with.code;
    const auto all = with.index->folders(account);
    if (!all) return report(all.error());
    table out({"ACCOUNT", "FOLDER", "MESSAGES", "UNREAD", "OCTETS"});
    for (const auto& each : *all) {
        if (how.json)
            print_json("folder", {{"account", each.account},
                                  {"folder", each.folder},
                                  {"messages", each.messages},
                                  {"unread", each.unseen},
                                  {"octets", each.octets}});
        out.add({each.account, each.folder, std::to_string(each.messages), std::to_string(each.unseen),
                 rounded_octets(static_cast<double>(each.octets))});
    }
    if (!how.json) print(out);
    return EX_OK;
}

int show(const style& how, const show_wish& wish)
{
    if (wish.thread) return show_thread(how, wish);
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    auto found = collector::find_message(*with.folder, *with.index, wish.message);
    const auto done = found ? show_one(*with.folder, how, wish, *found) : base::fail(found.error());
    return done ? EX_OK : report(done.error());
}

int save(const style& how, const std::string& message, const std::string& folder,
         const std::vector<unsigned>& numbers)
{
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    const auto found = collector::find_message(*with.folder, *with.index, message);
    if (!found) return report(found.error());
    const auto octets = collector::read_message(*found);
    if (!octets) return report(octets.error());
    if (auto there = exchange::check_attachments(*octets, numbers); !there) return report(there.error());
    const auto saved = collector::save_attachments(*with.folder, *octets, numbers, folder);
    if (!saved) return report_target(folder, saved.error());
    for (const auto& each : *saved) {
        if (how.json)
            print_json(
                "attachment",
                {{"number", each.number}, {"saved", folder + "/" + each.name}, {"octets", each.octets}});
        else if (!how.quiet)
            print(readable_line(folder + "/" + each.name) + "\n");
    }
    if (saved->empty() && !how.quiet) complain("message " + message + " has no attachment");
    return EX_OK;
}

} // namespace cli::restante
