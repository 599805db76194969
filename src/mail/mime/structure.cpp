// The walk through a message's parts (RFC 2046, section 5).
#include "mail/mime/structure.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mail/mime/charset.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/parameters.hpp"
#include "mail/mime/text_parts.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mail::mime {
namespace {

constexpr std::size_t boundary_octets_max = 250;          // RFC 2046, section 5.1.1 allows 70
constexpr std::size_t delimiter_candidates_max = 1000000; // lines that begin with "--": 8 MB of positions
constexpr unsigned messages_in_messages_max = 20;         // forwards of forwards; deeper ones are attachments
constexpr std::size_t decoded_octets_max = 64u << 20;     // of encoded messages that are opened

constexpr std::size_t encodings_asked_max = 4; // of fields that stand there several times

/// The first field counts that means anything.
transfer_encoding encoding_of(std::string_view header)
{
    for (const std::string& value : field_values(header, "content-transfer-encoding", encodings_asked_max))
        if (const auto meant = encoding_meant(value); meant != transfer_encoding::identity) return meant;
    return transfer_encoding::identity;
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
enum part::role role_of(const content_facts& facts)
{
    constexpr std::array<std::string_view, 6> reports = {
        "message/delivery-status",          "message/global-delivery-status",
        "message/disposition-notification", "message/global-disposition-notification",
        "message/feedback-report",          "message/global-headers"};
    const bool report = std::ranges::find(reports, facts.type) != reports.end();
    if (report) return part::role::text; // an attachment, too, for some servers
    if (facts.attachment) return part::role::attachment;
    if (facts.type == "text/html" || facts.type == "application/xhtml+xml") return part::role::html;
    return facts.type == "message/partial" || facts.type.starts_with("text/") ? part::role::text
                                                                              : part::role::attachment;
}

/// What the walks through a message, and through what was decoded of it, have in common.
struct progress {
    structure found;
    std::size_t visited = 0;
    std::size_t decoded_octets = 0;
};

class walker {
public:
    walker(std::string_view message, const limits& within, progress& into)
        : message_(message), within_(within), into_(into)
    {
        find_candidates();
    }

    void visit(std::string_view octets, std::string_view type_by_default, unsigned depth, unsigned messages)
    {
        if (into_.found.parts.size() >= within_.parts_max || ++into_.visited > within_.parts_max) {
            into_.found.cut = true;
            return;
        }
        const entity here = entity_of(octets);
        content_facts facts = facts_of(field_value(here.header, "content-type"),
                                       field_value(here.header, "content-disposition"), {});
        if (facts.type.empty()) facts.type = type_by_default;
        const bool deep = depth >= within_.depth_max || messages > messages_in_messages_max;
        if (deep && (facts.type.starts_with("multipart/") || facts.type == "message/rfc822"))
            into_.found.cut = true;
        if (!facts.type.starts_with("multipart/") || deep)
            return take_leaf(here, facts, deep, depth, messages);
        if (visit_parts(here.body, facts, depth, messages)) return;
        if (visit_encoded_parts(here, facts, depth, messages)) return;
        facts.type = "text/plain"; // no delimiter in it: shown as it is
        take_leaf(here, facts, deep, depth, messages);
    }

private:
    /// Only these lines can be delimiters, at whatever level: so each level looks at them alone.
    void find_candidates()
    {
        for (std::size_t at = 0; at < message_.size(); at = line_end(message_, at)) {
            if (!message_.substr(at).starts_with("--")) continue;
            if (candidates_.size() == delimiter_candidates_max) {
                into_.found.cut = true;
                return;
            }
            candidates_.push_back(at);
        }
    }

    /// False: there are none.
    bool visit_parts(std::string_view body, const content_facts& facts, unsigned depth, unsigned messages)
    {
        const std::size_t before = into_.found.parts.size();
        const std::string_view by_default =
            facts.type == "multipart/digest" ? "message/rfc822" : "text/plain";
        std::vector<std::string_view> parts;
        if (!facts.boundary.empty() && facts.boundary.size() <= boundary_octets_max)
            parts = split(body, facts.boundary);
        if (parts.empty())
            if (const auto found = delimiter_in(body)) {
                const auto above = body.substr(0, static_cast<std::size_t>(found->data() - body.data()) - 2);
                if (!blank(above)) take_preamble(above);
                parts = split(body, std::string(*found));
            }
        for (const std::string_view each : parts) visit(each, by_default, depth + 1, messages);
        if (facts.type == "multipart/alternative") keep_one_form(into_.found.parts, before);
        return !parts.empty();
    }

    /// Of a multipart whose own is missing or stands nowhere: the first line that is one by its looks, since a field
    /// of a part follows it.
    std::optional<std::string_view> delimiter_in(std::string_view body) const
    {
        const auto begin = static_cast<std::size_t>(body.data() - message_.data());
        for (auto at = std::ranges::lower_bound(candidates_, begin);
             at != candidates_.end() && *at < begin + body.size(); ++at) {
            const std::size_t end = line_end(message_, *at);
            std::string_view line = message_.substr(*at + 2, end - *at - 2);
            line = line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
            if (!line.empty() && line.size() <= boundary_octets_max && end < begin + body.size() &&
                base::equal_ignoring_case(message_.substr(end, part_field.size()), part_field))
                return line;
        }
        return std::nullopt;
    }

    /// What stands above such a line may be words.
    void take_preamble(std::string_view octets)
    {
        into_.found.parts.push_back(
            {.role = part::role::text, .content_type = "text/plain", .octets = octets});
    }

    static constexpr std::string_view part_field = "content-"; // how the fields of parts begin

    /// Against RFC 2045, section 6.4.
    bool visit_encoded_parts(const entity& here, const content_facts& facts, unsigned depth,
                             unsigned messages)
    {
        const auto encoding = encoding_of(here.header);
        if (encoding == transfer_encoding::identity) return false;
        const auto body = decoded(here.body, encoding);
        return body && walker(*body, within_, into_).visit_parts(*body, facts, depth, messages);
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
            into_.found.cut = true;
            return std::nullopt;
        }
        return into_.found.decoded.emplace_back(std::move(text));
    }

    void take_leaf(const entity& here, content_facts& facts, bool deep, unsigned depth, unsigned messages)
    {
        part leaf{.role = role_of(facts),
                  .content_type = facts.type,
                  .charset = facts.charset,
                  .name = facts.name,
                  .flowed = facts.flowed,
                  .delete_space = facts.delete_space,
                  .encoding = encoding_of(here.header),
                  .octets = here.body,
                  .header = here.header};
        if (leaf.role == part::role::attachment && leaf.encoding == transfer_encoding::uuencode &&
            leaf.name.empty())
            if (const auto file = find_uuencoded(leaf.octets, 0)) leaf.name = name_of(*file, {});
        leaf.also_attachment = leaf.role != part::role::attachment &&
                               (!leaf.name.empty() || facts.attachment || facts.type == "message/partial");
        if (is_message(facts.type)) return take_message(std::move(leaf), deep, depth, messages);
        std::optional<part> behind;
        if (leaf.encoding == transfer_encoding::base64) behind = plain_text_behind(leaf);
        if (leaf.role == part::role::text)
            take_text(std::move(leaf));
        else
            into_.found.parts.push_back(std::move(leaf));
        if (behind) take_text(std::move(*behind));
    }

    /// A text, cut at the files that are in it.
    void take_text(part&& text)
    {
        auto pieces = text_and_files(text, into_.found.decoded);
        for (part& each : pieces) {
            if (into_.found.parts.size() >= within_.parts_max)
                into_.found.cut = true;
            else
                into_.found.parts.push_back(std::move(each));
        }
    }

    /// An attachment, and opened: in base64 too, which RFC 2046, section 5.2.1 forbids, unless it only says so.
    void take_message(part&& leaf, bool deep, unsigned depth, unsigned messages)
    {
        leaf.role = part::role::attachment;
        leaf.also_attachment = false;
        if (leaf.encoding == transfer_encoding::base64 && !entity_of(leaf.octets).header.empty())
            leaf.encoding = transfer_encoding::identity;
        const bool as_it_is = leaf.encoding == transfer_encoding::identity;
        const auto message = as_it_is ? std::optional(leaf.octets) : decoded(leaf.octets, leaf.encoding);
        const std::string_view inner = message ? without_empty_lines(*message) : std::string_view();
        const std::string_view header = entity_of(inner).header;
        if (leaf.name.empty()) leaf.header = header; // named by its subject, once all charsets are known
        into_.found.parts.push_back(std::move(leaf));
        if (!message || deep) return;
        into_.found.parts.push_back({.role = part::role::heading,
                                     .charset = facts_of(field_value(header, "content-type"), {}, {}).charset,
                                     .octets = header});
        if (as_it_is) return visit(inner, "text/plain", depth + 1, messages + 1);
        walker(inner, within_, into_).visit(inner, "text/plain", depth + 1, messages + 1);
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
        for (auto at = std::ranges::lower_bound(candidates_, begin);
             at != candidates_.end() && *at < begin + body.size(); ++at) {
            const std::size_t line = *at;
            const std::size_t end = std::min(line_end(message_, line), begin + body.size());
            std::string_view rest = message_.substr(line + 2, end - std::min(end, line + 2));
            if (!rest.starts_with(boundary)) continue;
            rest.remove_prefix(boundary.size());
            const bool last =
                rest.starts_with("--") && blank(rest.substr(2)); // a whole line, as any delimiter
            if (!last && !blank(rest)) continue;
            end_part(line);
            if (last) continue; // of a part within that has the same boundary, if more delimiters follow
            if (into_.visited + parts.size() > within_.parts_max) {
                into_.found.cut = true;
                return parts;
            }
            start = end;
        }
        end_part(begin + body.size()); // the last delimiter is missing: cut on its way
        return parts;
    }

    std::string_view message_;
    const limits& within_;
    progress& into_;
    std::vector<std::size_t> candidates_;
};

bool has_raw_octets(std::string_view field)
{
    return !base::is_utf8(field) || has_escapes(field);
}

/// What can only be said when the charset of the texts is known: names in raw octets, and headings.
void settle_names(structure& built)
{
    std::vector<std::string> told; // of each part
    for (const part& each : built.parts) {
        const bool text = each.role == part::role::text || each.role == part::role::html;
        told.push_back(text ? charset_told_by(each) : std::string());
        if (told.back() == "us-ascii") told.back().clear();
    }
    const auto is_told = [](const std::string& charset) { return !charset.empty(); };
    const auto first = std::ranges::find_if(told, is_told);
    if (first != told.end()) built.charset = *first;
    for (auto at = built.parts.begin(); at != built.parts.end(); ++at) {
        if (at->role == part::role::heading && at->charset.empty()) {
            const auto text = std::find_if(told.begin() + (at - built.parts.begin()), told.end(), is_told);
            at->charset = text == told.end() ? built.charset : *text;
        }
        if (at->name.empty() && is_message(at->content_type)) {
            const auto type = facts_of(field_value(at->header, "content-type"), {}, {});
            const auto subject =
                decoded_text(field_value(at->header, "subject"), {type.charset, built.charset});
            at->name = (subject.empty() ? "message" : subject) + ".eml";
        } else if (!at->name.empty()) {
            const std::string type = field_value(at->header, "content-type");
            const std::string disposition = field_value(at->header, "content-disposition");
            if (has_raw_octets(type + disposition))
                if (auto name = facts_of(type, disposition, {built.charset}).name; !name.empty())
                    at->name = std::move(name);
        }
    }
}

} // namespace

structure structure_of(std::string_view message, const limits& within)
{
    progress walked;
    walker(message, within, walked).visit(message, "text/plain", 0, 0);
    settle_names(walked.found);
    return std::move(walked.found);
}

} // namespace mail::mime
