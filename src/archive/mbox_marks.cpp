// Letters, bits and labels.
#include "archive/mbox_marks.hpp"

#include "archive/header_fields.hpp"
#include "archive/tags.hpp"
#include "base/ascii.hpp"
#include "mail/mime/reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace archive {

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

/// What Gmail itself calls labels that its users have not made.
struct gmail_label {
    std::string_view name;
    std::string_view folder;
    bool found = false;
};

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

std::vector<std::string> labels_of(std::string_view value)
{
    // Encoded-words are decoded as in any unstructured field.
    const std::string decoded = mail::mime::read("Subject: " + std::string(value) + "\r\n\r\n").subject;
    std::vector<std::string> labels;
    std::string_view rest = decoded;
    while (!rest.empty()) {
        std::string_view label = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(label.size() + 1, rest.size()));
        while (!label.empty() && (label.front() == ' ' || label.front() == '"')) label.remove_prefix(1);
        while (!label.empty() && (label.back() == ' ' || label.back() == '"')) label.remove_suffix(1);
        if (!label.empty()) labels.emplace_back(label);
    }
    return labels;
}

bool is_gmails_own(std::string_view label)
{
    constexpr std::array<std::string_view, 8> names = {"Inbox",     "Unread",   "Opened",   "Starred",
                                                       "Important", "Archived", "All Mail", "Chat"};
    constexpr std::string_view category = "Category ";
    return label.starts_with(category) || std::ranges::find(names, label) != names.end();
}

void take_labels(mbox_marks& into, const std::vector<std::string>& labels)
{
    // The first of these that a message has says most about it.
    std::array<gmail_label, 5> known = {{{"Trash", deleted_folder},
                                         {"Spam", "Spam"},
                                         {"Drafts", "Drafts"},
                                         {"Draft", "Drafts"},
                                         {"Sent", "Sent"}}};
    const auto has = [&](std::string_view label) { return std::ranges::find(labels, label) != labels.end(); };
    bool english = has("Opened");
    std::vector<std::string> own;
    for (const std::string& label : labels) {
        const auto at = std::ranges::find(known, label, &gmail_label::name);
        if (at != known.end()) at->found = true;
        english |= at != known.end() || is_gmails_own(label);
        if (at == known.end() && !is_gmails_own(label)) own.push_back(label);
    }
    into.marks.seen |= english && !has("Unread");
    into.marks.flagged |= has("Starred");
    into.marks.draft |= has("Drafts") || has("Draft");
    into.deleted |= has("Trash");
    const auto first = std::ranges::find(known, true, &gmail_label::found);
    if (first != known.end())
        into.folder = first->folder;
    else if (!own.empty())
        into.folder = own.front();
    into.more_labels = own.size() > (first == known.end() ? 1U : 0U);
}

} // namespace

mbox_marks read_mbox_marks(std::string_view header)
{
    mbox_marks out;
    std::string keywords;
    each_field(header, [&](std::string_view name, std::string_view field) {
        const auto is = [&](std::string_view other) { return base::equal_ignoring_case(name, other); };
        if (is("Status") || is("X-Status")) take_letters(out, value_of(field));
        if (is("X-Mozilla-Status")) take_mozilla_status(out, value_of(field));
        if (is("X-Keywords") || is("X-Mozilla-Keys")) keywords += " " + std::string(value_of(field));
        if (is("X-Gmail-Labels")) take_labels(out, labels_of(value_of(field)));
    });
    out.tags = tags_in(keywords);
    // Not the mark T: other programs remove what bears it.
    if (out.deleted) out.folder = deleted_folder;
    return out;
}

std::string format_mbox_marks(const store::message_marks& marks, std::string_view tags,
                              std::string_view folder, std::string_view header)
{
    if (marks == store::message_marks{} && tags.empty() && folder.empty() && !read_own_mbox_marks(header))
        return {};
    std::string out = std::string(status_name) + (marks.seen ? "RO" : "O") + std::string(line_end);
    out += more_status_name;
    for (const status_letter& one : more_status_letters)
        if (marks.*one.mark) out += one.letter;
    out += line_end;
    if (!tags.empty()) out += std::string(keywords_name) + std::string(tags) + std::string(line_end);
    if (!folder.empty()) out += std::string(folder_name) + std::string(folder) + std::string(line_end);
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
    if (const auto tags = take_line(rest, keywords_name)) out.tags = tags_in(*tags);
    if (const auto folder = take_line(rest, folder_name)) out.folder = *folder;
    out.octets = std::min(header.size(), own_mbox_marks_octets_max) - rest.size();
    return out;
}

} // namespace archive
