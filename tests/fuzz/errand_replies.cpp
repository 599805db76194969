// What strangers answer to the collector's errands: mail servers, virus scanners, token providers, a browser.
#include "credentials/oauth2.hpp"
#include "credentials/oauth2_answer.hpp"
#include "credentials/oauth2_loopback.hpp"
#include "deliver/clamd.hpp"
#include "fuzz/require.hpp"
#include "lmtp/client_session.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using fuzz::require;

using session = lmtp::client_session;

// A message is only called taken after its end was sent.
std::string talk(std::string_view replies, std::size_t cut)
{
    constexpr std::string_view content = ".a\r\n.\r\nb\r\n";
    session client({.protocol = lmtp::protocol::lmtp, .own_name = "c"});
    std::string said;
    for (int turns = 0; turns < 1000; ++turns) {
        const auto action = client.next();
        said += client.output();
        client.output().clear();
        if (std::holds_alternative<session::failed>(action)) return said + "<failed>";
        if (std::holds_alternative<session::shake_hands>(action)) require(false); // nobody asked for TLS
        if (std::holds_alternative<session::send_octets>(action)) {
            require(client.give_octets(content) && client.end_message());
        } else if (std::holds_alternative<session::ready>(action)) {
            if (!client.verdicts().empty() && client.outcome())
                require(said.contains("\r\n..\r\nb\r\n.\r\n"));
            client.begin({.sender = "", .recipients = {"a@b", "c@d"}, .octets = content.size()});
        } else {
            if (replies.empty()) return said;
            client.receive(replies.substr(0, cut));
            replies.remove_prefix(std::min(cut, replies.size()));
        }
    }
    return "<long>";
}

void read_json(std::string_view text)
{
    if (const auto tokens = credentials::parse_tokens(text)) {
        require(credentials::is_token(tokens->access_token));
        const auto again = credentials::parse_tokens(credentials::format_tokens(*tokens));
        require(again && again->access_token == tokens->access_token &&
                again->valid_until == tokens->valid_until);
    }
    for (const long status : {200L, 400L}) {
        const credentials::oauth2_http_answer answer{status, std::string(text)};
        const auto tokens = credentials::tokens_of("p", answer, {});
        if (tokens) require(credentials::is_token(tokens->access_token));
        if (!tokens)
            for (const char c : tokens.error().operator_text) require(c >= 0x20 && c < 0x7F);
        static_cast<void>(credentials::device_code_of("p", answer));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t octets)
{
    const std::string_view input(reinterpret_cast<const char*>(data), octets);
    if (input.empty()) return 0;
    const std::string_view rest = input.substr(1);
    switch (input.front()) {
    case 's': {
        const auto verdict = deliver::parse_scan_reply(rest);
        if (verdict && !*verdict) require(rest.starts_with("stream: OK"));
        break;
    }
    case 'j': read_json(rest); break;
    case 'v': static_cast<void>(credentials::parse_visit(rest)); break;
    default: static_cast<void>(talk(rest, 1 + static_cast<unsigned char>(input.front()) % 16));
    }
    return 0;
}
