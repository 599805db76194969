// A message's parts, put together for people.
#include "mail/mime/reading.hpp"

#include "mail/mime/charset.hpp"
#include "mail/mime/dates.hpp"
#include "mail/mime/decoding.hpp"
#include "mail/mime/encoded_text.hpp"
#include "mail/mime/fields.hpp"
#include "mail/mime/flowed.hpp"
#include "mail/mime/parameters.hpp"
#include "mail/mime/plain_text.hpp"
#include "mail/mime/structure.hpp"
#include "mail/mime/text_parts.hpp"

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

/// The text of a part as it is shown; `cut` is set where it has more than `octets_max` octets.
std::string text_of(const part& each, std::size_t octets_max, bool& cut)
{
    const std::string text = raw_text_of(each, octets_max, cut);
    if (each.role == part::role::html) return html_as_text(text, octets_max);
    return each.flowed ? unflowed(clean_text(text), each.delete_space) : clean_text(text);
}

std::uint64_t count_decoded(const part& each)
{
    std::uint64_t octets = 0;
    decode(each.octets, each.encoding, [&](std::string_view piece) {
        octets += piece.size();
        return true;
    });
    return octets;
}

std::string decoded_octets(const part& each)
{
    std::string octets;
    decode(each.octets, each.encoding, [&](std::string_view piece) {
        octets += piece;
        return true;
    });
    return octets;
}

attachment attachment_of(const part& each, std::size_t number, std::uint64_t octets)
{
    return {.number = static_cast<unsigned>(number),
            .name = std::string(cut_text(clean_line(each.name), line_octets_max)),
            .content_type = clean_line(each.content_type),
            .octets = octets};
}

bool is_attachment(const part& each)
{
    return each.role == part::role::attachment || each.also_attachment;
}

/// Line ends to which a CR was added twice.
std::string without_doubled_returns(std::string_view message)
{
    std::string out;
    for (std::size_t at = 0; at < message.size(); ++at)
        if (!message.substr(at).starts_with("\r\r\n")) out += message[at];
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
    std::string put_right(message);
    for (std::size_t at = first; at < put_right.size(); ++at)
        if (put_right[at] == '\r' && (at + 1 == put_right.size() || put_right[at + 1] != '\n'))
            put_right[at] = '\n';
    return put_right;
}

/// The message as it can be read: the octets that came, or what had to be made of them first.
class readable {
public:
    explicit readable(std::string_view canonical)
        : converted_(from_utf_16_message(canonical)),
          put_right_(with_line_ends(converted_ ? std::string_view(*converted_) : canonical)),
          octets_(from_first_field(put_right_   ? std::string_view(*put_right_)
                                   : converted_ ? std::string_view(*converted_)
                                                : canonical))
    {
    }
    readable(const readable&) = delete;
    readable& operator=(const readable&) = delete;
    readable(readable&&) = delete;
    readable& operator=(readable&&) = delete;
    ~readable() = default;

    std::string_view octets() const { return octets_; }

    structure parts(const limits& within) const
    {
        structure built = structure_of(octets_, within);
        for (part& each : built.parts) // labels of what was converted as a whole say nothing
            if (converted_ && each.encoding == transfer_encoding::identity) each.charset = "utf-8";
        return built;
    }

private:
    std::optional<std::string> converted_, put_right_;
    std::string_view octets_; ///< of those, or of what came
};

class reader {
public:
    explicit reader(const limits& within) : within_(within) {}

    void header(std::string_view of, const std::string& charset_of_texts)
    {
        const labels raw = {facts_of(field_value(of, "content-type"), {}, {}).charset, charset_of_texts};
        out_.from = people_of(of, "from", raw);
        out_.to = people_of(of, "to", raw);
        out_.cc = people_of(of, "cc", raw);
        out_.reply_to = people_of(of, "reply-to", raw);
        out_.subject = line_of(of, "subject", raw);
        out_.date = date_of(field_value(of, "date"));
        out_.received = date_received(of);
        out_.message_id = first_id(of, "message-id");
        out_.in_reply_to = first_id(of, "in-reply-to");
        for (const auto& id : message_ids(field_value(of, "references"), references_max))
            out_.references.push_back(clean_line(id));
    }

    void part_of(const part& each)
    {
        if (is_attachment(each)) add_attachment(each);
        if (each.role != part::role::attachment) text_part(each);
    }

    void text_part(const part& each)
    {
        if (each.role == part::role::heading) return heading(each);
        if (each.role == part::role::html) out_.text_from_html = true;
        add_text(text_of(each, room(), out_.cut));
    }

    reading finish(bool cut)
    {
        out_.cut = out_.cut || cut;
        return std::move(out_);
    }

private:
    static std::string first_id(std::string_view of, std::string_view name)
    {
        const auto ids = message_ids(field_value(of, name), 1);
        return ids.empty() ? std::string() : clean_line(ids.front());
    }

    std::size_t room() const
    {
        return within_.text_octets_max - std::min(within_.text_octets_max, out_.text.size());
    }

    void heading(const part& each)
    {
        const labels raw = {each.charset};
        add_text("-- " + people_of(each.octets, "from", raw) + ": " + line_of(each.octets, "subject", raw) +
                 "\n");
    }

    void add_text(const std::string& text)
    {
        if (!out_.text.empty() && !text.empty()) out_.text += out_.text.ends_with('\n') ? "\n" : "\n\n";
        const std::string_view kept = cut_text(text, room());
        if (kept.size() < text.size()) out_.cut = true;
        out_.text += kept;
    }

    void add_attachment(const part& each)
    {
        out_.attachments.push_back(attachment_of(each, out_.attachments.size() + 1, count_decoded(each)));
    }

    const limits& within_;
    reading out_;
};

} // namespace

reading read(std::string_view canonical, const limits& within)
{
    const readable message(canonical);
    reader into(within);
    const structure built = message.parts(within);
    into.header(entity_of(message.octets()).header, built.charset);
    for (const part& each : built.parts) into.part_of(each);
    return into.finish(built.cut);
}

std::string text_of_message(std::string_view canonical, const limits& within)
{
    const readable message(canonical);
    reader into(within);
    const structure built = message.parts(within);
    for (const part& each : built.parts)
        if (each.role != part::role::attachment) into.text_part(each);
    return into.finish(false).text;
}

std::optional<base::wall_time> date_of_message(std::string_view canonical)
{
    const readable message(canonical);
    return date_of(field_value(entity_of(message.octets()).header, "date"));
}

base::wall_time dated(const reading& message, base::wall_time arrival)
{
    const base::wall_time latest = arrival + date_ahead_max;
    if (message.date && *message.date <= latest) return *message.date;
    return message.received && *message.received <= latest ? *message.received : arrival;
}

void each_attachment(std::string_view canonical,
                     const std::function<bool(const attachment&, std::string_view octets)>& take,
                     const limits& within)
{
    const readable message(canonical);
    unsigned number = 0;
    const structure built = message.parts(within);
    for (const part& each : built.parts) {
        if (!is_attachment(each)) continue;
        const std::string octets = decoded_octets(each);
        if (!take(attachment_of(each, ++number, octets.size()), octets)) return;
    }
}

} // namespace mail::mime
