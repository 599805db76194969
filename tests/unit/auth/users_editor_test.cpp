// The editor: what it writes, what it leaves alone, and what a crash leaves.
#include "auth/passwd_file.hpp"
#include "auth/password.hpp"
#include "auth/users_editor.hpp"
#include "auth/users_file.hpp"
#include "sasl/scram.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

#include <gtest/gtest.h>

namespace {

constexpr auth::password_costs editor_costs{64, 1, 10, 10};

class users_editor : public testing::Test {
protected:
    std::string text() const { return disk_.contents("/root/users").value_or("(none)"); }
    void write(std::string contents) { disk_.plant_file("/root/users", std::move(contents)); }
    auth::user user(std::string_view name)
    {
        auth::users_file users(*directory_, "users");
        if (const auto loaded = users.load(); !loaded) throw std::runtime_error(loaded.error().operator_text);
        return users.find(name).value().value();
    }

    support::manual_clock clock_;
    support::seeded_random random_;
    support::simulated_disk disk_{clock_};
    std::unique_ptr<disk::directory> directory_ =
        (disk_.plant_directory("/root"), disk_.open("/root").value());
    auth::users_editor editor_{*directory_, "users", random_, editor_costs};
};

TEST_F(users_editor, adds_a_user_with_hash_and_keys_of_one_password)
{
    const std::vector<std::string> fields{"quota_octets=1G", "lock=snapshot"};
    ASSERT_TRUE(editor_.add("Ann@Example.org", "\xE2\x85\xA8 lives", fields));
    const auto ann = user("ann@example.org");
    EXPECT_TRUE(ann.password_hash.starts_with("{ARGON2ID}"));
    EXPECT_TRUE(auth::verify_password(ann.password_hash, "\xE2\x85\xA8 lives").value());
    for (const auto& [with, keys] :
         {std::pair{sasl::hash::sha_256, ann.scram_sha_256}, {sasl::hash::sha_1, ann.scram_sha_1}}) {
        ASSERT_TRUE(keys);
        EXPECT_EQ(keys->iterations, 10U);
        EXPECT_EQ(sasl::derive_scram_keys(with, "IX lives", keys->salt, 10).stored_key, keys->stored_key);
    }
    EXPECT_EQ(ann.account.quota_octets, 1ULL << 30);
    EXPECT_EQ(editor_.add("ann@example.ORG", "pw").error().kind, base::failure::exists);
}

TEST_F(users_editor, prepares_names_and_finds_them_in_any_spelling)
{
    ASSERT_TRUE(editor_.add("Ju\u0308rgen@M\u00fcnchen.example", "pw"));
    EXPECT_EQ(user("j\u00fcrgen@m\u00fcnchen.example").account.name, "j\u00fcrgen@m\u00fcnchen.example");
    EXPECT_EQ(editor_.add("j\u00fcrgen@xn--mnchen-3ya.example", "pw").error().kind, base::failure::exists);
    EXPECT_TRUE(editor_.show("ju\u0308rgen@xn--mnchen-3ya.example"));
    EXPECT_TRUE(editor_.set_password("j\u00fcrgen@xn--mnchen-3ya.example", "other"));
    EXPECT_TRUE(editor_.remove("ju\u0308rgen@xn--mnchen-3ya.example"));
    EXPECT_EQ(editor_.show("j\u00fcrgen@m\u00fcnchen.example").error().kind, base::failure::unknown_user);
}

TEST_F(users_editor, keeps_comments_order_unknown_fields_and_all_other_lines)
{
    const std::string before =
        "# the family\nann:{PLAIN}old:1000:100:Ann:/home/ann:/bin/sh:userdb_mail=maildir:~/M  x=a=b empty= flag\r\n"
        "\n#bob:x\nbob:{PLAIN}secret";
    write(before);
    ASSERT_TRUE(editor_.set_password("ann", "new"));
    const std::string after = text();
    EXPECT_TRUE(after.starts_with("# the family\nann:{ARGON2ID}$argon2id$")) << after;
    EXPECT_TRUE(after.ends_with(" userdb_mail=maildir:~/M x=a=b empty= flag\r\n\n#bob:x\nbob:{PLAIN}secret"))
        << after;
    EXPECT_NE(after.find(":1000:100:Ann:/home/ann:/bin/sh:scram_sha_256="), std::string::npos) << after;
    ASSERT_TRUE(editor_.add("cid", "pw"));
    EXPECT_TRUE(text().starts_with(after + "\ncid:{ARGON2ID}"));
    ASSERT_TRUE(editor_.remove("cid"));
    EXPECT_EQ(text(), after + "\n");
}

TEST_F(users_editor, replaces_old_keys_with_the_password)
{
    ASSERT_TRUE(editor_.add("ann", "old"));
    const auto before = user("ann");
    ASSERT_TRUE(editor_.set_password("ann", "new"));
    const auto after = user("ann");
    EXPECT_NE(before.scram_sha_256->stored_key, after.scram_sha_256->stored_key);
    EXPECT_NE(before.scram_sha_1->stored_key, after.scram_sha_1->stored_key);
    EXPECT_FALSE(auth::verify_password(after.password_hash, "old").value());
    EXPECT_EQ(text().find("scram_sha_256"), text().rfind("scram_sha_256"));
}

TEST_F(users_editor, completes_short_lines)
{
    for (const char* const line :
         {"ann:{PLAIN}x", "ann:{PLAIN}x\n", "ann:{PLAIN}x:1:2", "ann:", "ann:{PLAIN}x::::::"}) {
        write(line);
        ASSERT_TRUE(editor_.set_password("ann", "new")) << line;
        EXPECT_TRUE(auth::verify_password(user("ann").password_hash, "new").value()) << line;
        EXPECT_TRUE(user("ann").scram_sha_1) << line << text();
    }
}

TEST_F(users_editor, tells_of_unknown_users_and_bad_names)
{
    write("ann:{PLAIN}x\n");
    EXPECT_EQ(editor_.set_password("bob", "pw").error().kind, base::failure::unknown_user);
    EXPECT_EQ(editor_.remove("bob").error().kind, base::failure::unknown_user);
    EXPECT_EQ(editor_.show("bob").error().kind, base::failure::unknown_user);
    for (const char* const name : {"", "a:b", "a/b", "#a", "a\n", "..", "a\xFF"})
        EXPECT_EQ(editor_.add(name, "pw").error().kind, base::failure::malformed) << name;
    for (const std::string field : {"", "=x", "a b", "a\nroot:"})
        EXPECT_EQ(editor_.add("bob", "pw", std::vector{field}).error().kind, base::failure::malformed)
            << field;
    EXPECT_EQ(editor_.add("bob", "pw", std::vector<std::string>{"quota_octets=lots"}).error().kind,
              base::failure::malformed);
    EXPECT_EQ(text(), "ann:{PLAIN}x\n");
}

TEST_F(users_editor, does_not_remove_a_user_to_whom_an_alias_leads)
{
    write("ann:{PLAIN}x\ninfo:::::::alias_of=ann\n");
    const auto refused = editor_.remove("ann");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().operator_text.find("alias_of names ann"), std::string::npos);
    EXPECT_TRUE(editor_.remove("info"));
    EXPECT_TRUE(editor_.remove("ann"));
}

TEST_F(users_editor, notes_that_the_last_user_was_removed_until_another_comes)
{
    write("# office\nann:{PLAIN}x\n");
    ASSERT_TRUE(editor_.remove("ann"));
    EXPECT_EQ(text(), "# office\n" + std::string(auth::last_user_removed) + "\n");
    ASSERT_TRUE(editor_.add("bob", "pw"));
    EXPECT_TRUE(text().starts_with("# office\nbob:")) << text();
}

TEST_F(users_editor, gives_no_password_to_an_alias)
{
    write("ann:{PLAIN}x\ninfo:::::::alias_of=ann\n");
    EXPECT_FALSE(editor_.set_password("info", "pw"));
    EXPECT_EQ(text(), "ann:{PLAIN}x\ninfo:::::::alias_of=ann\n");
}

TEST_F(users_editor, lists_and_shows_without_a_secret)
{
    write("ann:{PLAIN}sesame::::::disabled quota_octets=1G shared_secret=sesame proxy_pass=sesame\n"
          "# x\n@b.org:::::::alias_of=ann\n");
    const auto listed = editor_.list().value();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[1].name, "@b.org");
    EXPECT_EQ(listed[1].alias_of, std::vector<std::string>{"ann"});
    const auto ann = editor_.show("Ann").value();
    EXPECT_TRUE(ann.disabled);
    EXPECT_TRUE(ann.wants_new_hash);
    EXPECT_EQ(ann.scheme, "PLAIN");
    EXPECT_EQ(ann.can_use, std::vector<std::string>{"shared secret"});
    using field = std::pair<std::string, std::string>;
    EXPECT_EQ(ann.fields, (std::vector<field>{{"disabled", ""}, {"quota_octets", "1G"}}));
}

TEST_F(users_editor, waits_for_nobody)
{
    const auto held = directory_->lock_file("users.lock").value();
    EXPECT_EQ(editor_.add("ann", "pw").error().kind, base::failure::in_use);
}

TEST_F(users_editor, a_failure_or_power_cut_at_any_step_leaves_the_old_file_or_the_new)
{
    for (const bool cut : {false, true}) {
        bool struck = true;
        for (std::size_t step = 1; struck; ++step) {
            ASSERT_LT(step, 100U);
            write("ann:{PLAIN}old\n");
            if (cut)
                disk_.cut_power(step - 1);
            else
                disk_.fail(step, EIO);
            const auto done = editor_.add("bob", "pw");
            struck = disk_.struck();
            const auto after = cut ? disk_.restart(support::survivors::synced_only) : nullptr;
            disk_.heal();
            const std::string kept =
                (after ? after->contents("/root/users") : disk_.contents("/root/users")).value_or("(none)");
            const bool is_new = kept.starts_with("ann:{PLAIN}old\nbob:{ARGON2ID}");
            EXPECT_TRUE(is_new || kept == "ann:{PLAIN}old\n") << kept << "\n" << disk_.trace();
            EXPECT_TRUE(is_new || !done) << "durable means durable: " << disk_.trace();
        }
    }
}

} // namespace
