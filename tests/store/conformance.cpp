// What the tests of the suite do over and over.
#include "conformance.hpp"

#include "mail/line_ends.hpp"
#include "mail/unique_id.hpp"

#include <array>

namespace conformance {

base::result<std::string> store_conformance::deliver(const std::string& name, std::string_view body,
                                                     const std::string& header,
                                                     const store::maildrop_policy& policy)
{
    clock().advance(std::chrono::milliseconds(1));
    auto begun = [&] {
        const std::array recipients{store::delivery_recipient{{name}, policy, header}};
        return store().begin_delivery(recipients, std::nullopt);
    }();
    if (!begun) return base::fail(begun.error());
    if (auto written = (*begun)->write(body); !written) return base::fail(written.error());
    auto outcomes = (*begun)->commit();
    EXPECT_EQ(outcomes.size(), 1U);
    return outcomes.at(0);
}

std::string store_conformance::must_deliver(const std::string& name, std::string_view body)
{
    auto outcome = deliver(name, body);
    EXPECT_TRUE(outcome) << outcome.error().operator_text;
    return outcome.value_or("");
}

std::unique_ptr<store::blocking_maildrop> store_conformance::open(const std::string& name,
                                                                  const store::maildrop_policy& policy)
{
    auto opened = store().open_maildrop({name}, policy);
    if (!opened) throw std::runtime_error("cannot open " + name + ": " + opened.error().operator_text);
    return std::move(*opened);
}

void store_conformance::remove(store::blocking_maildrop& from, std::vector<std::size_t> indexes,
                               const std::string& session)
{
    const auto removal = from.remove(indexes, session);
    ASSERT_TRUE(removal) << removal.error().operator_text;
    EXPECT_EQ(removal->removed, indexes.size()) << removal->reason;
    EXPECT_TRUE(removal->not_removed.empty()) << removal->reason;
}

std::vector<letter> store_conformance::collect(const std::string& name, const store::maildrop_policy& policy)
{
    const auto session = open(name, policy);
    const auto listing = session->listing();
    std::vector<letter> out;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i != listing->size(); ++i) {
        EXPECT_TRUE(mail::unique_id::parse(listing->unique_id(i))) << listing->unique_id(i);
        const auto message = session->open(i);
        if (!message) throw std::runtime_error("cannot read: " + message.error().operator_text);
        std::string octets = canonical_octets(**message);
        EXPECT_EQ(octets.size(), listing->octets(i));
        EXPECT_EQ(octets.size(), (*message)->octets());
        total += octets.size();
        out.push_back({std::string(listing->unique_id(i)), std::move(octets)});
    }
    EXPECT_EQ(listing->total_octets(), total);
    return out;
}

std::vector<std::string> store_conformance::bodies(const std::string& name,
                                                   const store::maildrop_policy& policy)
{
    std::vector<std::string> out;
    for (letter& one : collect(name, policy)) out.push_back(std::move(one.octets));
    return out;
}

std::string store_conformance::canonical_octets(store::stored_message& message, std::size_t piece)
{
    std::string stored;
    std::string buffer(piece, '\0');
    for (;;) {
        const auto got = message.read(buffer, stored.size());
        if (!got) throw std::runtime_error("cannot read: " + got.error().operator_text);
        if (*got == 0) break;
        stored.append(buffer, 0, *got);
    }
    EXPECT_EQ(stored.size(), message.stored_octets());
    if (message.form() == mail::form::as_received) return stored;
    std::string out;
    mail::to_crlf().convert(stored, out);
    return out;
}

} // namespace conformance
