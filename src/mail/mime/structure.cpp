// The walk through a message's parts (RFC 2046, section 5).
#include "mail/mime/structure.hpp"

#include "base/ascii.hpp"
#include "mail/mime/decoding.hpp"

#include <algorithm>

namespace mail::mime {
namespace {

constexpr std::size_t boundary_octets_max = 250;          // RFC 2046, section 5.1.1 allows 70
constexpr std::size_t delimiter_candidates_max = 1000000; // lines that begin with "--": 8 MB of positions
constexpr unsigned messages_in_messages_max = 20;         // forwards of forwards; deeper ones are attachments

/// From `from` to behind the next LF, or to the end.
std::size_t line_end(std::string_view text, std::size_t from)
{
    const auto end = text.find('\n', from);
    return end == std::string_view::npos ? text.size() : end + 1;
}

bool names(std::string_view line, std::string_view name)
{
    if (!base::equal_ignoring_case(line.substr(0, name.size()), name)) return false;
    const auto colon = line.find_first_not_of(" \t", name.size());
    return colon != std::string_view::npos && line[colon] == ':';
}

transfer_encoding encoding_of(std::string_view header)
{
    const std::string text = base::lower_case(field_value(header, "content-transfer-encoding"));
    const auto begins = [&](std::string_view word) {
        const auto at = text.find_first_not_of(" \t\"");
        return at != std::string::npos && std::string_view(text).substr(at).starts_with(word);
    };
    if (begins("base64")) return transfer_encoding::base64;
    if (begins("quoted-printable")) return transfer_encoding::quoted_printable;
    if (begins("x-uu") || begins("uuencode")) return transfer_encoding::uuencode;
    return transfer_encoding::identity;
}

bool blank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class walker {
public:
    walker(std::string_view message, const limits& within) : message_(message), within_(within)
    {
        find_candidates();
    }

    structure walk()
    {
        visit(message_, "text/plain", 0, 0);
        return std::move(found_);
    }

private:
    /// Only these lines can be delimiters, at whatever level: so each level looks at them alone.
    void find_candidates()
    {
        for (std::size_t at = 0; at < message_.size(); at = line_end(message_, at)) {
            if (!message_.substr(at).starts_with("--")) continue;
            if (candidates_.size() == delimiter_candidates_max) {
                found_.cut = true;
                return;
            }
            candidates_.push_back(at);
        }
    }

    void visit(std::string_view octets, std::string_view type_by_default, unsigned depth, unsigned messages)
    {
        if (found_.parts.size() >= within_.parts_max || ++visited_ > within_.parts_max) {
            found_.cut = true;
            return;
        }
        const entity here = entity_of(octets);
        content_facts facts = facts_of(field_value(here.header, "content-type"),
                                       field_value(here.header, "content-disposition"));
        if (facts.type.empty()) facts.type = type_by_default;
        const bool deep = depth >= within_.depth_max || messages > messages_in_messages_max;
        if (deep && (facts.type.starts_with("multipart/") || facts.type == "message/rfc822"))
            found_.cut = true;
        if (!facts.type.starts_with("multipart/") || deep)
            return take_leaf(here, facts, deep, depth, messages);
        if (visit_parts(here.body, facts, depth, messages)) return;
        facts.type = "text/plain"; // no delimiter in it: shown as it is
        take_leaf(here, facts, deep, depth, messages);
    }

    /// False: there are none.
    bool visit_parts(std::string_view body, const content_facts& facts, unsigned depth, unsigned messages)
    {
        const std::size_t before = found_.parts.size();
        const std::string_view by_default =
            facts.type == "multipart/digest" ? "message/rfc822" : "text/plain";
        if (facts.boundary.empty() || facts.boundary.size() > boundary_octets_max) return false;
        const auto parts = split(body, facts.boundary);
        for (const std::string_view each : parts) visit(each, by_default, depth + 1, messages);
        if (facts.type == "multipart/alternative") drop_html_beside_text(before);
        return !parts.empty();
    }

    void take_leaf(const entity& here, content_facts& facts, bool deep, unsigned depth, unsigned messages)
    {
        part leaf{.content_type = facts.type,
                  .charset = facts.charset,
                  .name = facts.name,
                  .encoding = encoding_of(here.header),
                  .octets = here.body};
        const bool shown = !facts.attachment;
        if (shown && facts.type == "text/plain") leaf.role = part::role::text;
        if (shown && facts.type == "text/html") leaf.role = part::role::html;
        leaf.also_attachment = leaf.role != part::role::attachment && !leaf.name.empty();
        const bool message = facts.type == "message/rfc822" || facts.type == "message/global";
        const bool opened = message && !deep && leaf.encoding == transfer_encoding::identity;
        if (message && leaf.name.empty())
            leaf.name = decoded_text(field_value(entity_of(here.body).header, "subject")) + ".eml";
        found_.parts.push_back(std::move(leaf));
        if (!opened) return;
        part heading;
        heading.role = part::role::heading;
        heading.octets = entity_of(here.body).header;
        found_.parts.push_back(std::move(heading));
        visit(here.body, "text/plain", depth + 1, messages + 1);
    }

    void drop_html_beside_text(std::size_t before)
    {
        const auto first = found_.parts.begin() + static_cast<std::ptrdiff_t>(before);
        const bool text = std::any_of(first, found_.parts.end(), [](const part& each) {
            return each.role == part::role::text && !blank(each.octets);
        });
        if (!text) return;
        found_.parts.erase(std::remove_if(first, found_.parts.end(),
                                          [](const part& each) { return each.role == part::role::html; }),
                           found_.parts.end());
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
            const bool last = rest.starts_with("--");
            if (!last && !blank(rest)) continue;
            end_part(line);
            if (last) return parts;
            if (visited_ + parts.size() > within_.parts_max) {
                found_.cut = true;
                return parts;
            }
            start = end;
        }
        end_part(begin + body.size()); // the last delimiter is missing: cut on its way
        return parts;
    }

    std::string_view message_;
    const limits& within_;
    std::vector<std::size_t> candidates_;
    std::size_t visited_ = 0;
    structure found_;
};

} // namespace

entity entity_of(std::string_view octets)
{
    for (std::size_t at = 0; at < octets.size();) {
        const std::size_t end = line_end(octets, at);
        const std::string_view line = octets.substr(at, end - at);
        if (line == "\r\n" || line == "\n") return {octets.substr(0, at), octets.substr(end)};
        at = end;
    }
    return {octets, octets.substr(octets.size())};
}

std::string field_value(std::string_view header, std::string_view name)
{
    header = header.substr(0, header_octets_max);
    std::string value;
    for (std::size_t at = 0; at < header.size();) {
        std::size_t end = line_end(header, at);
        if (names(header.substr(at, end - at), name)) {
            while (end < header.size() && (header[end] == ' ' || header[end] == '\t'))
                end = line_end(header, end);
            const std::size_t begin = header.find(':', at) + 1;
            value = header.substr(begin, std::min(end - begin, value_octets_max));
            std::erase_if(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
            value.erase(0, value.find_first_not_of(" \t"));
            return value;
        }
        at = end;
    }
    return value;
}

structure structure_of(std::string_view message, const limits& within)
{
    return walker(message, within).walk();
}

} // namespace mail::mime
