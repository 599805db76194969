// What the steps of a run share.
#include "archive/run.hpp"

namespace archive {

void run::tell(std::string_view doing, std::uint64_t messages, std::uint64_t octets)
{
    const std::lock_guard guard(showing);
    shown.doing = doing;
    shown.messages_done += messages;
    shown.octets_done += octets;
    if (with.on_progress) with.on_progress(shown);
}

void run::warn(std::string text)
{
    if (const auto [added, fresh] = warnings.insert(std::move(text)); fresh)
        with.log.warning("fetch-warning", {{"account", account.name}, {"text", std::string_view(*added)}});
}

void run::note_uncopied(const ledger::content_hash& hash, const base::error& why)
{
    if (uncopied.empty()) uncopied_why = why.operator_text;
    uncopied.insert(hash);
}

base::result<> run::record(std::span<const ledger::life> those)
{
    if (wish.dry_run) return {};
    if (auto done = with.book.record(those); !done) return done;
    for (const ledger::life& one : those) lives.insert_or_assign(one.unique_id, one);
    return {};
}

ledger::life* run::find(std::string_view unique_id)
{
    const auto found = lives.find(unique_id);
    return found == lives.end() ? nullptr : &found->second;
}

bool run::is_gone_here(const client::listed_message& message) const
{
    const auto found = lives.find(message.unique_id);
    if (!has_own_name(message) || found == lives.end()) return false;
    const ledger::life& known = found->second;
    if (!known.key.empty()) return missing.contains(known.key);
    // What only a target took has no key either.
    return known.stage == ledger::stage::stored && known.hash && !known.taken_over &&
           !account.delivers_instead && with.targets.empty();
}

ledger::life run::life_of(const client::listed_message& message) const
{
    const auto found = lives.find(message.unique_id);
    if (found != lives.end()) return found->second;
    return {.account = account.name,
            .unique_id = message.unique_id,
            .octets = message.octets.value_or(0),
            .first_listed = began};
}

std::string run_session::life_name(const planned_message& of) const
{
    if (has_own_name(of.message)) return of.message.unique_id;
    const auto found = nameless.find(of.name);
    return found == nameless.end() ? "" : found->second;
}

} // namespace archive
