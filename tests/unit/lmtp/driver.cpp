// The loop around the machine.
#include "unit/lmtp/driver.hpp"

#include <gtest/gtest.h>

namespace lmtp_test {

void driver::feed(std::string_view octets)
{
    session.receive(octets);
    for (bool waits = closed; !waits;) {
        const lmtp::action asked = session.next();
        std::visit([&](const auto& each) { perform(each); }, asked);
        waits = closed || std::holds_alternative<lmtp::need_octets>(asked);
        output += session.output();
        session.output().clear();
    }
}

void driver::perform(const lmtp::check_recipient& asked)
{
    const auto refused = refused_recipients.find(asked.address);
    if (refused == refused_recipients.end()) return session.recipient_accepted();
    session.recipient_refused(refused->second);
}

void driver::perform(const lmtp::begin_message& asked)
{
    EXPECT_FALSE(open_) << "a message begun within another";
    if (begin_error) return session.message_refused(*begin_error);
    open_ = {asked.sender, asked.recipients, session.with_protocol(), {}};
    session.message_begun();
}

void driver::perform(const lmtp::message_octets& asked)
{
    ASSERT_TRUE(open_) << "octets without a message";
    EXPECT_FALSE(asked.octets.empty());
    if (write_error) return session.message_failed(*write_error);
    open_->content += asked.octets;
    session.octets_written();
}

void driver::perform(const lmtp::end_message&)
{
    ASSERT_TRUE(open_) << "the end of no message";
    std::vector<base::result<>> verdicts;
    for (const std::string& recipient : open_->recipients) {
        const auto failed = failed_deliveries.find(recipient);
        verdicts.push_back(failed == failed_deliveries.end() ? base::result<>{} : base::fail(failed->second));
    }
    EXPECT_EQ(session.message_octets_taken(), open_->content.size());
    messages.push_back(*std::exchange(open_, std::nullopt));
    session.delivered(verdicts);
}

void driver::perform(const lmtp::abandon_message&)
{
    EXPECT_TRUE(open_) << "no message to abandon";
    open_.reset();
    ++abandoned;
}

void driver::perform(const lmtp::start_tls& asked)
{
    plaintext_dropped = asked.pending_plaintext;
    session.tls_started();
}

} // namespace lmtp_test
