// The walk through a message's parts (RFC 2046, section 5).
#include "mail/mime/parts.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/addresses.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/parameters.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/text_parts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>

namespace mail::mime {

namespace {

constexpr std::size_t boundary_octets_max = 250;          // RFC 2046, section 5.1.1 allows 70
constexpr std::size_t delimiter_candidates_max = 1000000; // lines that begin with "--": 8 MB of positions
constexpr unsigned messages_in_messages_max = 20;         // forwards of forwards; deeper ones are not opened
constexpr std::size_t decoded_octets_max = 64u << 20;     // of encoded messages that are opened

constexpr std::size_t encodings_asked_max = 4;          // of fields that stand there several times
constexpr std::size_t part_line_octets_max = 16u << 10; // of a name or a Content-ID

/// The first field counts that means anything.
transfer_encoding encoding_of(std::string_view header)
{
    for (const std::string& value : field_values(header, "content-transfer-encoding", encodings_asked_max))
        if (const auto meant = encoding_meant(value); meant != transfer_encoding::identity) return meant;
    return transfer_encoding::identity;
}

std::string short_line(std::string_view text)
{
    return std::string(cut_text(clean_line(text), part_line_octets_max));
}

/// Angle brackets are forgotten now and then.
std::string content_id_of(std::string_view header)
{
    const std::string value = field_value(header, "content-id");
    if (value.empty()) return {};
    const auto ids = message_ids(value, 1);
    return short_line(ids.empty() ? value : ids.front());
}

bool blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Programs that forward put some before the header section of the message.
std::string_view without_empty_lines(std::string_view message)
{
    return message.substr(std::min(message.size(), message.find_first_not_of("\r\n")));
}

bool is_message(std::string_view type)
{
    return type == "message/rfc822" || type == "message/global" || type == "message/news";
}

/// Reports of machines are written to be read (RFC 3464, RFC 8098, RFC 5965); of text/*, all that is not known is plain
/// (RFC 2046, section 4.1.4).
enum part::kind kind_of(std::string_view type, std::string_view disposition)
{
    constexpr std::array<std::string_view, 6> reports = {
        "message/delivery-status",          "message/global-delivery-status",
        "message/disposition-notification", "message/global-disposition-notification",
        "message/feedback-report",          "message/global-headers"};
    const bool report = std::ranges::find(reports, type) != reports.end();
    if (report) return part::kind::text; // an attachment, too, for some servers
    if (is_message(type)) return part::kind::message;
    if (disposition == "attachment") return part::kind::file;
    if (type == "text/html" || type == "application/xhtml+xml") return part::kind::html;
    return type == "message/partial" || type.starts_with("text/") ? part::kind::text : part::kind::file;
}

/// `leaf` as that which its type and its disposition make of it.
void classify(part& leaf)
{
    leaf.kind = kind_of(leaf.content_type, leaf.disposition);
    const bool read = leaf.kind == part::kind::text || leaf.kind == part::kind::html;
    leaf.also_file = read && (!leaf.name.empty() || leaf.disposition == "attachment" ||
                              leaf.content_type == "message/partial");
}

part part_of(const entity& octets, content_facts&& facts)
{
    part made{.content_type = std::move(facts.type), .charset = std::move(facts.charset)};
    made.flowed = facts.flowed;
    made.delete_space = facts.delete_space;
    made.disposition = std::move(facts.disposition);
    made.name = std::move(facts.name);
    made.content_id = content_id_of(octets.header);
    made.encoding = encoding_of(octets.header);
    made.header = octets.header;
    made.octets = octets.body;
    classify(made);
    return made;
}

/// Where a part lies: in how many others, and in how many messages.
struct part_level {
    unsigned depth = 0, messages = 0;
};

/// What the walks through a message, and through what was decoded of it, have in common.
struct progress {
    part_tree& tree;
    const limits& within;
    std::size_t decoded_octets = 0;
};

class walker {
public:
    walker(std::string_view message, progress& state) : message_(message), into_(state) { find_candidates(); }

    void visit(std::string_view octets, std::string_view type_by_default, part_level level)
    {
        const entity current = entity_of(octets);
        content_facts facts = facts_of(field_value(current.header, "content-type"),
                                       field_value(current.header, "content-disposition"), {});
        if (facts.type.empty()) facts.type = type_by_default;
        const std::string boundary = std::move(facts.boundary);
        const std::size_t place = into_.tree.parts.size();
        if (!add(part_of(current, std::move(facts)), level)) return;
        open(place, boundary, level);
        part_at(place).end = into_.tree.parts.size();
    }

private:
    part& part_at(std::size_t place) { return into_.tree.parts[place]; }

    /// False: no more parts are taken.
    bool add(part&& found, part_level level)
    {
        auto& parts = into_.tree.parts;
        if (!parts.empty() && parts.size() >= into_.within.parts_max) {
            into_.tree.cut = true;
            return false;
        }
        found.depth = level.depth;
        found.end = parts.size() + 1;
        parts.push_back(std::move(found));
        return true;
    }

    /// Adds what lies in the part at `place`.
    void open(std::size_t place, const std::string& boundary, part_level level)
    {
        const bool multipart = part_at(place).content_type.starts_with("multipart/");
        const bool message = part_at(place).kind == part::kind::message;
        const bool deep = level.depth >= into_.within.depth_max || level.messages > messages_in_messages_max;
        if (deep && (multipart || message)) into_.tree.cut = true;
        if (message) return open_message(place, deep, level);
        if (multipart && !deep) {
            if (visit_parts(part_at(place).octets, part_at(place).content_type, boundary, level) ||
                visit_encoded_parts(place, boundary, level)) {
                part_at(place).kind = part::kind::container;
                return;
            }
            part_at(place).content_type = "text/plain"; // no delimiter in it: shown as it is
            classify(part_at(place));
        }
        open_leaf(place, level);
    }

    /// Only these lines can be delimiters, at whatever level: so each level looks at them alone.
    void find_candidates()
    {
        for (std::size_t index = 0; index < message_.size(); index = line_end(message_, index)) {
            if (!message_.substr(index).starts_with("--")) continue;
            if (candidates_.size() == delimiter_candidates_max) {
                into_.tree.cut = true;
                return;
            }
            candidates_.push_back(index);
        }
    }

    /// False: there are none. `level` is the multipart's.
    bool visit_parts(std::string_view body, std::string_view type, const std::string& boundary,
                     part_level level)
    {
        const std::string_view by_default = type == "multipart/digest" ? "message/rfc822" : "text/plain";
        const part_level below{.depth = level.depth + 1, .messages = level.messages};
        std::vector<std::string_view> parts;
        if (!boundary.empty() && boundary.size() <= boundary_octets_max) parts = split(body, boundary);
        if (parts.empty())
            if (const auto found = delimiter_in(body)) {
                const auto above = body.substr(0, static_cast<std::size_t>(found->data() - body.data()) - 2);
                if (!blank(above)) take_preamble(above, below);
                parts = split(body, std::string(*found));
            }
        for (const std::string_view part : parts) visit(part, by_default, below);
        return !parts.empty();
    }

    /// Of a multipart whose own is missing or stands nowhere: the first line that is one by its looks, since a field
    /// of a part follows it.
    std::optional<std::string_view> delimiter_in(std::string_view body) const
    {
        const auto begin = static_cast<std::size_t>(body.data() - message_.data());
        for (auto candidate = std::ranges::lower_bound(candidates_, begin);
             candidate != candidates_.end() && *candidate < begin + body.size(); ++candidate) {
            const std::size_t end = line_end(message_, *candidate);
            std::string_view line = message_.substr(*candidate + 2, end - *candidate - 2);
            line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
            if (!line.empty() && line.size() <= boundary_octets_max && end < begin + body.size() &&
                base::equal_ignoring_case(message_.substr(end, part_field.size()), part_field))
                return line;
        }
        return std::nullopt;
    }

    /// What stands above such a line may be words.
    void take_preamble(std::string_view octets, part_level level)
    {
        add({.kind = part::kind::text, .content_type = "text/plain", .octets = octets}, level);
    }

    static constexpr std::string_view part_field = "content-"; // how the fields of parts begin

    /// Against RFC 2045, section 6.4.
    bool visit_encoded_parts(std::size_t place, const std::string& boundary, part_level level)
    {
        const part multipart = part_at(place);
        if (multipart.encoding == transfer_encoding::identity) return false;
        const auto body = decoded(multipart.octets, multipart.encoding);
        return body && walker(*body, into_).visit_parts(*body, multipart.content_type, boundary, level);
    }

    /// Kept beside the parts; nothing where a limit was met.
    std::optional<std::string_view> decoded(std::string_view octets, transfer_encoding encoding)
    {
        std::string text;
        decode(octets, encoding, [&](std::string_view piece) {
            text += piece;
            return into_.decoded_octets + text.size() <= decoded_octets_max;
        });
        into_.decoded_octets += text.size();
        if (into_.decoded_octets > decoded_octets_max) {
            into_.tree.cut = true;
            return std::nullopt;
        }
        return into_.tree.kept.emplace_back(std::move(text));
    }

    void open_leaf(std::size_t place, part_level level)
    {
        part& leaf = part_at(place);
        if (leaf.kind == part::kind::file && leaf.encoding == transfer_encoding::uuencode &&
            leaf.name.empty())
            if (const auto file = find_uuencoded(leaf.octets, 0)) leaf.name = name_of(*file, {});
        auto pieces = pieces_of(leaf, into_.tree.kept);
        if (pieces.empty()) return;
        if (into_.tree.parts.size() + pieces.size() > into_.within.parts_max) {
            into_.tree.cut = true; // the whole is there to be read and saved
            return;
        }
        leaf.kind = part::kind::container;
        leaf.also_file = false;
        for (part& part : pieces)
            if (!add(std::move(part), {.depth = level.depth + 1, .messages = level.messages})) return;
    }

    /// In base64 too, which RFC 2046, section 5.2.1 forbids, unless it only says so.
    void open_message(std::size_t place, bool deep, part_level level)
    {
        part& outer = part_at(place);
        if (outer.encoding == transfer_encoding::base64 && !entity_of(outer.octets).header.empty())
            outer.encoding = transfer_encoding::identity;
        if (deep) return;
        const part_level below{.depth = level.depth + 1, .messages = level.messages + 1};
        if (outer.encoding == transfer_encoding::identity)
            return visit(without_empty_lines(outer.octets), "text/plain", below);
        const auto octets = decoded(outer.octets, outer.encoding);
        if (!octets) return;
        const std::string_view inner = without_empty_lines(*octets);
        walker(inner, into_).visit(inner, "text/plain", below);
    }

    /// The parts between the delimiters; without the line end before each, which belongs to the delimiter.
    std::vector<std::string_view> split(std::string_view body, const std::string& boundary)
    {
        std::vector<std::string_view> parts;
        const auto begin = static_cast<std::size_t>(body.data() - message_.data());
        std::size_t start = std::string_view::npos;
        const auto end_part = [&](std::size_t end) {
            if (start == std::string_view::npos) return;
            if (end > start && message_[end - 1] == '\n') --end;
            if (end > start && message_[end - 1] == '\r') --end;
            parts.push_back(message_.substr(start, end - start));
            start = std::string_view::npos;
        };
        for (auto candidate = std::ranges::lower_bound(candidates_, begin);
             candidate != candidates_.end() && *candidate < begin + body.size(); ++candidate) {
            const std::size_t line = *candidate;
            const std::size_t end = std::min(line_end(message_, line), begin + body.size());
            std::string_view rest = message_.substr(line + 2, end - std::min(end, line + 2));
            if (!rest.starts_with(boundary)) continue;
            rest.remove_prefix(boundary.size());
            const bool last =
                rest.starts_with("--") && blank(rest.substr(2)); // a whole line, as any delimiter
            if (!last && !blank(rest)) continue;
            end_part(line);
            if (last) continue; // of a part within that has the same boundary, if more delimiters follow
            if (into_.tree.parts.size() + parts.size() > into_.within.parts_max) {
                into_.tree.cut = true;
                return parts;
            }
            start = end;
        }
        end_part(begin + body.size()); // the last delimiter is missing: cut on its way
        return parts;
    }

    std::string_view message_;
    progress& into_;
    std::vector<std::size_t> candidates_;
};

bool has_raw_octets(std::string_view field)
{
    return !base::is_utf8(field) || has_escapes(field);
}

/// Of a multipart/alternative the page says nothing where a text beside it does: it is the text that is read.
void leave_out_pages_beside_texts(const std::vector<part>& parts, std::vector<std::string>& charsets)
{
    for (std::size_t place = 0; place < parts.size(); ++place) {
        if (parts[place].content_type != "multipart/alternative") continue;
        const auto is_text = [&](std::size_t offset) {
            return parts[offset].kind == part::kind::text && !charsets[offset].empty();
        };
        const auto within = std::views::iota(place + 1, std::max(place + 1, parts[place].end));
        if (std::ranges::none_of(within, is_text)) continue;
        for (const std::size_t offset : within)
            if (parts[offset].kind == part::kind::html) charsets[offset].clear();
    }
}

/// The charset that each text says, those of other parts empty.
std::vector<std::string> charsets_told_by(const std::vector<part>& parts)
{
    std::vector<std::string> told;
    told.reserve(parts.size());
    for (const part& part : parts) {
        const bool text = part.kind == part::kind::text || part.kind == part::kind::html;
        told.push_back(text ? charset_told_by(part) : std::string());
        if (told.back() == "us-ascii") told.back().clear();
    }
    leave_out_pages_beside_texts(parts, told);
    return told;
}

/// The name of a part, whose raw octets are in `charset` where the part itself names none.
std::string name_in_charset(const part& named, const std::string& charset)
{
    const std::string type = field_value(named.header, "content-type");
    const std::string disposition = field_value(named.header, "content-disposition");
    if (!has_raw_octets(type + disposition)) return named.name;
    std::string name = facts_of(type, disposition, {charset}).name;
    return name.empty() ? named.name : name;
}

/// A message is named by its subject.
std::string message_name(const part& message, const part* inner, const std::string& charset)
{
    std::string_view header;
    if (inner != nullptr)
        header = inner->header;
    else if (message.encoding == transfer_encoding::identity)
        header = entity_of(without_empty_lines(message.octets)).header;
    const auto subject = decoded_text(field_value(header, "subject"), {message.charset, charset});
    return (subject.empty() ? "message" : subject) + ".eml";
}

/// What can only be said when the charset of the texts is known: names in raw octets, and those of messages.
void name_parts(part_tree& tree)
{
    auto& parts = tree.parts;
    const auto charsets = charsets_told_by(parts);
    const auto is_told = [](const std::string& charset) { return !charset.empty(); };
    const auto first = std::ranges::find_if(charsets, is_told);
    if (first != charsets.end()) tree.charset = *first;
    for (std::size_t place = 0; place < parts.size(); ++place) {
        part& current = parts[place];
        if (!current.name.empty()) current.name = name_in_charset(current, tree.charset);
        if (current.kind == part::kind::message) {
            const part* const inner = current.end > place + 1 ? &parts[place + 1] : nullptr;
            current.charset = inner != nullptr ? inner->charset : std::string();
            if (current.name.empty()) current.name = message_name(current, inner, tree.charset);
            if (current.charset.empty()) {
                const auto text = std::find_if(charsets.begin() + static_cast<std::ptrdiff_t>(place),
                                               charsets.end(), is_told);
                current.charset = text == charsets.end() ? tree.charset : *text;
            }
        }
        current.name = short_line(current.name);
    }
}

} // namespace

part_tree parts_of(std::string_view canonical, const limits& within)
{
    part_tree tree;
    const readable_octets message = put_right(canonical, tree.kept);
    progress walk{.tree = tree, .within = within};
    walker(message.octets, walk).visit(message.octets, "text/plain", {});
    name_parts(tree);
    if (message.was_utf_16)
        for (part& part : tree.parts)
            if (part.encoding == transfer_encoding::identity) part.charset = "utf-8";
    return tree;
}

namespace {

/// Line ends to which a CR was added twice.
std::string without_doubled_returns(std::string_view message)
{
    std::string out;
    for (std::size_t index = 0; index < message.size(); ++index)
        if (!message.substr(index).starts_with("\r\r\n")) out += message[index];
    return out;
}

/// Without the empty lines that a program put above the header section; a text that begins with one stays.
std::string_view from_first_field(std::string_view message)
{
    const std::size_t begin = std::min(message.size(), message.find_first_not_of("\r\n"));
    if (begin == 0) return message;
    const std::string_view header = entity_of(message.substr(begin)).header;
    for (const std::string_view name : {"from", "received", "return-path", "message-id"})
        if (!field_value(header, name).empty()) return message.substr(begin);
    return message;
}

/// A message of a system whose lines ended with CR alone, which was never put right: its first line end tells. Those
/// that are no part of a CRLF become LF.
std::optional<std::string> with_line_ends(std::string_view message)
{
    const auto first = message.find_first_of("\r\n");
    if (first == std::string_view::npos || message.substr(first).starts_with('\n') ||
        message.substr(first).starts_with("\r\n"))
        return std::nullopt;
    if (message.substr(first).starts_with("\r\r\n")) return without_doubled_returns(message);
    if (std::ranges::count(message, '\n') * 2 > std::ranges::count(message, '\r'))
        return std::nullopt; // a stray CR
    std::string changed(message);
    for (std::size_t index = first; index < changed.size(); ++index)
        if (changed[index] == '\r' && (index + 1 == changed.size() || changed[index + 1] != '\n'))
            changed[index] = '\n';
    return changed;
}

} // namespace

readable_octets put_right(std::string_view canonical, std::deque<std::string>& kept)
{
    readable_octets message{.octets = canonical};
    if (auto converted = from_utf_16_message(message.octets)) {
        message.octets = kept.emplace_back(*std::move(converted));
        message.was_utf_16 = true;
    }
    if (auto changed = with_line_ends(message.octets))
        message.octets = kept.emplace_back(*std::move(changed));
    message.octets = from_first_field(message.octets);
    return message;
}

} // namespace mail::mime
