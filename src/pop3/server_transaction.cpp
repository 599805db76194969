// The TRANSACTION and UPDATE states (RFC 1939, sections 5, 6 and 7).
#include "mail/unique_id.hpp"
#include "pop3/capability.hpp"
#include "pop3/server_machine.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

namespace pop3 {
namespace {

/// What is answered at QUIT where not everything that was marked is removed.
phrase phrase_of_update(const base::error& trouble)
{
    if (trouble.kind == base::failure::outcome_unknown) return phrase::outcome_unknown;
    if (trouble.kind == base::failure::fenced) return phrase::fenced;
    return phrase::not_removed;
}

/// A listing of a million messages goes out in pieces of about this size.
constexpr std::size_t listing_piece_octets = std::size_t{32} * 1024;

constexpr std::size_t number_octets_max = std::numeric_limits<std::uint64_t>::digits10 + 1;
constexpr std::size_t listing_line_octets_max =
    number_octets_max + 1 + std::max(number_octets_max, mail::unique_id_octets_max) + 2;

} // namespace

// --- what waits -----------------------------------------------------------------------------------

server_session::machine::answer server_session::machine::stat(std::string_view)
{
    output += "+OK ";
    append_number(output, maildrop->count());
    output += ' ';
    append_number(output, maildrop->octets());
    output += "\r\n";
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
    output.resize_and_overwrite(output.size() + listing_line_octets_max,
                                [&, begin = output.size()](char* text, std::size_t) {
                                    return write_listing_line(text + begin, *index, unique_ids) - text;
                                });
    return std::nullopt;
}

void server_session::machine::write_listing()
{
    const std::size_t begin = output.size();
    // Room for the piece is made once, and the lines are written into it.
    output.resize_and_overwrite(begin + listing_piece_octets + listing_line_octets_max,
                                [&](char* text, std::size_t) {
                                    char* to = text + begin;
                                    const char* const enough = to + listing_piece_octets;
                                    for (; listing->next < maildrop->size() && to < enough; ++listing->next)
                                        if (!maildrop->is_marked(listing->next))
                                            to = write_listing_line(to, listing->next, listing->unique_ids);
                                    return to - text;
                                });
    if (listing->next < maildrop->size()) return;
    output += ".\r\n";
    listing.reset();
}

char* server_session::machine::write_listing_line(char* to, std::size_t index, bool unique_ids) const
{
    to = std::to_chars(to, to + number_octets_max, index + 1).ptr;
    *to++ = ' ';
    if (unique_ids) {
        const std::string_view id = maildrop->unique_id(index);
        assert(id.size() <= mail::unique_id_octets_max);
        std::memcpy(to, id.data(), id.size());
        to += id.size();
    } else {
        to = std::to_chars(to, to + number_octets_max, maildrop->octets(index)).ptr;
    }
    *to++ = '\r';
    *to++ = '\n';
    return to;
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

void server_session::message_failed(const base::error& error)
{
    if (machine_->turn == turn::over) return;
    assert(machine_->turn == turn::driver && machine_->message);
    machine_->turn = turn::command;
    machine_->message.reset();
    machine_->err(error);
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
        err(phrase_of_update(*trouble), trouble->temporary ? "[SYS/TEMP]" : "[SYS/PERM]");
    else if (removed > 0)
        ok(phrase::goodbye_removed, {removed});
    else
        ok(phrase::goodbye);
    close_session(true);
}

} // namespace pop3
