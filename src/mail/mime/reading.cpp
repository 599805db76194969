// A message's parts, put together for people.
#include "mail/mime/reading.hpp"

#include "mail/mime/addresses.hpp"
#include "mail/mime/dates.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/put_right.hpp"
#include "mail/mime/shown_parts.hpp"

#include <algorithm>

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
        for (std::size_t at = 0; at < uses_.size(); ++at)
            if (uses_[at].saved) add_attachment(message_.parts[at]);
        out_.text = text();
        out_.cut = out_.cut || message_.cut;
        return std::move(out_);
    }

    std::string text()
    {
        for (std::size_t at = 0; at < uses_.size(); ++at) {
            const part& each = message_.parts[at];
            if (uses_[at].shown) add_text(each);
            if (each.kind == part::kind::message && each.end > at + 1)
                add_heading(message_.parts[at + 1].header, {each.charset});
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

    void add_text(const part& each)
    {
        const auto [utf8, cut] = text_of(each, room());
        out_.cut = out_.cut || cut;
        if (each.kind == part::kind::html) {
            out_.text_from_html = true;
            return add(html_as_text(utf8, room()));
        }
        add(each.flowed ? unflowed(clean_text(utf8), each.delete_space) : clean_text(utf8));
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
    for (std::size_t at = 0; at < uses.size(); ++at) {
        if (!uses[at].saved) continue;
        const part& file = message.parts[at];
        const std::string octets = decoded_octets(file);
        if (!take(attachment_of(file, ++number, octets.size()), octets)) return;
    }
}

} // namespace mail::mime
