// The contract of every list of users; users_file keeps it (LDAP, SQL, PAM later).
#pragma once

#include "auth/account.hpp"
#include "base/result.hpp"
#include "sasl/server.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// One user with what can prove him. Never logged, never sent.
struct user {
    auth::account account;
    std::string password_hash; ///< "{SCHEME}…"; empty: no password log-in
    std::optional<sasl::scram_keys> scram_sha_256, scram_sha_1;
    std::optional<std::string> shared_secret; ///< for APOP and CRAM-MD5 only
};

/// Where an address leads.
struct route {
    auth::account account;
    std::string detail; ///< the part behind '+' (RFC 5233), where there was one
};

/// What proving most of the users costs, so that proving nobody can cost the same. Empty, 0: nothing is
/// known.
struct usual_costs {
    std::string password_hash; ///< the hash of one of these users: to be computed with, never to be believed
    unsigned scram_sha_256_iterations = 0;
    unsigned scram_sha_1_iterations = 0;
};

/// The shortest and the longest of some times; nothing where there is none.
struct span_of_times {
    std::optional<std::chrono::seconds> least, most;
    void add(std::chrono::seconds time)
    {
        least = std::min(least.value_or(time), time);
        most = std::max(most.value_or(time), time);
    }
};

/// What users have of their own, of that which is announced before it is known who logs in (RFC 2449, sections
/// 6.5 and 6.7).
struct own_times {
    span_of_times expire; ///< never counts as `never_expires`
    span_of_times login_delay;
};
constexpr std::chrono::seconds never_expires = std::chrono::seconds::max();

/// Safe to call from any thread; may block.
class user_directory {
public:
    virtual ~user_directory() = default;
    /// The user of that name, in any spelling that canonical_name() makes the same; none where there is none; an
    /// error where the directory is down (temporary).
    virtual base::result<std::optional<user>> find(std::string_view name) const = 0;
    /// Does the password fit? For a directory that gives no hashes but checks passwords itself (PAM, an LDAP bind). It
    /// is asked with a canonical name, for unknown ones too, and should take as long for them. None: it does not check;
    /// user::password_hash is compared. An error where the directory is down (temporary). May block for as long as a
    /// log-in may take. Such a directory leaves password_hash, the SCRAM keys and shared_secret empty where it has
    /// none; then there is no log-in but with the password.
    virtual base::result<std::optional<bool>> verify(std::string_view /*name*/,
                                                     std::string_view /*password*/) const
    {
        return std::optional<bool>();
    }
    /// Where mail for `address` goes: the user, an alias, plus-addressing, the domain's catch-all, in
    /// this order. unknown_user where nowhere; `disabled` accounts still get mail.
    virtual base::result<std::vector<route>> resolve(std::string_view address) const = 0;
    /// The domain is ours: at least one user, alias or catch-all stands in it. An error where the directory is down
    /// (temporary), so that a sender is never told "no relay" for that.
    virtual base::result<bool> local_domain(std::string_view domain) const = 0;
    /// Counts up whenever the users change: caches of verdicts are void then.
    virtual std::uint64_t generation() const = 0;
    virtual usual_costs usual() const { return {}; }
    /// How many users there are, without aliases and catch-alls; 0 where the directory cannot count them.
    virtual std::size_t users() const { return 0; }
    /// Of all users together; known without asking for each of them.
    virtual auth::own_times own_times() const { return {}; }
    /// Every user's canonical name, for the house-keeping of their maildrops; none where the directory cannot
    /// list them. A user added or removed meanwhile may be missed.
    virtual base::result<std::vector<std::string>> names() const { return std::vector<std::string>{}; }
};

} // namespace auth
