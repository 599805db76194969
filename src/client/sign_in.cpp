// One attempt on one connection: everything around the proof.
#include "client/sign_in.hpp"

#include "base/encoding.hpp"
#include "client/server_errors.hpp"
#include "sasl/mechanism.hpp"

#include <algorithm>
#include <utility>

namespace client {

using base::failure;

sign_in_attempt::sign_in_attempt(const pop3_server_settings& settings, sign_in_proof proof, sign_in_form form,
                                 std::shared_ptr<const net::tls_client> tls, base::random& random)
    : settings_(settings), proof_(std::move(proof)), form_(form), tls_(std::move(tls)), random_(random)
{
}

base::result<server_abilities> sign_in_attempt::run(pop3_channel& line,
                                                    std::optional<net::server_facts>& shown)
{
    line.hide(proof_.secret.value_or("")); // at once: an attempt before may have told it
    line.hide(proof_.token.value_or(""));
    if (settings_.tls == tls_mode::implicit)
        if (auto secured = secure(line, shown); !secured) return base::fail(secured.error());
    if (auto greeted = greet(line); !greeted) return base::fail(greeted.error());
    if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    if (settings_.tls == tls_mode::starttls) {
        if (auto secured = stls(line, shown); !secured) return base::fail(secured.error());
        if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    }
    if (auto asked = ask_for_utf8(line); !asked) return base::fail(asked.error());
    if (auto proved = prove(line); !proved) return base::fail(proved.error());
    if (auto learnt = learn(line); !learnt) return base::fail(learnt.error());
    capa_open_ = false;
    return abilities(line);
}

base::result<> sign_in_attempt::secure(pop3_channel& line, std::optional<net::server_facts>& shown)
{
    auto facts = line.connection().start_tls(tls_, line.host(), settings_.patience.connect);
    if (!facts) return base::fail(facts.error());
    shown = facts_ = std::move(*facts);
    return {};
}

base::result<> sign_in_attempt::greet(pop3_channel& line)
{
    auto greeting = line.status(settings_.patience.greeting);
    // A server that waits for TLS says nothing, and neither do we: its greeting comes first (RFC 1939, section 4).
    if (!greeting && greeting.error().kind == failure::timed_out && settings_.tls != tls_mode::implicit) {
        auto silence = greeting.error();
        silence.operator_text +=
            "; it sent no greeting: does TLS start immediately on this port (`tls = implicit`, 995)?";
        return base::fail(silence);
    }
    if (!greeting) return base::fail(greeting.error());
    if (!greeting->ok)
        return base::fail(
            error_of(*greeting, answering::greeting, line.host() + ": greeting", line.told(greeting->text)));
    greeting_ = std::move(greeting->text);
    return {};
}

base::result<> sign_in_attempt::learn(pop3_channel& line)
{
    if (form_.without_capa) return {};
    capa_open_ = true;
    const auto reply = line.command(pop3::request::capa, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    if (!reply->ok) return {}; // not known there, or not now: what was told before still holds
    pop3::capabilities capabilities;
    capabilities.known = true;
    for (unsigned lines = 0;; ++lines) {
        const auto event = line.next(settings_.patience.reply);
        if (!event) return base::fail(event.error());
        if (std::holds_alternative<pop3::response_end>(*event)) break;
        const auto* const capability = std::get_if<pop3::response_line>(&*event);
        if (!capability || lines == capa_lines_max)
            return base::fail(line.malformed("its CAPA does not end"));
        capabilities.add_line(capability->text);
    }
    capabilities_ = std::move(capabilities);
    capa_open_ = false;
    return {};
}

base::result<> sign_in_attempt::stls(pop3_channel& line, std::optional<net::server_facts>& shown)
{
    const auto refused = [&](std::string_view reason) {
        return base::fail(
            {.kind = failure::refused,
             .temporary = false,
             .peer_text = {},
             .operator_text = line.host() + ": " + std::string(reason) +
                              "; nothing was sent to the server. Use TLS from the start (port 995), or "
                              "ask its operator"});
    };
    if (capabilities_.known && !capabilities_.stls) return refused("the server does not offer STLS");
    const auto reply = line.command(pop3::request::stls, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    if (!reply->ok) return refused("the server refused STLS: \"" + line.told(reply->text) + "\"");
    // Whoever sits between may have put answers here that TLS would then seem to vouch for (CVE-2021-22947).
    if (!line.quiet()) return refused("octets came in plain text behind the answer to STLS");
    if (auto secured = secure(line, shown); !secured) return secured;
    capabilities_ = {}; // told in plain text, by anyone (RFC 2595, section 4)
    return {};
}

base::result<> sign_in_attempt::ask_for_utf8(pop3_channel& line)
{
    if (!capabilities_.utf8) return {};
    // Without it a server sends a stand-in for every internationalised message, or refuses it (RFC 6856, section
    // 3). Its -ERR leaves things as they were.
    const auto reply = line.command(pop3::request::utf8, settings_.patience.reply);
    if (!reply) return base::fail(reply.error());
    return {};
}

std::string sign_in_attempt::doing(const pop3_channel& line) const
{
    return line.host() + ": log-in of " + printable(settings_.sign_in.user);
}

sasl::channel sign_in_attempt::channel() const
{
    if (!facts_) return {};
    return {.tls = true,
            .tls_exporter = facts_->tls.exporter,
            .tls_server_end_point = facts_->tls.server_end_point,
            .certificate_identity = {}};
}

server_abilities sign_in_attempt::abilities(const pop3_channel& line) const
{
    server_abilities out{.tls = facts_.has_value(),
                         .tls_text = facts_ ? facts_->tls.version + ", " + facts_->subject : std::string(),
                         .mechanism = mechanism_,
                         .pipelining = capabilities_.pipelining,
                         .top = capabilities_.top,
                         .unique_ids = capabilities_.uidl,
                         .response_codes = capabilities_.resp_codes,
                         .utf8 = capabilities_.utf8,
                         .mechanisms = capabilities_.sasl,
                         .login_delay = {},
                         .expire_days = capabilities_.expire_days,
                         .implementation = line.told(capabilities_.implementation)};
    if (capabilities_.login_delay_seconds)
        out.login_delay = std::chrono::seconds(*capabilities_.login_delay_seconds);
    return out;
}

namespace {

bool holds(const std::vector<std::string>& list, std::string_view name)
{
    return std::ranges::find(list, name) != list.end();
}

bool binds_channel(std::string_view mechanism)
{
    const auto* const row = sasl::find_mechanism(mechanism);
    return row != nullptr && row->binds_channel;
}

/// The line and the account have what it needs, and it shows no password to a listener unless that was allowed.
bool usable(std::string_view mechanism, const sign_in_settings& settings, const sign_in_means& means)
{
    const auto* const row = sasl::find_mechanism(mechanism); // none: USER or APOP
    const bool shows = row != nullptr ? row->shows_secret() : mechanism == "USER";
    if (shows && !means.channel.tls && !settings.plaintext_allowed) return false;
    if (row == nullptr) return means.secret;
    if (row->proof == sasl::proof::token) return means.token;
    if (row->needs_certificate()) return means.channel.tls && means.certificate;
    return means.secret && (!row->binds_channel || means.channel.can_bind());
}

/// As the person ordered. Where the server lists its mechanisms, those it lacks are left out, but for tokens: who names
/// one knows of a server that does not list it.
std::vector<std::string> as_ordered(const sign_in_settings& settings, const pop3::capabilities& capabilities,
                                    const sign_in_means& means)
{
    std::vector<std::string> out;
    for (const std::string& mechanism : settings.mechanisms) {
        const bool may_exist = capabilities.sasl.empty() || mechanism == "USER" || mechanism == "APOP" ||
                               takes_token(mechanism) || holds(capabilities.sasl, mechanism);
        if (may_exist && usable(mechanism, settings, means)) out.push_back(mechanism);
    }
    return out;
}

std::vector<std::string> with_token(const sign_in_settings& settings, const pop3::capabilities& capabilities,
                                    const sign_in_means& means)
{
    // A guess only where nothing is listed: each mechanism that is not there counts against the whole address.
    const bool guess = capabilities.sasl.empty();
    std::vector<std::string> out;
    for (const auto& row : sasl::all_mechanisms())
        if (row.proof == sasl::proof::token && (guess || holds(capabilities.sasl, row.name)) &&
            usable(row.name, settings, means))
            out.emplace_back(row.name);
    if (guess) std::ranges::reverse(out); // the older one is the one that more servers have
    return out;
}

/// LOGIN adds nothing to PLAIN or USER, but is all that some servers list.
bool is_only_login(const pop3::capabilities& capabilities)
{
    return capabilities.sasl.size() == 1 && capabilities.sasl.front() == "LOGIN" && !capabilities.user;
}

std::vector<std::string> strongest_first(const sign_in_settings& settings,
                                         const pop3::capabilities& capabilities, const sign_in_means& means)
{
    std::vector<std::string> out;
    for (const auto& row : sasl::all_mechanisms()) {
        if (row.proof == sasl::proof::shared_secret || row.proof == sasl::proof::token) continue;
        if (row.name == "LOGIN" && !(is_only_login(capabilities) && means.channel.tls)) continue;
        if (holds(capabilities.sasl, row.name) && usable(row.name, settings, means))
            out.emplace_back(row.name);
    }
    if (std::ranges::any_of(out, binds_channel))
        std::erase_if(out, [](const std::string& mechanism) { return !binds_channel(mechanism); });
    else if (usable("USER", settings, means))
        out.emplace_back("USER");
    return out;
}

} // namespace

bool takes_token(std::string_view mechanism)
{
    const auto* const row = sasl::find_mechanism(mechanism);
    return row != nullptr && row->proof == sasl::proof::token;
}

std::vector<std::string> mechanisms_to_try(const sign_in_settings& settings,
                                           const pop3::capabilities& capabilities, const sign_in_means& means)
{
    if (!settings.mechanisms.empty()) return as_ordered(settings, capabilities, means);
    return means.token ? with_token(settings, capabilities, means)
                       : strongest_first(settings, capabilities, means);
}

bool wants_two_lines(std::string_view host)
{
    return host == "outlook.office365.com" || host.ends_with(".outlook.com") ||
           host.ends_with(".office365.com");
}

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

base::result<> sign_in_attempt::prove(pop3_channel& line)
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

base::result<bool> sign_in_attempt::prove_by(pop3_channel& line, const std::string& mechanism)
{
    if (auto still = line.quiet(); !still) return base::fail(still.error());
    if (mechanism == "USER") return by_user(line);
    if (mechanism == "APOP") return by_apop(line);
    return by_sasl(line, mechanism);
}

base::result<bool> sign_in_attempt::by_user(pop3_channel& line)
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

base::result<bool> sign_in_attempt::by_apop(pop3_channel& line)
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

base::result<bool> sign_in_attempt::by_sasl(pop3_channel& line, const std::string& mechanism)
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

base::result<bool> sign_in_attempt::converse(pop3_channel& line, const std::string& mechanism,
                                             bool in_one_line)
{
    const bool plus_offered = std::ranges::any_of(
        capabilities_.sasl, [](const std::string& name) { return name.ends_with("-PLUS"); });
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
                                          ": the server accepted before it had proved that it knows "
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

base::result<bool> sign_in_attempt::judge(pop3_channel& line, const pop3::status_line& reply)
{
    capa_open_ = false; // it lives
    if (reply.ok) return true;
    base::error error =
        error_of(reply, capabilities_.auth_resp_code ? answering::log_in_with_codes : answering::log_in,
                 doing(line), line.told(reply.text));
    if (!refuses_grammar(reply)) return base::fail(std::move(error));
    unknown_way_ = std::move(error);
    return false;
}

} // namespace client
