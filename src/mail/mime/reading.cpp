// A message's parts, put together for people.
#include "mail/mime/reading.hpp"

#include "base/utf8.hpp"
#include "mail/mime/addresses.hpp"
#include "mail/mime/dates.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/html_entities.hpp"
#include "mail/mime/parts.hpp"
#include "mail/mime/plain_text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mail::mime {

namespace {

constexpr std::size_t references_max = 1000;
constexpr std::chrono::hours date_ahead_max{48};   // a Date further ahead of the arrival is false
constexpr std::size_t line_octets_max = 16u << 10; // of a header field that is shown

using labels = std::vector<std::string>; // charsets of raw octets

std::string line_of(std::string_view header, std::string_view name, const labels& raw)
{
    return std::string(cut_text(clean_line(decoded_text(field_value(header, name), raw)), line_octets_max));
}

std::string people_of(std::string_view header, std::string_view name, const labels& raw)
{
    return std::string(
        cut_text(clean_line(decoded_addresses(field_value(header, name), raw)), line_octets_max));
}

std::uint64_t count_decoded(const part& file)
{
    std::uint64_t octets = 0;
    decode(file.octets, file.encoding, [&](std::string_view piece) {
        octets += piece.size();
        return true;
    });
    return octets;
}

std::string decoded_octets(const part& file)
{
    std::string octets;
    decode(file.octets, file.encoding, [&](std::string_view piece) {
        octets += piece;
        return true;
    });
    return octets;
}

attachment attachment_of(const part& file, std::size_t number, std::uint64_t octets)
{
    return {.number = static_cast<unsigned>(number),
            .name = file.name,
            .content_type = file.content_type,
            .octets = octets};
}

class reader {
public:
    reader(const part_tree& message, std::size_t text_octets_max)
        : message_(message), uses_(uses_of(message)), text_octets_max_(text_octets_max)
    {
    }

    reading whole()
    {
        header();
        for (std::size_t index = 0; index < uses_.size(); ++index)
            if (uses_[index].saved) add_attachment(message_.parts[index]);
        out_.text = text();
        out_.cut = out_.cut || message_.cut;
        return std::move(out_);
    }

    std::string text()
    {
        for (std::size_t index = 0; index < uses_.size(); ++index) {
            const part& part = message_.parts[index];
            if (uses_[index].shown) add_text(part);
            if (part.kind == part::kind::message && part.end > index + 1)
                add_heading(message_.parts[index + 1].header, {part.charset});
        }
        return std::move(out_.text);
    }

private:
    void header()
    {
        const part& whole = message_.parts.front();
        const std::string_view fields = whole.header;
        const labels raw = {whole.charset, message_.charset};
        out_.from = people_of(fields, "from", raw);
        out_.to = people_of(fields, "to", raw);
        out_.cc = people_of(fields, "cc", raw);
        out_.reply_to = people_of(fields, "reply-to", raw);
        out_.subject = line_of(fields, "subject", raw);
        out_.date = date_of(field_value(fields, "date"));
        out_.received = date_received(fields);
        out_.message_id = first_id(fields, "message-id");
        out_.in_reply_to = first_id(fields, "in-reply-to");
        for (const auto& id : message_ids(field_value(fields, "references"), references_max))
            out_.references.push_back(clean_line(id));
    }

    static std::string first_id(std::string_view fields, std::string_view name)
    {
        const auto ids = message_ids(field_value(fields, name), 1);
        return ids.empty() ? std::string() : clean_line(ids.front());
    }

    std::size_t room() const { return text_octets_max_ - std::min(text_octets_max_, out_.text.size()); }

    /// Above the text of a message inside this one.
    void add_heading(std::string_view fields, const labels& raw)
    {
        add("-- " + people_of(fields, "from", raw) + ": " + line_of(fields, "subject", raw) + "\n");
    }

    void add_text(const part& part)
    {
        const auto [utf8, cut] = text_of(part, room());
        out_.cut = out_.cut || cut;
        if (part.kind == part::kind::html) {
            out_.text_from_html = true;
            return add(html_as_text(utf8, room()));
        }
        add(part.flowed ? unflowed(clean_text(utf8), part.delete_space) : clean_text(utf8));
    }

    void add(const std::string& text)
    {
        if (!out_.text.empty() && !text.empty()) out_.text += out_.text.ends_with('\n') ? "\n" : "\n\n";
        const std::string_view kept = cut_text(text, room());
        if (kept.size() < text.size()) out_.cut = true;
        out_.text += kept;
    }

    void add_attachment(const part& file)
    {
        out_.attachments.push_back(attachment_of(file, out_.attachments.size() + 1, count_decoded(file)));
    }

    const part_tree& message_;
    std::vector<part_use> uses_;
    std::size_t text_octets_max_;
    reading out_;
};

} // namespace

reading read(const part_tree& message, std::size_t text_octets_max)
{
    return reader(message, text_octets_max).whole();
}

reading read(std::string_view canonical, const limits& within)
{
    return read(parts_of(canonical, within), within.text_octets_max);
}

std::string text_of_message(std::string_view canonical, const limits& within)
{
    const part_tree message = parts_of(canonical, within);
    return reader(message, within.text_octets_max).text();
}

std::optional<base::wall_time> date_of_message(std::string_view canonical)
{
    std::deque<std::string> kept;
    return date_of(field_value(entity_of(put_right(canonical, kept).octets).header, "date"));
}

base::wall_time dated(const reading& message, base::wall_time arrival)
{
    const base::wall_time latest = arrival + date_ahead_max;
    if (message.date && *message.date <= latest) return *message.date;
    return message.received && *message.received <= latest ? *message.received : arrival;
}

void each_attachment(const part_tree& message,
                     const std::function<bool(const attachment&, std::string_view octets)>& take)
{
    const auto uses = uses_of(message);
    unsigned number = 0;
    for (std::size_t index = 0; index < uses.size(); ++index) {
        if (!uses[index].saved) continue;
        const part& file = message.parts[index];
        const std::string octets = decoded_octets(file);
        if (!take(attachment_of(file, ++number, octets.size()), octets)) return;
    }
}

namespace {

constexpr std::size_t empty_octets_max = 64u << 10; // a longer text is not empty
constexpr std::size_t blank_entity_octets_max = 12; // "&#x0000200b;"

struct point_range {
    char32_t first, last;
};
// White space (Zs and the line ends of Unicode), Default_Ignorable_Code_Point, and the braille sign without dots.
constexpr std::array unseen_points = std::to_array<point_range>(
    {{0x09, 0x0D},     {0x20, 0x20},       {0x85, 0x85},       {0xA0, 0xA0},      {0xAD, 0xAD},
     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},   {0x1680, 0x1680},  {0x17B4, 0x17B5},
     {0x180B, 0x180F}, {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},  {0x2800, 0x2800},
     {0x3000, 0x3000}, {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0},
     {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}});

char32_t point_of(std::string_view sequence)
{
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first;
    char32_t point = first & (0x7FU >> sequence.size());
    for (const char next : sequence.substr(1))
        point = (point << 6) | (static_cast<unsigned char>(next) & 0x3FU);
    return point;
}

bool is_unseen(char32_t point)
{
    return std::ranges::any_of(
        unseen_points, [&](const point_range& range) { return point >= range.first && point <= range.last; });
}

/// The octets of an entity of HTML that stands at the beginning and shows no sign: generators of mail leave them in
/// texts that are no HTML. 0 where there is none.
std::size_t unseen_entity_octets(std::string_view text)
{
    const std::size_t end = text.substr(0, blank_entity_octets_max).find(';');
    if (!text.starts_with('&') || end == std::string_view::npos) return 0;
    const std::string sign = with_entities_decoded(text.substr(0, end + 1));
    return base::utf8_sequence_octets(sign) == sign.size() && is_unseen(point_of(sign)) ? end + 1 : 0;
}

/// No sign is seen.
bool is_empty(std::string_view text)
{
    while (!text.empty()) {
        std::size_t octets = unseen_entity_octets(text);
        if (octets == 0) {
            octets = base::utf8_sequence_octets(text);
            if (octets == 0 || !is_unseen(point_of(text.substr(0, octets)))) return false;
        }
        text.remove_prefix(octets);
    }
    return true;
}

bool is_empty(const part& text)
{
    const auto [utf8, cut] = text_of(text, empty_octets_max);
    return !cut && is_empty(clean_text(utf8));
}

part_use use_of(const part& part)
{
    switch (part.kind) {
    case part::kind::container: return {};
    case part::kind::text:
    case part::kind::html: return {.shown = true, .saved = part.also_file};
    case part::kind::message:
    case part::kind::file: break;
    }
    return {.shown = false, .saved = true};
}

bool is_plain(const part& part)
{
    return part.kind == part::kind::text && part.content_type == "text/plain";
}

/// Of the parts from `first` to `end`, which lie in one multipart/alternative.
void keep_one_form(const std::vector<part>& parts, std::size_t first, std::size_t end,
                   std::vector<part_use>& uses)
{
    bool html = false;
    bool text = false;
    for (std::size_t offset = first; offset < end; ++offset) {
        html = html || (uses[offset].shown && parts[offset].kind == part::kind::html);
        text = text || (uses[offset].shown && is_plain(parts[offset]) && !is_empty(parts[offset]));
    }
    if (!html && !text) return;
    for (std::size_t offset = first; offset < end; ++offset) {
        part_use& use = uses[offset];
        if (!use.shown) continue;
        if (parts[offset].kind == part::kind::html)
            use = text ? part_use{} : use;
        else if (!is_plain(parts[offset]))
            use = {.shown = false, .saved = true};
        else if (!text && !use.saved)
            use = {}; // it is empty
    }
}

} // namespace

std::vector<part_use> uses_of(const part_tree& message)
{
    const auto& parts = message.parts;
    std::vector<part_use> uses;
    uses.reserve(parts.size());
    std::ranges::transform(parts, std::back_inserter(uses), use_of);
    for (std::size_t index = parts.size(); index > 0; --index) { // those within before those around them
        const part& part = parts[index - 1];
        if (part.kind == part::kind::container && part.content_type == "multipart/alternative")
            keep_one_form(parts, index, part.end, uses);
    }
    return uses;
}

} // namespace mail::mime
