// What the steps of a run share.
#include "archive/run.hpp"

namespace archive {

void tally::listed(const std::string& name)
{
    if (entries_.try_emplace(name).second) ++listed_;
}

void tally::settle(const std::string& name, outcome result, std::string reason, bool temporary)
{
    entry& message = entries_[name];
    if (message.result == outcome::stored) return;
    message = {result, std::move(reason), temporary};
}

bool tally::is(const std::string& name, outcome result) const
{
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second.result == result;
}

bool tally::is_stored(const std::string& name) const
{
    return is(name, outcome::stored) || is(name, outcome::stored_before) || is(name, outcome::same);
}

void tally::tell(fetch_report& report) const
{
    report.on_server = on_server();
    report.stored_before = known_whole_;
    for (const auto& [name, message] : entries_) switch (message.result) {
        case outcome::stored: ++report.stored; break;
        case outcome::stored_before: ++report.stored_before; break;
        case outcome::removed_here:
            ++report.removed_here;
            report.removals.push_back(name);
            break;
        case outcome::same:
            ++report.stored_before;
            ++report.same_as_others;
            break;
        case outcome::skipped: report.skipped.push_back({name, message.reason}); break;
        case outcome::failed: report.failed.push_back({name, message.reason, message.temporary}); break;
        case outcome::none: ++report.not_reached; break;
        }
}

void progress_meter::advance(std::string_view doing, std::uint64_t messages, std::uint64_t octets)
{
    const std::lock_guard guard(mutex_);
    shown_.doing = doing;
    shown_.messages_done += messages;
    shown_.octets_done += octets;
    if (inputs_.parts.on_progress) inputs_.parts.on_progress(shown_);
}

void progress_meter::expect(std::uint64_t messages, std::uint64_t octets)
{
    const std::lock_guard guard(mutex_);
    shown_.messages_all = shown_.messages_done + messages;
    shown_.octets_all = shown_.octets_done + octets;
}

void progress_meter::expect_more(std::uint64_t octets)
{
    const std::lock_guard guard(mutex_);
    shown_.octets_all += octets;
}

std::uint64_t progress_meter::octets_all() const
{
    const std::lock_guard guard(mutex_);
    return shown_.octets_all;
}

void run_report::warn(std::string text)
{
    if (const auto [added, fresh] = warnings.insert(std::move(text)); fresh)
        inputs_.parts.log.warning("fetch-warning",
                                  {{"account", inputs_.account.name}, {"text", std::string_view(*added)}});
}

void run_report::note_uncopied(const ledger::content_hash& hash, const base::error& error)
{
    if (uncopied.empty()) uncopied_why = error.operator_text;
    uncopied.insert(hash);
}

base::result<> run_knowledge::record(std::span<const ledger::message_record> changes)
{
    if (inputs_.wish.dry_run) return {};
    if (auto done = inputs_.parts.book.record(changes); !done) return done;
    for (const ledger::message_record& record : changes) records.insert_or_assign(record.unique_id, record);
    return {};
}

ledger::message_record* run_knowledge::find(std::string_view unique_id)
{
    const auto found = records.find(unique_id);
    return found == records.end() ? nullptr : &found->second;
}

bool run_knowledge::is_gone_here(const client::listed_message& message) const
{
    const auto found = records.find(message.unique_id);
    if (!has_own_name(message) || found == records.end()) return false;
    const ledger::message_record& known = found->second;
    if (!known.key.empty()) return missing.contains(known.key);
    // What only a target took has no key either.
    return known.stage == ledger::stage::stored && known.hash && !known.taken_over &&
           !inputs_.account.delivers_instead && inputs_.parts.targets.empty();
}

ledger::message_record run_knowledge::record_of(const client::listed_message& message) const
{
    const auto found = records.find(message.unique_id);
    if (found != records.end()) return found->second;
    return {.account = inputs_.account.name,
            .unique_id = message.unique_id,
            .octets = message.octets.value_or(0),
            .first_listed = inputs_.began};
}

std::string run_session::record_name(const planned_message& planned) const
{
    if (has_own_name(planned.message)) return planned.message.unique_id;
    const auto found = nameless.find(planned.name);
    return found == nameless.end() ? "" : found->second;
}

} // namespace archive
