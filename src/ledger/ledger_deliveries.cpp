// Which of several targets took a message, in the ledger as a memory of the account for each content.
#include "ledger/ledger.hpp"
#include "ledger/ledger_rows.hpp"

namespace ledger {

namespace {

/// A memory's name.
std::string taken_name(const content_hash& hash)
{
    return "taken " + hash.text();
}

/// Addresses and commands are as long as a person makes them.
std::string target_line(std::string_view target)
{
    return hash_of(target).text() + "\n";
}

} // namespace

base::result<> ledger::note_taken(std::string_view account, const content_hash& hash, std::string_view target)
{
    const auto before = recall(account, taken_name(hash));
    if (!before) return base::fail(before.error());
    const std::string lines = before->value_or("");
    const std::string line = target_line(target);
    if (lines.contains(line)) return {};
    return remember(account, taken_name(hash), lines + line);
}

base::result<bool> ledger::was_taken(std::string_view account, const content_hash& hash,
                                     std::string_view target)
{
    const auto lines = recall(account, taken_name(hash));
    if (!lines) return base::fail(lines.error());
    return lines->value_or("").contains(target_line(target));
}

base::result<> ledger::forget_taken(std::string_view account, std::span<const content_hash> those)
{
    if (those.empty()) return {};
    transaction all(*file_);
    if (auto begun = all.begun(); !begun) return begun;
    for (const content_hash& each : those)
        if (auto done = prepared_->forget.bind(1, account).bind(2, taken_name(each)).run(); !done)
            return done;
    return all.commit();
}

} // namespace ledger
