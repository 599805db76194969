// OAUTHBEARER and XOAUTH2, the client's end.
#include "sasl/client_tokens.hpp"

#include "sasl/client_refusal.hpp"
#include "sasl/scram_messages.hpp"

#include <algorithm>
#include <utility>

namespace sasl {
namespace {

/// RFC 7628, section 3.1: it parts the fields, and alone it answers an error.
constexpr char separator = '\x01';

/// RFC 6750, section 2.1: a token is printable ASCII without a space.
bool is_token(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}

} // namespace

std::optional<std::string> client_token_exchange::initial_response()
{
    for (const std::string* const field : {&with_.user, &with_.authorization, &with_.host})
        if (has_control(*field)) return std::nullopt;
    if (!is_token(with_.token)) return std::nullopt;
    return message();
}

base::result<std::string> client_token_exchange::respond(std::string_view challenge)
{
    const state before = std::exchange(state_, state::over);
    if (before == state::told_of_error) return wrong_credentials("the server refused the access token");
    if (before == state::over) return refusal("the server goes on behind the end of the exchange");
    if (!challenge.empty()) {
        // JSON that says why (RFC 7628, section 3.2.2); what matters of it the refusal says again.
        state_ = state::told_of_error;
        return kind_ == form::oauthbearer ? std::string(1, separator) : std::string();
    }
    if (before == state::answered) return refusal("the server asks for the access token once more");
    auto first = initial_response();
    if (!first) return refusal("the user name or the access token holds what no such name or token may");
    state_ = state::answered;
    return std::move(*first);
}

std::string client_token_exchange::message() const
{
    const std::string bearer = "auth=Bearer " + with_.token + separator + separator;
    if (kind_ == form::xoauth2) return "user=" + with_.user + separator + bearer;
    const std::string& name = with_.authorization.empty() ? with_.user : with_.authorization;
    std::string out = "n," + (name.empty() ? "" : "a=" + escape_name(name)) + "," + separator;
    if (!with_.host.empty()) out += "host=" + with_.host + separator;
    if (with_.port != 0) out += "port=" + std::to_string(with_.port) + separator;
    return out + bearer;
}

} // namespace sasl
