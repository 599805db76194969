// A message from a pipe: its line ends, its header in front, the exit code that an MTA acts on.
#include "cli/delivery.hpp"

#include <gtest/gtest.h>
#include <sysexits.h>

using cli::take_piped;

TEST(delivery, text_with_line_feeds_alone_gets_crlf)
{
    EXPECT_EQ(take_piped("A: b\n\nhello\n").octets, "A: b\r\n\r\nhello\r\n");
    EXPECT_EQ(take_piped("A: b\n\nno end").octets, "A: b\r\n\r\nno end");
    EXPECT_EQ(take_piped("A: b\n\na lone \r stays\n").octets, "A: b\r\n\r\na lone \r stays\r\n");
    EXPECT_EQ(take_piped("\n").octets, "\r\n");
}

TEST(delivery, any_crlf_and_all_stays_as_it_is)
{
    for (const std::string text :
         {"A: b\r\n\r\nhello\r\n", "A: b\r\n\nmixed\n", "A: b\n\nmixed\r\n", "", "no line end", "\r", "\r\n"})
        EXPECT_EQ(take_piped(text).octets, text);
}

TEST(delivery, octets_that_are_no_text_survive)
{
    const std::string octets("A: b\r\n\r\n\0\xff\x80\r\r\n\n.\r\n", 19);
    EXPECT_EQ(take_piped(octets).octets, octets);
}

TEST(delivery, an_mbox_line_in_front_is_taken_off)
{
    const auto taken = take_piped("From ann@example.org Tue Nov 24 15:00:00 2026\nA: b\n\nx\n");
    EXPECT_EQ(taken.sender, "ann@example.org");
    EXPECT_EQ(taken.octets, "A: b\r\n\r\nx\r\n");
    EXPECT_EQ(take_piped("From: ann@example.org\n\nx\n").sender, std::nullopt);
    EXPECT_EQ(take_piped("From ann").octets, "From ann");
}

TEST(delivery, the_exit_code_bounces_only_what_can_never_be_delivered)
{
    const auto code = [](base::failure kind, bool temporary) {
        return cli::delivery_exit_code({kind, temporary, "", ""});
    };
    EXPECT_EQ(code(base::failure::unknown_user, false), EX_NOUSER);
    EXPECT_EQ(code(base::failure::too_large, false), EX_DATAERR);
    EXPECT_EQ(code(base::failure::over_quota, true), EX_TEMPFAIL);
    EXPECT_EQ(code(base::failure::over_quota, false), EX_DATAERR) << "larger than the whole quota";
    for (const auto kind : {base::failure::no_space, base::failure::storage, base::failure::internal,
                            base::failure::vanished, base::failure::in_use})
        for (const bool temporary : {true, false}) EXPECT_EQ(code(kind, temporary), EX_TEMPFAIL);
}

namespace {

// A store that fails for one maildrop, and remembers what it was given.
struct recording_store final : store::blocking_store {
    struct begun final : ::store::blocking_delivery {
        explicit begun(recording_store& of) : of_(of) {}
        base::result<> write(std::string_view chunk) override
        {
            of_.octets += chunk;
            return {};
        }
        std::vector<base::result<std::string>> commit() override
        {
            std::vector<base::result<std::string>> out;
            for (const auto& each : of_.recipients) {
                if (each.name.text == "full")
                    out.emplace_back(base::fail({base::failure::over_quota, true, "full", "full is full"}));
                else
                    out.emplace_back("id");
            }
            return out;
        }
        recording_store& of_;
    };

    base::result<std::unique_ptr<::store::blocking_maildrop>>
    open_maildrop(const ::store::maildrop_name&, const ::store::maildrop_policy&) override
    {
        return base::fail({});
    }
    base::result<std::unique_ptr<::store::blocking_delivery>>
    begin_delivery(std::span<const ::store::delivery_recipient> to, std::optional<std::uint64_t>) override
    {
        recipients.assign(to.begin(), to.end());
        return std::make_unique<begun>(*this);
    }
    base::result<::store::usage> measure(const ::store::maildrop_name&) override { return ::store::usage(); }
    base::result<> check_quota(const ::store::maildrop_name&, const ::store::maildrop_policy&,
                               std::uint64_t) override
    {
        return {};
    }
    base::result<::store::undeletion> undelete(const ::store::maildrop_name&,
                                               const ::store::undelete_request&) override
    {
        return ::store::undeletion();
    }
    base::result<::store::usage> end_holding(const ::store::maildrop_name&, base::wall_time) override
    {
        return ::store::usage();
    }
    base::result<std::size_t> sweep(const ::store::maildrop_name&, const ::store::maildrop_policy&) override
    {
        return 0;
    }

    std::vector<::store::delivery_recipient> recipients;
    std::string octets;
};

auth::route route_to(std::string name)
{
    auth::route out;
    out.account.name = std::move(name);
    return out;
}

} // namespace

TEST(delivery, every_route_gets_a_copy_with_its_own_header)
{
    recording_store mail;
    auto limited = route_to("bob");
    limited.account.quota_messages = 7;
    const std::string big(200'000, 'x');
    EXPECT_TRUE(
        cli::deliver_piped(mail, {route_to("ann@example.org"), limited}, {}, {big, std::nullopt}, "s@x"));
    ASSERT_EQ(mail.recipients.size(), 2U);
    EXPECT_EQ(mail.recipients[0].header, "Return-Path: <s@x>\r\nDelivered-To: ann@example.org\r\n");
    EXPECT_EQ(mail.recipients[1].policy.quota_messages, 7U);
    EXPECT_TRUE(mail.octets == big); // the final line end is the store's duty, on every road
}

TEST(delivery, a_sender_cannot_write_header_lines)
{
    recording_store mail;
    EXPECT_TRUE(cli::deliver_piped(mail, {route_to("ann")}, {}, {"", std::nullopt}, "a\r\nBcc: b"));
    EXPECT_EQ(mail.recipients[0].header, "Return-Path: <aBcc: b>\r\nDelivered-To: ann\r\n");
}

TEST(delivery, without_a_sender_there_is_no_return_path)
{
    recording_store mail;
    EXPECT_TRUE(cli::deliver_piped(mail, {route_to("ann")}, {}, {"", std::nullopt}, std::nullopt));
    EXPECT_EQ(mail.recipients[0].header, "Delivered-To: ann\r\n");
    EXPECT_TRUE(cli::deliver_piped(mail, {route_to("ann")}, {}, {"", std::nullopt}, ""));
    EXPECT_EQ(mail.recipients[0].header, "Return-Path: <>\r\nDelivered-To: ann\r\n");
}

TEST(delivery, one_failure_is_the_outcome)
{
    recording_store mail;
    const auto done =
        cli::deliver_piped(mail, {route_to("ann"), route_to("full")}, {}, {"", std::nullopt}, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, base::failure::over_quota);
}
