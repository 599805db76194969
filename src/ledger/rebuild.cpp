// The holdings of an account, made to agree with its mail.
#include "ledger/rebuild.hpp"

#include "ledger/database.hpp"
#include "ledger/header_hash.hpp"
#include "ledger/moved_copies.hpp"
#include "ledger/named_length.hpp"

#include <map>
#include <set>
#include <vector>

namespace ledger {

namespace {

base::result<held_content> hash_message(store::collection& mail, const std::string& account,
                                        const std::string& key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    content_hasher content;
    header_hasher header;
    std::uint64_t octets = 0;
    auto read = store::read_canonical(**message, [&](std::string_view chunk) -> base::result<> {
        content.add(chunk);
        header.add(chunk);
        octets += chunk.size();
        return {};
    });
    if (!read) return base::fail(read.error());
    return held_content{content.finish(), holding{account, key, octets, header.finish()}};
}

/// One run over an account.
class account_rebuilding {
public:
    account_rebuilding(ledger& book, const std::string& account, store::collection& mail,
                       const rebuild_wish& wish)
        : book_(book), account_(account), mail_(mail), wish_(wish)
    {
    }

    base::result<rebuilding> run()
    {
        if (auto read = read_both(); !read) return base::fail(read.error());
        if (auto doubted = book_.doubt(account_); !doubted) return base::fail(doubted.error());
        for (const std::string& key : there_) {
            done_.stopped = wish_.stop != nullptr && *wish_.stop;
            if (done_.stopped) break;
            if (auto done = take(key); !done) return base::fail(done.error());
            if (group_.size() < commit_rows_max) continue;
            if (auto written = write_group(); !written) return base::fail(written.error());
            if (wish_.tell) wish_.tell(done_.hashed + done_.unreadable, done_.messages);
        }
        if (auto written = write_group(); !written) return base::fail(written.error());
        if (wish_.tell) wish_.tell(done_.hashed + done_.unreadable, done_.messages);
        if (!done_.stopped)
            if (auto settled = settle_gone(); !settled) return base::fail(settled.error());
        return done_;
    }

private:
    base::result<> read_both()
    {
        auto listed = mail_.list([&](const store::kept_message& one) { there_.insert(one.key); });
        if (!listed) return listed;
        done_.messages = there_.size();
        return book_.each_holding(
            account_, [&](const holding& held, const content_hash& hash) { known_.emplace(held.key, hash); });
    }

    /// After all that is there was entered: what other programs moved is among it.
    base::result<> settle_gone()
    {
        std::set<std::string> gone;
        for (const auto& [key, hash] : known_)
            if (!there_.contains(key)) gone.insert(key);
        const auto moved = follow_missing(book_, account_, mail_, gone);
        if (!moved) return base::fail(moved.error());
        done_.moved = *moved;
        std::set<std::string> left;
        auto told = book_.each_holding(account_, [&](const holding& held, const content_hash&) {
            if (gone.contains(held.key)) left.insert(held.key);
        });
        if (!told) return told;
        done_.forgotten = left.size();
        for (const std::string& key : left)
            if (auto done = book_.forget_holding(account_, key); !done) return done;
        return give_back_keys();
    }

    /// What counted as removed, by an earlier call too, and is here.
    base::result<> give_back_keys()
    {
        std::set<content_hash> sought;
        auto told = book_.each(account_, [&](const life& each) {
            if (each.key.empty() && each.hash && !each.taken_over) sought.insert(*each.hash);
        });
        if (!told) return told;
        std::vector<held_content> found;
        for (const content_hash& hash : sought) {
            auto place = other_place(book_, account_, mail_, hash, "");
            if (!place) return base::fail(place.error());
            if (*place) found.emplace_back(hash, std::move(**place));
        }
        const auto placed = follow_moved(book_, mail_, found);
        return placed ? base::result<>{} : base::fail(placed.error());
    }

    base::result<> take(const std::string& key)
    {
        auto hashed = hash_message(mail_, account_, key);
        if (!hashed) {
            // Temporary trouble of one file must not make the ledger forget it; and whoever wants to delete on the
            // server reads it again before.
            ++done_.unreadable;
            return {};
        }
        const auto before = known_.find(key);
        if (before == known_.end() && !wish_.believe_files) {
            const auto cut = is_cut(book_, account_, mail_, key, hashed->first);
            if (!cut) return base::fail(cut.error());
            if (*cut) {
                ++done_.unreadable;
                done_.cut.push_back(key);
                return {};
            }
        }
        ++done_.hashed;
        if (before != known_.end() && before->second != hashed->first) {
            done_.changed.push_back(key);
            if (!wish_.believe_files) return {};
            if (auto kept = book_.copy_tags(account_, before->second, hashed->first); !kept) return kept;
            if (auto forgotten = book_.forget_holding(account_, key); !forgotten) return forgotten;
        }
        group_.push_back(std::move(*hashed));
        return {};
    }

    base::result<> write_group()
    {
        auto written = book_.record_holdings(group_);
        group_.clear();
        return written;
    }

    ledger& book_;
    const std::string& account_;
    store::collection& mail_;
    const rebuild_wish& wish_;
    rebuilding done_;
    std::set<std::string> there_;
    std::map<std::string, content_hash> known_;
    std::vector<held_content> group_;
};

} // namespace

base::result<rebuilding> rebuild(ledger& book, const std::string& account, store::collection& mail,
                                 const rebuild_wish& wish)
{
    return account_rebuilding(book, account, mail, wish).run();
}

base::result<bool> wants_rebuild(ledger& book, const std::string& account, store::collection& mail)
{
    const auto held = book.has_holdings(account);
    if (!held) return base::fail(held.error());
    if (*held) return false;
    bool there = false;
    auto listed = mail.list([&](const store::kept_message&) { there = true; });
    if (!listed) return base::fail(listed.error());
    return there;
}

} // namespace ledger
