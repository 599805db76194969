// INSTREAM: chunks with their length in front, an empty one at the end, one answer.
#include "deliver/clamd.hpp"

#include <algorithm>
#include <array>

namespace deliver {

namespace {

constexpr std::size_t chunk_octets_max = 65536;
constexpr std::size_t reply_octets_max = 4096; // a signature's name and a few words
constexpr std::size_t name_octets_max = 255;

base::error away(base::error error)
{
    error.temporary = true;
    error.operator_text = "the virus scanner cannot be reached: " + error.operator_text;
    return error;
}

base::error odd_answer(std::string_view reason)
{
    return base::temporary_error(base::failure::malformed, "the virus scanner cannot be reached: " +
                                                               std::string(reason) + "; see clamd's log");
}

std::string length_of(std::size_t octets)
{
    std::string out;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>((octets >> shift) & 0xFFU);
    return out;
}

base::result<> send_chunks(net::connection& connection, std::string_view octets,
                           std::chrono::milliseconds limit)
{
    std::string chunk;
    while (!octets.empty()) {
        const std::string_view part = octets.substr(0, chunk_octets_max);
        octets.remove_prefix(part.size());
        chunk = length_of(part.size());
        chunk += part;
        if (auto sent = connection.write(chunk, limit); !sent) return sent;
    }
    return {};
}

base::result<std::string> read_reply(net::connection& connection, std::chrono::milliseconds limit)
{
    std::string reply;
    std::array<char, 512> piece{};
    while (reply.size() < reply_octets_max) {
        const auto got = connection.read_some(piece, limit);
        if (!got) return base::fail(away(got.error()));
        reply.append(piece.data(), *got);
        if (const auto end = reply.find('\0'); end != std::string::npos) return reply.substr(0, end);
    }
    return base::fail(odd_answer("its reply does not end"));
}

} // namespace

clamd::clamd(client::dialler dial, std::chrono::milliseconds limit) : dial_(std::move(dial)), limit_(limit) {}

base::result<std::optional<std::string>> clamd::scan(const message_source& message)
{
    auto connection = dial_();
    if (!connection) return base::fail(away(connection.error()));
    net::connection& line = **connection;
    base::result<> sent = line.write(std::string_view("zINSTREAM\0", 10), limit_);
    if (sent) {
        const auto read = message([&](std::string_view octets) {
            sent = send_chunks(line, octets, limit_);
            return sent;
        });
        if (sent && !read) return base::fail(read.error()); // the disk's fault, not the scanner's
    }
    if (sent) sent = line.write(length_of(0), limit_);
    // A clamd that has had enough answers and closes while we still send: its answer may wait to be read.
    auto reply = read_reply(line, limit_);
    if (!reply) return base::fail(sent ? reply.error() : away(sent.error()));
    auto verdict = parse_scan_reply(*reply);
    if (!sent && verdict && !*verdict)
        return base::fail(odd_answer("it calls clean what it has not seen whole"));
    return verdict;
}

base::result<std::optional<std::string>> parse_scan_reply(std::string_view text)
{
    constexpr std::string_view about = "stream: ", found = " FOUND";
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    if (text == "stream: OK") return std::nullopt;
    if (text.starts_with(about) && text.ends_with(found) && text.size() > about.size() + found.size()) {
        std::string name(text.substr(about.size(), text.size() - about.size() - found.size()));
        name.resize(std::min(name.size(), name_octets_max));
        std::ranges::replace_if(name, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
        return name;
    }
    if (text.starts_with("INSTREAM size limit exceeded"))
        return base::fail(base::temporary_error(
            base::failure::too_large,
            "the message is larger than the virus scanner takes; raise StreamMaxLength in clamd.conf"));
    std::string shown(text.substr(0, 120));
    std::ranges::replace_if(shown, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return base::fail(odd_answer("it answers \"" + shown + "\""));
}

} // namespace deliver
