// The proof: list, read, hash, compare.
#include "ledger/verify.hpp"

#include "ledger/database.hpp"
#include "ledger/header_hash.hpp"
#include "ledger/moved_copies.hpp"
#include "ledger/named_length.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace ledger {
namespace {

constexpr std::string_view way_back =
    "restante restore brings it back from the second copy, restante restore --from-server from the server";

/// In the ledger's memory: nanoseconds since 1970, then the keys that were not as stored, each behind a '/', which
/// is in no key.
constexpr std::string_view verified_name = "verified";
constexpr std::size_t keys_octets_max = 1U << 20U; // of more damage nothing is remembered

using held_contents = std::unordered_map<std::string, content_hash>; // by key

class verifier {
public:
    verifier(const std::string& account, store::collection& mail, ledger& book, const verify_wish& wish)
        : account_(account), mail_(mail), book_(book), wish_(wish)
    {
    }

    base::result<verification> run()
    {
        // The mail first: what a fetch stores meanwhile is then in the copies, and not taken for missing.
        std::vector<std::string> keys;
        auto listed = mail_.list([&](const store::kept_message& message) { keys.push_back(message.key); });
        if (!listed) return base::fail(listed.error());
        auto asked = book_.each_copy(account_, [&](const stored_copy& copy, const content_hash& hash) {
            held_.emplace(copy.key, hash);
        });
        if (!asked) return base::fail(asked.error());
        done_.copies = held_.size();
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (wish_.stop != nullptr && *wish_.stop) {
                done_.stopped = true;
                break;
            }
            if (auto looked = look_at(keys[i]); !looked) return base::fail(looked.error());
            if (wish_.tell) wish_.tell(i + 1, keys.size());
        }
        if (done_.stopped) return std::move(done_);
        if (auto judged = evaluate_rest(keys); !judged) return base::fail(judged.error());
        return std::move(done_);
    }

private:
    base::result<> look_at(const std::string& key)
    {
        auto found = hash_kept(mail_, account_, key);
        const auto held = held_.find(key);
        if (!found) {
            if (found.error().kind == base::failure::vanished) return {}; // missing, if it is held
            add(key, difference_kind::unreadable, found.error().operator_text,
                "check the disk; " + std::string(way_back));
        } else {
            ++done_.messages;
            done_.octets += found->second.octets;
            if (held == held_.end()) {
                orphans_.push_back(*std::move(found));
                return {};
            }
            if (held->second != found->first)
                add(key, difference_kind::changed,
                    "its contents changed since it was stored (SHA-256 " + found->first.text() + ", was " +
                        held->second.text() + ")",
                    "the file was edited or damaged: " + std::string(way_back));
        }
        if (held != held_.end()) held_.erase(held);
        return {};
    }

    /// What is not known, and what is known and was not met, as far as these are not the same.
    base::result<> evaluate_rest(const std::vector<std::string>& seen)
    {
        auto missing = missing_keys();
        if (!missing.empty()) {
            if (auto looked = look_again(seen); !looked) return looked;
            missing = missing_keys();
        }
        std::vector<held_content> moved;
        for (held_content& held : orphans_)
            if (const auto lost = missing.find(held.first); lost != missing.end()) {
                missing.erase(lost);
                moved.push_back(std::move(held));
            } else if (auto done = unrecorded(std::move(held)); !done) {
                return done;
            }
        if (auto recorded = record(); !recorded) return recorded;
        return report_missing(missing, std::move(moved));
    }

    std::multimap<content_hash, std::string> missing_keys()
    {
        std::multimap<content_hash, std::string> missing;
        for (const auto& [key, hash] : held_) // it may have come after the listing
            if (!mail_.find(key)) missing.emplace(hash, key);
        return missing;
    }

    /// What another program renamed while this read.
    base::result<> look_again(const std::vector<std::string>& seen)
    {
        const std::unordered_set<std::string_view> before(seen.begin(), seen.end());
        std::vector<std::string> keys;
        auto listed = mail_.list([&](const store::kept_message& message) {
            if (!before.contains(message.key)) keys.push_back(message.key);
        });
        for (const std::string& key : keys)
            if (listed) listed = look_at(key);
        return listed;
    }

    base::result<> unrecorded(held_content found)
    {
        const std::string& key = found.second.key;
        const auto cut = is_cut(book_, account_, mail_, key, found.first);
        if (!cut) return base::fail(cut.error());
        if (*cut) {
            add(key, difference_kind::unreadable, std::string(not_as_named) + ", and is not in the ledger",
                "restante restore --all brings back what the second copy has; restante rebuild --believe-files "
                "takes the file as it is");
            return {};
        }
        add(found.second.key, difference_kind::unrecorded, "it is in the mail, and not in the ledger",
            "nothing is lost; restante verify --repair enters it");
        if (!wish_.repair) return {};
        unrecorded_.push_back(std::move(found));
        unrecorded_at_.push_back(done_.differences.size() - 1);
        return unrecorded_.size() < commit_rows_max ? base::result<>{} : record();
    }

    base::result<> record()
    {
        if (auto done = enter(unrecorded_); !done) return done;
        for (const std::size_t offset : unrecorded_at_) done_.differences[offset].repaired = true;
        done_.repaired += unrecorded_.size();
        unrecorded_.clear();
        unrecorded_at_.clear();
        return {};
    }

    base::result<> enter(const std::vector<held_content>& contents)
    {
        if (auto done = book_.record_copies(contents); !done) return done;
        const auto followed = follow_moved(book_, mail_, contents);
        return followed ? base::result<>{} : base::fail(followed.error());
    }

    /// Of these keys and contents, all whose octets lie under no other key. The others are where `moved` says, or a
    /// second copy of the same octets is left.
    base::result<> report_missing(const std::multimap<content_hash, std::string>& missing,
                                  std::vector<held_content> moved)
    {
        for (const auto& [hash, key] : missing) {
            auto place = other_place(book_, account_, mail_, hash, key);
            if (!place) return base::fail(place.error());
            const bool present =
                *place || std::ranges::any_of(moved, [&](const auto& held) { return held.first == hash; });
            if (*place) moved.emplace_back(hash, std::move(**place));
            if (!present)
                add(key, difference_kind::missing,
                    "the ledger holds it, and it is not in the mail (SHA-256 " + hash.text() + ")",
                    "if you removed it, restante rebuild accepts that; else " + std::string(way_back));
        }
        done_.moved = moved.size();
        return wish_.repair ? enter(moved) : base::result<>{};
    }

    void add(const std::string& key, difference_kind kind, std::string description, std::string what_to_do)
    {
        done_.differences.push_back({.account = account_,
                                     .key = key,
                                     .kind = kind,
                                     .description = std::move(description),
                                     .what_to_do = std::move(what_to_do)});
    }

    const std::string& account_;
    store::collection& mail_;
    ledger& book_;
    const verify_wish& wish_;
    held_contents held_; // and not met yet
    std::vector<held_content> orphans_;
    std::vector<held_content> unrecorded_;
    std::vector<std::size_t> unrecorded_at_; // their differences
    verification done_;
};

} // namespace

std::string_view name_of(difference_kind kind)
{
    switch (kind) {
    case difference_kind::missing: return "missing";
    case difference_kind::changed: return "changed";
    case difference_kind::unreadable: return "unreadable";
    case difference_kind::unrecorded: return "unrecorded";
    case difference_kind::copy_missing: return "copy-missing";
    case difference_kind::copy_damaged: return "copy-damaged";
    }
    return "";
}

base::result<verification> verify(const std::string& account, store::collection& mail, ledger& book,
                                  const verify_wish& wish)
{
    return verifier(account, mail, book, wish).run();
}

base::result<> note_verified(ledger& book, const std::string& account, const verification& found,
                             base::wall_time began)
{
    if (found.stopped) return {};
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(began.time_since_epoch());
    std::string note = std::to_string(since.count()) + "/";
    for (const auto& difference : found.differences)
        if (difference.kind != difference_kind::unrecorded) note += difference.key + "/";
    return book.remember(account, verified_name, note.size() > keys_octets_max ? "" : note);
}

base::result<std::optional<base::wall_time>> last_verified(ledger& book, const message_record& record)
{
    std::optional<base::wall_time> last;
    if (record.key.empty()) return last;
    const auto note = book.recall(record.account, verified_name);
    if (!note) return base::fail(note.error());
    std::int64_t since = 0;
    const std::string text = note->value_or("");
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), since);
    if (trouble == std::errc() && !text.contains("/" + record.key + "/")) {
        const base::wall_time when(
            std::chrono::duration_cast<base::wall_time::duration>(std::chrono::nanoseconds(since)));
        if (record.stored_at && *record.stored_at <= when) last = when;
    }
    if (!record.verified) return last;
    const auto history = book.history(record.account, record.unique_id);
    if (!history) return base::fail(history.error());
    for (const auto& event : *history)
        if (event.stage == stage::delete_asked) last = std::max(last.value_or(event.when), event.when);
    return last;
}

base::result<held_content> hash_kept(store::collection& mail, const std::string& account,
                                     const std::string& key)
{
    auto message = mail.open(key);
    if (!message) return base::fail(message.error());
    content_hasher hasher;
    header_hasher header;
    std::uint64_t octets = 0;
    const auto take = [&](std::string_view piece) -> base::result<> {
        hasher.add(piece);
        header.add(piece);
        octets += piece.size();
        return {};
    };
    if (auto read = store::read_canonical(**message, take); !read) return base::fail(read.error());
    return std::pair(
        hasher.finish(),
        stored_copy{.account = account, .key = key, .octets = octets, .header_hash = header.finish()});
}

} // namespace ledger
