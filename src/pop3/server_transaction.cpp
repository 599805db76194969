// The TRANSACTION and UPDATE states (RFC 1939, sections 5, 6 and 7).
#include "pop3/capability.hpp"
#include "pop3/server_machine.hpp"

#include <cassert>
#include <utility>

namespace pop3 {
namespace {

/// A listing of a million messages goes out in pieces of about this size.
constexpr std::size_t listing_piece_octets = std::size_t{32} * 1024;

} // namespace

// --- what waits -----------------------------------------------------------------------------------

server_session::machine::answer server_session::machine::stat(std::string_view)
{
    ok(std::to_string(maildrop->count()) + " " + std::to_string(maildrop->octets()));
    return std::nullopt;
}

server_session::machine::answer server_session::machine::list(std::string_view argument)
{
    return list_or_uidl(argument, false);
}

server_session::machine::answer server_session::machine::uidl(std::string_view argument)
{
    return list_or_uidl(argument, true);
}

server_session::machine::answer server_session::machine::list_or_uidl(std::string_view argument,
                                                                      bool unique_ids)
{
    if (argument.empty()) {
        if (unique_ids)
            ok(phrase::unique_ids_follow);
        else
            ok(phrase::maildrop_summary, {maildrop->count(), maildrop->octets()});
        listing = listing_in_progress{.unique_ids = unique_ids, .next = 0};
        return std::nullopt;
    }
    answer reply;
    const auto index = find_message(argument, reply);
    if (!index) return reply;
    output += "+OK ";
    append_listing_line(*index, unique_ids);
    return std::nullopt;
}

void server_session::machine::write_listing()
{
    const std::size_t piece_end = output.size() + listing_piece_octets;
    while (listing->next < maildrop->size() && output.size() < piece_end) {
        const std::size_t index = listing->next++;
        if (!maildrop->is_marked(index)) append_listing_line(index, listing->unique_ids);
    }
    if (listing->next < maildrop->size()) return;
    output += ".\r\n";
    listing.reset();
}

void server_session::machine::append_listing_line(std::size_t index, bool unique_ids)
{
    output.append(std::to_string(index + 1)).append(" ");
    if (unique_ids)
        output.append(maildrop->unique_id(index));
    else
        output.append(std::to_string(maildrop->octets(index)));
    output.append("\r\n");
}

std::optional<std::size_t> server_session::machine::find_message(std::string_view argument, answer& reply)
{
    const auto number = message_number::parse(argument);
    if (!number) {
        reply = bad(phrase::malformed_arguments);
        return std::nullopt;
    }
    const auto index = maildrop->find(*number);
    // A client that counts wrong is not hostile: this is no bad command.
    if (!index) err(phrase::no_such_message);
    return index;
}

// --- RETR and TOP ---------------------------------------------------------------------------------

server_session::machine::answer server_session::machine::retr(std::string_view argument)
{
    return send(argument, std::nullopt);
}

server_session::machine::answer server_session::machine::top(std::string_view argument)
{
    const auto halves = split_last(argument);
    const auto body_lines = halves ? parse_count(halves->second) : std::nullopt;
    if (!body_lines) return bad(phrase::malformed_arguments);
    return send(halves->first, body_lines);
}

server_session::machine::answer server_session::machine::send(std::string_view number,
                                                              std::optional<std::uint64_t> body_lines)
{
    answer reply;
    const auto index = find_message(number, reply);
    if (!index) return reply;
    if (policy.fallback == utf8_fallback::refuse && !utf8_issued && maildrop->internationalised(*index)) {
        err(phrase::utf8_first, "[UTF8]"); // RFC 6856, section 5
        return std::nullopt;
    }
    turn = pop3::turn::driver;
    message = send_message{.index = *index, .body_lines = body_lines};
    return *message;
}

void server_session::machine::sending(std::uint64_t octets)
{
    if (turn == pop3::turn::over) return;
    assert(turn == pop3::turn::driver && message);
    message_octets = octets;
    if (message->body_lines)
        ok(phrase::top_follows);
    else
        ok(phrase::octets_follow, {octets});
}

void server_session::machine::sent()
{
    if (turn == pop3::turn::over) return;
    assert(turn == pop3::turn::driver && message);
    turn = pop3::turn::command;
    const send_message done = *std::exchange(message, std::nullopt);
    if (done.body_lines) {
        ++counts.topped;
        return;
    }
    ++counts.retrieved;
    counts.retrieved_octets += message_octets;
    // RFC 2449, section 6.7: where no mail may stay, what was retrieved counts as deleted when UPDATE comes.
    if (expire_days(policy, &*maildrop) != 0U) return;
    retrieved.resize(maildrop->size());
    retrieved[done.index] = true;
}

void server_session::message_failed(const base::error& why)
{
    if (machine_->turn == turn::over) return;
    assert(machine_->turn == turn::driver && machine_->message);
    machine_->turn = turn::command;
    machine_->message.reset();
    machine_->err(why);
}

// --- DELE, RSET, NOOP, UPDATE ---------------------------------------------------------------------

server_session::machine::answer server_session::machine::dele(std::string_view argument)
{
    answer reply;
    const auto index = find_message(argument, reply);
    if (!index) return reply;
    maildrop->mark(*index);
    ok(phrase::message_marked, {*index + 1});
    return std::nullopt;
}

server_session::machine::answer server_session::machine::rset(std::string_view)
{
    maildrop->unmark_all();
    ok(phrase::maildrop_summary, {maildrop->count(), maildrop->octets()});
    return std::nullopt;
}

server_session::machine::answer server_session::machine::noop(std::string_view)
{
    ok(std::string_view{});
    return std::nullopt;
}

void server_session::machine::updated(std::size_t removed, const base::error* trouble)
{
    assert(state == state::update);
    if (turn == pop3::turn::over) return;
    counts.deleted = removed;
    if (trouble)
        err(phrase::not_removed, trouble->temporary ? "[SYS/TEMP]" : "[SYS/PERM]");
    else if (removed > 0)
        ok(phrase::goodbye_removed, {removed});
    else
        ok(phrase::goodbye);
    close_session(true);
}

} // namespace pop3
