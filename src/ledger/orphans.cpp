// Making the ledger know what lies in the archive.
#include "ledger/orphans.hpp"

#include "ledger/header_hash.hpp"
#include "ledger/moved_copies.hpp"
#include "ledger/named_length.hpp"

#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ledger {

namespace {

constexpr std::size_t commit_every = 256; // messages; a crash repeats no more work than this

/// Nothing: what is left of a message, and none.
base::result<std::optional<held_content>> look_at(ledger& book, const std::string& account,
                                                  store::collection& mail, const std::string& key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    content_hasher hasher;
    header_hasher header;
    auto read = store::read_canonical(**message, [&](std::string_view octets) -> base::result<> {
        hasher.add(octets);
        header.add(octets);
        return {};
    });
    if (!read) return base::fail(read.error());
    const content_hash hash = hasher.finish();
    const auto cut = is_cut(book, account, **message, hash);
    if (!cut) return base::fail(cut.error());
    if (*cut) return std::nullopt;
    return held_content{hash, stored_copy{account, key, (*message)->octets(), header.finish()}};
}

} // namespace

base::result<mail_look> look_at_mail(ledger& book, const std::string& account, store::collection& mail)
{
    std::unordered_set<std::string> known;
    auto done = book.each_copy(account,
                               [&](const stored_copy& copy, const content_hash&) { known.insert(copy.key); });
    if (!done) return base::fail(done.error());
    mail_look out;
    auto listed = mail.list([&](const store::kept_message& message) {
        if (known.erase(message.key) == 0) out.orphans.push_back(message.key);
    });
    if (!listed) return base::fail(listed.error());
    // What another program renames meanwhile a listing may miss.
    for (const std::string& key : known)
        if (auto found = mail.find(key); !found && found.error().kind == base::failure::vanished)
            out.missing.insert(key);
    return out;
}

base::result<orphan_adoption> adopt_orphans(ledger& book, const std::string& account, store::collection& mail)
{
    const auto look = look_at_mail(book, account, mail);
    if (!look) return base::fail(look.error());
    return adopt_orphans(book, account, mail, *look);
}

base::result<orphan_adoption> adopt_orphans(ledger& book, const std::string& account, store::collection& mail,
                                            const mail_look& look)
{
    orphan_adoption adopted;
    std::vector<held_content> found;
    const auto commit = [&]() -> base::result<> {
        adopted.entered += found.size();
        if (auto done = book.record_copies(found); !done) return done;
        const auto followed = follow_moved(book, mail, found);
        if (!followed) return base::fail(followed.error());
        adopted.moved += *followed;
        found.clear();
        return {};
    };
    for (const std::string& key : look.orphans) {
        auto orphan = look_at(book, account, mail, key);
        if (!orphan && orphan.error().kind == base::failure::storage && orphan.error().temporary)
            return base::fail(orphan.error()); // a disk in trouble now: what it hides would be fetched twice
        if (orphan && *orphan) found.push_back(std::move(**orphan));
        if (found.size() >= commit_every)
            if (auto done = commit(); !done) return base::fail(done.error());
    }
    if (auto done = commit(); !done) return base::fail(done.error());
    const auto followed = follow_missing(book, account, mail, look.missing);
    if (!followed) return base::fail(followed.error());
    adopted.moved += *followed;
    return adopted;
}

base::result<std::optional<std::string>> find_moved(ledger& book, const std::string& account,
                                                    store::collection& mail, const content_hash& hash,
                                                    const std::string& key)
{
    auto place = other_place(book, account, mail, hash, key);
    if (!place) return base::fail(place.error());
    if (*place) return std::move((*place)->key);
    const auto look = look_at_mail(book, account, mail);
    if (!look) return base::fail(look.error());
    for (const std::string& orphan : look->orphans)
        if (const auto found = look_at(book, account, mail, orphan);
            found && *found && (*found)->first == hash)
            return orphan;
    return std::nullopt;
}

} // namespace ledger
