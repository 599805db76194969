// Looking at messages on the server without storing them.
#include "archive/proof.hpp"

#include "archive/header_hash.hpp"
#include "archive/reception.hpp"
#include "archive/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace archive {

namespace {

using planned_messages = std::vector<const planned_message*>;

/// Hashes what it is given, and keeps the header sections no longer than `tell` takes.
class onlooker final : public client::message_sink {
public:
    struct sight {
        content_hash all;
        std::string header_hash;
        std::string header;
    };
    using teller = std::function<void(std::uint64_t number, const sight&)>;
    explicit onlooker(teller tell) : tell_(std::move(tell)) {}

    base::result<> begin(const client::listed_message& message) override
    {
        number_ = message.number;
        header_.clear();
        all_.finish();
        header_hash_.finish();
        end_ = {};
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        const std::string_view header = chunk.substr(0, end_.find(chunk));
        header_hash_.add(chunk);
        all_.add(chunk);
        header_ += header.substr(0, header_octets_max - header_.size());
        return {};
    }
    base::result<> end(bool) override
    {
        const content_hash all = all_.finish();
        tell_(number_, {all, header_hash_.finish(), header_});
        return {};
    }
    base::result<> failed(const client::listed_message&, const base::error&) override { return {}; }

private:
    teller tell_;
    std::uint64_t number_ = 0;
    std::string header_;
    content_hasher all_;
    header_hasher header_hash_;
    mail::header_section_end end_;
};

std::vector<client::listed_message> listed(const planned_messages& those)
{
    std::vector<client::listed_message> messages;
    for (const planned_message* one : those) messages.push_back(one->message);
    return messages;
}

/// Shows each header section that the server gives. A server without TOP gives none.
run_step look_at_headers(run_session& in, const planned_messages& those, const onlooker::teller& tell)
{
    if (those.empty() || !in.drop.abilities().top) return {};
    onlooker sink(tell);
    return of_the_line(in.drop.peek(listed(those), 0, sink));
}

/// The numbers of those whose header section is the stored one.
std::expected<std::set<std::uint64_t>, run_trouble> same_headers(const run& of, run_session& in,
                                                                 const planned_messages& those)
{
    std::map<std::uint64_t, std::string> wanted;
    for (const planned_message* one : those)
        if (const auto found = of.lives.find(in.life_name(*one));
            found != of.lives.end() && found->second.header_hash)
            wanted[one->message.number] = *found->second.header_hash;
    std::set<std::uint64_t> same;
    auto looked = look_at_headers(in, those, [&](std::uint64_t number, const onlooker::sight& seen) {
        const auto expected = wanted.find(number);
        if (expected != wanted.end() && expected->second == seen.header_hash) same.insert(number);
    });
    if (!looked) return std::unexpected(looked.error());
    return same;
}

/// Whole messages are read again: the last resort, and a certain one.
std::expected<std::map<std::uint64_t, content_hash>, run_trouble>
hashes_on_server(run_session& in, const planned_messages& those)
{
    std::map<std::uint64_t, content_hash> hashes;
    if (those.empty()) return hashes;
    onlooker sink([&](std::uint64_t number, const onlooker::sight& seen) { hashes[number] = seen.all; });
    if (auto read = of_the_line(in.drop.retrieve(listed(those), sink)); !read)
        return std::unexpected(read.error());
    return hashes;
}

} // namespace

run_step keep_proved(run& of, run_session& in, planned_messages& those)
{
    planned_messages open;
    for (const planned_message* one : those)
        if (!in.fetched.contains(one->name)) open.push_back(one);
    if (open.empty()) return {};
    of.tell("comparing");
    auto same = same_headers(of, in, open);
    if (!same) return std::unexpected(same.error());
    std::erase_if(open, [&](const planned_message* one) { return same->contains(one->message.number); });
    const auto hashes = hashes_on_server(in, open);
    if (!hashes) return std::unexpected(hashes.error());
    std::vector<life> others;
    std::erase_if(those, [&](const planned_message* one) {
        if (std::ranges::find(open, one) == open.end()) return false;
        const life& known = *of.find(in.life_name(*one));
        const auto hash = hashes->find(one->message.number);
        if (hash != hashes->end() && hash->second == known.hash) return false;
        if (hash == hashes->end()) return true; // the server would not give it: it stays
        others.push_back(known);
        others.back().stage = stage::listed;
        others.back().note =
            "the server has another message under this unique-id now; " + known.key + " is kept";
        return true;
    });
    if (!others.empty())
        of.warn(
            fmt::format("the server gave {} unique-ids to other messages: they are fetched, and not deleted",
                        others.size()));
    return of_ours(of.record(others));
}

run_step settle_doubts(run& of, run_session& in)
{
    planned_messages doubted;
    for (const planned_message& one : in.plan.messages)
        if (one.doubted) doubted.push_back(&one);
    if (doubted.empty()) return {};
    auto same = same_headers(of, in, doubted);
    if (!same) return std::unexpected(same.error());
    std::vector<life> returned;
    for (std::size_t i = 0; i != in.plan.messages.size(); ++i) {
        planned_message& one = in.plan.messages[i];
        if (!one.doubted) continue;
        if (!same->contains(one.message.number)) {
            one.course = course::fetch;
            in.plan.order.push_back(i);
        } else if (const life& known = *of.find(one.message.unique_id); known.stage != stage::stored) {
            returned.push_back(known);
            returned.back().stage = stage::stored;
        }
    }
    return of_ours(of.record(returned));
}

run_step apply_rules(run& of, run_session& in)
{
    const auto& rules = of.account.rules;
    if (!decide_before_download(rules)) return {};
    std::map<std::uint64_t, planned_message*> open;
    planned_messages asked;
    for (const std::size_t i : in.plan.order) {
        planned_message& one = in.plan.messages[i];
        open[one.message.number] = &one;
        asked.push_back(&one);
    }
    const auto decide = [&](planned_message& one, std::string_view header) {
        const admission_verdict verdict = admit(rules, {header, one.message.octets});
        if (verdict.what == admission::fetch) return;
        one.course = course::skipped;
        one.why = "by the rule " + verdict.rule;
        if (verdict.what == admission::delete_unseen) in.unseen[one.name] = verdict.rule;
    };
    if (!need_header_before_download(rules)) {
        for (auto& [number, one] : open) decide(*one, {});
    } else {
        if (!in.drop.abilities().top)
            of.warn(
                "the server has no TOP: rules that would skip or delete before the download are not applied");
        of.tell("looking at headers");
        auto looked = look_at_headers(in, asked, [&](std::uint64_t number, const onlooker::sight& seen) {
            decide(*open.at(number), seen.header);
        });
        if (!looked) return looked;
    }
    std::erase_if(in.plan.order, [&](std::size_t i) { return in.plan.messages[i].course != course::fetch; });
    return {};
}

} // namespace archive
