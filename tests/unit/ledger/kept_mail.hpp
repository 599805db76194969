// A collection in memory, whose messages a test can make unreadable.
#pragma once

#include "store/collection.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace archive_tests {

class kept_mail final : public store::collection {
public:
    std::map<std::string, std::pair<store::kept_message, std::string>> messages;
    std::set<std::string> unreadable;      ///< open() fails for these
    std::set<std::string> vanishing;       ///< listed, and gone when opened
    std::size_t publications_left = ~0U;   ///< then the disk is full
    std::optional<std::string> told_state; ///< that of a test
    unsigned listings = 0;                 ///< calls of list()
    std::string last_group;                ///< "2,1": how many messages each publish() had
    std::map<std::string, std::pair<store::kept_message, std::string>> aside; ///< what set_aside() took out

    std::string put(const std::string& octets, const store::placement& where = {})
    {
        const std::string key = "key" + std::to_string(++count_);
        store::kept_message kept{.key = key,
                                 .folder = where.folder,
                                 .marks = where.marks,
                                 .octets = octets.size(),
                                 .arrival = where.arrival,
                                 .fresh = false};
        messages[key] = {kept, octets};
        return key;
    }

    base::result<std::unique_ptr<store::addition>> begin_addition() override
    {
        return std::make_unique<adding>();
    }

    std::vector<base::result<std::string>> publish(std::vector<publication> group) override
    {
        std::vector<base::result<std::string>> keys;
        last_group += (last_group.empty() ? "" : ",") + std::to_string(group.size());
        for (auto& each : group) {
            if (publications_left == 0) {
                keys.push_back(base::fail({.kind = base::failure::no_space,
                                           .temporary = true,
                                           .peer_text = "full",
                                           .operator_text = "full"}));
                continue;
            }
            --publications_left;
            keys.emplace_back(put(static_cast<adding&>(*each.message).text, each.where));
        }
        return keys;
    }

    base::result<std::string> publish_copy(store::collection&, std::string_view,
                                           const store::placement&) override
    {
        return missing("a copy");
    }

    base::result<> list(const std::function<void(const store::kept_message&)>& each) override
    {
        ++listings;
        for (const auto& [key, what] : messages) each(what.first);
        return {};
    }

    base::result<std::optional<std::string>> state() override { return told_state; }

    base::result<std::vector<std::string>> folders() override
    {
        std::set<std::string> names;
        for (const auto& [key, what] : messages) names.insert(what.first.folder);
        return std::vector<std::string>(names.begin(), names.end());
    }

    base::result<store::kept_message> find(std::string_view key) override
    {
        const auto at = messages.find(std::string(key));
        if (at == messages.end()) return missing(key);
        return at->second.first;
    }

    base::result<std::unique_ptr<store::stored_message>> open(std::string_view key) override
    {
        const std::string name(key);
        const auto at = messages.find(name);
        if (at == messages.end() || vanishing.contains(name)) return missing(key);
        if (unreadable.contains(name))
            return base::fail({.kind = base::failure::storage,
                               .temporary = true,
                               .peer_text = "cannot read",
                               .operator_text = "cannot read " + name});
        return std::make_unique<reading>(at->second.second);
    }

    base::result<> set_marks(std::string_view key, const store::message_marks& marks) override
    {
        messages.at(std::string(key)).first.marks = marks;
        return {};
    }
    base::result<> make_durable(std::span<const std::string>) override { return {}; }
    base::result<> move(std::string_view key, const std::string& folder) override
    {
        messages.at(std::string(key)).first.folder = folder;
        return {};
    }
    base::result<> remove(std::string_view key) override
    {
        messages.erase(std::string(key));
        return {};
    }
    base::result<> set_aside(std::string_view key, const std::string&) override
    {
        aside.insert(messages.extract(std::string(key)));
        return {};
    }
    base::result<std::size_t> sweep() override { return 0; }

private:
    struct adding final : store::addition {
        std::string text;
        base::result<> write(std::string_view octets) override
        {
            text += octets;
            return {};
        }
        std::uint64_t octets() const override { return text.size(); }
    };

    struct reading final : store::stored_message {
        explicit reading(std::string of) : text(std::move(of)) {}
        std::string text;
        mail::form form() const override { return mail::form::as_received; }
        std::uint64_t octets() const override { return text.size(); }
        std::uint64_t stored_octets() const override { return text.size(); }
        base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
        {
            const std::string_view rest = std::string_view(text).substr(offset, into.size());
            std::ranges::copy(rest, into.begin());
            return rest.size();
        }
    };

    static std::unexpected<base::error> missing(std::string_view key)
    {
        const std::string text = "no message " + std::string(key);
        return base::fail(
            {.kind = base::failure::vanished, .temporary = false, .peer_text = text, .operator_text = text});
    }

    unsigned count_ = 0;
};

} // namespace archive_tests
