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
    std::size_t offset = 0;
    for (std::size_t count = 0; offset < text.size() && count < columns; ++count) do
            ++offset;
        while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U);
    return offset < text.size() ? text.substr(0, offset) + "…" : text;
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
    for (std::size_t index = 0; index < found.messages.size(); ++index) {
        auto out = to_json(found.messages[index]);
        if (!found.thread_messages.empty()) out["thread_messages"] = found.thread_messages[index];
        out["excerpt"] = excerpts.read(found.messages[index]);
        print_json("message", out);
    }
}

void print_listing(const collector::listing& found)
{
    const auto& messages = found.messages;
    const bool by_thread = !found.thread_messages.empty();
    const bool tagged =
        std::ranges::any_of(messages, [](const auto& message) { return !message.tags.empty(); });
    std::vector<std::string> heads{"NUMBER", "", "DATE", "FROM", "SUBJECT", "WHERE", "SIZE"};
    if (by_thread) heads.emplace_back("MESSAGES");
    if (tagged) heads.emplace_back("TAGS");
    table out(std::move(heads));
    for (std::size_t index = 0; index < messages.size(); ++index) {
        const auto& message = messages[index];
        std::vector<std::string> row{std::to_string(message.number),
                                     letters_of(message.marks),
                                     config::format_time(message.date).substr(0, 10),
                                     clipped(message.from, people_columns),
                                     clipped(message.subject, subject_columns),
                                     message.account + (message.folder.empty() ? "" : "/" + message.folder),
                                     rounded_octets(static_cast<double>(message.octets))};
        if (by_thread) row.push_back(std::to_string(found.thread_messages[index]));
        if (tagged) row.push_back(message.tags);
        out.add(std::move(row));
    }
    print(out);
}

int answer(const style& options, const collector::query_wish& wish)
{
    const auto opened = open_with_index(options, wish.account);
    if (!opened) return opened.code;
    const auto found = collector::list_messages(*opened.folder, *opened.index, wish);
    if (!found) return report(found.error());
    if (found->messages.empty()) {
        if (!options.quiet) complain("nothing found");
        return EX_OK;
    }
    if (options.json)
        print_listing_json(*found, collector::excerpt_reader(*opened.folder, found->query));
    else
        print_listing(*found);
    const std::size_t count = found->messages.size();
    if (options.json || options.quiet || count < wish.limit) return EX_OK;
    const auto total = opened.index->count(found->query);
    if (total && *total > count) complain(fmt::format("{} of {}: --limit shows more", count, *total));
    return EX_OK;
}

std::string text_of(const search::indexed_message& entry, const mail::mime::reading& reading)
{
    std::string out;
    const auto field = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) out.append(name).append(": ").append(value).append("\n");
    };
    field("From", reading.from);
    field("To", reading.to);
    field("Cc", reading.cc);
    field("Date", config::format_time(entry.date));
    field("Subject", reading.subject);
    field("Tags", entry.tags);
    out += "\n" + reading.text;
    if (!out.ends_with('\n')) out += '\n';
    if (reading.cut) out += "\n[cut here: restante show --raw shows all]\n";
    for (const auto& attachment : reading.attachments)
        out += fmt::format("\n[{}] {} ({}, {}B)", attachment.number,
                           attachment.name.empty() ? "(no name)" : attachment.name, attachment.content_type,
                           rounded_octets(static_cast<double>(attachment.octets)));
    if (!reading.attachments.empty()) out += "\nrestante save writes them out\n";
    return out;
}

boost::json::array parts_json(const mail::mime::part_tree& message)
{
    boost::json::array parts;
    for (const auto& part : message.parts)
        parts.push_back(boost::json::object{{"depth", part.depth},
                                            {"content_type", part.content_type},
                                            {"charset", readable_line(part.charset)},
                                            {"disposition", part.disposition},
                                            {"name", part.name},
                                            {"content_id", part.content_id},
                                            {"encoded_octets", part.octets.size()}});
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
    for (const auto& attachment : reading.attachments)
        attachments.push_back(boost::json::object{{"number", attachment.number},
                                                  {"name", attachment.name},
                                                  {"content_type", attachment.content_type},
                                                  {"octets", attachment.octets}});
    out["cc"] = reading.cc;
    out["text"] = reading.text;
    out["text_from_html"] = reading.text_from_html;
    out["attachments"] = std::move(attachments);
    out["parts"] = parts_json(*shown.parts);
    return out;
}

void print_shown(collector::archive_folder& folder, const style& options, const show_wish& wish,
                 const collector::shown_message& shown)
{
    const auto& entry = shown.entry;
    const auto& octets = shown.octets;
    if (wish.raw && options.json)
        print_json("raw_message", {{"number", entry.number}, {"raw_base64", base::to_base64(octets)}});
    else if (wish.raw)
        output_is_terminal() ? print(octets) : print_octets(octets);
    else if (wish.headers && options.json)
        print_json("header_section",
                   {{"number", entry.number}, {"header_section", readable(mail::header_section_of(octets))}});
    else if (wish.headers)
        print(mail::header_section_of(octets));
    else if (options.json)
        print_json("message", whole_message_json(folder, shown));
    else
        print(text_of(entry, *shown.reading));
}

base::result<> show_one(collector::archive_folder& folder, const style& options, const show_wish& wish,
                        collector::found_message& found)
{
    return collector::show_message(
        found, {.parsed = !wish.raw && !wish.headers, .peek = wish.peek},
        [&](const collector::shown_message& shown) { print_shown(folder, options, wish, shown); });
}

int show_thread(const style& options, const show_wish& wish)
{
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    const auto messages = collector::thread_of(*opened.folder, *opened.index, wish.message);
    if (!messages) return report(messages.error());
    int code = EX_OK;
    for (const auto& message : *messages) {
        auto found = collector::find_message(*opened.folder, *opened.index, std::to_string(message.number));
        if (found && !options.json)
            print(fmt::format("{}[{}]\n", &message == messages->data() ? "" : "\n\n", message.number));
        const auto done = found ? show_one(*opened.folder, options, wish, *found) : base::fail(found.error());
        if (!done) code = worse(code, report(done.error()));
    }
    return code;
}

} // namespace

int list(const style& options, const collector::query_wish& wish)
{
    return answer(options, wish);
}

int search(const style& options, const collector::query_wish& wish)
{
    return answer(options, wish);
}

int folders(const style& options, const std::optional<std::string>& account)
{
    const auto opened = open_with_index(options, account);
    if (!opened) return opened.code;
    const auto summaries = opened.index->folders(account);
    if (!summaries) return report(summaries.error());
    table out({"ACCOUNT", "FOLDER", "MESSAGES", "UNREAD", "SIZE"});
    for (const auto& summary : *summaries) {
        if (options.json)
            print_json("folder", {{"account", summary.account},
                                  {"folder", summary.folder},
                                  {"messages", summary.messages},
                                  {"unread", summary.unseen},
                                  {"octets", summary.octets}});
        out.add({summary.account, summary.folder, std::to_string(summary.messages),
                 std::to_string(summary.unseen), rounded_octets(static_cast<double>(summary.octets))});
    }
    if (!options.json) print(out);
    return EX_OK;
}

int show(const style& options, const show_wish& wish)
{
    if (wish.thread) return show_thread(options, wish);
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    auto found = collector::find_message(*opened.folder, *opened.index, wish.message);
    const auto done = found ? show_one(*opened.folder, options, wish, *found) : base::fail(found.error());
    return done ? EX_OK : report(done.error());
}

int save(const style& options, const std::string& message, const std::string& folder,
         const std::vector<unsigned>& numbers)
{
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    const auto found = collector::find_message(*opened.folder, *opened.index, message);
    if (!found) return report(found.error());
    const auto octets = collector::read_message(*found);
    if (!octets) return report(octets.error());
    if (auto checked = exchange::check_attachments(*octets, numbers); !checked)
        return report(checked.error());
    const auto saved = collector::save_attachments(*opened.folder, *octets, numbers, folder);
    if (!saved) return report_target(folder, saved.error());
    for (const auto& attachment : *saved) {
        if (options.json)
            print_json("attachment", {{"number", attachment.number},
                                      {"saved", folder + "/" + attachment.name},
                                      {"octets", attachment.octets}});
        else if (!options.quiet)
            print(readable_line(folder + "/" + attachment.name) + "\n");
    }
    if (saved->empty() && !options.quiet) complain("message " + message + " has no attachment");
    return EX_OK;
}

} // namespace cli::restante
