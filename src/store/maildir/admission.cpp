// Looking at files before they are believed.
#include "store/maildir/admission.hpp"

#include "mail/packed_file.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace store::maildir {

namespace {

constexpr std::size_t reported_max = 100'000;       // then all may be told once more
constexpr std::size_t read_octets_max = 256 * 1024; // a buffer of the pool's thread, freed after the count
constexpr std::uint32_t set_id_bits = 06000;        // set-user-id, set-group-id
constexpr std::uint32_t owner_reads_bit = 0400;
constexpr std::uint64_t line_end_octets = 2; // CRLF, which RETR sends behind a last line without it

} // namespace

std::string_view reason_not_served(const disk::status& file, std::uint32_t owner)
{
    switch (file.kind) {
    case disk::kind::regular: break;
    case disk::kind::directory: return "a directory";
    case disk::kind::symbolic_link: return "a symbolic link";
    case disk::kind::other: return "not a regular file";
    }
    if (file.owner != owner)
        return "owned by another user than the maildrop: chown it, and let the program that wrote it run as that user";
    if ((file.mode & set_id_bits) != 0) return "set-user-id or set-group-id";
    if ((file.mode & owner_reads_bit) == 0) return "its owner may not read it";
    return "";
}

base::result<std::string_view> reason_unreadable(disk::file& from)
{
    std::array<char, mail::packed_beginning_octets> beginning{};
    std::size_t done = 0;
    while (done < beginning.size()) {
        const auto got = from.read(std::span(beginning).subspan(done), done);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        done += *got;
    }
    return mail::packed_form_of({beginning.data(), done});
}

message_octets octets_as_named(std::uint64_t stored, std::uint64_t canonical)
{
    return {stored, canonical, stored == canonical ? mail::form::as_received : mail::form::lf};
}

base::result<message_octets> with_last_line_end(disk::file& from, message_octets content)
{
    if (content.stored == 0) return content;
    std::array<char, 2> last{};
    const std::span buffer = std::span(last).last(std::min<std::uint64_t>(last.size(), content.stored));
    for (std::size_t done = 0; done < buffer.size();) {
        const auto got = from.read(buffer.subspan(done), content.stored - buffer.size() + done);
        if (!got) return base::fail(got.error());
        if (*got == 0) break; // cut short meanwhile: found out when it is opened
        done += *got;
    }
    const bool ended = last[1] == '\n' && (content.form == mail::form::lf || last[0] == '\r');
    if (!ended) content.canonical += line_end_octets;
    return content;
}

base::result<message_octets> count_octets(disk::file& from, std::uint64_t expected)
{
    message_octets out;
    mail::crlf_counter counter;
    const std::size_t room = expected < read_octets_max && expected > 0 ? expected + 1 : read_octets_max;
    const auto buffer = std::make_unique_for_overwrite<char[]>(room);
    char last = '\n';
    for (;;) {
        const auto got = from.read({buffer.get(), room}, out.stored);
        if (!got) return base::fail(got.error());
        if (*got == 0) break;
        counter.count({buffer.get(), *got});
        out.stored += *got;
        last = buffer[*got - 1];
        // All that was expected, and no more though more was asked for: the next read would only say so again.
        if (out.stored == expected && *got < room) break;
    }
    // RETR ends a last line that has no end (RFC 1939, section 3), and LIST must count what RETR sends.
    out.canonical = counter.octets() + (last == '\n' ? 0 : line_end_octets);
    // Without a bare LF both forms are the same, and this one is cheaper to send.
    if (counter.octets() == out.stored) out.form = mail::form::as_received;
    return out;
}

void skipped_files::report(std::string_view path, std::string_view name, std::string_view reason)
{
    {
        const std::lock_guard lock(mutex_);
        if (reported_.size() >= reported_max) reported_.clear();
        if (!reported_.insert(std::string(path) + '/' + std::string(name)).second) return;
    }
    log_.warning("message-skipped", {{"maildrop", path}, {"file", name}, {"reason", reason}});
}

} // namespace store::maildir
