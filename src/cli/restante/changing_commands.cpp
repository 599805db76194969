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
        const std::string_view tag = text.substr(0, text.find(','));
        if (!ledger::is_tag(tag)) return std::nullopt;
        out.emplace_back(tag);
        if (tag.size() == text.size()) return out;
        text.remove_prefix(tag.size() + 1);
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
collector::change_report change_printer(const style& options, int& code)
{
    return [&options, &code](const base::result<search::indexed_message>& changed) {
        if (!changed)
            code = worse(code, report(changed.error()));
        else if (options.json)
            print_json("message", to_json(*changed));
    };
}

} // namespace

int mark(const style& options, const std::string& word, const std::vector<std::string>& messages)
{
    const auto change = parse_mark(word);
    if (!change)
        return error_exit(EX_USAGE,
                          "mark as seen, unseen, flagged, unflagged, answered or unanswered, not \"" + word +
                              "\"");
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    int code = EX_OK;
    collector::mark_messages(*opened.folder, *opened.index, messages, *change, change_printer(options, code));
    return code;
}

int move(const style& options, const std::string& folder, const std::vector<std::string>& messages)
{
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    int code = EX_OK;
    collector::move_messages(*opened.folder, *opened.index, messages, folder, change_printer(options, code));
    return code;
}

int tag(const style& options, const std::string& tags, bool add, const std::vector<std::string>& messages)
{
    auto words = tags_between_commas(tags);
    if (!words)
        return error_exit(
            EX_USAGE,
            "\"" + tags +
                "\" is not a tag: up to 64 octets of UTF-8 without blanks , \" ( ) * or \\, and no + "
                "or - in front; a comma separates several");
    const ledger::tag_change change = add ? ledger::tag_change{.added = *words, .taken_off = {}}
                                          : ledger::tag_change{.added = {}, .taken_off = *words};
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    int code = EX_OK;
    const auto done = collector::tag_messages(*opened.folder, *opened.index, messages, change,
                                              change_printer(options, code));
    return done ? code : report(done.error());
}

int tags(const style& options)
{
    const auto opened = open_with_index(options, std::nullopt);
    if (!opened) return opened.code;
    const auto counts = opened.index->tag_counts();
    if (!counts) return report(counts.error());
    table out({"TAG", "MESSAGES"});
    for (const auto& [name, messages] : *counts) {
        if (options.json) print_json("tag", {{"tag", name}, {"messages", messages}});
        out.add({name, std::to_string(messages)});
    }
    if (!options.json && !counts->empty()) print(out);
    if (counts->empty() && !options.quiet) complain("no message is tagged: restante tag does that");
    return EX_OK;
}

} // namespace cli::restante
