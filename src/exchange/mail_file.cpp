// Magic numbers, names, and what a header section looks like.
#include "exchange/mail_file.hpp"

#include "base/ascii.hpp"
#include "ledger/header_hash.hpp"
#include "mail/mbox.hpp"
#include "mail/packed_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace exchange {

namespace {

using namespace std::string_view_literals;

struct container {
    std::string_view beginning;
    std::string_view description;
};
constexpr std::array<container, 4> containers = {
    {{"PK\x03\x04"sv, "a zip archive; unpack it first"},
     {"!BDN"sv, "Outlook's PST or OST: import it with --pst"},
     {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "Outlook's .msg or another OLE file; save it as .eml there"},
     {"\xCF\xAD\x12\xFE"sv, "Outlook Express's .dbx; export it as .eml or mbox first"}}};

constexpr std::array<std::string_view, 23> companion_names = {
    "maildirfolder",   "maildirsize",  ".uidvalidity", "subscriptions", ".subscriptions",
    ".mh_sequences",   ".mh_profile",  ".xmhcache",    ".mbsyncstate",  ".mbsyncstate.lock",
    ".isyncuidmap.db", ".claws_cache", ".claws_mark",  ".claws_tags",   ".DS_Store",
    "Thumbs.db",       "desktop.ini",  "Info.plist",   ".gitkeep",      ".gitignore",
    ".keep",           ".lock",        "restante-tags"};
constexpr std::array<std::string_view, 6> companion_beginnings = {"dovecot",     ".dovecot",   "courierimap",
                                                                  "courierpop3", ".restante-", ".sylpheed_"};
constexpr std::array<std::string_view, 2> companion_endings = {".msf", ".plist"};
constexpr std::array<std::string_view, 11> usual_fields = {
    "Received",     "Return-Path",  "Delivered-To",    "From", "To", "Subject", "Date", "Message-ID",
    "MIME-Version", "Content-Type", "X-Mozilla-Status"};

bool ends_with_ignoring_case(std::string_view text, std::string_view ending)
{
    return text.size() > ending.size() &&
           base::equal_ignoring_case(text.substr(text.size() - ending.size()), ending);
}

bool is_companion(std::string_view name)
{
    const auto begins = [&](std::string_view candidate) { return name.starts_with(candidate); };
    const auto ends = [&](std::string_view candidate) { return ends_with_ignoring_case(name, candidate); };
    return std::ranges::find(companion_names, name) != companion_names.end() ||
           std::ranges::any_of(companion_beginnings, begins) || std::ranges::any_of(companion_endings, ends);
}

std::string_view without_byte_order_mark(std::string_view head)
{
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (head.starts_with(mark)) head.remove_prefix(mark.size());
    return head;
}

/// How many fields that messages have stand at the beginning, before a line that is no field; none where the first line
/// is none.
std::size_t usual_fields_in(std::string_view head)
{
    std::size_t count = 0;
    bool over = false;
    ledger::each_field(without_byte_order_mark(head), [&](std::string_view name, std::string_view) {
        over |= name.empty() || name.contains(' ');
        const auto is_name = [&](std::string_view candidate) {
            return base::equal_ignoring_case(candidate, name);
        };
        count += !over && std::ranges::any_of(usual_fields, is_name) ? 1 : 0;
    });
    return count;
}

/// MH and its kin number their messages.
bool is_number(std::string_view name)
{
    return std::ranges::all_of(name, base::is_digit);
}

} // namespace

std::string foreign_container(std::string_view head)
{
    if (const auto packed = mail::packed_form_of(head); !packed.empty()) return std::string(packed);
    const auto found = std::ranges::find_if(
        containers, [&](const container& candidate) { return head.starts_with(candidate.beginning); });
    return found == containers.end() ? std::string() : std::string(found->description);
}

mail_file evaluate_mail_file(std::string_view name, std::string_view head, bool in_maildir, bool numbered)
{
    if (!in_maildir && is_companion(name)) return {mail_file_kind::companion};
    if (!in_maildir && name == "context" && head.starts_with("Current-Folder:")) // of nmh
        return {mail_file_kind::companion};
    if (head.empty()) return {mail_file_kind::empty};
    if (auto reason = foreign_container(head); !reason.empty())
        return {mail_file_kind::refused, std::move(reason)};
    if (in_maildir) return {mail_file_kind::message};
    if (ends_with_ignoring_case(name, ".partial.emlx"))
        return {mail_file_kind::refused,
                "only a part of a message: Apple Mail keeps its attachments elsewhere; "
                "let it export the folder as an mbox"};
    if (ends_with_ignoring_case(name, ".emlx")) return {mail_file_kind::emlx};
    if (ends_with_ignoring_case(name, ".eml")) return {mail_file_kind::message};
    if (mail::read_mbox_line(head.substr(0, head.find_first_of("\r\n"))).kind == mail::mbox_line_kind::dated)
        return {mail_file_kind::refused, "an mbox: import it with --mbox"};
    const std::size_t usual_wanted = numbered ? 0 : is_number(name) ? 1 : 2;
    return {usual_fields_in(head) >= usual_wanted ? mail_file_kind::message : mail_file_kind::not_mail};
}

std::optional<emlx_beginning> read_emlx_beginning(std::string_view head)
{
    const std::size_t line_end = head.find('\n');
    if (line_end == std::string_view::npos) return std::nullopt;
    std::string_view digits = head.substr(0, line_end);
    while (!digits.empty() && !base::is_digit(digits.back())) digits.remove_suffix(1);
    emlx_beginning out{.message_offset = line_end + 1};
    const auto [end, trouble] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.message_octets);
    if (digits.empty() || trouble != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return out;
}

std::size_t octets_before_property_list(std::string_view octets)
{
    return std::min(octets.find_first_not_of(" \t\r\n"), octets.size());
}

bool is_property_list(std::string_view octets)
{
    octets.remove_prefix(octets_before_property_list(octets));
    return octets.empty() || octets.starts_with("<?xml") || octets.starts_with("<!DOCTYPE plist") ||
           octets.starts_with("<plist");
}

emlx_flags read_emlx_flags(std::string_view property_list)
{
    constexpr std::string_view key = "<key>flags</key>";
    constexpr std::string_view number = "<integer>";
    emlx_flags out;
    std::size_t offset = property_list.find(key);
    if (offset != std::string_view::npos) offset = property_list.find(number, offset);
    if (offset == std::string_view::npos) return out;
    property_list.remove_prefix(offset + number.size());
    std::uint64_t bits = 0;
    std::from_chars(property_list.data(), property_list.data() + property_list.size(), bits);
    const auto has = [&](unsigned bit) { return (bits >> bit & 1U) != 0; };
    out.marks = {.seen = has(0), .answered = has(2), .flagged = has(4), .forwarded = has(8), .draft = has(6)};
    out.deleted = has(1);
    return out;
}

} // namespace exchange
