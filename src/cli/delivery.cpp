// One message from an MTA's pipe into the maildrops that an address leads to.
#include "cli/delivery.hpp"

#include "mail/line_ends.hpp"
#include "server/policies.hpp"

#include <sysexits.h>

#include <algorithm>

namespace cli {

namespace {

constexpr std::size_t piece_octets = 64UL * 1024;

// "From sender Thu Nov 24 …": what stands between the first two spaces.
std::optional<std::string> take_mbox_line(std::string& octets)
{
    constexpr std::string_view mark = "From ";
    if (!octets.starts_with(mark)) return std::nullopt;
    const auto end = octets.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const auto line = std::string_view(octets).substr(mark.size(), end - mark.size());
    auto sender = std::string(line.substr(0, line.find_first_of(" \r")));
    octets.erase(0, end + 1);
    return sender;
}

// A sender or an address comes from a command line: nothing in it may begin another header line.
std::string on_one_line(std::string text)
{
    std::erase_if(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
    return text;
}

std::string header_for(const auth::route& route, const std::optional<std::string>& sender)
{
    std::string out;
    if (sender) out.append("Return-Path: <").append(on_one_line(*sender)).append(">\r\n");
    return out.append("Delivered-To: ").append(on_one_line(route.account.name)).append("\r\n");
}

base::result<> write_all(store::blocking_delivery& delivery, std::string_view octets)
{
    for (std::size_t offset = 0; offset < octets.size(); offset += piece_octets)
        if (auto done = delivery.write(octets.substr(offset, piece_octets)); !done) return done;
    return {};
}

} // namespace

bool has_only_bare_line_feeds(std::string_view octets)
{
    bool any = false;
    for (auto offset = octets.find('\n'); offset != std::string_view::npos;
         offset = octets.find('\n', offset + 1)) {
        if (offset > 0 && octets[offset - 1] == '\r') return false;
        any = true;
    }
    return any;
}

piped_message take_piped(std::string octets)
{
    piped_message out;
    out.sender = take_mbox_line(octets);
    if (!has_only_bare_line_feeds(octets)) {
        out.octets = std::move(octets);
        return out;
    }
    mail::to_crlf().convert(octets, out.octets);
    return out;
}

base::result<> deliver_piped(store::blocking_store& mail, const std::vector<auth::route>& routes,
                             const server::settings& site, const piped_message& message,
                             const std::optional<std::string>& sender)
{
    const auto& return_path = sender ? sender : message.sender;
    std::vector<store::delivery_recipient> recipients;
    recipients.reserve(routes.size());
    for (const auto& route : routes)
        recipients.push_back({{route.account.name},
                              server::maildrop_policy(site, route.account),
                              header_for(route, return_path)});
    auto delivery = mail.begin_delivery(recipients, message.octets.size());
    if (!delivery) return base::fail(delivery.error());
    if (auto written = write_all(**delivery, message.octets); !written) return written;
    const auto verdicts = (*delivery)->commit();
    const auto failed = std::ranges::find_if(verdicts, [](const auto& verdict) { return !verdict; });
    if (failed != verdicts.end()) return base::fail(failed->error());
    return {};
}

int delivery_exit_code(const base::error& error)
{
    switch (error.kind) {
    case base::failure::unknown_user: return EX_NOUSER;
    case base::failure::too_large: return EX_DATAERR;
    // A message above the whole quota is as one that is too large; a full maildrop may be emptied.
    case base::failure::over_quota:
    case base::failure::malformed: return error.temporary ? EX_TEMPFAIL : EX_DATAERR;
    default: return EX_TEMPFAIL;
    }
}

} // namespace cli
