// Credentials are checked on the hash pool; only a success seen lately is known at once.
#include "server/log_in.hpp"

#include "server/policies.hpp"
#include "server/store_call.hpp"

#include <type_traits>
#include <utility>

namespace server {
namespace {

constexpr std::string_view service_name = "pop"; // RFC 5034, section 3

/// The same text as auth's own refusals, so that the mechanisms look alike.
base::error wrong_credentials(std::string operator_text)
{
    return base::permanent_error(base::failure::credentials, std::move(operator_text));
}

base::error malformed_exchange(std::string operator_text)
{
    return base::permanent_error(base::failure::malformed, std::move(operator_text));
}

/// Nobody may act as somebody else: there are no masters here (yet).
bool is_same_identity(std::string_view user, std::string_view authorization)
{
    return authorization.empty() || auth::canonical_name(user) == auth::canonical_name(authorization);
}

sasl::channel channel_of(net::stream& stream)
{
    if (!stream.tls()) return {};
    const auto& facts = stream.facts_with_bindings();
    return {.tls = true,
            .tls_exporter = facts.exporter,
            .tls_server_end_point = facts.server_end_point,
            .certificate_identity = facts.certificate_identity};
}

} // namespace

/// On the hash pool. What fails for a time is a failure of the directory, of whatever kind it calls it: told as a wrong
/// password it would make people change theirs, and be held against them.
template <typename Question>
awaitable<std::invoke_result_t<Question&>> log_in::ask(Question question)
{
    auto answer = co_await on_pool(lane_, std::move(question));
    if (!answer && answer.error().temporary && answer.error().kind != base::failure::overloaded)
        answer.error().kind = base::failure::storage;
    co_return answer;
}

awaitable<base::result<auth::account>> log_in::password(pop3::check_password given)
{
    mechanism_ = "USER";
    return verify(std::move(given.user), {}, std::move(given.secret));
}

awaitable<base::result<auth::account>> log_in::apop(pop3::check_apop given, std::string timestamp)
{
    mechanism_ = "APOP";
    auto turn = co_await take_turn(given.user);
    if (!turn) co_return base::fail(turn.error());
    auto& authenticator = connection_.shared().with.authenticator;
    auto check = [&] { return authenticator.check_apop(given.user, timestamp, given.digest); };
    co_return co_await ask(std::move(check));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::begin(pop3::sasl_begin given, bool plus_offered)
{
    mechanism_ = given.mechanism;
    claimed_.clear();
    account_.reset();
    check_begun_ = connection_.now();
    exchange_ = sasl::begin(given.mechanism, channel_of(connection_.stream()), plus_offered,
                            connection_.shared().with.random, connection_.site_settings().host_name);
    if (!exchange_) co_return base::fail(malformed_exchange("mechanism not available on this connection"));
    std::optional<std::string_view> initial;
    if (given.initial_response) initial = *given.initial_response;
    co_return co_await follow(exchange_->begin(initial));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::respond(pop3::sasl_respond given)
{
    if (!exchange_) co_return base::fail(malformed_exchange("response without an exchange"));
    check_begun_ = connection_.now();
    co_return co_await follow(exchange_->respond(given.response));
}

awaitable<base::result<auth::account>> log_in::verify(std::string user, std::string authorization,
                                                      std::string secret)
{
    claimed_ = user;
    auto& authenticator = connection_.shared().with.authenticator;
    const auto may_log_in = [&](const auth::account& account) {
        return may_come_from(account, connection_.stream().peer());
    };
    if (is_same_identity(user, authorization))
        if (auto known = authenticator.cached(user, mechanism_, service_name, secret);
            known && *known && may_log_in(**known))
            co_return **std::move(known);
    auto turn = co_await take_turn(user);
    if (!turn) co_return base::fail(turn.error());
    auto check = [&] {
        check_begun_ = connection_.now();
        return authenticator.check_password(user, authorization, mechanism_, service_name, secret,
                                            may_log_in);
    };
    co_return co_await ask(std::move(check));
}

/// Strangers wait where many have failed; then the attempt has its place in the order of the work.
awaitable<base::result<>> log_in::take_turn(std::string user)
{
    claimed_ = std::move(user);
    auto& throttle = connection_.shared().with.limits.throttle;
    const attempt tried{connection_.stream().peer().octets, claimed_};
    lane_.network = base::networks_of(tried.address).back().network;
    lane_.who = standing::known;
    if (!connection_.exempt()) {
        const auto wait = throttle.wait(tried, connection_.now());
        if (!wait) co_return base::fail(overloaded_error());
        const bool paused = co_await connection_.pause(*wait);
        if (!paused) co_return base::fail(overloaded_error());
        lane_.who = throttle.standing_of(tried, connection_.now());
    }
    check_begun_ = connection_.now();
    co_return base::result<>();
}

/// Answers the exchange's questions until it sends a challenge or has come to its end.
awaitable<base::result<log_in::sasl_outcome>> log_in::follow(sasl::step next)
{
    return std::visit([this](auto step) { return take(std::move(step)); }, std::move(next));
}

base::result<log_in::sasl_outcome> log_in::end_exchange(base::error error)
{
    exchange_.reset();
    return base::fail(std::move(error));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::challenge sent)
{
    co_return sasl_outcome(std::move(sent.octets));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::authenticated who)
{
    exchange_.reset();
    claimed_ = who.user;
    if (account_) co_return sasl_outcome(*std::exchange(account_, std::nullopt));
    auto& authenticator = connection_.shared().with.authenticator;
    auto find = [&] { return authenticator.authenticated(who.user); };
    auto account = co_await ask(std::move(find));
    if (!account) co_return base::fail(account.error());
    co_return sasl_outcome(*std::move(account));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::rejected why)
{
    if (!why.user.empty()) claimed_ = why.user;
    co_return end_exchange(why.malformed ? malformed_exchange(why.reason) : wrong_credentials(why.reason));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::verify_password asked)
{
    auto account =
        co_await verify(std::move(asked.user), std::move(asked.authorization), std::move(asked.secret));
    // Only a wrong secret is the exchange's business; a full queue or a dead directory must be told as such.
    if (!account && account.error().kind != base::failure::credentials)
        co_return end_exchange(account.error());
    if (account) account_ = *account;
    auto next = exchange_->verified(account.has_value());
    co_return co_await follow(std::move(next));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::want_scram_keys asked)
{
    auto turn = co_await take_turn(asked.user);
    if (!turn) co_return end_exchange(turn.error());
    if (!is_same_identity(asked.user, asked.authorization))
        co_return end_exchange(wrong_credentials("wants to act as another user"));
    auto& authenticator = connection_.shared().with.authenticator;
    auto look_up = [&] { return authenticator.scram_keys(asked.user, asked.hash); };
    auto keys = co_await ask(std::move(look_up));
    if (!keys) co_return end_exchange(keys.error());
    auto next = exchange_->keys(*keys);
    co_return co_await follow(std::move(next));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::want_shared_secret asked)
{
    auto turn = co_await take_turn(asked.user);
    if (!turn) co_return end_exchange(turn.error());
    auto& authenticator = connection_.shared().with.authenticator;
    auto look_up = [&] { return authenticator.shared_secret(asked.user); };
    auto secret = co_await ask(std::move(look_up));
    if (!secret) co_return end_exchange(secret.error());
    std::optional<std::string_view> known;
    if (*secret) known = **secret;
    auto next = exchange_->shared_secret(known);
    co_return co_await follow(std::move(next));
}

awaitable<base::result<log_in::sasl_outcome>> log_in::take(sasl::verify_external asked)
{
    const auto& identity = connection_.stream().facts().certificate_identity;
    claimed_ = identity;
    auto next = exchange_->verified(is_same_identity(identity, asked.authorization));
    co_return co_await follow(std::move(next));
}

} // namespace server
