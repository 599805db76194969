// The way back: messages that are damaged or gone here, brought back from the second copy or from the server.
#include "archive/restore.hpp"

#include "archive/fetch.hpp"
#include "archive/plan.hpp"
#include "archive/reception.hpp"
#include "archive/second_copy.hpp"
#include "ledger/known_contents.hpp"
#include "ledger/named_length.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace archive {

namespace {

bool is_wanted(const restore_wish& wish, const ledger::content_hash& hash)
{
    return !wish.only || wish.only->contains(hash);
}

/// Looks at what the ledger holds.
class loss_finder {
public:
    loss_finder(const std::string& account, store::collection& mail, ledger::ledger& book,
                const restore_wish& wish)
        : account_(account), mail_(mail), book_(book), wish_(wish)
    {
    }

    base::result<std::vector<lost_message>> run()
    {
        std::vector<std::pair<ledger::content_hash, ledger::stored_copy>> held;
        auto done =
            book_.each_copy(account_, [&](const ledger::stored_copy& copy, const ledger::content_hash& hash) {
                if (is_wanted(wish_, hash)) held.emplace_back(hash, copy);
            });
        if (!done) return base::fail(done.error());
        for (std::size_t i = 0; i < held.size(); ++i) {
            if (wish_.stop != nullptr && *wish_.stop) break;
            look_at(held[i].first, held[i].second);
            if (wish_.tell) wish_.tell(i + 1, held.size());
        }
        if (wish_.full || wish_.only)
            if (auto removed = add_removed(held); !removed) return base::fail(removed.error());
        return std::move(lost_);
    }

private:
    void look_at(const ledger::content_hash& hash, const ledger::stored_copy& held)
    {
        const auto found = ledger::hash_kept(mail_, account_, held.key);
        if (found && found->first == hash) return;
        lost_message lost{.hash = hash, .octets = held.octets, .key = held.key};
        lost.damaged = found || found.error().kind != base::failure::vanished;
        if (lost.damaged)
            if (auto message = mail_.find(held.key); message)
                lost.place = {message->folder, message->marks, message->arrival};
        lost_.push_back(std::move(lost));
    }

    base::result<> add_removed(const std::vector<std::pair<ledger::content_hash, ledger::stored_copy>>& held)
    {
        std::set<ledger::content_hash> known;
        for (const auto& [hash, where] : held) known.insert(hash);
        return book_.for_each_record(account_, [&](const ledger::message_record& record) {
            if (!record.hash || !record.key.empty() || record.taken_over || !is_wanted(wish_, *record.hash))
                return;
            if (known.insert(*record.hash).second)
                lost_.push_back({.hash = *record.hash, .octets = record.octets});
        });
    }

    const std::string& account_;
    store::collection& mail_;
    ledger::ledger& book_;
    const restore_wish& wish_;
    std::vector<lost_message> lost_;
};

/// What both ways back share.
class restorer {
public:
    restorer(const restore_parts& parts, const restore_wish& wish, std::string source)
        : with_(parts), wish_(wish), source_(std::move(source))
    {
    }

    /// Another file has these octets: nothing needs to come.
    base::result<bool> is_here_elsewhere(const lost_message& lost)
    {
        auto places = with_.book.copies(lost.hash, with_.account);
        if (!places) return base::fail(places.error());
        for (const ledger::stored_copy& place : *places) {
            if (place.account != with_.account || place.key == lost.key) continue;
            const auto found = ledger::hash_kept(with_.mail, with_.account, place.key);
            if (!found || found->first != lost.hash) continue;
            if (auto done = settle(lost, place.key, false); !done) return base::fail(done.error());
            return true;
        }
        return false;
    }

    /// The octets lie under `key`, durable and read again: the ledger says so, then what was damaged goes aside.
    base::result<> settle(const lost_message& lost, const std::string& key, bool in_second_copy)
    {
        auto kept = ledger::hash_kept(with_.mail, with_.account, key);
        if (!kept) return base::fail(kept.error());
        if (kept->first != lost.hash)
            return base::fail(
                {.kind = base::failure::storage,
                 .temporary = true,
                 .peer_text = "the disk is not to be trusted",
                 .operator_text = "what was restored as " + key + " reads back with other contents"});
        const std::pair<ledger::content_hash, ledger::stored_copy> row(lost.hash, kept->second);
        if (auto done = with_.book.record_copies({&row, 1}); !done) return done;
        auto records = with_.book.records_with_hash(lost.hash);
        if (!records) return base::fail(records.error());
        std::erase_if(*records, [&](const ledger::message_record& record) {
            return record.account != with_.account || (!record.key.empty() && record.key != lost.key) ||
                   record.taken_over;
        });
        for (ledger::message_record& record : *records) {
            record.key = key;
            record.octets = kept->second.octets;
            record.header_hash = kept->second.header_hash;
            record.stage = std::max(record.stage, ledger::stage::stored); // one that was to be fetched again
            record.verified = false;
            record.second_copy = in_second_copy;
            record.failures = 0;
            record.note = "restored from " + source_;
        }
        if (auto done = with_.book.record(*records); !done) return done;
        if (!lost.key.empty())
            if (auto done = with_.book.forget_copy(with_.account, lost.key); !done) return done;
        if (!lost.damaged) return {};
        if (auto done = with_.mail.set_aside(lost.key, wish_.aside); !done)
            add(lost,
                "it was restored, and its damaged file could not be put aside: " + done.error().operator_text,
                "check the disk");
        else
            ++done_.put_aside;
        return {};
    }

    void add(const lost_message& lost, std::string finding, std::string what_to_do)
    {
        done_.left.push_back(
            {.account = with_.account,
             .key = lost.key.empty() ? lost.hash.text() : lost.key,
             .kind = lost.damaged ? ledger::difference_kind::changed : ledger::difference_kind::missing,
             .description = std::move(finding),
             .what_to_do = std::move(what_to_do)});
    }

    bool stopping() { return done_.stopped = wish_.stop != nullptr && *wish_.stop; }

    const restore_parts& with_;
    const restore_wish& wish_;
    const std::string source_;
    restoration done_;
};

class here_restorer : restorer {
public:
    here_restorer(const restore_parts& parts, const restore_wish& wish)
        : restorer(parts, wish, "another file that is here")
    {
    }

    base::result<restoration> run(std::vector<lost_message>& lost)
    {
        std::vector<lost_message> rest;
        for (lost_message& message : lost) {
            auto found = is_here_elsewhere(message);
            if (!found) return base::fail(found.error());
            if (!*found) rest.push_back(std::move(message));
        }
        lost = std::move(rest);
        return std::move(done_);
    }
};

class copy_restorer : restorer {
public:
    copy_restorer(const restore_parts& parts, store::collection& copy, const restore_wish& wish)
        : restorer(parts, wish, "the second copy"), copy_(copy), finder_(copy)
    {
    }

    base::result<restoration> run(const std::vector<lost_message>& lost)
    {
        auto back = bring_these(lost);
        if (back && wish_.full && !stopping()) back = bring_all();
        // Also of a restoration that failed in the middle.
        const auto noted = note_read_in_second_copy(with_.book, with_.account, taken_);
        if (!back) return base::fail(back.error());
        if (!noted) return base::fail(noted.error());
        return std::move(done_);
    }

private:
    base::result<> bring_these(const std::vector<lost_message>& lost)
    {
        std::uint64_t done = 0;
        for (const lost_message& message : lost) {
            if (stopping()) return {};
            if (auto back = bring(message); !back) return back;
            if (wish_.tell) wish_.tell(++done, lost.size());
        }
        return {};
    }

    /// An error: the disk or the ledger of this side.
    base::result<> bring(const lost_message& lost)
    {
        auto found = is_here_elsewhere(lost);
        if (!found) return base::fail(found.error());
        if (*found) return {};
        auto key = finder_.find(lost.hash, lost.octets);
        if (!key) return base::fail(key.error());
        if (*key) return take(lost, **key);
        add(lost, "it is not in the second copy (SHA-256 " + lost.hash.text() + ")",
            "restante restore --from-server looks for it on the server");
        return {};
    }

    base::result<> take(const lost_message& lost, const std::string& key)
    {
        auto fresh = copy_message(copy_, key, lost.hash, with_.mail, lost.place);
        if (!fresh) return base::fail(fresh.error());
        if (auto done = settle(lost, *fresh, true); !done) return done;
        taken_.insert(lost.hash);
        ++done_.restored;
        return {};
    }

    base::result<> bring_all()
    {
        std::set<ledger::content_hash> held;
        auto done =
            with_.book.each_copy(with_.account, [&](const ledger::stored_copy&,
                                                    const ledger::content_hash& hash) { held.insert(hash); });
        if (!done) return done;
        // Before anything is taken: what is taken is known then.
        const auto known = ledger::known_contents::read(with_.book, with_.account);
        if (!known) return base::fail(known.error());
        std::vector<std::string> keys;
        auto listed = copy_.list([&](const store::kept_message& message) { keys.push_back(message.key); });
        if (!listed) return listed;
        for (std::size_t i = 0; i < keys.size() && !stopping(); ++i) {
            auto found = ledger::hash_kept(copy_, with_.account, keys[i]);
            if (!found)
                add({.key = keys[i]}, "it cannot be read in the second copy: " + found.error().operator_text,
                    "check that disk");
            else if (!wish_.sealed && known->contradict(found->first, found->second))
                add({.key = keys[i], .damaged = true},
                    "its file in the second copy has octets that the ledger does not know, and the size or the "
                    "header section of a message that it knows: it is damaged, and is not taken",
                    "restante verify --repair puts it aside once a good copy is there; a message of its own is "
                    "taken by restante import --eml");
            else if (const auto named = is_as_named(keys[i]);
                     !known->knows(found->first) && !(named && *named))
                add({.key = keys[i], .damaged = true},
                    "in the second copy " + std::string(ledger::not_as_named) + "; it is not taken",
                    "the whole message may still be on the server; restante import --eml takes what is left of it");
            else if (held.insert(found->first).second)
                if (auto taken = take({.hash = found->first, .octets = found->second.octets}, keys[i]);
                    !taken)
                    return taken;
            if (wish_.tell) wish_.tell(i + 1, keys.size());
        }
        return {};
    }

    base::result<bool> is_as_named(const std::string& key)
    {
        const auto message = copy_.open(key);
        if (!message) return base::fail(message.error());
        return (*message)->as_long_as_named();
    }

    store::collection& copy_;
    content_finder finder_;
    std::set<ledger::content_hash> taken_; ///< read there to the last octet, and equal here
};

class server_restorer : restorer {
public:
    server_restorer(const restore_parts& parts, const restore_wish& wish)
        : restorer(parts, wish, "the server")
    {
    }

    base::result<restoration> run(client::maildrop& drop, const std::vector<lost_message>& lost)
    {
        if (auto read = read_records(lost); !read) return base::fail(read.error());
        auto listing = drop.list();
        if (!listing) return base::fail(listing.error());
        std::vector<client::listed_message> wanted;
        for (const auto& message : listing->messages)
            if (has_own_name(message) && wanted_.contains(message.unique_id)) wanted.push_back(message);
        if (auto got = retrieve(drop, wanted); !got) return base::fail(got.error());
        for (const lost_message& message : lost)
            if (!back_.contains(message.hash) && !told_.contains(message.hash))
                add(message, "it is not on the server", "restante restore looks for it in the second copy");
        return std::move(done_);
    }

private:
    base::result<> read_records(const std::vector<lost_message>& lost)
    {
        std::map<ledger::content_hash, const lost_message*> by_hash;
        for (const lost_message& message : lost) {
            auto found = is_here_elsewhere(message);
            if (!found) return base::fail(found.error());
            if (*found)
                back_.insert(message.hash);
            else
                by_hash.emplace(message.hash, &message);
        }
        return with_.book.for_each_record(with_.account, [&](const ledger::message_record& record) {
            if (!record.hash) return;
            if (const auto found = by_hash.find(*record.hash); found != by_hash.end())
                wanted_.emplace(record.unique_id, found->second);
        });
    }

    base::result<> retrieve(client::maildrop& drop, const std::vector<client::listed_message>& messages)
    {
        std::uint64_t done = 0;
        reception sink(
            with_.mail, with_.clock, group_messages_max,
            [&](std::vector<arrival> group) -> base::result<> {
                for (arrival& arrival : group)
                    if (auto taken = take(std::move(arrival)); !taken) return taken;
                done += group.size();
                if (wish_.tell) wish_.tell(done, messages.size());
                return {};
            },
            [&](const client::listed_message& message, const base::error& error) -> base::result<> {
                const lost_message& lost = *wanted_.at(message.unique_id);
                told_.insert(lost.hash);
                add(lost, "the server refused it: " + error.operator_text, "try again later");
                return {};
            },
            [](std::uint64_t) {});
        const auto received = drop.retrieve(messages, sink);
        if (sink.trouble()) return base::fail(*sink.trouble());
        if (auto rest = sink.settle_rest(); !rest) return rest;
        return received;
    }

    base::result<> take(arrival came)
    {
        const lost_message& lost = *wanted_.at(came.message.unique_id);
        if (back_.contains(lost.hash)) return {};
        if (came.hash != lost.hash) {
            told_.insert(lost.hash);
            add(lost,
                "the server has other octets under the unique-id " + came.message.unique_id + " (SHA-256 " +
                    came.hash.text() + ", wanted " + lost.hash.text() + ")",
                "nothing was written; restante restore looks for it in the second copy");
            return {};
        }
        std::vector<store::collection::publication> group;
        group.push_back({std::move(came.body), lost.place});
        auto key = std::move(with_.mail.publish(std::move(group)).front());
        if (!key) return base::fail(key.error());
        if (auto done = settle(lost, *key, false); !done) return done;
        back_.insert(lost.hash);
        ++done_.restored;
        return {};
    }

    std::map<std::string, const lost_message*> wanted_; ///< by unique-id
    std::set<ledger::content_hash> back_;
    std::set<ledger::content_hash> told_; ///< why it could not come back
};

} // namespace

base::result<std::vector<lost_message>> find_lost(const std::string& account, store::collection& mail,
                                                  ledger::ledger& book, const restore_wish& wish)
{
    return loss_finder(account, mail, book, wish).run();
}

base::result<restoration> restore_from_here(const restore_parts& parts, std::vector<lost_message>& lost,
                                            const restore_wish& wish)
{
    return here_restorer(parts, wish).run(lost);
}

base::result<restoration> restore_from_copy(const restore_parts& parts, store::collection& copy,
                                            const std::vector<lost_message>& lost, const restore_wish& wish)
{
    return copy_restorer(parts, copy, wish).run(lost);
}

base::result<restoration> restore_from_server(const restore_parts& parts, client::maildrop& drop,
                                              const std::vector<lost_message>& lost, const restore_wish& wish)
{
    return server_restorer(parts, wish).run(drop, lost);
}

} // namespace archive
