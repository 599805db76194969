// Looking at messages on the server without storing them.
#include "archive/proof.hpp"

#include "archive/reception.hpp"
#include "archive/rules.hpp"
#include "base/ascii.hpp"
#include "base/counted.hpp"
#include "ledger/added_fields.hpp"
#include "ledger/header_hash.hpp"
#include "mail/mime/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace archive {

namespace {

using planned_messages = std::vector<const planned_message*>;

// So many lines of the body are compared before a deletion: a machine's letter whole, and of a long one enough that two
// letters do not share them; some 8 KiB.
constexpr std::uint64_t compared_body_lines = 100;

/// Hashes what it is given, and keeps the header sections no longer than `tell` takes.
class header_reader final : public client::message_sink {
public:
    struct sight {
        ledger::content_hash hash;
        std::string header_hash;
        std::string header;
        ledger::bare_message bare;
        ledger::content_hash body{}; ///< of the octets behind the header section
        std::uint64_t body_octets = 0, body_lines = 0;
    };
    using teller = std::function<void(std::uint64_t number, const sight&)>;
    header_reader(const run_session& session, teller tell) : stop_(session.stop), tell_(std::move(tell)) {}

    base::result<> begin(const client::listed_message& message) override
    {
        number_ = message.number;
        header_.clear();
        all_.finish();
        header_hash_.finish();
        bare_.finish();
        body_.finish();
        body_octets_ = body_lines_ = 0;
        end_ = {};
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        const std::string_view header = chunk.substr(0, end_.find(chunk));
        const std::string_view body = chunk.substr(header.size());
        body_.add(body);
        body_octets_ += body.size();
        body_lines_ += static_cast<std::uint64_t>(std::ranges::count(body, '\n'));
        header_hash_.add(chunk);
        all_.add(chunk);
        bare_.add(chunk);
        header_ += header.substr(0, header_octets_max - header_.size());
        return {};
    }
    base::result<> end(bool doubtful) override
    {
        if (doubtful) return {}; // perhaps cut short: it answers no rule and proves nothing
        const ledger::content_hash hash = all_.finish();
        tell_(number_, {hash, header_hash_.finish(), header_, bare_.finish(), body_.finish(), body_octets_,
                        body_lines_});
        return {};
    }
    base::result<> failed(const client::listed_message&, const base::error&) override { return {}; }
    bool wants_more() const override { return stop_ == nullptr || !*stop_; }

private:
    const std::atomic<bool>* const stop_;
    teller tell_;
    std::uint64_t number_ = 0;
    std::string header_;
    ledger::content_hasher all_;
    ledger::header_hasher header_hash_;
    ledger::bare_message_reader bare_;
    ledger::content_hasher body_;
    std::uint64_t body_octets_ = 0, body_lines_ = 0;
    mail::header_section_end end_;
};

std::vector<client::listed_message> listed(const planned_messages& wanted)
{
    std::vector<client::listed_message> messages;
    for (const planned_message* planned : wanted) messages.push_back(planned->message);
    return messages;
}

/// Shows what the server gives for TOP. A server without it gives nothing.
run_step look_at_tops(run_session& session, const planned_messages& messages, std::uint64_t body_lines,
                      const header_reader::teller& tell)
{
    if (messages.empty() || !session.drop.abilities().top) return {};
    header_reader sink(session, tell);
    return of_the_line(session.drop.peek(listed(messages), body_lines, sink));
}

/// LIST tells a size that speaks for the stored message: the one that came, or what LIST told when it came.
bool has_known_size(const planned_message& planned, const ledger::message_record& known)
{
    return planned.message.octets &&
           (*planned.message.octets == known.octets || planned.message.octets == known.listed_octets);
}

enum class likeness { none, beginning, whole };

/// How much of the kept body the server showed, in answer to TOP with compared_body_lines.
likeness compare_bodies(store::collection& mail, const std::string& key, const header_reader::sight& seen)
{
    auto message = mail.open(key);
    if (!message) return likeness::none;
    mail::header_section_end end;
    ledger::content_hasher body;
    std::uint64_t octets = 0;
    const auto read = store::read_canonical(**message, [&](std::string_view chunk) -> base::result<> {
        chunk.remove_prefix(end.find(chunk));
        body.add(chunk.substr(0, seen.body_octets - std::min(octets, seen.body_octets)));
        octets += chunk.size();
        return {};
    });
    if (!read || octets < seen.body_octets || body.finish() != seen.body) return likeness::none;
    if (seen.body_lines >= compared_body_lines) return likeness::beginning;
    return octets == seen.body_octets ? likeness::whole : likeness::none;
}

/// The numbers of those that TOP proves to be the stored ones.
std::expected<std::set<std::uint64_t>, run_trouble> same_tops(const run& current, run_session& session,
                                                              const planned_messages& messages)
{
    std::map<std::uint64_t, const ledger::message_record*> wanted;
    planned_messages asked;
    for (const planned_message* planned : messages) {
        const auto found = current.known.records.find(session.record_name(*planned));
        if (found == current.known.records.end() || !found->second.header_hash || found->second.adopted)
            continue;
        if (found->second.key.empty() || !has_known_size(*planned, found->second)) continue;
        wanted[planned->message.number] = &found->second;
        asked.push_back(planned);
    }
    std::set<std::uint64_t> same;
    const auto compare = [&](std::uint64_t number, const header_reader::sight& seen) {
        const ledger::message_record& known = *wanted.at(number);
        if (*known.header_hash != seen.header_hash) return;
        const likeness alike = compare_bodies(current.inputs.parts.mail, known.key, seen);
        if (alike == likeness::whole || (alike == likeness::beginning && names_one_letter(seen.header)))
            same.insert(number);
    };
    auto looked = look_at_tops(session, asked, compared_body_lines, compare);
    if (!looked) return std::unexpected(looked.error());
    return same;
}

/// By number, whether the octets that the server has are the kept ones. Whole messages are read again: the last resort,
/// and a certain one. What the server would not give, or the disk not let be told, is not there.
std::expected<std::map<std::uint64_t, bool>, run_trouble> compare_whole(run& current, run_session& session,
                                                                        const planned_messages& messages)
{
    std::map<std::uint64_t, bool> same;
    if (messages.empty()) return same;
    std::map<std::uint64_t, const ledger::message_record*> records;
    for (const planned_message* planned : messages)
        records[planned->message.number] = current.known.find(session.record_name(*planned));
    header_reader sink(session, [&](std::uint64_t number, const header_reader::sight& seen) {
        const ledger::message_record& known = *records.at(number);
        const auto equal = seen.hash == known.hash
                               ? base::result<bool>(true)
                               : is_same_but_added(current.inputs.parts.mail, known.key, seen.bare);
        if (equal) same[number] = *equal; // else it stays, and the next run asks again
    });
    if (auto read = of_the_line(session.drop.retrieve(listed(messages), sink)); !read)
        return std::unexpected(read.error());
    return same;
}

/// Has the header section a field of this name that is not blank?
bool has_field(std::string_view header, std::string_view name)
{
    constexpr std::string_view blank = " \t\r\n";
    bool in_field = false;
    while (!header.empty()) {
        const std::size_t end = std::min(header.find('\n'), header.size() - 1) + 1;
        std::string_view line = header.substr(0, end);
        header.remove_prefix(end);
        if (!blank.contains(line.front())) {
            const std::size_t colon = std::min(line.find(':'), line.size());
            std::string_view found = line.substr(0, colon);
            while (!found.empty() && blank.contains(found.back())) found.remove_suffix(1);
            in_field = colon != line.size() && base::equal_ignoring_case(found, name);
            line.remove_prefix(std::min(colon + 1, line.size()));
        }
        if (in_field && line.find_first_not_of(blank) != std::string_view::npos) return true;
    }
    return false;
}

/// The record of a message whose unique-id the server gave to another one.
ledger::message_record given_away(ledger::message_record known)
{
    known.stage = ledger::stage::listed;
    known.note = "the server has another message under this unique-id now; " + known.key + " is kept";
    return known;
}

} // namespace

bool names_one_letter(std::string_view header)
{
    return has_field(header, "Message-ID") && (has_field(header, "Date") || has_field(header, "Received"));
}

base::result<bool> is_same_but_added(store::collection& mail, const std::string& key,
                                     const ledger::bare_message& served)
{
    const auto answer = [](const base::error& error) -> base::result<bool> {
        if (error.kind == base::failure::vanished || error.kind == base::failure::malformed) return false;
        return base::fail(error);
    };
    if (key.empty()) return false;
    auto message = mail.open(key);
    if (!message) return answer(message.error());
    ledger::bare_message_reader reader;
    auto read = store::read_canonical(**message, [&](std::string_view octets) -> base::result<> {
        reader.add(octets);
        return {};
    });
    if (!read) return answer(read.error());
    const ledger::bare_message held = reader.finish();
    return ledger::same_body_but_added(held, served) && ledger::same_header_but_added(held, served);
}

std::expected<std::map<std::uint64_t, ledger::bare_message>, run_trouble>
served_messages(run_session& session, const planned_messages& messages)
{
    std::map<std::uint64_t, ledger::bare_message> served;
    header_reader sink(session, [&](std::uint64_t number, const header_reader::sight& seen) {
        served.emplace(number, seen.bare);
    });
    if (auto read = of_the_line(session.drop.retrieve(listed(messages), sink)); !read)
        return std::unexpected(read.error());
    return served;
}

run_step keep_proved(run& current, run_session& session, planned_messages& messages)
{
    planned_messages open;
    for (const planned_message* planned : messages)
        if (!session.fetched.contains(planned->name)) open.push_back(planned);
    if (open.empty()) return {};
    current.progress.advance("comparing");
    auto proved = same_tops(current, session, open);
    if (!proved) return std::unexpected(proved.error());
    std::erase_if(open,
                  [&](const planned_message* planned) { return proved->contains(planned->message.number); });
    const auto same = compare_whole(current, session, open);
    if (!same) return std::unexpected(same.error());
    std::vector<ledger::message_record> others;
    for (const planned_message* planned : open) {
        const auto compared = same->find(planned->message.number);
        if (compared == same->end()) continue; // it stays
        ledger::message_record& known = *current.known.find(session.record_name(*planned));
        if (!compared->second) {
            others.push_back(given_away(known));
            session.given_away.push_back(static_cast<std::size_t>(planned - session.plan.messages.data()));
        }
        known.adopted = known.adopted && !compared->second; // durable with `delete_asked`
        if (compared->second) proved->insert(planned->message.number);
    }
    std::erase_if(messages, [&](const planned_message* planned) {
        return !proved->contains(planned->message.number) && std::ranges::find(open, planned) != open.end();
    });
    if (!others.empty())
        current.report.warn(fmt::format(
            "the server gave {} to {} fetched, and not deleted", base::counted(others.size(), "unique-id"),
            base::for_number(others.size(), "another message, which is", "other messages, which are")));
    return of_ours(current.known.record(others));
}

run_step settle_doubts(run& current, run_session& session)
{
    planned_messages doubted;
    for (const planned_message& planned : session.plan.messages)
        if (planned.doubted) doubted.push_back(&planned);
    if (doubted.empty()) return {};
    auto same = same_tops(current, session, doubted);
    if (!same) return std::unexpected(same.error());
    std::vector<ledger::message_record> returned;
    for (std::size_t i = 0; i != session.plan.messages.size(); ++i) {
        planned_message& planned = session.plan.messages[i];
        if (!planned.doubted) continue;
        if (!same->contains(planned.message.number)) {
            planned.course = course::fetch;
            session.plan.order.push_back(i);
        } else {
            returned.push_back(*current.known.find(planned.message.unique_id));
            returned.back().stage = ledger::stage::stored;
        }
    }
    return of_ours(current.known.record(returned));
}

run_step look_at_dates(run& current, run_session& session)
{
    planned_messages asked;
    for (const std::size_t i : session.plan.order) asked.push_back(&session.plan.messages[i]);
    if (asked.empty()) return {};
    if (!session.drop.abilities().top)
        current.report.warn(
            "the server has no TOP, so the dates of new messages are not known yet: the run deletes those "
            "that are old enough");
    return look_at_tops(session, asked, 0, [&](std::uint64_t number, const header_reader::sight& seen) {
        if (const auto date = mail::mime::date_of_message(seen.header)) session.dates[number] = *date;
    });
}

run_step apply_rules(run& current, run_session& session)
{
    const auto& rules = current.inputs.account.rules;
    if (!decide_before_download(rules)) return {};
    std::map<std::uint64_t, planned_message*> open;
    planned_messages asked;
    for (const std::size_t i : session.plan.order) {
        planned_message& planned = session.plan.messages[i];
        open[planned.message.number] = &planned;
        asked.push_back(&planned);
    }
    const auto decide = [&](planned_message& planned, std::string_view header) {
        const admission_verdict verdict = admit(rules, {header, planned.message.octets});
        if (verdict.decision == admission::fetch) return;
        planned.course = course::skipped;
        planned.reason = "by the rule " + verdict.rule;
        if (verdict.decision == admission::delete_unseen) session.unseen[planned.name] = verdict.rule;
    };
    if (!need_header_before_download(rules)) {
        for (auto& [number, planned] : open) decide(*planned, {});
    } else {
        if (!session.drop.abilities().top)
            current.report.warn(
                "the server has no TOP: rules that would skip or delete before the download are not applied");
        current.progress.advance("reading headers");
        auto looked =
            look_at_tops(session, asked, 0, [&](std::uint64_t number, const header_reader::sight& seen) {
                decide(*open.at(number), seen.header);
            });
        if (!looked) return looked;
    }
    std::erase_if(session.plan.order,
                  [&](std::size_t i) { return session.plan.messages[i].course != course::fetch; });
    return {};
}

} // namespace archive
