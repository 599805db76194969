// The POP3 connection's dealings with mail: sending it, and removing it at QUIT.
#include "mail/surrogate.hpp"
#include "pop3/outgoing_message.hpp"
#include "server/pop3_connection.hpp"
#include "server/store_call.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace server {
namespace {

/// Output is sent when it has grown to this: small messages of a pipeline share a write, large ones go in
/// pieces.
constexpr std::size_t write_octets = 64 * 1024;

base::error some_not_removed(const store::removal& done)
{
    return {.kind = base::failure::storage,
            .temporary = true,
            .peer_text = {},
            .operator_text =
                std::to_string(done.not_removed.size()) + " messages not removed: " + done.reason};
}

} // namespace

awaitable<void> pop3_connection::perform(pop3::send_message asked)
{
    const auto begun = connection_.now();
    connection_.live().enter(phase::retrieving);
    const auto open = [&](store::completion<std::unique_ptr<store::message>> done) {
        maildrop_->open(asked.index, std::move(done));
    };
    auto message = co_await store_call<std::unique_ptr<store::message>>(open);
    if (message) {
        connection_.buffers().lend(session_->output());
        const bool whole = co_await stream_message(**message, asked);
        if (whole) session_->sent();
        if (whole && !asked.body_lines)
            connection_.shared().metrics.retrieved((*message)->octets(), connection_.now() - begun);
    } else {
        message_failed(asked.index, message.error());
    }
    connection_.live().enter(phase::transaction);
}

/// False when the answer is not a whole message: then it was -ERR, or the connection is over.
awaitable<bool> pop3_connection::stream_message(store::message& message, const pop3::send_message& asked)
{
    std::string original;
    std::optional<std::string> surrogate;
    auto octets = message.octets();
    if (needs_surrogate(asked.index)) {
        const auto read = [&message](store::completion<std::string> done) {
            message.read_header_section(std::move(done));
        };
        auto header = co_await store_call<std::string>(read);
        if (!header) {
            message_failed(asked.index, header.error());
            co_return false;
        }
        original = *std::move(header);
        surrogate = mail::surrogate(original);
        octets = mail::octets_with_surrogate(octets, original, *surrogate);
    }
    pop3::outgoing_message outgoing(message.form(), asked.body_lines, original.size(), std::move(surrogate));
    auto& output = session_->output();
    bool begun = false;
    std::uint64_t offset = 0;
    while (offset < message.stored_octets() && !(begun && outgoing.complete())) {
        {
            const thread_buffers::loan piece(
                connection_.buffers()); // given back before the client is waited for
            const auto read = [&](store::completion<std::size_t> done) {
                message.read(piece.octets(), offset, std::move(done));
            };
            const auto got = co_await store_call<std::size_t>(read);
            if (!got) {
                begun ? message_broke_off(asked.index, got.error())
                      : message_failed(asked.index, got.error());
                co_return false;
            }
            offset += *got;
            // Only now +OK, so that a message that cannot be read at all is answered with -ERR.
            if (!begun) session_->sending(octets);
            begun = true;
            outgoing.convert({piece.octets().data(), *got}, output);
        }
        if (output.size() >= write_octets) {
            const bool written = co_await connection_.write(output);
            if (!written) co_return false;
        }
    }
    if (!begun) session_->sending(octets);
    outgoing.finish(output);
    co_return true;
}

bool pop3_connection::needs_surrogate(std::size_t index) const
{
    return connection_.site_settings().pop3.fallback == utf8_fallback::surrogate && !session_->utf8() &&
           listing_->surrogate_octets(index).has_value();
}

void pop3_connection::message_failed(std::size_t index, const base::error& error)
{
    log_message_trouble(index, error);
    session_->message_failed(error);
}

/// Behind +OK only the end of the connection tells the client that this is no whole message.
void pop3_connection::message_broke_off(std::size_t index, const base::error& error)
{
    log_message_trouble(index, error);
    connection_.close_because(reason::trouble);
}

void pop3_connection::log_message_trouble(std::size_t index, const base::error& error)
{
    auto& shared = connection_.shared();
    if (error.kind == base::failure::overloaded)
        return shared.shortage.note(shared.with.log, connection_.now(), error.operator_text);
    const bool vanished = error.kind == base::failure::vanished; // another program's right
    connection_.shared().with.log.write(
        vanished ? base::severity::info : base::severity::error, "message-not-sent",
        std::initializer_list<base::field>{{"session", connection_.live().id()},
                                           {"user", user_},
                                           {"unique-id", listing_->unique_id(index)},
                                           {"error", error.operator_text}});
}

/// Performed whole once QUIT has been received whole, whatever has become of the peer: a client that lost the
/// +OK finds at its next session what was removed.
awaitable<void> pop3_connection::perform(pop3::update asked)
{
    connection_.live().enter(phase::update);
    const auto remove = [&](store::completion<store::removal> removed) {
        maildrop_->remove(asked.marked, connection_.live().id(), std::move(removed));
    };
    const auto close = [this](store::completion<> closed) { maildrop_->close(std::move(closed)); };
    base::result<store::removal> done;
    if (!asked.marked.empty()) {
        done = co_await store_call<store::removal>(remove);
        co_await store_call<void>(close); // the lock is free before +OK
    }
    maildrop_.reset();
    if (!done) {
        log_update_trouble(done.error());
        session_->updated(0, &done.error());
        co_return;
    }
    log_deletions(asked, *done);
    connection_.shared().metrics.removed(done->removed);
    if (done->not_removed.empty()) {
        session_->updated(done->removed, nullptr);
        co_return;
    }
    const auto trouble = some_not_removed(*done);
    log_update_trouble(trouble);
    session_->updated(done->removed, &trouble);
}

void pop3_connection::log_deletions(const pop3::update& asked, const store::removal& done)
{
    auto kept = done.not_removed.begin();
    for (const std::size_t index : asked.marked) {
        if (kept != done.not_removed.end() && *kept == index) {
            ++kept;
            continue;
        }
        connection_.shared().with.log.info("deleted", {{"session", connection_.live().id()},
                                                       {"user", user_},
                                                       {"unique-id", listing_->unique_id(index)},
                                                       {"octets", listing_->octets(index)}});
    }
}

void pop3_connection::log_update_trouble(const base::error& error)
{
    connection_.shared().with.log.error(
        "update-failed",
        {{"session", connection_.live().id()}, {"user", user_}, {"error", error.operator_text}});
}

} // namespace server
