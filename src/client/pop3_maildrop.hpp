// A session in TRANSACTION over a real line: client::maildrop as POP3 has it.
#pragma once

#include "base/log.hpp"
#include "client/listing_builder.hpp"
#include "client/maildrop.hpp"
#include "client/pop3_channel.hpp"
#include "client/pop3_server.hpp"
#include "pop3/client_session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace client {

// How many commands may be under way at once.

/// Enough to hide a round trip behind small messages, few enough for a server that is slow to start.
constexpr std::size_t window_start = 8;
/// What may lie unread at the server: less than the smallest socket buffer in use, so that our write() never waits for
/// a server that itself waits for us to read (RFC 2449, section 6.6).
constexpr std::size_t commands_octets_max = 4096;
/// What we asked for and have not read, by the server's sizes: a slow disk here must not fill every buffer on the way.
constexpr std::uint64_t announced_octets_max = 4 * 1024 * 1024;
/// A size that is not told counts as a usual letter's.
constexpr std::uint64_t unknown_octets = 64 * 1024;

class command_window {
public:
    /// `limit`: most commands at once; 1: each waits for the last one's reply.
    command_window(std::size_t limit, std::size_t longest_command_octets)
        : limit_(std::max<std::size_t>(1, std::min(limit, commands_octets_max / longest_command_octets))),
          size_(std::min(window_start, limit_))
    {
    }

    /// Another one of `octets` may be asked for; the first always may.
    bool open(std::uint64_t octets) const
    {
        if (under_way_ == 0) return true;
        return under_way_ < size_ && announced_ <= announced_octets_max &&
               octets <= announced_octets_max - announced_;
    }
    void sent(std::uint64_t octets)
    {
        ++under_way_;
        announced_ += octets;
    }
    void answered(std::uint64_t octets)
    {
        --under_way_;
        announced_ -= octets;
        size_ = std::min(size_ + 1, limit_);
    }
    /// One at a time from here on.
    void fall_back() { size_ = limit_ = 1; }

private:
    std::size_t limit_;
    std::size_t size_;
    std::size_t under_way_ = 0;
    std::uint64_t announced_ = 0;
};

struct maildrop_limits {
    /// No letter is so large; a message that goes on is a server that never ends it.
    std::uint64_t message_octets = std::uint64_t{4} * 1024 * 1024 * 1024;
    listing_limits listing{};
};

/// So many answers to commands that were under way beside others prove that a host can do it: a cut line is then only a
/// cut line. A broken dialogue is held against pipelining always.
constexpr std::uint64_t pipelining_proven = 16;

class pop3_maildrop final : public maildrop {
public:
    /// `line` has signed in. `quirks` must outlive this and is written to when the host shows a new one.
    pop3_maildrop(std::unique_ptr<pop3_channel> line, server_abilities abilities,
                  pop3::capabilities capabilities, host_quirks& quirks, const client::patience& patience,
                  unsigned window_max, base::log& log, maildrop_limits limits = {});

    const server_abilities& abilities() const override { return abilities_; }
    base::result<maildrop_listing> list() override;
    base::result<> retrieve(std::span<const listed_message> messages, message_sink& sink) override;
    /// A server that turns out to have no TOP (`refused`, before any message began) leaves the session usable.
    base::result<> peek(std::span<const listed_message> messages, std::uint64_t body_lines,
                        message_sink& sink) override;
    base::result<std::vector<bool>> mark_deleted(std::span<const listed_message> messages) override;
    base::result<> unmark_all() override;
    base::result<> keep_alive() override;
    quit_outcome quit() override;

private:
    using pop3_send = std::function<void(std::uint64_t number)>;

    bool pipelines() const;
    std::size_t window_limit() const { return pipelines() ? window_max_ : 1; }
    /// Notes what an error says of the host; every error of the line goes through here. Nothing may follow.
    base::error lost(base::error error);
    base::error refused(const pop3::status_line& reply, std::string_view command) const;
    /// The status line of the oldest command under way.
    base::result<pop3::status_line> reply();

    base::result<pop3::status_line> read_listing(bool (listing_builder::*add)(std::string_view),
                                                 listing_builder& builder);
    base::result<maildrop_listing> evaluate_listing(const pop3::status_line& uidl,
                                                    const pop3::status_line& list, listing_builder& read);
    base::result<bool> holds_nothing();

    base::result<> receive_all(std::span<const listed_message> messages, message_sink& sink,
                               command_window window, std::string_view command, const pop3_send& send);
    base::result<> receive_message(const listed_message& message, message_sink& sink, command_window& window);
    base::error blurred(const listed_message& message);
    base::result<> end_at_bare_dot(const listed_message& message, message_sink& sink, command_window& window);
    base::result<> simple(pop3::request request, std::string_view command);

    std::unique_ptr<pop3_channel> line_;
    server_abilities abilities_;
    pop3::capabilities capabilities_;
    host_quirks& quirks_;
    client::patience patience_;
    unsigned window_max_;
    base::log& log_;
    maildrop_limits limits_;
    std::uint64_t answered_beside_others_ = 0;
    bool pipelined_ = false;
    bool lost_ = false;
};

} // namespace client
