// restante mark, move, tag, untag, tags: what a person changes of kept messages.
#include "cli/restante/command_support.hpp"
#include "cli/restante/commands.hpp"
#include "cli/restante/reporting.hpp"
#include "cli/terminal.hpp"
#include "collector/changing.hpp"
#include "ledger/tags.hpp"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

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

/// Nothing where `word` is no mark.
std::optional<collector::mark_change> parse_mark(std::string_view word)
{
    using marks = store::message_marks;
    static constexpr std::array<std::pair<std::string_view, bool marks::*>, 3> known{
        {{"seen", &marks::seen}, {"flagged", &marks::flagged}, {"answered", &marks::answered}}};
    const bool is_taken_off = word.starts_with("un");
    const auto found = std::ranges::find(known, word.substr(is_taken_off ? 2 : 0),
                                         &std::pair<std::string_view, bool marks::*>::first);
    if (found == known.end()) return std::nullopt;
    return collector::mark_change{.mark = found->second, .value = !is_taken_off};
}

/// Prints each message as it is now, with --json, and each that could not be changed; `code` becomes the worst.
collector::change_report change_printer(const style& how, int& code)
{
    return [&how, &code](const base::result<search::indexed_message>& changed) {
        if (!changed)
            code = worse(code, report(changed.error()));
        else if (how.json)
            print_json("message", to_json(*changed));
    };
}

} // namespace

int mark(const style& how, const std::string& as, const std::vector<std::string>& messages)
{
    const auto change = parse_mark(as);
    if (!change)
        return error_exit(
            EX_USAGE, "mark as seen, unseen, flagged, unflagged, answered or unanswered, not \"" + as + "\"");
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    int code = EX_OK;
    collector::mark_messages(*with.folder, *with.index, messages, *change, change_printer(how, code));
    return code;
}

int move(const style& how, const std::string& folder, const std::vector<std::string>& messages)
{
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    int code = EX_OK;
    collector::move_messages(*with.folder, *with.index, messages, folder, change_printer(how, code));
    return code;
}

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
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    int code = EX_OK;
    const auto done =
        collector::tag_messages(*with.folder, *with.index, messages, change, change_printer(how, code));
    return done ? code : report(done.error());
}

int tags(const style& how)
{
    const auto with = open_with_index(how, std::nullopt);
    if (!with) return with.code;
    const auto counts = with.index->tag_counts();
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
