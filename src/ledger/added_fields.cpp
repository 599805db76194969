// The fields by name, and header sections compared without them.
#include "ledger/added_fields.hpp"

#include "base/ascii.hpp"
#include "ledger/header_hash.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ledger {

namespace {

// UW IMAP, Dovecot and qpopper (Status to X-Keywords), mutt (Lines), Thunderbird, Gmail's Takeout, Evolution, KMail.
constexpr std::array<std::string_view, 20> bookkeeping_names = {"Status",
                                                                "X-Status",
                                                                "X-UID",
                                                                "X-UIDL",
                                                                "X-IMAP",
                                                                "X-IMAPbase",
                                                                "X-Keywords",
                                                                "Content-Length",
                                                                "Lines",
                                                                "Return-Path",
                                                                "X-Account-Key",
                                                                "X-Mozilla-Status",
                                                                "X-Mozilla-Status2",
                                                                "X-Mozilla-Keys",
                                                                "X-GM-THRID",
                                                                "X-Gmail-Labels",
                                                                "X-Evolution",
                                                                "X-Evolution-Source",
                                                                "X-Length",
                                                                "X-Fetchmail-Warning"};
constexpr std::array<std::string_view, 4> bookkeeping_beginnings = {"X-getmail-", "X-KMail-", "X-Claws-",
                                                                    "X-Sylpheed-"};
constexpr std::array<std::string_view, 6> trace_names = {"Received",       "Delivered-To", "X-Original-To",
                                                         "X-Delivered-To", "Envelope-To",  "X-Envelope-To"};

bool begins_with_ignoring_case(std::string_view text, std::string_view beginning)
{
    return text.size() >= beginning.size() &&
           base::equal_ignoring_case(text.substr(0, beginning.size()), beginning);
}

/// No more and no less: what follows is another field, or nothing.
bool begins_with_field(std::string_view header, std::string_view field)
{
    if (!header.starts_with(field)) return false;
    header.remove_prefix(field.size());
    return !header.starts_with(' ') && !header.starts_with('\t');
}

} // namespace

bool is_bookkeeping_field(std::string_view name)
{
    const auto is_name = [&](std::string_view candidate) {
        return base::equal_ignoring_case(name, candidate);
    };
    const auto begins = [&](std::string_view candidate) {
        return begins_with_ignoring_case(name, candidate);
    };
    return std::ranges::any_of(bookkeeping_names, is_name) ||
           std::ranges::any_of(bookkeeping_beginnings, begins);
}

bool is_trace_field(std::string_view name)
{
    return std::ranges::any_of(
        trace_names, [&](std::string_view candidate) { return base::equal_ignoring_case(name, candidate); });
}

void bare_message_reader::add(std::string_view octets)
{
    const std::string_view header = octets.substr(0, end_.find(octets));
    const std::string_view taken =
        header.substr(0, std::min(header.size(), bare_header_octets_max - header_.size()));
    header_ += taken;
    header_whole_ = header_whole_ && taken.size() == header.size();
    add_body(octets.substr(header.size()));
}

void bare_message_reader::add_body(std::string_view octets)
{
    const std::size_t text = octets.find_last_not_of("\r\n") + 1;
    if (text > 0) {
        hash_held_back();
        body_.add(octets.substr(0, text));
    }
    for (const char octet : octets.substr(text)) {
        if (octet == '\n' && cr_) {
            ++line_ends_;
            cr_ = false;
            continue;
        }
        if (octet == '\n' || cr_) hash_held_back(); // bare ones are text
        cr_ = octet == '\r';
        if (!cr_) body_.add("\n");
    }
}

void bare_message_reader::hash_held_back()
{
    for (; line_ends_ > 0; --line_ends_) body_.add("\r\n");
    if (cr_) body_.add("\r");
    cr_ = false;
}

bare_message bare_message_reader::finish()
{
    constexpr std::string_view line_end = "\r\n";
    if (end_.found()) header_.resize(header_.size() - (header_whole_ ? line_end.size() : 0));
    if (!header_.empty() && !header_.ends_with(line_end)) header_ += line_end;
    if (cr_) hash_held_back();
    bare_message out{.header = {},
                     .body = body_.finish(),
                     .body_line_ends = std::exchange(line_ends_, 0),
                     .header_octets = header_.size(),
                     .header_whole = header_whole_};
    each_field(header_, [&](std::string_view name, std::string_view field) {
        if (!is_bookkeeping_field(name)) out.header += field;
    });
    header_.clear();
    header_whole_ = true;
    end_ = {};
    return out;
}

bool same_header_but_added(const bare_message& held, const bare_message& served)
{
    if (!held.header_whole || !served.header_whole) return false;
    std::string_view rest = served.header;
    bool at_top = true; // no field but trace fields so far
    bool same = true;
    each_field(held.header, [&](std::string_view name, std::string_view field) {
        const bool trace = is_trace_field(name);
        at_top = at_top && trace;
        if (begins_with_field(rest, field))
            rest.remove_prefix(field.size());
        else
            same = same && at_top;
    });
    return same && rest.empty();
}

bool same_body_but_added(const bare_message& held, const bare_message& served)
{
    return held.body == served.body &&
           (held.body_line_ends == served.body_line_ends || held.body_line_ends == served.body_line_ends + 1);
}

std::string sender_fields_hash(const bare_message& message)
{
    content_hasher hasher;
    each_field(message.header, [&](std::string_view name, std::string_view field) {
        if (!is_trace_field(name)) hasher.add(field);
    });
    return std::string(hasher.finish().view());
}

} // namespace ledger
