// restante tag, untag, tags: words of a person's own.
#include "base/ascii.hpp"
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/message_json.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/indexing.hpp"
#include "collector/ledger_care.hpp"
#include "collector/message_lookup.hpp"
#include "ledger/tags.hpp"

#include <sysexits.h>

#include <algorithm>

namespace cli::restante {

namespace {

/// Nothing where one is no tag.
std::optional<std::vector<std::string>> tags_between_commas(std::string_view text)
{
    std::vector<std::string> out;
    for (;;) {
        const std::string_view one = text.substr(0, text.find(','));
        if (!ledger::is_tag(one)) return std::nullopt;
        out.emplace_back(one);
        if (one.size() == text.size()) return out;
        text.remove_prefix(one.size() + 1);
    }
}

base::result<> check_room(const search::indexed_message& of, const ledger::tag_change& change)
{
    const auto after = ledger::tags_in(ledger::changed_tags(of.tags, change));
    for (const auto& each : change.added)
        if (std::ranges::find(after, base::lower_case(each), base::lower_case) == after.end())
            return base::fail(base::permanent_error(
                base::failure::malformed,
                "message " + std::to_string(of.number) +
                    " has too many tags for one more: " + std::to_string(ledger::tag_list_octets_max) +
                    " octets of them are the most; restante untag takes some off"));
    return {};
}

} // namespace

int tag(const style& how, const std::string& tags, bool add, const std::vector<std::string>& messages)
{
    auto words = tags_between_commas(tags);
    if (!words)
        return error_exit(
            EX_USAGE, "\"" + tags +
                          "\" is no tag: up to 64 octets of UTF-8 without blanks , \" ( ) * or \\, and no + "
                          "or - in front; a comma parts several");
    const ledger::tag_change change = add ? ledger::tag_change{.added = *words, .taken_off = {}}
                                          : ledger::tag_change{.added = {}, .taken_off = *words};
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    const auto index = open_index(*folder, how, std::nullopt);
    if (!index) return report(index.error());
    std::vector<search::indexed_message> entries;
    std::vector<ledger::tagging> wanted;
    for (const auto& typed : messages) {
        auto found = collector::find_message(*folder, **index, typed);
        const auto room = found ? check_room(found->entry, change) : base::fail(found.error());
        if (!room) {
            code = worse(code, report(room.error()));
            continue;
        }
        wanted.push_back({found->entry.account, found->entry.hash, change});
        entries.push_back(std::move(found->entry));
    }
    auto book = collector::open_or_replace_ledger(*folder);
    if (!book) return report(book.error());
    if (auto done = (*book)->tag(wanted); !done) return report(done.error());
    if (!how.json) return code;
    for (auto& each : entries) {
        each.tags = ledger::changed_tags(each.tags, change);
        print_json("message", message_json(each));
    }
    return code;
}

int tags(const style& how)
{
    int code = EX_OK;
    const auto folder = open_archive(how, code);
    if (!folder) return code;
    const auto index = open_index(*folder, how, std::nullopt);
    if (!index) return report(index.error());
    const auto counts = (*index)->tag_counts();
    if (!counts) return report(counts.error());
    table out({"TAG", "MESSAGES"});
    for (const auto& [name, messages] : *counts) {
        if (how.json) print_json("tag", {{"tag", name}, {"messages", messages}});
        out.add({name, std::to_string(messages)});
    }
    if (!how.json && !counts->empty()) print(out);
    if (counts->empty() && !how.quiet) complain("no message is tagged: restante tag does that");
    return EX_OK;
}

} // namespace cli::restante
