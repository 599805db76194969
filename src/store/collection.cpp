// Reading a kept message whole, whatever form it is stored in.
#include "store/collection.hpp"

#include "mail/line_ends.hpp"

#include <algorithm>

namespace store {

namespace {

constexpr std::size_t read_octets = 64 * 1024; // most messages in one piece

base::error not_as_told(std::uint64_t told, std::uint64_t read)
{
    // Not the disk's trouble, that may pass: these are other octets.
    return {.kind = base::failure::malformed,
            .temporary = false,
            .peer_text = {},
            .operator_text = "a message has " + std::to_string(read) + " canonical octets and not " +
                             std::to_string(told) + ": its file was changed"};
}

} // namespace

base::result<> addition::read_back(const std::function<base::result<>(std::string_view)>&)
{
    return base::fail({.kind = base::failure::refused,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = "this store cannot read back what it has not published"});
}

base::result<> read_canonical(stored_message& message,
                              const std::function<base::result<>(std::string_view)>& sink)
{
    mail::to_crlf to_crlf;
    std::string buffer(std::min<std::uint64_t>(read_octets, message.stored_octets()), '\0');
    std::string converted;
    std::uint64_t canonical = 0;
    char last = '\n';
    for (std::uint64_t offset = 0; offset < message.stored_octets();) {
        const auto got = message.read(buffer, offset);
        if (!got) return base::fail(got.error());
        std::string_view piece = std::string_view(buffer).substr(0, *got);
        offset += piece.size();
        last = piece.back();
        if (message.form() == mail::form::lf) {
            converted.clear();
            to_crlf.convert(piece, converted);
            piece = converted;
        }
        canonical += piece.size();
        if (auto taken = sink(piece); !taken) return taken;
    }
    // The stores count an end for a last line that lacks one in a file of other hands, as POP3 would send it.
    if (last != '\n' && canonical + 2 == message.octets()) {
        canonical += 2;
        if (auto taken = sink("\r\n"); !taken) return taken;
    }
    if (canonical != message.octets()) return base::fail(not_as_told(message.octets(), canonical));
    return {};
}

} // namespace store
