// A memory of the account: the hashes of the unique-ids, one after another.
#include "archive/shown.hpp"

#include <set>
#include <string_view>

namespace archive {

namespace {

constexpr std::size_t name_digits = 64;

std::string name_of_record(std::string_view unique_id)
{
    return ledger::hash_of(unique_id).text();
}

} // namespace

base::result<unshown_messages> unshown_messages::recall(ledger::ledger& book, const std::string& account)
{
    const auto text = book.recall(account, ledger::ledger::unshown_name);
    if (!text) return base::fail(text.error());
    unshown_messages out;
    const std::string names = text->value_or("");
    out.nothing_is_known_ = names == ledger::ledger::nothing_shown;
    for (std::string_view rest = names; rest.size() >= name_digits; rest.remove_prefix(name_digits))
        out.names_.emplace(rest.substr(0, name_digits));
    return out;
}

bool unshown_messages::contains(const ledger::message_record& record) const
{
    return nothing_is_known_ || (!names_.empty() && names_.contains(name_of_record(record.unique_id)));
}

base::result<> note_unshown(const run_inputs& inputs, const run_knowledge& known, const run_session& session)
{
    if (inputs.wish.dry_run) return {};
    std::set<std::string_view> listed;
    for (const planned_message& planned : session.plan.messages)
        if (has_own_name(planned.message)) listed.insert(planned.message.unique_id);
    for (const auto& [shown, unique_id] : session.nameless) listed.insert(unique_id);
    std::string names;
    for (const auto& [unique_id, record] : known.records)
        if (record.stage == ledger::stage::stored && !listed.contains(unique_id))
            names += name_of_record(unique_id);
    // Nothing is written where nothing ever was unseen.
    return names.empty()
               ? note_all_shown(inputs)
               : inputs.parts.book.remember(inputs.account.name, ledger::ledger::unshown_name, names);
}

base::result<> note_all_shown(const run_inputs& inputs)
{
    const auto before = inputs.parts.book.recall(inputs.account.name, ledger::ledger::unshown_name);
    if (!before) return base::fail(before.error());
    if (before->value_or("").empty()) return {};
    return inputs.parts.book.remember(inputs.account.name, ledger::ledger::unshown_name, "");
}

} // namespace archive
