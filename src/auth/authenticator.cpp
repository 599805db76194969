// Checks credentials so that unknown, wrong and disabled look alike in text and time.
#include "auth/authenticator.hpp"

#include "auth/success_cache.hpp"
#include "base/encoding.hpp"
#include "sasl/digest.hpp"

#include <atomic>

namespace auth {

namespace {

constexpr std::size_t key_octets = 32;
constexpr std::size_t salt_octets = 16; // as users_editor stores them, or the length would tell

/// One text for all of them; only the operator reads why.
base::error refusal(std::string why)
{
    return {base::failure::credentials, false, "Wrong user name or password", std::move(why)};
}

} // namespace

struct authenticator::parts {
    const user_directory& users;
    const base::clock& clock;
    const authenticator_settings settings;
    const std::string disguise_key; ///< made at the start: what unknown users get depends on it
    const std::string nobodys_hash; ///< where no user has a hash to compare the work with
    success_cache successes;
    std::atomic<std::uint64_t> hits = 0, misses = 0;

    std::string usual_hash() const
    {
        std::string hash = users.usual().password_hash;
        return hash.empty() ? nobodys_hash : hash;
    }
    base::result<std::optional<user>> look_up(std::string_view typed) const;
    base::result<bool> compare(const std::optional<user>& found, std::string_view password) const;
};

authenticator::authenticator(const user_directory& users, const base::clock& clock, base::random& random,
                             const authenticator_settings& settings)
    : parts_(new parts{
          users, clock, settings, random.octets(key_octets),
          hash_password(base::to_hex(random.octets(key_octets)), random, password_costs{}),
          success_cache(random.octets(key_octets), settings.success_cache_for, settings.success_cache_max)})
{
}

authenticator::~authenticator() = default;

std::optional<account> authenticator::cached(std::string_view user, std::string_view mechanism,
                                             std::string_view service, std::string_view password)
{
    const auto name = canonical_name(user);
    if (!name || password.size() > password_octets_max) return std::nullopt;
    auto found = parts_->successes.find({*name, mechanism, service, password}, parts_->users.generation(),
                                        parts_->clock.steady_now());
    ++(found ? parts_->hits : parts_->misses);
    return found;
}

base::result<account> authenticator::check_password(std::string_view user, std::string_view authorization,
                                                    std::string_view mechanism, std::string_view service,
                                                    std::string_view password)
{
    const std::uint64_t generation = parts_->users.generation(); // before find(): see success_cache::insert()
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    const auto fits = parts_->compare(*found, password);
    if (!fits) return base::fail(fits.error());
    if (!*found) return base::fail(refusal("no such user"));
    if ((*found)->password_hash.empty()) return base::fail(refusal("the user has no password"));
    if (!*fits) return base::fail(refusal("wrong password"));
    if ((*found)->account.disabled)
        return base::fail(refusal("the user is disabled; the password was right"));
    // RFC 1939, section 13: a maildrop that APOP opens must not be opened by PASS as well.
    if ((*found)->shared_secret)
        return base::fail(
            refusal("the user has a shared_secret and so no password log-in (RFC 1939, section 13)"));
    const std::string& name = (*found)->account.name;
    if (!authorization.empty() && canonical_name(authorization) != name)
        return base::fail(refusal("the user may not act as another"));
    parts_->successes.insert({name, mechanism, service, password}, (*found)->account, generation,
                             parts_->clock.steady_now());
    return (*found)->account;
}

base::result<account> authenticator::check_apop(std::string_view user, std::string_view timestamp,
                                                std::string_view digest)
{
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    const bool has_secret = *found && (*found)->shared_secret;
    const std::string secret = has_secret ? *(*found)->shared_secret : parts_->disguise_key;
    const std::string right = sasl::digest(sasl::hash::md5, std::string(timestamp) + secret);
    const auto given = base::from_hex(digest);
    const bool equal = given && sasl::equal_in_constant_time(*given, right);
    if (!*found) return base::fail(refusal("no such user"));
    if (!has_secret) return base::fail(refusal("the user has no shared_secret"));
    if (!equal) return base::fail(refusal("wrong digest"));
    if ((*found)->account.disabled) return base::fail(refusal("the user is disabled; the digest was right"));
    return (*found)->account;
}

sasl::scram_keys authenticator::scram_keys(std::string_view user, std::string_view hash)
{
    const bool sha_1 = hash == "SHA-1";
    const auto found = parts_->look_up(user);
    if (found && *found && !(*found)->account.disabled)
        if (const auto& keys = sha_1 ? (*found)->scram_sha_1 : (*found)->scram_sha_256) return *keys;

    const usual_costs usual = parts_->users.usual();
    const unsigned iterations = sha_1 ? usual.scram_sha_1_iterations : usual.scram_sha_256_iterations;
    const password_costs costs;
    const auto disguise = [&](std::string_view what) {
        const std::string name = canonical_name(user).value_or(std::string(user));
        return sasl::hmac(sha_1 ? sasl::hash::sha_1 : sasl::hash::sha_256, parts_->disguise_key,
                          std::string(what) + " " + name);
    };
    return {disguise("salt").substr(0, salt_octets),
            iterations != 0 ? iterations
                            : (sha_1 ? costs.scram_sha_1_iterations : costs.scram_sha_256_iterations),
            disguise("stored key"), disguise("server key")};
}

std::optional<std::string> authenticator::shared_secret(std::string_view user)
{
    const auto found = parts_->look_up(user);
    if (!found || !*found || (*found)->account.disabled) return std::nullopt;
    return (*found)->shared_secret;
}

base::result<account> authenticator::proved(std::string_view user)
{
    const auto found = parts_->look_up(user);
    if (!found) return base::fail(found.error());
    if (!*found) return base::fail(refusal("no such user"));
    if ((*found)->account.disabled) return base::fail(refusal("the user is disabled"));
    return (*found)->account;
}

std::uint64_t authenticator::cache_hits() const
{
    return parts_->hits;
}

std::uint64_t authenticator::cache_misses() const
{
    return parts_->misses;
}

base::result<std::optional<user>> authenticator::parts::look_up(std::string_view typed) const
{
    const auto name = canonical_name(typed);
    if (!name) return std::optional<user>();
    return users.find(*name);
}

/// Whoever is asked for, at least the usual work is spent. A user with a hash of another cost costs both, so
/// that a cheap old hash does not tell that its user exists.
base::result<bool> authenticator::parts::compare(const std::optional<user>& found,
                                                 std::string_view password) const
{
    const std::string usual = usual_hash();
    const bool has_hash = found && !found->password_hash.empty();
    if (!has_hash || cost_class(found->password_hash) != cost_class(usual))
        (void)settings.verify(usual, password);
    if (!has_hash) return false;
    return settings.verify(found->password_hash, password);
}

} // namespace auth
