// An account to fetch into: a Maildir on a simulated disk, a ledger on any, a server in memory.
#pragma once

#include "archive/fetch.hpp"
#include "deliver/delivery_target.hpp"
#include "deliver/virus_scanner.hpp"
#include "store/maildir/collection.hpp"
#include "support/kernel_disk.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"
#include "support/temporary_directory.hpp"
#include "unit/archive/fake_server.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace support {

/// A letter that no other equals, with a Message-ID and a Date, as people's letters have them.
inline std::string letter(const std::string& subject, std::size_t octets = 0)
{
    std::string text = "From: Ann <ann@example.org>\r\nSubject: " + subject +
                       "\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <" + subject +
                       "@example.org>\r\n\r\nDear Ben,\r\n" + subject + "\r\n";
    while (text.size() < octets) text += "and so on, line after line, for " + subject + "\r\n";
    return text;
}

/// What machines send: many letters have this header section.
inline std::string machine_letter(const std::string& text)
{
    return "From: sensor@example.org\r\nSubject: sensor\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n" +
           text + "\r\n";
}

/// The letter after a server put a field into its header section.
inline std::string with_field(std::string octets, const std::string& field)
{
    return octets.insert(octets.find("\r\n\r\n") + 2, field + "\r\n");
}

/// Takes messages, unless it is told not to.
class recording_target final : public deliver::delivery_target {
public:
    base::result<> deliver(const deliver::message_source& message, std::uint64_t) override
    {
        if (refuse) return base::fail(*refuse);
        std::string whole;
        auto read = message([&](std::string_view octets) -> base::result<> {
            whole += octets;
            return {};
        });
        if (read) taken.push_back(whole);
        return read;
    }
    const std::string& name() const override { return name_; }

    std::optional<base::error> refuse;
    std::vector<std::string> taken;

private:
    std::string name_ = "a list";
};

/// Finds what holds the word.
class word_scanner final : public deliver::virus_scanner {
public:
    base::result<std::optional<std::string>> scan(const deliver::message_source& message) override
    {
        if (away)
            return base::fail({.kind = base::failure::closed,
                               .temporary = true,
                               .peer_text = "",
                               .operator_text = "the scanner is away"});
        std::string whole;
        auto read = message([&](std::string_view octets) -> base::result<> {
            whole += octets;
            return {};
        });
        if (!read) return base::fail(read.error());
        if (whole.find(word) == std::string::npos) return std::nullopt;
        return "Test.Eicar";
    }

    bool away = false;
    std::string word = "EICAR";
};

/// One process, from its start to its end, with what it opened.
struct collector {
    collector(disk::file_system& disk, const std::string& ledger_path, const base::clock& clock,
              std::uint64_t seed, const ledger::own_disk& own = kernel_disk())
        : random(seed)
    {
        auto mail_opened =
            store::maildir::open_collection(disk, "/archive/me", clock, random, log, "restante");
        if (mail_opened) mail = std::move(*mail_opened);
        auto book_opened = ledger::ledger::open(own, ledger_path, std::nullopt, clock);
        if (book_opened) book = std::move(*book_opened);
    }
    bool ready() const { return mail && book; }

    seeded_random random;
    memory_log log;
    std::unique_ptr<store::collection> mail;
    std::unique_ptr<ledger::ledger> book;
};

/// The octets of every kept message, by folder.
inline std::multimap<std::string, std::string> kept(store::collection& in)
{
    std::multimap<std::string, std::string> all;
    auto listed = in.list([&](const store::kept_message& one) {
        std::string whole;
        auto message = in.open(one.key).value();
        store::read_canonical(*message, [&](std::string_view octets) -> base::result<> {
            whole += octets;
            return {};
        }).value();
        all.emplace(one.folder, whole);
    });
    listed.value();
    return all;
}

inline std::vector<std::string> octets_of(store::collection& in)
{
    std::vector<std::string> all;
    for (auto& [folder, octets] : kept(in)) all.push_back(octets);
    return all;
}

} // namespace support
