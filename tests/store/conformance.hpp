// One suite for every place where mail waits: what store/store.hpp promises, asked of each backend.
//
// A backend joins with one file like memory_backend.cpp (docs/store.md): a `world` that makes the store,
// and INSTANTIATE_TEST_SUITE_P with its name.
#pragma once

#include "store/blocking_store.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace conformance {

/// A fresh, empty store and the time it lives in.
class world {
public:
    virtual ~world() = default;
    virtual store::blocking_store& store() = 0;
    /// Drops the store and makes it again on the same disk, as a new process would. All that the old one
    /// gave out has been destroyed. A store that lives in memory alone does nothing.
    virtual void reopen() = 0;

    support::manual_clock clock;
};

template <typename World>
std::unique_ptr<world> make()
{
    return std::make_unique<World>();
}

/// A backend's name in the names of the tests, and the way to make its world.
struct backend {
    std::string name;
    std::unique_ptr<world> (*make)();
};

/// How a failed test shows its backend.
inline void PrintTo(const backend& one, std::ostream* out)
{
    *out << one.name;
}

inline std::string name_of(const testing::TestParamInfo<backend>& info)
{
    return info.param.name;
}

/// A message as a session got it, in canonical octets.
struct letter {
    std::string unique_id;
    std::string octets;
};

class store_conformance : public testing::TestWithParam<backend> {
protected:
    store::blocking_store& store() { return world_->store(); }
    support::manual_clock& clock() { return world_->clock; }
    void reopen() { world_->reopen(); }

    /// Delivers one message to one maildrop, a millisecond after what was before.
    base::result<std::string> deliver(const std::string& name, std::string_view body,
                                      const std::string& header = {},
                                      const store::maildrop_policy& policy = {});
    /// The same, which must go well; the unique-id.
    std::string must_deliver(const std::string& name, std::string_view body);
    /// Opens a maildrop, which must go well.
    std::unique_ptr<store::blocking_maildrop> open(const std::string& name,
                                                   const store::maildrop_policy& policy = {});
    /// Removes the messages at `indexes`, which must go well.
    void remove(store::blocking_maildrop& from, std::vector<std::size_t> indexes,
                const std::string& session = "session-1");
    /// All that waits, through a session of its own. Checks that listing, message and octets agree.
    std::vector<letter> collect(const std::string& name, const store::maildrop_policy& policy = {});
    std::vector<std::string> bodies(const std::string& name, const store::maildrop_policy& policy = {});

    /// The canonical octets of a message, read in pieces of at most `piece` octets.
    static std::string canonical_octets(store::stored_message& message, std::size_t piece = 4096);

    std::unique_ptr<world> world_ = GetParam().make();
};

} // namespace conformance
