// A collection in memory: what rebuild() reads, and nothing more.
#pragma once

#include "store/collection.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace archive_tests {

class kept_in_memory final : public store::collection {
public:
    std::map<std::string, std::string> messages; ///< by key, canonical
    std::set<std::string> broken;                ///< keys whose file cannot be read
    std::set<std::string> cut;                   ///< keys whose file is not as long as its name says

    base::result<std::unique_ptr<store::addition>> begin_addition() override
    {
        return base::fail(none("write"));
    }
    std::vector<base::result<std::string>> publish(std::vector<publication>) override { return {}; }
    base::result<std::string> publish_copy(collection&, std::string_view, const store::placement&) override
    {
        return base::fail(none("copy"));
    }
    base::result<> list(const std::function<void(const store::kept_message&)>& each) override
    {
        for (const auto& [key, octets] : messages) {
            store::kept_message one;
            one.key = key;
            one.octets = octets.size();
            each(one);
        }
        return {};
    }
    base::result<std::vector<std::string>> folders() override { return std::vector<std::string>{""}; }
    base::result<store::kept_message> find(std::string_view key) override
    {
        store::kept_message one;
        one.key = key;
        if (messages.contains(one.key)) return one;
        auto why = none("find");
        why.kind = base::failure::vanished;
        return base::fail(why);
    }
    base::result<std::unique_ptr<store::stored_message>> open(std::string_view key) override
    {
        const auto found = messages.find(std::string(key));
        if (found == messages.end() || broken.contains(std::string(key))) return base::fail(none("open"));
        return std::make_unique<open_message>(found->second, !cut.contains(found->first));
    }
    base::result<> set_marks(std::string_view, const store::message_marks&) override { return {}; }
    base::result<> make_durable(std::span<const std::string>) override { return {}; }
    base::result<> move(std::string_view, const std::string&) override { return {}; }
    base::result<> remove(std::string_view) override { return {}; }
    base::result<> set_aside(std::string_view, const std::string&) override { return {}; }
    base::result<std::size_t> sweep() override { return 0; }

private:
    class open_message final : public store::stored_message {
    public:
        open_message(std::string octets, bool as_named) : octets_(std::move(octets)), as_named_(as_named) {}
        mail::form form() const override { return mail::form::as_received; }
        std::uint64_t octets() const override { return octets_.size(); }
        std::uint64_t stored_octets() const override { return octets_.size(); }
        base::result<std::size_t> read(std::span<char> into, std::uint64_t offset) override
        {
            return octets_.copy(into.data(), into.size(), offset);
        }
        bool as_long_as_named() const override { return as_named_; }

    private:
        std::string octets_;
        bool as_named_;
    };

    static base::error none(const std::string& what)
    {
        return {.kind = base::failure::storage, .temporary = true, .peer_text = what, .operator_text = what};
    }
};

} // namespace archive_tests
