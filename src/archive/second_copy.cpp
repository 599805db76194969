// The second copy of an account's mail: found by content, added to, and read through.
#include "archive/second_copy.hpp"

#include "base/encoding.hpp"
#include "ledger/copy_state.hpp"
#include "ledger/named_length.hpp"

#include <charconv>
#include <vector>

namespace archive {

namespace {

// Names of the account's memories.
constexpr std::string_view bound_to = "second-copy";             // the id of its marker
constexpr auto verified_at = ledger::ledger::copy_verified_name; // nanoseconds since 1970
constexpr auto lifeless = ledger::ledger::copied_imports_name;   // hashes of what has no record to note it in

constexpr std::size_t hash_digits = 64;

base::error reads_otherwise(std::string_view key)
{
    return {.kind = base::failure::storage,
            .temporary = true,
            .peer_text = "the second copy is damaged",
            .operator_text = "the copy of " + std::string(key) + " reads back with other contents"};
}

base::result<std::set<ledger::content_hash>> recall_lifeless(ledger::ledger& book, const std::string& account)
{
    const auto text = book.recall(account, lifeless);
    if (!text) return base::fail(text.error());
    std::set<ledger::content_hash> out;
    const std::string digits = text->value_or("");
    for (std::string_view rest = digits; rest.size() >= hash_digits; rest.remove_prefix(hash_digits))
        if (const auto hash =
                ledger::content_hash::from_octets(base::from_hex(rest.substr(0, hash_digits)).value_or("")))
            out.insert(*hash);
    return out;
}

} // namespace

base::result<> content_finder::list()
{
    if (listed_) return {};
    auto listed =
        where_.list([&](const store::kept_message& message) { keys_.emplace(message.octets, message.key); });
    listed_ = listed.has_value();
    return listed;
}

base::result<std::optional<std::string>> content_finder::find(const ledger::content_hash& hash,
                                                              std::uint64_t octets)
{
    if (auto listed = list(); !listed) return base::fail(listed.error());
    const auto [first, last] = keys_.equal_range(octets);
    for (auto entry = first; entry != last; ++entry) {
        auto known = read_.find(entry->second);
        if (known == read_.end()) {
            const auto read = ledger::read_and_hash(where_, entry->second);
            known = read_.emplace(entry->second, read ? std::optional(*read) : std::nullopt).first;
        }
        if (known->second == hash) return entry->second;
    }
    return std::optional<std::string>();
}

void content_finder::remember(const std::string& key, const ledger::content_hash& hash, std::uint64_t octets)
{
    if (listed_) keys_.emplace(octets, key);
    read_.insert_or_assign(key, hash);
}

base::result<std::string> copy_message(store::collection& source, std::string_view key,
                                       const ledger::content_hash& hash, store::collection& target,
                                       const store::placement& placement)
{
    auto message = source.open(key);
    if (!message) return base::fail(message.error());
    auto copy = target.begin_addition();
    if (!copy) return base::fail(copy.error());
    ledger::content_hasher hasher;
    auto copied = store::read_canonical(**message, [&](std::string_view octets) {
        hasher.add(octets);
        return (*copy)->write(octets);
    });
    if (!copied) return base::fail(copied.error());
    if (hasher.finish() != hash)
        return base::fail(base::permanent_error(
            base::failure::malformed, std::string(key) + " does not have the contents that were stored"));
    std::vector<store::collection::publication> group;
    group.push_back({std::move(*copy), placement});
    auto published = target.publish(std::move(group));
    if (!published.front()) return base::fail(published.front().error());
    const auto read = ledger::read_and_hash(target, *published.front());
    if (read && *read == hash) return std::move(published.front());
    // What is wrong must not stand beside what is right.
    (void)target.remove(*published.front());
    return base::fail(read ? reads_otherwise(key) : read.error());
}

namespace {

/// One reading of a second copy.
class copy_verifier {
public:
    copy_verifier(const std::string& account, store::collection& mail, store::collection& copy,
                  ledger::ledger& book, const ledger::verify_wish& wish)
        : account_(account), mail_(mail), copy_(copy), book_(book), wish_(wish)
    {
    }

    base::result<copy_verification> run(base::wall_time now)
    {
        if (auto read = read_ledger(); !read) return base::fail(read.error());
        if (auto read = read_copy(); !read) return base::fail(read.error());
        if (done_.stopped) return std::move(done_);
        compare();
        if (auto noted = note(now); !noted) return base::fail(noted.error());
        return std::move(done_);
    }

private:
    base::result<> read_ledger()
    {
        auto believed = contents_in_second_copy(book_, account_);
        if (!believed) return base::fail(believed.error());
        believed_ = std::move(*believed);
        auto records = book_.for_each_record(account_, [&](const ledger::message_record& record) {
            if (record.hash) known_.insert(*record.hash);
        });
        if (!records) return records;
        return book_.each_copy(account_,
                               [&](const ledger::stored_copy& copy, const ledger::content_hash& hash) {
                                   known_.insert(hash);
                                   held_.emplace(hash, copy.key);
                               });
    }

    base::result<> read_copy()
    {
        std::vector<std::string> keys;
        auto listed = copy_.list([&](const store::kept_message& message) { keys.push_back(message.key); });
        if (!listed) return listed;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (wish_.stop != nullptr && *wish_.stop) {
                done_.stopped = true;
                return {};
            }
            look_at(keys[i]);
            if (wish_.tell) wish_.tell(i + 1, keys.size());
        }
        return {};
    }

    void look_at(const std::string& key)
    {
        auto found = ledger::hash_kept(copy_, account_, key);
        if (!found) {
            if (found.error().kind == base::failure::vanished) return;
            add(key, ledger::difference_kind::copy_damaged,
                "its file in the second copy cannot be read: " + found.error().operator_text,
                "check that disk; restante verify --repair copies again what is good here");
            return;
        }
        ++done_.messages;
        done_.octets += found->second.octets;
        if (known_.contains(found->first)) {
            there_.insert(found->first);
            return;
        }
        const auto message = copy_.open(key);
        if (message && !(*message)->as_long_as_named())
            add(key, ledger::difference_kind::copy_damaged,
                "in the second copy " + std::string(ledger::not_as_named),
                "restante verify --repair copies again what is good here, and puts it aside then; where nobody "
                "has the whole message, restante import --eml takes what is left of it");
        else
            add(key, ledger::difference_kind::copy_damaged,
                "its file in the second copy has octets that the ledger does not know (SHA-256 " +
                    found->first.text() + ")",
                "it is damaged, or another program put it there; restante verify --repair copies again "
                "what is good here");
    }

    void compare()
    {
        for (const auto& [hash, key] : held_) {
            if (there_.contains(hash)) {
                ++done_.verified;
                continue;
            }
            if (wish_.repair && repair(hash, key)) continue;
            if (believed_.contains(hash))
                add(key, ledger::difference_kind::copy_missing, "it is not in the second copy any more",
                    "restante verify --repair copies it again");
            else
                ++done_.lacking;
        }
    }

    bool repair(const ledger::content_hash& hash, const std::string& key)
    {
        const auto copied = copy_message(mail_, key, hash, copy_, {});
        if (copied) {
            there_.insert(hash);
            ++done_.copied;
            ++done_.verified;
            return true;
        }
        // What is gone or damaged here is a difference of the archive, not the second copy's trouble.
        const auto kind = copied.error().kind;
        if (!done_.trouble && kind != base::failure::vanished && kind != base::failure::malformed)
            done_.trouble = copied.error();
        return false;
    }

    base::result<> note(base::wall_time now)
    {
        if (auto noted = book_.note_second_copies(account_, there_); !noted) return noted;
        std::string hashes;
        std::set<ledger::content_hash> with_record;
        auto records = book_.for_each_record(account_, [&](const ledger::message_record& record) {
            if (record.hash && record.second_copy) with_record.insert(*record.hash);
        });
        if (!records) return records;
        for (const auto& [hash, key] : held_)
            if (there_.contains(hash) && !with_record.contains(hash)) hashes += hash.text();
        if (auto noted = book_.remember(account_, lifeless, hashes); !noted) return noted;
        const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch());
        return book_.remember(account_, verified_at, std::to_string(since.count()));
    }

    void add(const std::string& key, ledger::difference_kind kind, std::string finding,
             std::string what_to_do)
    {
        done_.differences.push_back({.account = account_,
                                     .key = key,
                                     .kind = kind,
                                     .description = std::move(finding),
                                     .what_to_do = std::move(what_to_do)});
    }

    const std::string& account_;
    store::collection& mail_;
    store::collection& copy_;
    ledger::ledger& book_;
    const ledger::verify_wish& wish_;
    std::set<ledger::content_hash> believed_; ///< to lie in the second copy
    std::set<ledger::content_hash> known_;    ///< of the account, here or once here
    std::map<ledger::content_hash, std::string> held_;
    std::set<ledger::content_hash> there_;
    copy_verification done_;
};

} // namespace

base::result<copy_verification> verify_second_copy(const std::string& account, store::collection& mail,
                                                   store::collection& copy, ledger::ledger& book,
                                                   base::wall_time now, const ledger::verify_wish& wish)
{
    return copy_verifier(account, mail, copy, book, wish).run(now);
}

base::result<> note_read_in_second_copy(ledger::ledger& book, const std::string& account,
                                        const std::set<ledger::content_hash>& hashes)
{
    auto contents = contents_in_second_copy(book, account);
    if (!contents) return base::fail(contents.error());
    std::string added;
    for (const ledger::content_hash& hash : hashes)
        if (!contents->contains(hash)) added += hash.text();
    if (added.empty()) return {};
    const auto before = book.recall(account, lifeless);
    if (!before) return base::fail(before.error());
    return book.remember(account, lifeless, before->value_or("") + added);
}

base::result<std::optional<base::wall_time>> second_copy_verified_at(ledger::ledger& book,
                                                                     const std::string& account)
{
    const auto text = book.recall(account, verified_at);
    if (!text) return base::fail(text.error());
    std::int64_t since = 0;
    const std::string digits = text->value_or("");
    const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), since);
    if (digits.empty() || trouble != std::errc() || end != digits.data() + digits.size())
        return std::optional<base::wall_time>();
    return std::optional(base::wall_time(
        std::chrono::duration_cast<base::wall_time::duration>(std::chrono::nanoseconds(since))));
}

base::result<std::set<ledger::content_hash>> contents_in_second_copy(ledger::ledger& book,
                                                                     const std::string& account)
{
    auto out = recall_lifeless(book, account);
    if (!out) return out;
    auto records = book.for_each_record(account, [&](const ledger::message_record& record) {
        if (record.hash && record.second_copy) out->insert(*record.hash);
    });
    if (!records) return base::fail(records.error());
    return out;
}

base::result<std::optional<std::string>> bound_second_copy(ledger::ledger& book, const std::string& account)
{
    return book.recall(account, bound_to);
}

base::result<> bind_second_copy(ledger::ledger& book, const std::string& account, std::string_view id)
{
    const auto before = bound_second_copy(book, account);
    if (!before) return base::fail(before.error());
    if (*before == id) return {};
    // First the proofs: killed in between, they go once more.
    if (auto done = book.note_second_copies(account, {}); !done) return done;
    for (const std::string_view name : {lifeless, verified_at})
        if (auto done = book.remember(account, name, ""); !done) return done;
    return book.remember(account, bound_to, id);
}

} // namespace archive
