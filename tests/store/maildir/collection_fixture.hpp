// A collection on a disk, real or simulated, and how its messages are put in and read out.
#pragma once

#include "store/maildir/collection.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace collections {

using store::kept_message;
using store::message_marks;

/// What every collection stands on.
struct seams {
    support::manual_clock clock;
    support::seeded_random random;
    support::memory_log log;
};

inline base::result<std::unique_ptr<store::collection>> open(disk::file_system& files, seams& with,
                                                             const std::string& path)
{
    return store::maildir::open_collection(files, path, with.clock, with.random, with.log,
                                           "host.example.org");
}

inline base::result<std::unique_ptr<store::addition>> begin(store::collection& to, std::string_view octets)
{
    auto added = to.begin_addition();
    if (!added) return added;
    if (auto written = (*added)->write(octets); !written) return base::fail(written.error());
    return added;
}

inline base::result<std::string> add(store::collection& to, std::string_view octets,
                                     const store::placement& where = {})
{
    auto begun = begin(to, octets);
    if (!begun) return base::fail(begun.error());
    std::vector<store::collection::publication> group;
    group.push_back({std::move(*begun), where});
    return std::move(to.publish(std::move(group)).front());
}

inline base::result<std::string> read(store::collection& from, std::string_view key)
{
    auto message = from.open(key);
    if (!message) return base::fail(message.error());
    std::string out;
    auto done = store::read_canonical(**message, [&](std::string_view piece) {
        out += piece;
        return base::result<>();
    });
    if (!done) return base::fail(done.error());
    return out;
}

inline std::map<std::string, kept_message> listed(store::collection& of)
{
    std::map<std::string, kept_message> out;
    auto done = of.list([&](const kept_message& one) {
        EXPECT_FALSE(out.contains(one.key)) << "told twice: " << one.key;
        out.emplace(one.key, one);
    });
    EXPECT_TRUE(done) << (done ? "" : done.error().operator_text);
    return out;
}

/// Folder and text of every message there is.
inline std::multimap<std::string, std::string> all_texts(store::collection& of)
{
    std::multimap<std::string, std::string> out;
    for (const auto& [key, one] : listed(of)) out.emplace(one.folder, read(of, key).value());
    return out;
}

} // namespace collections
