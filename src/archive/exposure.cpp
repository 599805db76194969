// Adds up what is kept once only.
#include "archive/exposure.hpp"

#include "archive/second_copy.hpp"
#include "archive/shown.hpp"

#include <set>

namespace archive {

base::result<exposure> exposure_of(const std::string& account, ledger::ledger& book,
                                   const std::function<bool(const std::string& account)>& copy_counts)
{
    std::set<ledger::content_hash> copied;
    std::set<ledger::content_hash> on_server;
    auto accounts = book.accounts();
    if (!accounts) return base::fail(accounts.error());
    for (const auto& name : *accounts) {
        const auto unshown = unshown_messages::recall(book, name);
        if (!unshown) return base::fail(unshown.error());
        auto asked = book.for_each_record(name, [&](const ledger::message_record& known) {
            if (known.hash && known.stage == ledger::stage::stored && !unshown->contains(known))
                on_server.insert(*known.hash);
        });
        if (!asked) return base::fail(asked.error());
        if (!copy_counts(name)) continue;
        auto contents = contents_in_second_copy(book, name);
        if (!contents) return base::fail(contents.error());
        copied.merge(*contents);
    }
    exposure sums;
    const auto add = [](exposure::sum& sum, std::uint64_t octets) {
        ++sum.messages;
        sum.octets += octets;
    };
    auto asked =
        book.each_copy(account, [&](const ledger::stored_copy& copy, const ledger::content_hash& hash) {
            add(sums.held, copy.octets);
            const bool is_copied = copied.contains(hash);
            const bool is_on_server = on_server.contains(hash);
            if (is_copied) add(sums.in_second_copy, copy.octets);
            if (is_on_server) add(sums.on_server, copy.octets);
            if (!is_copied && !is_on_server) add(sums.at_risk, copy.octets);
        });
    if (!asked) return base::fail(asked.error());
    return sums;
}

} // namespace archive
