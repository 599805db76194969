// Checks credentials so that unknown, wrong and disabled look alike in text and time.
#include "auth/local_authenticator.hpp"

#include "auth/hash_cost.hpp"
#include "auth/password.hpp"
#include "auth/success_cache.hpp"
#include "base/encoding.hpp"
#include "sasl/digest.hpp"
#include "sasl/prepare.hpp"

#include <algorithm>
#include <atomic>

namespace auth {

namespace {

constexpr std::size_t disguise_key_octets = 32;

/// One text for all of them; only the operator reads why.
base::error refusal(std::string detail)
{
    return base::permanent_error(base::failure::credentials, std::move(detail));
}

} // namespace

struct local_authenticator::parts {
    parts(const user_directory& directory, const base::clock& time, base::random& random,
          const authenticator_settings& wanted)
        : users(directory),
          clock(time),
          settings(wanted),
          disguise_key(wanted.secret.empty() ? random.octets(disguise_key_octets)
                                             : sasl::hmac(sasl::hash::sha_256, wanted.secret, "disguise")),
          nobodys_hash(first_hash(random)),
          successes(random.octets(disguise_key_octets), wanted.success_cache_for, wanted.success_cache_max)
    {
    }

    const user_directory& users;
    const base::clock& clock;
    const authenticator_settings settings;
    const std::string disguise_key; ///< what unknown users get depends on it
    std::atomic<std::int64_t> slowest_nanoseconds = 0;
    const std::string nobodys_hash; ///< where no user has a hash to compare the work with
    success_cache successes;
    std::atomic<std::uint64_t> hits = 0, misses = 0;

    std::string usual_hash() const
    {
        std::string hash = users.usual().password_hash;
        return hash.empty() ? nobodys_hash : hash;
    }
    base::result<std::optional<user>> look_up(std::string_view typed) const;
    base::result<std::optional<bool>> ask_directory(std::string_view typed, std::string_view password);
    base::result<bool> compare(const std::optional<user>& found, std::string_view password);
    base::result<bool> verify(std::string_view stored, std::string_view password);
    void note_duration(std::chrono::nanoseconds taken);
    std::string first_hash(base::random& random);
};

local_authenticator::local_authenticator(const user_directory& users, const base::clock& clock,
                                         base::random& random, const authenticator_settings& settings)
    : parts_(std::make_unique<parts>(users, clock, random, settings))
{
}

local_authenticator::~local_authenticator() = default;

base::result<std::optional<account>> local_authenticator::cached(std::string_view user,
                                                                 std::string_view mechanism,
                                                                 std::string_view service,
                                                                 std::string_view password)
{
    const auto name = canonical_name(user);
    if (!name || password.size() > password_octets_max) return std::optional<account>();
    auto found = parts_->successes.find({*name, mechanism, service, password}, parts_->users.generation(),
                                        parts_->clock.steady_now());
    ++(found ? parts_->hits : parts_->misses);
    return found;
}

base::result<account>
local_authenticator::check_password(std::string_view user, std::string_view authorization,
                                    std::string_view mechanism, std::string_view service,
                                    std::string_view password,
                                    const std::function<bool(const account&)>& may_log_in)
{
    const std::uint64_t generation = parts_->users.generation(); // before find(): see success_cache::insert()
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    const auto verdict = parts_->ask_directory(user, password);
    if (!verdict) return base::fail(verdict.error());
    const auto fits = *verdict ? base::result<bool>(**verdict) : parts_->compare(*found, password);
    if (!*found) return base::fail(refusal("no such user"));
    if (!fits) {
        if (parts_->settings.report_unusable_hash)
            parts_->settings.report_unusable_hash((*found)->account.name, fits.error().operator_text);
        return base::fail(refusal(fits.error().operator_text));
    }
    if (!*verdict && (*found)->password_hash.empty()) return base::fail(refusal("the user has no password"));
    if (!*fits) return base::fail(refusal("wrong password"));
    if ((*found)->account.disabled)
        return base::fail(refusal("the user is disabled; the password was right"));
    // RFC 1939, section 13: a maildrop that APOP opens must not be opened by PASS as well.
    if ((*found)->shared_secret)
        return base::fail(
            refusal("the user has a shared_secret and so no password log-in (RFC 1939, section 13)"));
    const auto name = canonical_name(user);
    if (!may_log_in((*found)->account))
        return base::fail(
            refusal("the account does not allow log-in from this network; the password was right"));
    if (!authorization.empty() && canonical_name(authorization) != name)
        return base::fail(refusal("the user may not act as another"));
    parts_->successes.insert({*name, mechanism, service, password}, (*found)->account, generation,
                             parts_->clock.steady_now());
    return (*found)->account;
}

base::result<account> local_authenticator::check_apop(std::string_view user, std::string_view timestamp,
                                                      std::string_view digest)
{
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    const bool has_secret = *found && (*found)->shared_secret;
    const std::string secret = has_secret ? *(*found)->shared_secret : parts_->disguise_key;
    const auto given = base::from_hex(digest);
    const auto fits = [&](const std::string& candidate) {
        const std::string right = sasl::digest(sasl::hash::md5, std::string(timestamp) + candidate);
        return given && sasl::equal_in_constant_time(*given, right);
    };
    // As typed, or as a client prepares it (RFC 6856, section 2.2).
    const bool as_it_is = fits(secret);
    const bool prepared = fits(sasl::prepare(secret).value_or(secret));
    const bool equal = as_it_is || prepared;
    if (!*found) return base::fail(refusal("no such user"));
    if (!has_secret) return base::fail(refusal("the user has no shared_secret"));
    if (!equal) return base::fail(refusal("wrong digest"));
    if ((*found)->account.disabled) return base::fail(refusal("the user is disabled; the digest was right"));
    return (*found)->account;
}

base::result<sasl::scram_keys> local_authenticator::scram_keys(std::string_view user, std::string_view hash)
{
    const bool sha_1 = hash == "SHA-1";
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    if (*found && !(*found)->account.disabled)
        if (const auto& keys = sha_1 ? (*found)->scram_sha_1 : (*found)->scram_sha_256;
            keys && !unusable(*keys))
            return *keys;

    const usual_costs usual = parts_->users.usual();
    const unsigned iterations = sha_1 ? usual.scram_sha_1_iterations : usual.scram_sha_256_iterations;
    const password_costs costs;
    const auto disguise = [&](std::string_view purpose) {
        const std::string name = canonical_name(user).value_or(std::string(user));
        return sasl::hmac(sha_1 ? sasl::hash::sha_1 : sasl::hash::sha_256, parts_->disguise_key,
                          std::string(purpose) + " " + name);
    };
    return sasl::scram_keys{disguise("salt").substr(0, scram_salt_octets),
                            iterations != 0
                                ? iterations
                                : (sha_1 ? costs.scram_sha_1_iterations : costs.scram_sha_256_iterations),
                            disguise("stored key"), disguise("server key")};
}

base::result<std::optional<std::string>> local_authenticator::shared_secret(std::string_view user)
{
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    if (!*found || (*found)->account.disabled) return std::optional<std::string>();
    return (*found)->shared_secret;
}

base::result<account> local_authenticator::authenticated(std::string_view user)
{
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    if (!*found) return base::fail(refusal("no such user"));
    if ((*found)->account.disabled) return base::fail(refusal("the user is disabled"));
    return (*found)->account;
}

authenticator_figures local_authenticator::figures() const
{
    constexpr std::chrono::nanoseconds longest = std::chrono::seconds(1);
    return {.slowest_check = std::min(std::chrono::nanoseconds(parts_->slowest_nanoseconds.load()), longest),
            .cache_hits = parts_->hits,
            .cache_misses = parts_->misses};
}

base::result<std::optional<user>> local_authenticator::parts::look_up(std::string_view typed) const
{
    const auto name = canonical_name(typed);
    if (!name) return std::optional<user>();
    return users.find(*name);
}

/// The unknown too are asked for: a directory that verifies passwords takes its time for them as well.
base::result<std::optional<bool>> local_authenticator::parts::ask_directory(std::string_view typed,
                                                                            std::string_view password)
{
    const auto name = canonical_name(typed);
    if (!name) return std::optional<bool>();
    const auto begun = clock.steady_now();
    auto verdict = users.verify(*name, password);
    if (verdict && *verdict) note_duration(clock.steady_now() - begun);
    return verdict;
}

/// Nobody costs the usual work; a user costs his own. That these differ where the schemes do is hidden by the
/// time of the answer, which is the same for all.
base::result<bool> local_authenticator::parts::compare(const std::optional<user>& found,
                                                       std::string_view password)
{
    if (found && !found->password_hash.empty()) return verify(found->password_hash, password);
    (void)verify(usual_hash(), password);
    return false;
}

base::result<bool> local_authenticator::parts::verify(std::string_view stored, std::string_view password)
{
    const auto begun = clock.steady_now();
    auto fits = settings.verify(stored, password);
    note_duration(clock.steady_now() - begun);
    return fits;
}

void local_authenticator::parts::note_duration(std::chrono::nanoseconds taken)
{
    auto before = slowest_nanoseconds.load();
    while (before < taken.count() && !slowest_nanoseconds.compare_exchange_weak(before, taken.count())) {
    }
}

/// Of a password that nobody knows; and the first measure of this machine.
std::string local_authenticator::parts::first_hash(base::random& random)
{
    const auto begun = clock.steady_now();
    auto hash = hash_password(base::to_hex(random.octets(disguise_key_octets)), random, password_costs{});
    note_duration(clock.steady_now() - begun);
    return hash;
}

} // namespace auth
