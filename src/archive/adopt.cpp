// Listed messages matched with held ones by their header sections.
#include "archive/adopt.hpp"

#include "ledger/bare_copies.hpp"
#include "ledger/header_hash.hpp"

#include <map>
#include <set>
#include <vector>

namespace archive {

namespace {

constexpr std::size_t peek_messages =
    200; // asked for at once: enough to fill a pipeline, few enough to stop soon
constexpr std::size_t adopted_together_max = 100;

base::error cannot(std::string_view command)
{
    return {.kind = base::failure::refused,
            .temporary = false,
            .peer_text = "the server does not support that",
            .operator_text =
                "this server has no " + std::string(command) +
                ", so its messages cannot be matched without a download; fetch them: what is here already "
                "is recognised by its content and not kept twice"};
}

/// A header section as TOP gave it.
struct shown_header {
    std::string hash;
    ledger::bare_message bare;
};

/// Hashes the header sections that TOP gives.
class header_sink final : public client::message_sink {
public:
    explicit header_sink(std::map<std::uint64_t, shown_header>& shown) : shown_(shown) {}

    base::result<> begin(const client::listed_message& message) override
    {
        number_ = message.number;
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        hasher_.add(chunk);
        bare_.add(chunk);
        return {};
    }
    base::result<> end(bool doubtful) override
    {
        shown_header header{hasher_.finish(), bare_.finish()};
        if (!doubtful) shown_[number_] = std::move(header);
        return {};
    }
    base::result<> failed(const client::listed_message&, const base::error&) override { return {}; }

private:
    std::map<std::uint64_t, shown_header>& shown_; // by message number
    ledger::header_hasher hasher_;
    ledger::bare_message_reader bare_;
    std::uint64_t number_ = 0;
};

/// A listed message and the one content that has its header section.
struct match {
    client::listed_message message;
    std::string header_hash;
    ledger::content_hash hash;
    ledger::stored_copy held;
    std::uint64_t octets = 0; ///< that the server should tell: of what is held, but for added fields
    bool with_added = false;  ///< some were; then an empty line may have been added, too
    bool exact() const
    {
        constexpr std::uint64_t line_end_octets = 2;
        return message.octets &&
               (*message.octets == octets || (with_added && *message.octets + line_end_octets == octets));
    }
};

/// Where line ends count as one octet, the message is smaller by its lines; none has more lines than half its octets.
bool plausible(const match& match)
{
    return !match.message.octets ||
           (*match.message.octets <= match.octets && *match.message.octets >= match.octets / 2);
}

class adopting {
public:
    adopting(const std::string& account, client::maildrop& drop, ledger::ledger& book,
             store::collection& mail, const base::clock& clock)
        : account_(account), from_(drop), book_(book), bare_(account, book, mail), clock_(clock)
    {
    }

    base::result<adoption> run(const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                               const std::atomic<bool>* stop)
    {
        auto listing = from_.list();
        if (!listing) return base::fail(listing.error());
        if (!listing->unique_ids) return base::fail(cannot("UIDL"));
        if (auto chosen = choose(listing->messages); !chosen) return base::fail(chosen.error());
        for (std::size_t first = 0; first < wanted_.size(); first += peek_messages) {
            done_.stopped = stop != nullptr && *stop;
            if (done_.stopped) break;
            const std::size_t count = std::min(peek_messages, wanted_.size() - first);
            if (auto peeked = peek(std::span(wanted_).subspan(first, count)); !peeked)
                return base::fail(peeked.error());
            if (tell) tell(first + count, wanted_.size());
        }
        if (auto recorded = record(); !recorded) return base::fail(recorded.error());
        return done_;
    }

private:
    base::result<> choose(const std::vector<client::listed_message>& messages)
    {
        done_.listed = messages.size();
        for (const client::listed_message& message : messages) {
            if (message.ambiguous || message.unique_id.empty()) {
                ++done_.ambiguous;
                continue;
            }
            auto found = book_.find(account_, message.unique_id);
            if (!found) return base::fail(found.error());
            // Another program fetched it, and nothing of it is known here: what was imported may be that.
            const bool only_taken_over = *found && (*found)->taken_over && !(*found)->hash;
            if (only_taken_over) taken_over_.insert(message.number);
            if (*found && !only_taken_over &&
                ((*found)->stage >= ledger::stage::stored || (*found)->stage == ledger::stage::skipped))
                ++done_.known;
            else
                wanted_.push_back(message);
        }
        return {};
    }

    base::result<> peek(std::span<const client::listed_message> some)
    {
        std::map<std::uint64_t, shown_header> shown;
        header_sink sink(shown);
        if (auto peeked = from_.peek(some, 0, sink); !peeked) {
            const bool no_top = peeked.error().kind == base::failure::refused && !from_.abilities().top;
            return base::fail(no_top ? cannot("TOP") : peeked.error());
        }
        for (const client::listed_message& message : some) {
            const auto header = shown.find(message.number);
            if (header == shown.end())
                ++done_.untold;
            else if (auto compared = compare(message, header->second); !compared)
                return compared;
        }
        return {};
    }

    base::result<> compare(const client::listed_message& message, const shown_header& header)
    {
        ++listed_with_[header.hash];
        auto candidates = book_.copies_by_header(header.hash);
        if (!candidates) return base::fail(candidates.error());
        std::map<ledger::content_hash, match> contents;
        for (auto& [hash, held] : *candidates) {
            const std::uint64_t octets = held.octets;
            if (held.account == account_)
                contents.try_emplace(hash, match{message, header.hash, hash, std::move(held), octets});
        }
        if (contents.empty()) {
            auto alike = bare_.find(header.bare);
            if (!alike) return base::fail(alike.error());
            for (ledger::bare_match& candidate : *alike)
                contents.try_emplace(candidate.hash,
                                     match{message, header.hash, candidate.hash, std::move(candidate.held),
                                           candidate.server_octets, true});
        }
        if (contents.empty())
            ++(taken_over_.contains(message.number) ? done_.known : done_.unmatched);
        else if (contents.size() > 1) {
            ++done_.ambiguous;
            leave(message);
        } else {
            ++listed_for_[contents.begin()->first];
            matches_.push_back(std::move(contents.begin()->second));
        }
        return {};
    }

    base::result<> record()
    {
        std::size_t exact = 0;
        for (const match& match : matches_) exact += match.exact() ? 1 : 0;
        const bool counts_exactly = exact * 2 > matches_.size();
        std::vector<ledger::message_record> group;
        for (const match& match : matches_) {
            if (listed_with_[match.header_hash] > 1 || listed_for_[match.hash] > 1) {
                ++done_.ambiguous;
                leave(match.message);
            } else if (counts_exactly ? !match.exact() && match.message.octets : !plausible(match)) {
                ++done_.sizes_differ;
                // What another program fetched and changed on the way would come a second time.
                if (!taken_over_.contains(match.message.number)) leave(match.message);
            } else {
                ++done_.adopted;
                group.push_back(record_of(match));
            }
            if (group.size() < adopted_together_max) continue;
            if (auto written = book_.record(group); !written) return written;
            group.clear();
        }
        if (auto written = book_.record(group); !written) return written;
        return book_.record(left_);
    }

    /// To the next fetch, which compares it by its content: also where another program has fetched it.
    void leave(const client::listed_message& message)
    {
        ledger::message_record left;
        left.account = account_;
        left.unique_id = message.unique_id;
        left.octets = message.octets.value_or(0);
        left.first_listed = clock_.now();
        left.adopted = true;
        left.note =
            "its header section alone does not tell which message here it is: the next fetch compares it";
        left_.push_back(std::move(left));
    }

    ledger::message_record record_of(const match& match) const
    {
        ledger::message_record adopted;
        adopted.account = account_;
        adopted.unique_id = match.message.unique_id;
        adopted.stage = ledger::stage::stored;
        adopted.hash = match.hash;
        adopted.key = match.held.key;
        adopted.octets = match.held.octets;
        adopted.header_hash = match.header_hash;
        adopted.first_listed = clock_.now();
        adopted.stored_at = clock_.now(); // when it was in truth is not known here; later means deleted later
        adopted.adopted = true;
        adopted.listed_octets = match.message.octets;
        adopted.note = "matched by its header section";
        return adopted;
    }

    const std::string& account_;
    client::maildrop& from_;
    ledger::ledger& book_;
    ledger::bare_copies bare_;
    const base::clock& clock_;
    adoption done_;
    std::vector<client::listed_message> wanted_;
    std::vector<match> matches_;
    std::vector<ledger::message_record> left_;
    std::map<std::string, std::uint64_t> listed_with_; // how many listed messages have that header section
    std::map<ledger::content_hash, std::uint64_t> listed_for_; // how many match that content
    std::set<std::uint64_t> taken_over_;                       // numbers
};

} // namespace

base::result<adoption> adopt(const std::string& account, client::maildrop& drop, ledger::ledger& book,
                             store::collection& mail, const base::clock& clock,
                             const std::function<void(std::uint64_t, std::uint64_t)>& tell,
                             const std::atomic<bool>* stop)
{
    return adopting(account, drop, book, mail, clock).run(tell, stop);
}

} // namespace archive
