// Unknown, wrong and disabled look alike; successes are remembered; nobody gets in as another.
#include "auth/hash_cost.hpp"
#include "auth/local_authenticator.hpp"
#include "base/encoding.hpp"
#include "sasl/digest.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <map>

namespace {

using namespace std::chrono_literals;

class directory final : public auth::user_directory {
public:
    base::result<std::optional<auth::user>> find(std::string_view name) const override
    {
        if (down) return base::fail({base::failure::storage, true, "Try later", "the directory is down"});
        const auto found = users.find(std::string(name));
        return found == users.end() ? std::optional<auth::user>() : found->second;
    }
    base::result<std::vector<auth::route>> resolve(std::string_view) const override
    {
        return std::vector<auth::route>{};
    }
    base::result<bool> local_domain(std::string_view) const override { return false; }
    std::uint64_t generation() const override { return changes; }
    auth::usual_costs usual() const override { return costs; }
    base::result<std::optional<bool>> verify(std::string_view name, std::string_view password) const override
    {
        if (!checks) return std::optional<bool>();
        asked.emplace_back(name);
        if (backend_down) return base::fail({base::failure::network, true, {}, "no answer"});
        return std::optional<bool>(password == "right");
    }

    auth::user& add(const std::string& name, std::string hash)
    {
        auth::user& user = users[name];
        user.account.name = name;
        user.password_hash = std::move(hash);
        return user;
    }

    std::map<std::string, auth::user> users;
    auth::usual_costs costs;
    std::uint64_t changes = 1;
    bool down = false;
    bool checks = false, backend_down = false;
    mutable std::vector<std::string> asked;
};

class authenticator : public testing::Test {
protected:
    authenticator()
    {
        users_.add("ann", "{SSHA}of ann");
        users_.add("bob", "{SSHA}of bob").account.disabled = true;
        users_.add("cid", "");
        users_.add("dan", "{SSHA}of dan").shared_secret = "tanstaaf";
        users_.add("eve", "{PLAIN}of eve");
        users_.costs.password_hash = "{SSHA}usual";
        settings_.verify = [this](std::string_view stored, std::string_view password) -> base::result<bool> {
            work_.emplace_back(stored);
            clock_.advance(takes_);
            if (broken_) return base::fail({base::failure::malformed, false, "", "broken hash"});
            return password == "right";
        };
        settings_.report_unusable_hash = [this](std::string_view user, std::string_view) {
            reported_.emplace_back(user);
        };
        authenticator_ = std::make_unique<auth::local_authenticator>(users_, clock_, random_, settings_);
    }
    base::result<auth::account> check(std::string_view user, std::string_view password,
                                      std::string_view authorization = "")
    {
        work_.clear();
        return authenticator_->check_password(user, authorization, "PLAIN", "pop3", password,
                                              [this](const auth::account&) { return allowed_; });
    }
    bool cached(std::string_view user, std::string_view password)
    {
        return authenticator_->cached(user, "PLAIN", "pop3", password)->has_value();
    }

    directory users_;
    support::manual_clock clock_;
    support::seeded_random random_;
    auth::authenticator_settings settings_;
    std::vector<std::string> work_; ///< the hashes that were computed
    bool broken_ = false, allowed_ = true;
    std::chrono::nanoseconds takes_{0};
    std::vector<std::string> reported_;
    std::unique_ptr<auth::local_authenticator> authenticator_;
};

TEST_F(authenticator, lets_in_who_has_the_password)
{
    EXPECT_EQ(check("ANN", "right").value().name, "ann");
    EXPECT_EQ(check("ann", "right", "Ann").value().name, "ann");
    EXPECT_EQ(work_, std::vector<std::string>{"{SSHA}of ann"});
}

TEST_F(authenticator, refusals_look_alike_and_cost_alike)
{
    const auto model = check("ann", "wrong").error();
    EXPECT_EQ(model.kind, base::failure::credentials);
    EXPECT_FALSE(model.temporary);
    const std::vector<std::pair<std::string, std::string>> tries{
        {"nobody", "right"}, {"nobody", "wrong"},
        {"bob", "right"},    {"bob", "wrong"},
        {"cid", "right"},    {"dan", "right"},
        {"../ann", "right"}, {"", "right"},
        {"\xFF", "right"},   {std::string(4096, 'a'), "right"}};
    for (const auto& [user, password] : tries) {
        const auto refused = check(user, password);
        ASSERT_FALSE(refused) << user;
        EXPECT_EQ(refused.error().kind, model.kind) << user;
        EXPECT_EQ(refused.error().temporary, model.temporary) << user;
        EXPECT_EQ(refused.error().peer_text, model.peer_text) << user;
        ASSERT_EQ(work_.size(), 1U) << user;
        EXPECT_TRUE(work_[0].starts_with("{SSHA}")) << user;
        EXPECT_FALSE(cached(user, password)) << user;
    }
}

TEST_F(authenticator, measures_the_slowest_check_up_to_a_second)
{
    const auto before = authenticator_->figures().slowest_check;
    takes_ = 300ms;
    EXPECT_TRUE(check("ann", "right"));
    EXPECT_EQ(authenticator_->figures().slowest_check, std::max<std::chrono::nanoseconds>(before, 300ms));
    takes_ = 5s;
    EXPECT_FALSE(check("nobody", "right"));
    EXPECT_EQ(authenticator_->figures().slowest_check, 1s);
}

TEST_F(authenticator, a_forbidden_network_is_a_wrong_password_and_nothing_is_remembered)
{
    allowed_ = false;
    EXPECT_EQ(check("ann", "right").error().peer_text, check("ann", "wrong").error().peer_text);
    EXPECT_EQ(check("ann", "right").error().kind, base::failure::credentials);
    EXPECT_FALSE(cached("ann", "right"));
}

TEST_F(authenticator, salts_of_unknown_names_depend_on_the_secret_alone)
{
    const auto salt = [this](const std::string& secret, std::uint64_t seed) {
        settings_.secret = secret;
        support::seeded_random random(seed);
        return auth::local_authenticator(users_, clock_, random, settings_)
            .scram_keys("nobody", "SHA-256")
            .value()
            .salt;
    };
    EXPECT_EQ(salt("a secret", 1), salt("a secret", 2));
    EXPECT_NE(salt("a secret", 1), salt("another", 1));
}

TEST_F(authenticator, without_usual_costs_spends_a_new_hash)
{
    users_.costs = {};
    EXPECT_FALSE(check("nobody", "right"));
    ASSERT_EQ(work_.size(), 1U);
    EXPECT_TRUE(work_[0].starts_with("{ARGON2ID}$argon2id$v=19$m=19456,t=2,p=1$")) << work_[0];
}

TEST_F(authenticator, tells_no_secret)
{
    for (const char* const user : {"ann", "bob", "cid", "dan", "nobody"}) {
        const auto refused = check(user, "wrong-sesame");
        ASSERT_FALSE(refused);
        for (const std::string& text : {refused.error().peer_text, refused.error().operator_text}) {
            EXPECT_EQ(text.find("sesame"), std::string::npos) << text;
            EXPECT_EQ(text.find("{SSHA}"), std::string::npos) << text;
            EXPECT_EQ(text.find("tanstaaf"), std::string::npos) << text;
        }
    }
}

TEST_F(authenticator, lets_nobody_act_for_another)
{
    EXPECT_EQ(check("ann", "right", "bob").error().kind, base::failure::credentials);
    EXPECT_FALSE(cached("ann", "right"));
}

TEST_F(authenticator, a_user_with_a_shared_secret_has_no_password_log_in)
{
    const auto refused = check("dan", "right");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().operator_text.find("RFC 1939"), std::string::npos);
}

TEST_F(authenticator, a_directory_that_is_down_is_no_wrong_password)
{
    users_.down = true;
    EXPECT_TRUE(check("ann", "right").error().temporary);
    EXPECT_EQ(check("ann", "right").error().kind, base::failure::storage);
    EXPECT_EQ(authenticator_->authenticated("ann").error().kind, base::failure::storage);
    EXPECT_EQ(authenticator_->check_apop("dan", "<a@b>", "x").error().kind, base::failure::storage);
    EXPECT_EQ(authenticator_->shared_secret("dan").error().kind, base::failure::storage);
    EXPECT_EQ(authenticator_->scram_keys("ann", "SHA-256").error().kind, base::failure::storage);
}

TEST_F(authenticator, a_directory_may_check_passwords_itself)
{
    users_.checks = true;
    EXPECT_TRUE(check("cid", "right")) << "needs no hash";
    EXPECT_TRUE(cached("cid", "right"));
    EXPECT_TRUE(work_.empty());
    for (const std::string_view user : {"ann", "nobody"}) {
        EXPECT_EQ(check(user, "wrong").error().kind, base::failure::credentials) << user;
        EXPECT_TRUE(work_.empty()) << user;
    }
    EXPECT_EQ(check("bob", "right").error().kind, base::failure::credentials) << "disabled";
    EXPECT_EQ(check("nobody", "right").error().kind, base::failure::credentials) << "unknown";
    EXPECT_EQ(users_.asked, (std::vector<std::string>{"cid", "ann", "nobody", "bob", "nobody"}));
}

TEST_F(authenticator, a_directory_that_cannot_check_now_is_no_wrong_password)
{
    users_.checks = users_.backend_down = true;
    for (const std::string_view user : {"ann", "nobody"}) {
        EXPECT_TRUE(check(user, "right").error().temporary) << user;
        EXPECT_FALSE(cached(user, "right")) << user;
    }
}

TEST_F(authenticator, an_unusable_hash_is_a_wrong_password_and_reported_to_the_operator)
{
    broken_ = true;
    const auto refused = check("ann", "right");
    broken_ = false;
    EXPECT_EQ(refused.error().peer_text, check("ann", "wrong").error().peer_text);
    EXPECT_EQ(refused.error().kind, base::failure::credentials);
    EXPECT_EQ(reported_, std::vector<std::string>{"ann"});
}

TEST_F(authenticator, remembers_successes_until_the_users_change)
{
    EXPECT_FALSE(cached("ann", "right"));
    ASSERT_TRUE(check("ann", "right"));
    EXPECT_TRUE(cached("Ann", "right"));
    EXPECT_FALSE(cached("ann", "wrong"));
    EXPECT_FALSE(cached("eve", "right"));
    EXPECT_EQ(authenticator_->figures().cache_hits, 1U);
    EXPECT_EQ(authenticator_->figures().cache_misses, 3U);
    ++users_.changes;
    EXPECT_FALSE(cached("ann", "right"));
    ASSERT_TRUE(check("ann", "right"));
    EXPECT_TRUE(cached("ann", "right"));
    clock_.advance(60s);
    EXPECT_FALSE(cached("ann", "right"));
}

TEST_F(authenticator, checks_apop)
{
    const std::string stamp = "<1896.697170952@dbc.mtview.ca.us>"; // RFC 1939, section 7
    EXPECT_EQ(authenticator_->check_apop("Dan", stamp, "c4c9334bac560ecc979e58001b3e22fb").value().name,
              "dan");
    for (const auto& [user, digest] : {std::pair{"dan", "c4c9334bac560ecc979e58001b3e22fc"},
                                       {"dan", ""},
                                       {"dan", "x"},
                                       {"ann", "c4c9334bac560ecc979e58001b3e22fb"},
                                       {"nobody", "c4c9334bac560ecc979e58001b3e22fb"}}) {
        const auto refused = authenticator_->check_apop(user, stamp, digest);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, base::failure::credentials);
        EXPECT_EQ(refused.error().peer_text, check("ann", "wrong").error().peer_text);
    }
    users_.users["dan"].account.disabled = true;
    EXPECT_FALSE(authenticator_->check_apop("dan", stamp, "c4c9334bac560ecc979e58001b3e22fb"));
}

TEST_F(authenticator, gives_shared_secrets_only_of_those_who_may_log_in)
{
    EXPECT_EQ(authenticator_->shared_secret("DAN").value(), "tanstaaf");
    EXPECT_FALSE(authenticator_->shared_secret("ann").value());
    EXPECT_FALSE(authenticator_->shared_secret("nobody").value());
    users_.users["dan"].account.disabled = true;
    EXPECT_FALSE(authenticator_->shared_secret("dan").value());
}

TEST_F(authenticator, gives_no_keys_that_cost_more_than_a_hash_may)
{
    const sasl::scram_keys dear{std::string(16, 's'), 5'000'001, std::string(32, 'k'), std::string(32, 'v')};
    users_.users["ann"].scram_sha_256 = dear;
    EXPECT_NE(authenticator_->scram_keys("ann", "SHA-256").value().stored_key, dear.stored_key);
    EXPECT_LT(authenticator_->scram_keys("ann", "SHA-256").value().iterations, dear.iterations);
    EXPECT_TRUE(auth::unusable(dear));
    users_.users["ann"].scram_sha_256->iterations = 5'000'000;
    EXPECT_EQ(authenticator_->scram_keys("ann", "SHA-256").value().stored_key, dear.stored_key);
}

TEST_F(authenticator, gives_real_keys_and_their_doubles)
{
    const sasl::scram_keys real{std::string(16, 's'), 5000, std::string(32, 'k'), std::string(32, 'v')};
    users_.users["ann"].scram_sha_256 = real;
    users_.users["bob"].scram_sha_256 = real;
    users_.costs.scram_sha_256_iterations = 5000;
    EXPECT_EQ(authenticator_->scram_keys("Ann", "SHA-256").value().stored_key, real.stored_key);
    for (const char* const user : {"nobody", "bob", "cid", "../x"}) {
        const auto keys = authenticator_->scram_keys(user, "SHA-256").value();
        EXPECT_EQ(keys.salt.size(), real.salt.size()) << user;
        EXPECT_EQ(keys.iterations, real.iterations) << user;
        EXPECT_EQ(keys.stored_key.size(), real.stored_key.size()) << user;
        EXPECT_NE(keys.stored_key, real.stored_key) << user;
        EXPECT_NE(keys.salt, real.salt) << user;
        EXPECT_EQ(keys.salt, authenticator_->scram_keys(user, "SHA-256").value().salt) << "stable: " << user;
    }
    EXPECT_NE(authenticator_->scram_keys("nobody", "SHA-256").value().salt,
              authenticator_->scram_keys("noone", "SHA-256").value().salt);
    EXPECT_EQ(authenticator_->scram_keys("NOBODY", "SHA-256").value().salt,
              authenticator_->scram_keys("nobody", "SHA-256").value().salt);
    EXPECT_EQ(authenticator_->scram_keys("ann", "SHA-1").value().stored_key.size(), 20U);
    EXPECT_EQ(authenticator_->scram_keys("ann", "SHA-1").value().iterations,
              auth::password_costs{}.scram_sha_1_iterations);
}

TEST_F(authenticator, opens_the_account_of_a_proved_identity)
{
    EXPECT_EQ(authenticator_->authenticated("ANN").value().name, "ann");
    for (const char* const user : {"bob", "nobody", "a/b"})
        EXPECT_EQ(authenticator_->authenticated(user).error().kind, base::failure::credentials) << user;
}

} // namespace
