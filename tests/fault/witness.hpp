// Remembers what the post office promised to the world, and finds after a crash which promises it broke.
#pragma once

#include "store/maildir/maildir_store.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_log.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace fault {

/// A post office at work on a disk: one process, from its start to its end.
struct office {
    explicit office(disk::file_system& disk, const base::clock& clock, std::uint64_t seed)
        : random(seed), store(disk, "/mail", clock, random, log, "host.example.org")
    {
    }

    support::seeded_random random;
    support::memory_log log;
    store::maildir_store store;
};

/// One maildrop's promises. Bodies must differ from each other: they tell the letters apart.
class witness {
public:
    /// 250 was seen: from now on it must be there, whole, under this unique-id.
    void promised(const std::string& unique_id, const std::string& octets) { promised_[octets] = unique_id; }
    /// Something else was seen, or nothing: it may be there, but then whole.
    void attempted(const std::string& octets) { attempted_.insert(octets); }
    /// The client marked it and sent QUIT: it may be gone.
    void marked(const std::string& octets);
    /// ...and +OK was seen: it must be gone.
    void confirmed(const std::string& octets);
    /// It is held, and has been put back.
    void undeleted();

    /// A line for each broken promise, given all that a new session finds.
    std::vector<std::string> breaches(store::blocking_store& found, const std::string& name) const;

private:
    std::vector<std::string> breaches(const std::multimap<std::string, std::string>& there) const;

    std::map<std::string, std::string> promised_; // octets → unique-id
    std::set<std::string> attempted_;
    std::map<std::string, std::string> marked_;
    std::map<std::string, std::string> gone_;
};

/// The octets of every message in `name`, by a session of its own; throws where that does not work.
std::multimap<std::string, std::string> letters(store::blocking_store& in,
                                                const std::string& name); // octets → unique-id

/// Delivers to `name`, and tells `see`; what the sender was told.
base::result<std::string> deliver(store::blocking_store& to, const std::string& name,
                                  const std::string& octets, witness& see);

/// Every way to come back from a power cut: none, all, names alone, contents alone, and some mixtures.
struct comeback {
    support::survivors which;
    std::uint64_t seed;
    std::string name;
};
std::vector<comeback> comebacks();

/// A letter of `octets` octets or a little more that no other letter equals.
std::string letter(const std::string& subject, std::size_t octets = 0);

} // namespace fault
