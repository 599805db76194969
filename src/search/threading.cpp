// Union of what is linked.
#include "search/threading.hpp"

#include "ledger/content_hash.hpp"

#include <algorithm>

namespace search {
namespace {

constexpr std::size_t references_max = 100; // a thread of thousands repeats them in each message
constexpr std::size_t name_octets = 16;

/// The text between '<' and '>', where it has them.
std::string_view bare(std::string_view id)
{
    const auto begin = id.find('<');
    const auto end = id.find('>', begin == id.npos ? 0 : begin);
    if (begin != id.npos && end != id.npos) return id.substr(begin + 1, end - begin - 1);
    return id.substr(0, id.find(' '));
}

} // namespace

std::vector<std::string> thread_names(const mail::mime::reading& message)
{
    std::vector<std::string> out;
    const auto add = [&](std::string_view id) {
        if (const auto name = bare(id); !name.empty())
            out.emplace_back(ledger::hash_of(name).view().substr(0, name_octets));
    };
    const auto& references = message.references;
    for (std::size_t i = 0; i < references.size(); ++i)
        if (i < references_max / 2 || i + references_max / 2 >= references.size()) add(references[i]);
    if (references.empty()) add(message.in_reply_to);
    add(message.message_id);
    std::ranges::sort(out);
    const auto doubled = std::ranges::unique(out);
    out.erase(doubled.begin(), doubled.end());
    return out;
}

thread_writer::thread_writer(ledger::database& file)
    : find_(file, "SELECT thread FROM thread_names WHERE name = ?"),
      name_(file, "INSERT INTO thread_names VALUES (?1, ?2) ON CONFLICT DO UPDATE SET thread = ?2"),
      join_names_(file, "UPDATE thread_names SET thread = ?2 WHERE thread = ?1"),
      join_messages_(file, "UPDATE messages SET thread = ?2 WHERE thread = ?1")
{
}

base::result<std::vector<std::int64_t>> thread_writer::known_threads(const std::vector<std::string>& names)
{
    std::vector<std::int64_t> out;
    for (const auto& name : names) {
        const auto row = find_.bind_octets(1, name).step();
        if (!row) return base::fail(row.error());
        if (*row) out.push_back(find_.integer(0));
        find_.reset();
    }
    std::ranges::sort(out);
    const auto doubled = std::ranges::unique(out);
    out.erase(doubled.begin(), doubled.end());
    return out;
}

base::result<> thread_writer::join(std::int64_t thread, std::int64_t into)
{
    if (auto done = join_names_.bind(1, thread).bind(2, into).run(); !done) return done;
    return join_messages_.bind(1, thread).bind(2, into).run();
}

base::result<std::int64_t> thread_writer::thread_of(std::int64_t number,
                                                    const std::vector<std::string>& names)
{
    const auto known = known_threads(names);
    if (!known) return base::fail(known.error());
    const std::int64_t thread = known->empty() ? number : known->front();
    for (const auto other : *known)
        if (other != thread)
            if (auto done = join(other, thread); !done) return base::fail(done.error());
    for (const auto& name : names)
        if (auto done = name_.bind_octets(1, name).bind(2, thread).run(); !done)
            return base::fail(done.error());
    return thread;
}

} // namespace search
