// Sets of what records and copies say.
#include "ledger/known_contents.hpp"

namespace ledger {

base::result<known_contents> known_contents::read(ledger& book, const std::string& account)
{
    known_contents out;
    auto done = book.for_each_record(account, [&](const message_record& record) {
        if (record.hash) out.add(*record.hash, record.octets, record.header_hash);
    });
    if (!done) return base::fail(done.error());
    done = book.each_copy(account, [&](const stored_copy& copy, const content_hash& hash) {
        out.add(hash, copy.octets, copy.header_hash);
    });
    if (!done) return base::fail(done.error());
    return out;
}

bool known_contents::contradict(const content_hash& hash, const stored_copy& file) const
{
    if (hashes_.contains(hash)) return false;
    return octets_.contains(file.octets) || (file.header_hash && header_hashes_.contains(*file.header_hash));
}

void known_contents::add(const content_hash& hash, std::uint64_t octets,
                         const std::optional<std::string>& header_hash)
{
    hashes_.insert(hash);
    octets_.insert(octets);
    if (header_hash) header_hashes_.insert(*header_hash);
}

} // namespace ledger
