// Where kept mail lies for good: the mail of one account, in folders, with marks. Added to in groups, durably.
//
// The other contract of this room, store.hpp, is about mail that waits to be collected; this one is about mail that has
// been. Backend: maildir/ (any mail program reads it). Every call may block on the disk; one object by one thread
// at a time, but open() and read by any number.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/stored_message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace store {

/// What a reader notes on a message; in a Maildir the flags S, R, F, P, T, D of its file name.
struct message_marks {
    bool seen = false, answered = false, flagged = false, forwarded = false, trashed = false, draft = false;
    friend bool operator==(const message_marks&, const message_marks&) = default;
};

/// One kept message as a listing tells it.
struct kept_message {
    std::string key; ///< stable for life, unique in the collection (a Maildir base name)
    std::string
        folder; ///< "" is the main one; else "Lists" or "Lists/C++": UTF-8, no part empty or with a '.', the first not
    ///< INBOX
    message_marks marks;
    std::uint64_t octets = 0; ///< canonical
    base::wall_time arrival;  ///< when it was stored
    bool fresh = false;       ///< no program has looked at it yet (new/)
};

/// Where an added message shall lie.
struct placement {
    std::string
        folder; ///< made where it does not exist; `malformed` where the backend cannot name it; INBOX, in any
                ///< letter case, is the main one, also as the first part of a name
    message_marks marks;
    base::wall_time arrival; ///< told by its name and the file's time; unset (epoch): now
};

/// A message on its way in, in a temporary file. Destroyed unpublished, it leaves nothing behind.
class addition {
public:
    virtual ~addition() = default;
    /// The next canonical octets. After an error only destruction is allowed.
    virtual base::result<> write(std::string_view octets) = 0;
    /// No more octets come: what is held in memory may go to where it belongs, and need not stay in memory until the
    /// message is published. Nothing is durable by that.
    virtual base::result<> complete() { return {}; }
    /// Canonical octets so far.
    virtual std::uint64_t octets() const = 0;
    /// Reads back what was written, from its beginning, as canonical octets: for who must judge it before it is
    /// published. No more may be written afterwards.
    virtual base::result<> read_back(const std::function<base::result<>(std::string_view)>& sink);
};

class collection {
public:
    virtual ~collection() = default;

    /// This and what is done to an addition may go on while another thread calls anything else.
    virtual base::result<std::unique_ptr<addition>> begin_addition() = 0;

    struct publication {
        std::unique_ptr<addition> message;
        placement where;
    };
    /// Makes the group visible: every file is synced, then renamed, then each directory is synced once. Where a
    /// result is a value (the key), that message would survive a power cut from now on. One failure does not hinder
    /// the others; a failed one leaves nothing visible.
    virtual std::vector<base::result<std::string>> publish(std::vector<publication> group) = 0;

    /// Puts the message `key` of `collection` here as well, without a second copy of its octets where the disk can
    /// (a hard link), durable on return; the new key.
    virtual base::result<std::string> publish_copy(collection& collection, std::string_view key,
                                                   const placement& placement) = 0;

    /// Every message of every folder, in no order. What other programs rename meanwhile is told once.
    virtual base::result<> list(const std::function<void(const kept_message&)>& each) = 0;
    /// Those that are there, "" first.
    virtual base::result<std::vector<std::string>> folders() = 0;

    /// A text that is the same as long as no program adds, renames or removes a message. Nothing where a change that
    /// comes now might not show in it, or where the backend cannot tell. Looks at no message.
    virtual base::result<std::optional<std::string>> state() { return std::nullopt; }
    /// Where a listing, perhaps of another process, last told a message: looked for there first. What is wrong costs
    /// time only.
    virtual void expect(const kept_message&) {}

    /// Finds a message by key, whichever folder and marks it has by now; `vanished` where it is in none.
    virtual base::result<kept_message> find(std::string_view key) = 0;
    virtual base::result<std::unique_ptr<stored_message>> open(std::string_view key) = 0;

    /// Makes messages that are here durable, whoever put them here: syncs each file, and each directory once.
    /// After a kill in the middle of publish() a message can be seen and still not outlive a power cut.
    virtual base::result<> make_durable(std::span<const std::string> keys) = 0;

    /// Other programs' changes win where both change at once. Not durable by itself: marks are not mail.
    virtual base::result<> set_marks(std::string_view key, const message_marks& marks) = 0;
    /// Durable on return.
    virtual base::result<> move(std::string_view key, const std::string& folder) = 0;
    /// For good, durable on return; only a person's command does that, never a server.
    virtual base::result<> remove(std::string_view key) = 0;

    /// Takes a message out of the collection into the directory at `path`, which is made where missing, under its own
    /// file's name; its octets stay as they are, and need not be readable. Durable on return. `exists` where a file
    /// of that name lies there.
    virtual base::result<> set_aside(std::string_view key, const std::string& path) = 0;

    /// Removes leftovers of crashed additions older than 36 hours; how many.
    virtual base::result<std::size_t> sweep() = 0;
};

/// Reads a message whole, as canonical octets, into `sink` piece by piece.
base::result<> read_canonical(stored_message& message,
                              const std::function<base::result<>(std::string_view)>& sink);

} // namespace store
