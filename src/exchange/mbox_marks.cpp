// Letters, bits and labels.
#include "exchange/mbox_marks.hpp"

#include "base/ascii.hpp"
#include "exchange/gmail_labels.hpp"
#include "ledger/header_fields.hpp"
#include "ledger/tags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace exchange {

namespace {

// nsMsgMessageFlags.idl of Thunderbird.
enum mozilla_bit : std::uint32_t {
    mozilla_read = 0x0001,
    mozilla_replied = 0x0002,
    mozilla_marked = 0x0004,
    mozilla_expunged = 0x0008,
    mozilla_forwarded = 0x1000,
};

constexpr std::string_view status_name = "Status: ";
constexpr std::string_view more_status_name = "X-Status: ";
constexpr std::string_view keywords_name = "X-Keywords: ";
constexpr std::string_view folder_name = "X-Restante-Folder: ";
constexpr std::string_view line_end = "\r\n";

struct status_letter {
    char letter;
    bool store::message_marks::* mark;
};
constexpr std::array<status_letter, 5> more_status_letters = {
    status_letter{'A', &store::message_marks::answered}, status_letter{'D', &store::message_marks::trashed},
    status_letter{'F', &store::message_marks::flagged}, status_letter{'P', &store::message_marks::forwarded},
    status_letter{'T', &store::message_marks::draft}};

/// Takes "NAME: VALUE" and its end off `text`; nothing where something else stands there.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name)
{
    const std::size_t end = text.find(line_end);
    if (!text.starts_with(name) || end == std::string_view::npos || end < name.size()) return std::nullopt;
    const std::string_view value = text.substr(name.size(), end - name.size());
    text.remove_prefix(end + line_end.size());
    return value;
}

void take_letters(mbox_marks& into, std::string_view letters)
{
    for (const char letter : letters) {
        switch (letter) {
        case 'R': into.marks.seen = true; break;
        case 'A': into.marks.answered = true; break;
        case 'F': into.marks.flagged = true; break;
        case 'P': into.marks.forwarded = true; break;
        case 'T': into.marks.draft = true; break;
        case 'D': into.deleted = true; break;
        default: break; // 'O': not new any more
        }
    }
}

void take_mozilla_status(mbox_marks& into, std::string_view hexadecimal)
{
    std::uint32_t bits = 0;
    const auto [end, trouble] =
        std::from_chars(hexadecimal.data(), hexadecimal.data() + hexadecimal.size(), bits, 16);
    if (trouble != std::errc() || end != hexadecimal.data() + hexadecimal.size()) return;
    into.marks.seen |= (bits & mozilla_read) != 0;
    into.marks.answered |= (bits & mozilla_replied) != 0;
    into.marks.flagged |= (bits & mozilla_marked) != 0;
    into.marks.forwarded |= (bits & mozilla_forwarded) != 0;
    into.deleted |= (bits & mozilla_expunged) != 0;
}

void take_labels(mbox_marks& into, const gmail_told& told)
{
    into.marks.seen |= told.marks.seen;
    into.marks.flagged |= told.marks.flagged;
    into.marks.draft |= told.marks.draft;
    into.marks.forwarded |= told.marks.forwarded;
    into.deleted |= told.deleted;
    into.folder = told.folder;
    into.more_labels = told.more_labels;
}

/// Fields of the message itself that an import would take for marks, or for a part of our lines.
bool has_fields_that_mark(std::string_view header)
{
    constexpr std::array<std::string_view, 7> names = {"Status",           "X-Status",       "X-Keywords",
                                                       "X-Mozilla-Status", "X-Mozilla-Keys", "X-Gmail-Labels",
                                                       "X-Restante-Folder"};
    bool any = false;
    ledger::each_field(header, [&](std::string_view name, std::string_view) {
        any |= std::ranges::any_of(
            names, [&](std::string_view one) { return base::equal_ignoring_case(one, name); });
    });
    return any;
}

} // namespace

mbox_marks read_mbox_marks(std::string_view header)
{
    mbox_marks out;
    std::string keywords;
    ledger::each_field(header, [&](std::string_view name, std::string_view field) {
        const auto is = [&](std::string_view other) { return base::equal_ignoring_case(name, other); };
        if (is("Status") || is("X-Status")) take_letters(out, ledger::value_of(field));
        if (is("X-Mozilla-Status")) take_mozilla_status(out, ledger::value_of(field));
        if (is("X-Keywords") || is("X-Mozilla-Keys")) keywords += " " + std::string(ledger::value_of(field));
        if (is("X-Gmail-Labels")) take_labels(out, read_gmail_labels(ledger::value_of(field)));
    });
    out.tags = ledger::tags_in(keywords);
    // Not the mark T: other programs remove what bears it.
    if (out.deleted) out.folder = deleted_folder;
    return out;
}

std::string format_mbox_marks(const store::message_marks& marks, std::string_view tags,
                              std::string_view folder, std::string_view header)
{
    const bool has_its_own = has_fields_that_mark(header);
    if (marks == store::message_marks{} && tags.empty() && folder.empty() && !has_its_own) return {};
    std::string out = std::string(status_name) + (marks.seen ? "RO" : "O") + std::string(line_end);
    out += more_status_name;
    for (const status_letter& one : more_status_letters)
        if (marks.*one.mark) out += one.letter;
    out += line_end;
    if (has_its_own || !tags.empty())
        out += std::string(keywords_name) + std::string(tags) + std::string(line_end);
    if (has_its_own || !folder.empty())
        out += std::string(folder_name) + std::string(folder) + std::string(line_end);
    return out;
}

std::optional<own_mbox_marks> read_own_mbox_marks(std::string_view header)
{
    std::string_view rest = header.substr(0, own_mbox_marks_octets_max);
    own_mbox_marks out;
    const auto status = take_line(rest, status_name);
    const auto more = take_line(rest, more_status_name);
    if (!status || !more || (*status != "RO" && *status != "O")) return std::nullopt;
    out.marks.seen = *status == "RO";
    std::string written;
    for (const status_letter& one : more_status_letters) {
        out.marks.*one.mark = more->contains(one.letter);
        if (out.marks.*one.mark) written += one.letter;
    }
    if (*more != written) return std::nullopt;
    if (const auto tags = take_line(rest, keywords_name)) out.tags = ledger::tags_in(*tags);
    if (const auto folder = take_line(rest, folder_name)) out.folder = *folder;
    out.octets = std::min(header.size(), own_mbox_marks_octets_max) - rest.size();
    return out;
}

} // namespace exchange
