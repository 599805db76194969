// Any octets as a message: its parts are a tree, reading never fails, and shows nothing but clean text.
#include "base/utf8.hpp"
#include "fuzz/require.hpp"
#include "mail/mime/parts.hpp"
#include "mail/mime/reading.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using fuzz::require;

void require_clean(std::string_view text)
{
    require(base::is_utf8(text));
    for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n');
}

bool holds_parts(const mail::mime::part& each)
{
    return each.kind == mail::mime::part::kind::container || each.kind == mail::mime::part::kind::message;
}

/// Each part lies within the one around it, one level deeper; those that are read or saved hold none.
void require_tree(const mail::mime::part_tree& message, const mail::mime::limits& within)
{
    const auto& parts = message.parts;
    require(!parts.empty() && parts.size() <= within.parts_max);
    require(parts.front().depth == 0 && parts.front().end == parts.size());
    for (std::size_t at = 0; at < parts.size(); ++at) {
        const auto& each = parts[at];
        require(each.end > at && each.end <= parts.size());
        require(each.depth <= within.depth_max + 1); // pieces of a text lie a level below it
        require(each.end == at + 1 || holds_parts(each));
        for (std::size_t child = at + 1; child < each.end; child = parts[child].end)
            require(parts[child].depth == each.depth + 1 && parts[child].end <= each.end);
        if (each.kind == mail::mime::part::kind::message && each.end > at + 1)
            require(parts[at + 1].end == each.end); // its one child
    }
}

void require_clean_parts(const mail::mime::part_tree& message, const mail::mime::limits& within)
{
    for (const auto& each : message.parts) {
        for (const std::string_view line :
             {std::string_view(each.name), std::string_view(each.content_id),
              std::string_view(each.content_type), std::string_view(each.disposition)}) {
            require_clean(line);
            require(line.find_first_of("\t\n") == std::string_view::npos);
        }
        require(base::is_ascii(each.content_type) && base::is_ascii(each.disposition));
        if (each.kind == mail::mime::part::kind::text || each.kind == mail::mime::part::kind::html)
            require(base::is_utf8(mail::mime::text_of(each, within.text_octets_max).utf8));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    const mail::mime::limits small{.text_octets_max = 2000, .depth_max = 10, .parts_max = 50};
    for (const auto& within : {mail::mime::limits{}, small}) {
        const mail::mime::part_tree parts = mail::mime::parts_of(message, within);
        require_tree(parts, within);
        require_clean_parts(parts, within);
        const mail::mime::reading told = mail::mime::read(parts, within.text_octets_max);
        require(told.text.size() <= within.text_octets_max);
        for (const std::string_view text : {std::string_view(told.text), std::string_view(told.from),
                                            std::string_view(told.to), std::string_view(told.subject)})
            require_clean(text);
        require(mail::mime::text_of_message(message, within) == told.text);
        std::size_t met = 0;
        mail::mime::each_attachment(parts, [&](const mail::mime::attachment& each, std::string_view octets) {
            require(met < told.attachments.size() && each.octets == octets.size() &&
                    each.octets == told.attachments[met].octets);
            ++met;
            return true;
        });
        require(met == told.attachments.size());
        for (const auto& each : told.attachments) {
            const std::string name = mail::mime::safe_file_name(each.name, each.number);
            require_clean(name);
            require(!name.empty() && name.size() <= 200 &&
                    name.find_first_of("/\\\n\t") == std::string::npos);
            require(name[0] != '.' && name[0] != '-');
        }
    }
    return 0;
}
