// The proof of who we are: USER and PASS, APOP, and SASL exchanges (RFC 1939, section 7; RFC 5034).
#include "base/encoding.hpp"
#include "client/server_errors.hpp"
#include "client/sign_in.hpp"
#include "client/sign_in_mechanisms.hpp"

#include <algorithm>
#include <utility>

namespace client {

using base::failure;

namespace {

/// Why none of the mechanisms can be tried.
std::string why_no_mechanism(const pop3::capabilities& capabilities, const sign_in_means& means)
{
    if (means.token && !capabilities.sasl.empty() && std::ranges::none_of(capabilities.sasl, takes_token)) {
        std::string listed;
        for (const std::string& mechanism : capabilities.sasl) listed.append(" ").append(mechanism);
        return "the server takes no access token (OAuth 2.0): it lists" + printable(listed) +
               "; sign in with a password, or name in `mechanisms` what it does not list";
    }
    return std::string("the server offers no way to sign in that the settings allow") +
           (means.channel.tls ? "" : ", and no password goes over a line without TLS unless they say so");
}

} // namespace

base::result<> sign_in_attempt::prove(conversation& line)
{
    const sign_in_means means{.secret = proof_.secret.has_value(),
                              .token = proof_.token.has_value(),
                              .certificate = settings_.sign_in.certificate,
                              .channel = channel()};
    unknown_way_ = refusal(doing(line) + ": " + why_no_mechanism(capabilities_, means));
    for (const std::string& mechanism : mechanisms_to_try(settings_.sign_in, capabilities_, means)) {
        const auto proved = prove_by(line, mechanism);
        if (!proved) return base::fail(proved.error());
        if (*proved) {
            mechanism_ = mechanism;
            return {};
        }
    }
    return base::fail(unknown_way_);
}

base::result<bool> sign_in_attempt::prove_by(conversation& line, const std::string& mechanism)
{
    if (auto still = line.quiet(); !still) return base::fail(still.error());
    if (mechanism == "USER") return by_user(line);
    if (mechanism == "APOP") return by_apop(line);
    return by_sasl(line, mechanism);
}

base::result<bool> sign_in_attempt::by_user(conversation& line)
{
    line.session().send_user(settings_.sign_in.user);
    const auto named = line.status(settings_.patience.reply);
    if (!named) return base::fail(named.error());
    if (!named->ok) return judge(line, *named);
    if (auto still = line.quiet(); !still) return base::fail(still.error());
    line.session().send_pass(*proof_.secret);
    const auto opened = line.status(settings_.patience.reply);
    if (!opened) return base::fail(opened.error());
    return judge(line, *opened);
}

base::result<bool> sign_in_attempt::by_apop(conversation& line)
{
    const auto timestamp = pop3::timestamp_of(greeting_);
    if (!timestamp) {
        unknown_way_ =
            refusal(doing(line) + ": the greeting holds no timestamp that APOP may safely be used with");
        return false;
    }
    const std::string digest = pop3::apop_digest(*timestamp, *proof_.secret);
    line.hide(digest);
    line.session().send_apop(settings_.sign_in.user, digest);
    const auto opened = line.status(settings_.patience.reply);
    if (!opened) return base::fail(opened.error());
    return judge(line, *opened);
}

base::result<bool> sign_in_attempt::by_sasl(conversation& line, const std::string& mechanism)
{
    const bool token = takes_token(mechanism);
    const bool in_one_line = !token || !(form_.token_in_two_lines || wants_two_lines(line.host()));
    const auto proved = converse(line, mechanism, in_one_line);
    if (!proved || *proved || !token || !in_one_line) return proved;
    one_line_refused_ = true;
    auto again = converse(line, mechanism, false);
    // A server that answered is not one that hung up over the first form.
    if (again || again.error().kind == failure::credentials) one_line_refused_ = false;
    return again;
}

base::result<bool> sign_in_attempt::converse(conversation& line, const std::string& mechanism,
                                             bool in_one_line)
{
    const bool plus_offered = std::ranges::any_of(
        capabilities_.sasl, [](const std::string& one) { return one.ends_with("-PLUS"); });
    const auto exchange = sasl::begin_client(mechanism,
                                             {.user = settings_.sign_in.user,
                                              .authorization = settings_.sign_in.authorization,
                                              .secret = proof_.secret.value_or(""),
                                              .token = proof_.token.value_or(""),
                                              .host = settings_.dial.host,
                                              .port = settings_.dial.port},
                                             channel(), plus_offered, random_);
    if (!exchange) {
        unknown_way_ = refusal(doing(line) + ": " + mechanism + " cannot be used on this line");
        return false;
    }
    std::optional<std::string> unsaid = exchange->initial_response();
    const bool speaks_first = unsaid.has_value();
    if (unsaid) line.hide(base::to_base64(*unsaid));
    // Refused where it would make the line too long: then it answers the empty challenge.
    if (unsaid && in_one_line && line.session().send_auth(mechanism, *unsaid))
        unsaid.reset();
    else
        line.session().send_auth(mechanism, std::nullopt);

    bool spoke = speaks_first && !unsaid;
    for (unsigned challenges = 0;;) {
        const auto event = line.next(settings_.patience.reply);
        if (!event) return base::fail(event.error());
        if (const auto* const reply = std::get_if<pop3::status_line>(&*event)) {
            if (reply->ok && !(spoke && exchange->satisfied()))
                return base::fail(refusal(doing(line) +
                                          ": the server said yes before it had proved that it knows "
                                          "the password (" +
                                          mechanism + "); it may not be the server that it says it is"));
            return judge(line, *reply);
        }
        const auto* const challenge = std::get_if<pop3::auth_challenge>(&*event);
        if (!challenge || ++challenges > challenges_max)
            return base::fail(line.malformed("its AUTH does not end"));
        auto response = unsaid ? base::result<std::string>(*std::exchange(unsaid, std::nullopt))
                               : exchange->respond(challenge->octets);
        if (!response) {
            line.session().send_auth_cancel();
            std::ignore = line.status(settings_.patience.reply); // the refusal that it must be
            return base::fail(std::move(response.error()));
        }
        spoke = true;
        line.hide(base::to_base64(*response));
        line.session().send_auth_response(*response);
    }
}

base::result<bool> sign_in_attempt::judge(conversation& line, const pop3::status_line& reply)
{
    capa_open_ = false; // it lives
    if (reply.ok) return true;
    base::error why =
        error_of(reply, capabilities_.auth_resp_code ? answering::log_in_with_codes : answering::log_in,
                 doing(line), line.told(reply.text));
    if (!refuses_grammar(reply)) return base::fail(std::move(why));
    unknown_way_ = std::move(why);
    return false;
}

} // namespace client
