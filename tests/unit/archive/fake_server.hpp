// A server in memory that keeps its own durable truth, and misbehaves as it is told.
#pragma once

#include "client/maildrop.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// What the server does for good: the messages that it has, whoever is connected.
class fake_server final : public client::server {
public:
    struct letter {
        std::string unique_id;
        std::string octets;                         ///< canonical
        std::optional<std::uint64_t> told_octets{}; ///< what LIST says instead of the truth
        bool refuses = false;                       ///< RETR answers -ERR
        bool cuts = false;                          ///< the line breaks in its middle, each time
        bool doubtful = false;
    };
    /// What QUIT does.
    enum class quitting { works, answer_lost_after_effect, lost_before_effect, refuses, works_by_half };

    std::vector<letter> letters;
    bool unique_ids = true, top = true;
    quitting quit = quitting::works;
    bool empty_listing = false;        ///< a sick server
    std::optional<std::size_t> page{}; ///< lists so many, as one known server does
    std::size_t octets_at_once = 700;
    std::string name = "pop.example.org";
    /// The line breaks at this call of the protocol and, with `for_good`, at each later one (1 is the next).
    std::size_t break_at = 0;
    bool for_good = false;
    bool silent = false;          ///< the line does not break: nothing comes any more
    bool effect_at_break = false; ///< a QUIT that breaks had its effect
    std::size_t calls = 0;
    /// Called at each call with its name.
    std::function<void(const std::string&)> watch{};

    std::vector<std::string> retrieved{}, peeked{}, deleted{}; ///< unique-ids (or "#n"), in order
    unsigned sessions = 0;

    void put(const std::string& unique_id, const std::string& octets)
    {
        letters.push_back({unique_id, octets});
    }
    letter* find(const std::string& unique_id)
    {
        const auto found = std::ranges::find(letters, unique_id, &letter::unique_id);
        return found == letters.end() ? nullptr : &*found;
    }
    bool has(const std::string& octets) const
    {
        return std::ranges::find(letters, octets, &letter::octets) != letters.end();
    }
    bool struck() const { return struck_; }
    /// The line works again.
    void heal()
    {
        break_at = calls = 0;
        struck_ = false;
        for_good = false;
    }

    base::result<std::unique_ptr<client::maildrop>> sign_in() override;
    const std::string& host() const override { return name; }

private:
    friend class fake_maildrop;

    bool breaks(const std::string& what)
    {
        if (watch) watch(what);
        ++calls;
        const bool now = break_at != 0 && (calls == break_at || (for_good && calls > break_at));
        struck_ = struck_ || now;
        return now;
    }
    std::unexpected<base::error> broken() const
    {
        return base::fail({.kind = silent ? base::failure::timed_out : base::failure::closed,
                           .temporary = true,
                           .peer_text = "",
                           .operator_text = "the server closed the connection"});
    }

    bool struck_ = false;
};

class fake_maildrop final : public client::maildrop {
public:
    explicit fake_maildrop(fake_server& at) : at_(at), now_(at.letters)
    {
        abilities_.top = at.top;
        abilities_.unique_ids = at.unique_ids;
        abilities_.pipelining = true;
        if (at.page && now_.size() > *at.page) now_.resize(*at.page);
    }

    const client::server_abilities& abilities() const override { return abilities_; }

    base::result<client::maildrop_listing> list() override
    {
        if (at_.breaks("list")) return at_.broken();
        client::maildrop_listing all;
        all.unique_ids = at_.unique_ids;
        if (at_.empty_listing) return all;
        std::map<std::string, unsigned> seen;
        for (const auto& one : now_) ++seen[one.unique_id];
        for (std::size_t i = 0; i != now_.size(); ++i) {
            const auto& one = now_[i];
            all.messages.push_back({.number = i + 1,
                                    .unique_id = at_.unique_ids ? one.unique_id : "",
                                    .octets = one.told_octets.value_or(one.octets.size()),
                                    .ambiguous = at_.unique_ids && seen[one.unique_id] > 1});
        }
        return all;
    }

    base::result<> retrieve(std::span<const client::listed_message> messages,
                            client::message_sink& into) override
    {
        for (const auto& message : messages) {
            if (!into.wants_more()) return {};
            if (at_.breaks("retr")) return at_.broken();
            const auto& one = now_.at(message.number - 1);
            at_.retrieved.push_back(one.unique_id);
            if (one.refuses) {
                if (auto told = into.failed(message, {.kind = base::failure::refused,
                                                      .temporary = true,
                                                      .peer_text = "",
                                                      .operator_text = "-ERR no such luck"});
                    !told)
                    return told;
                continue;
            }
            if (auto sent = send(message, one.octets, into, one.cuts); !sent) return sent;
            if (auto ended = into.end(one.doubtful); !ended) return ended;
        }
        return {};
    }

    base::result<> peek(std::span<const client::listed_message> messages, std::uint64_t body_lines,
                        client::message_sink& into) override
    {
        if (!at_.top) return base::fail({base::failure::refused, false, "", "no TOP"});
        for (const auto& message : messages) {
            if (!into.wants_more()) return {};
            if (at_.breaks("top")) return at_.broken();
            const auto& one = now_.at(message.number - 1);
            at_.peeked.push_back(one.unique_id);
            std::size_t end = std::min(one.octets.find("\r\n\r\n"), one.octets.size() - 4) + 4;
            for (std::uint64_t line = 0; line != body_lines && end < one.octets.size(); ++line)
                end = std::min(one.octets.find("\r\n", end), one.octets.size() - 2) + 2;
            if (auto sent = send(message, one.octets.substr(0, end), into, false); !sent) return sent;
            if (auto ended = into.end(one.doubtful); !ended) return ended;
        }
        return {};
    }

    base::result<std::vector<bool>> mark_deleted(std::span<const client::listed_message> messages) override
    {
        std::vector<bool> accepted;
        for (const auto& message : messages) {
            if (at_.breaks("dele")) return at_.broken();
            marked_.insert(message.number);
            accepted.push_back(true);
        }
        return accepted;
    }
    base::result<> unmark_all() override
    {
        marked_.clear();
        return {};
    }
    base::result<> keep_alive() override
    {
        if (at_.breaks("noop")) return at_.broken();
        return {};
    }

    client::quit_outcome quit() override
    {
        using quitting = fake_server::quitting;
        if (at_.breaks("quit")) {
            if (at_.effect_at_break) remove(marked_.size());
            return client::quit_outcome::unknown;
        }
        const auto how = marked_.empty() ? quitting::works : at_.quit;
        switch (how) {
        case quitting::works: remove(marked_.size()); return client::quit_outcome::confirmed;
        case quitting::answer_lost_after_effect: remove(marked_.size()); return client::quit_outcome::unknown;
        case quitting::lost_before_effect: return client::quit_outcome::unknown;
        case quitting::refuses: return client::quit_outcome::refused;
        case quitting::works_by_half: remove(marked_.size() / 2); return client::quit_outcome::refused;
        }
        return client::quit_outcome::unknown;
    }

private:
    base::result<> send(const client::listed_message& message, const std::string& octets,
                        client::message_sink& into, bool cut)
    {
        if (auto begun = into.begin(message); !begun) return begun;
        for (std::size_t at = 0; at < octets.size(); at += at_.octets_at_once) {
            if (at_.breaks("octets") || (cut && at > 0)) return at_.broken();
            if (auto taken = into.octets(std::string_view(octets).substr(at, at_.octets_at_once)); !taken)
                return taken;
        }
        if (cut) return at_.broken();
        return {};
    }

    void remove(std::size_t how_many)
    {
        for (const std::uint64_t number : marked_) {
            if (how_many-- == 0) break;
            const auto& gone = now_.at(number - 1);
            const auto there = std::ranges::find_if(at_.letters, [&](const auto& one) {
                return one.unique_id == gone.unique_id && one.octets == gone.octets;
            });
            if (there == at_.letters.end()) continue;
            at_.deleted.push_back(gone.unique_id);
            at_.letters.erase(there);
        }
    }

    fake_server& at_;
    std::vector<fake_server::letter> now_; ///< as this session sees it
    std::set<std::uint64_t> marked_;
    client::server_abilities abilities_;
};

inline base::result<std::unique_ptr<client::maildrop>> fake_server::sign_in()
{
    if (breaks("sign-in")) return broken();
    ++sessions;
    return std::make_unique<fake_maildrop>(*this);
}

} // namespace support
