// What a name promises, held against the file and the ledger.
#include "ledger/named_length.hpp"

namespace ledger {

base::result<bool> is_cut(ledger& book, const std::string& account, const store::stored_message& message,
                          const content_hash& hash)
{
    if (message.as_long_as_named()) return false;
    const auto held = book.copies(hash, account);
    if (!held) return base::fail(held.error());
    if (!held->empty()) return false;
    const auto records = book.records_with_hash(hash);
    if (!records) return base::fail(records.error());
    return records->empty();
}

base::result<bool> is_cut(ledger& book, const std::string& account, store::collection& mail,
                          const std::string& key, const content_hash& hash)
{
    const auto message = mail.open(key);
    if (!message && message.error().kind == base::failure::vanished) return false;
    if (!message) return base::fail(message.error());
    return is_cut(book, account, **message, hash);
}

} // namespace ledger
