// The memory backend: maildrops in a map, under one lock.
#include "store/memory/memory_store.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <mutex>

namespace store {

namespace {

struct message {
    std::uint64_t sequence = 0; // in order of arrival; the unique-id is made of it
    std::string unique_id;
    std::shared_ptr<const std::string> octets; // shared with those who read it
    base::wall_time arrived;
    base::wall_time safe_until{}; ///< from expiry
    std::optional<std::uint64_t> surrogate_octets{};
};

struct held_message {
    message what;
    std::string session;
    base::wall_time deleted;
};

struct drop {
    std::vector<message> waiting; // sorted by sequence
    std::vector<held_message> held;
    std::optional<base::wall_time> locked_since;

    usage measure() const
    {
        usage out{.octets = 0, .messages = waiting.size()};
        for (const message& message : waiting) out.octets += message.octets->size();
        return out;
    }
};

base::result<> check_part(const maildrop_name& name, std::string_view part)
{
    const bool control =
        std::ranges::any_of(part, [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '/'; });
    if (!part.empty() && part != "." && part != ".." && !control) return {};
    return base::fail({.kind = base::failure::malformed,
                       .temporary = false,
                       .peer_text = {},
                       .operator_text = "maildrop name '" + name.text +
                                        "': a part is empty, '.' or '..', or holds '/' or a control octet"});
}

base::result<> check(const maildrop_name& name)
{
    const auto offset = name.text.rfind('@');
    if (auto good = check_part(name, std::string_view(name.text).substr(0, offset)); !good) return good;
    return offset == std::string::npos ? base::result<>()
                                       : check_part(name, std::string_view(name.text).substr(offset + 1));
}

base::error in_use_since(const maildrop_name& name, base::wall_time since)
{
    const std::time_t seconds = base::wall_time::clock::to_time_t(since);
    std::tm parts{};
    static_cast<void>(::gmtime_r(&seconds, &parts)); // fails only where the year is above an int
    std::array<char, 32> text{};
    const std::size_t octets = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
    const std::string when(text.data(), octets);
    return {.kind = base::failure::in_use,
            .temporary = true,
            .peer_text = when,
            .operator_text = "maildrop '" + name.text + "' in use by another session since " + when};
}

base::result<> check_fit(const maildrop_name& name, const maildrop_policy& policy, const usage& now,
                         std::uint64_t octets)
{
    const bool octets_fit = !policy.quota_octets || now.octets + octets <= *policy.quota_octets;
    const bool messages_fit = !policy.quota_messages || now.messages + 1 <= *policy.quota_messages;
    if (octets_fit && messages_fit) return {};
    return base::fail({.kind = base::failure::over_quota,
                       .temporary = !policy.quota_octets || octets <= *policy.quota_octets,
                       .peer_text = {},
                       .operator_text = "maildrop '" + name.text + "' holds " + std::to_string(now.octets) +
                                        " octets in " + std::to_string(now.messages) +
                                        " messages: over quota"});
}

std::size_t expire(drop& from, const maildrop_policy& policy, base::wall_time now)
{
    if (!policy.expire) return 0;
    const auto has_expired = [&](const message& message) {
        return now - message.arrived > *policy.expire && message.safe_until <= now;
    };
    if (policy.held_for.count() > 0)
        for (const message& message : from.waiting)
            if (has_expired(message)) from.held.push_back({message, "expired", now});
    return std::erase_if(from.waiting, has_expired);
}

class memory_message final : public stored_message {
public:
    explicit memory_message(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}

    mail::form form() const override { return mail::form::as_received; }
    std::uint64_t octets() const override { return text_->size(); }
    std::uint64_t stored_octets() const override { return text_->size(); }
    base::result<std::size_t> read(std::span<char> buffer, std::uint64_t offset) override
    {
        if (offset >= text_->size()) return 0;
        return text_->copy(buffer.data(), buffer.size(), offset);
    }
    std::size_t read_cached(std::span<char> buffer, std::uint64_t offset) override
    {
        return read(buffer, offset).value_or(0);
    }

private:
    std::shared_ptr<const std::string> text_;
};

} // namespace

struct memory_store::contents {
    explicit contents(const base::clock& with) : clock(with) {}

    const base::clock& clock;
    std::mutex mutex;
    std::map<std::string, drop> drops; // a drop stays once it is there, so that references to it hold
    std::uint64_t last_sequence = 0;   // over all maildrops: no unique-id is ever used again
};

class memory_maildrop final : public blocking_maildrop {
public:
    memory_maildrop(std::shared_ptr<memory_store::contents> contents, drop& of, const maildrop_policy& policy)
        : contents_(std::move(contents)), drop_(of), policy_(policy)
    {
        mail::listing::builder builder;
        builder.reserve(drop_.waiting.size());
        for (const message& message : drop_.waiting)
            builder.add(message.unique_id, message.octets->size(), message.surrogate_octets);
        listing_ = std::make_shared<const mail::listing>(std::move(builder).build());
        if (policy_.lock == lock_policy::exclusive) drop_.locked_since = contents_->clock.now();
    }
    ~memory_maildrop() override
    {
        const std::lock_guard guard(contents_->mutex);
        if (policy_.lock == lock_policy::exclusive) drop_.locked_since.reset();
    }

    std::shared_ptr<const mail::listing> listing() const override { return listing_; }

    base::result<std::unique_ptr<stored_message>> open(std::size_t index) override
    {
        const std::lock_guard guard(contents_->mutex);
        const auto found = find(index);
        if (found == drop_.waiting.end() && policy_.lock == lock_policy::snapshot) {
            const auto id = [](const held_message& held) -> const std::string& {
                return held.what.unique_id;
            };
            const auto held = std::ranges::find(drop_.held, listing_->unique_id(index), id);
            if (held != drop_.held.end()) return std::make_unique<memory_message>(held->what.octets);
        }
        if (found == drop_.waiting.end())
            return base::fail(
                {.kind = base::failure::vanished,
                 .temporary = false,
                 .peer_text = {},
                 .operator_text = "message " + std::string(listing_->unique_id(index)) + " is gone"});
        return std::make_unique<memory_message>(found->octets);
    }

    base::result<removal> remove(std::span<const std::size_t> indexes, std::string_view session) override
    {
        const std::lock_guard guard(contents_->mutex);
        for (const std::size_t index : indexes) {
            const auto found = find(index);
            if (found == drop_.waiting.end()) continue; // gone is gone, whoever did it
            if (policy_.held_for.count() > 0)
                drop_.held.push_back({std::move(*found), std::string(session), contents_->clock.now()});
            drop_.waiting.erase(found);
        }
        return removal{.removed = indexes.size(), .not_removed = {}, .reason = {}};
    }

private:
    std::vector<message>::iterator find(std::size_t index)
    {
        return std::ranges::find(drop_.waiting, listing_->unique_id(index), &message::unique_id);
    }

    std::shared_ptr<memory_store::contents> contents_;
    drop& drop_;
    maildrop_policy policy_;
    std::shared_ptr<const mail::listing> listing_;
};

class memory_delivery final : public blocking_delivery {
public:
    memory_delivery(std::shared_ptr<memory_store::contents> contents,
                    std::span<const delivery_recipient> recipients)
        : contents_(std::move(contents)), recipients_(recipients.begin(), recipients.end())
    {
    }

    base::result<> write(std::string_view octets) override
    {
        body_ += octets;
        return {};
    }

    std::vector<base::result<std::string>> commit() override
    {
        // RETR can end behind a line end only (RFC 1939, section 3).
        if (!body_.empty() && !body_.ends_with("\r\n")) body_ += "\r\n";
        const std::lock_guard guard(contents_->mutex);
        std::vector<base::result<std::string>> out;
        out.reserve(recipients_.size());
        for (const delivery_recipient& one : recipients_) out.push_back(deliver_to(one));
        return out;
    }

private:
    base::result<std::string> deliver_to(const delivery_recipient& recipient)
    {
        drop& into = contents_->drops[recipient.name.text];
        auto text = std::make_shared<const std::string>(recipient.header + body_);
        if (auto fits = check_fit(recipient.name, recipient.policy, into.measure(), text->size()); !fits)
            return base::fail(fits.error());
        const std::uint64_t sequence = ++contents_->last_sequence;
        memory_message as_stored(text);
        const auto surrogate_octets = count_surrogate_octets(as_stored).value(); // memory never fails
        into.waiting.push_back({sequence,
                                "m" + std::to_string(sequence),
                                std::move(text),
                                contents_->clock.now(),
                                {},
                                surrogate_octets});
        return into.waiting.back().unique_id;
    }

    std::shared_ptr<memory_store::contents> contents_;
    std::vector<delivery_recipient> recipients_;
    std::string body_;
};

memory_store::memory_store(const base::clock& clock) : contents_(std::make_shared<contents>(clock)) {}

memory_store::~memory_store() = default;

base::result<std::unique_ptr<blocking_maildrop>> memory_store::open_maildrop(const maildrop_name& name,
                                                                             const maildrop_policy& policy)
{
    if (auto good = check(name); !good) return base::fail(good.error());
    const std::lock_guard guard(contents_->mutex);
    drop& of = contents_->drops[name.text];
    if (policy.lock == lock_policy::exclusive && of.locked_since)
        return base::fail(in_use_since(name, *of.locked_since));
    expire(of, policy, contents_->clock.now());
    return std::make_unique<memory_maildrop>(contents_, of, policy);
}

base::result<std::unique_ptr<blocking_delivery>>
memory_store::begin_delivery(std::span<const delivery_recipient> recipients, std::optional<std::uint64_t>)
{
    for (const delivery_recipient& one : recipients)
        if (auto good = check(one.name); !good) return base::fail(good.error());
    return std::make_unique<memory_delivery>(contents_, recipients);
}

base::result<usage> memory_store::measure(const maildrop_name& name)
{
    if (auto good = check(name); !good) return base::fail(good.error());
    const std::lock_guard guard(contents_->mutex);
    const auto found = contents_->drops.find(name.text);
    return found == contents_->drops.end() ? usage{} : found->second.measure();
}

base::result<> memory_store::check_quota(const maildrop_name& name, const maildrop_policy& policy,
                                         std::uint64_t octets)
{
    const auto now = measure(name);
    if (!now) return base::fail(now.error());
    return check_fit(name, policy, *now, octets);
}

base::result<undeletion> memory_store::undelete(const maildrop_name& name, const undelete_request& request)
{
    if (auto good = check(name); !good) return base::fail(good.error());
    const std::lock_guard guard(contents_->mutex);
    drop& in = contents_->drops[name.text];
    const auto wanted = [&](const held_message& held) {
        return (!request.session || held.session == *request.session) &&
               (!request.since || held.deleted >= *request.since);
    };
    for (const held_message& held : in.held) {
        if (!wanted(held)) continue;
        in.waiting.push_back(held.what);
        in.waiting.back().safe_until = contents_->clock.now() + request.safe_for;
    }
    std::ranges::sort(in.waiting, {}, &message::sequence);
    return undeletion{.put_back = std::erase_if(in.held, wanted)};
}

base::result<usage> memory_store::end_holding(const maildrop_name& name, base::wall_time deleted_until)
{
    if (auto good = check(name); !good) return base::fail(good.error());
    const std::lock_guard guard(contents_->mutex);
    usage gone;
    for (const held_message& held : contents_->drops[name.text].held)
        if (held.deleted <= deleted_until) gone.octets += held.what.octets->size();
    gone.messages = std::erase_if(contents_->drops[name.text].held,
                                  [&](const held_message& held) { return held.deleted <= deleted_until; });
    return gone;
}

base::result<std::size_t> memory_store::sweep(const maildrop_name& name, const maildrop_policy& policy)
{
    if (auto good = check(name); !good) return base::fail(good.error());
    const std::lock_guard guard(contents_->mutex);
    drop& in = contents_->drops[name.text];
    const base::wall_time now = contents_->clock.now();
    const std::size_t released = std::erase_if(
        in.held, [&](const held_message& held) { return now - held.deleted >= policy.held_for; });
    return released + expire(in, policy, now);
}

} // namespace store
