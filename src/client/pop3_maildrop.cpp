// A session in TRANSACTION: listing, marking, leaving, and messages by RETR and TOP.
#include "client/pop3_maildrop.hpp"

#include "client/server_errors.hpp"

#include <utility>

namespace client {

using base::failure;

pop3_maildrop::pop3_maildrop(std::unique_ptr<pop3_channel> line, server_abilities abilities,
                             pop3::capabilities capabilities, host_quirks& quirks,
                             const client::patience& patience, unsigned window_max, base::log& log,
                             maildrop_limits limits)
    : line_(std::move(line)),
      abilities_(std::move(abilities)),
      capabilities_(std::move(capabilities)),
      quirks_(quirks),
      patience_(patience),
      window_max_(window_max),
      log_(log),
      limits_(limits)
{
    abilities_.top = abilities_.top && !quirks_.no_top;
}

bool pop3_maildrop::pipelines() const
{
    return capabilities_.pipelining && !quirks_.no_pipelining && !quirks_.one_by_one && window_max_ > 1;
}

base::error pop3_maildrop::lost(base::error error)
{
    lost_ = true;
    const bool broke = error.kind == failure::malformed && pipelined_;
    const bool cut = line_->session().under_way() > 1 && answered_beside_others_ < pipelining_proven;
    if (broke || cut) {
        quirks_.no_pipelining = true;
        error.temporary = true; // the next session asks one thing at a time
        log_.notice("pipelining-given-up", {{"host", line_->host()}, {"why", error.operator_text}});
    }
    return error;
}

base::error pop3_maildrop::refused(const pop3::status_line& reply, std::string_view command) const
{
    return error_of(reply, answering::other, line_->host() + ": " + std::string(command),
                    line_->told(reply.text));
}

base::result<pop3::status_line> pop3_maildrop::reply()
{
    if (line_->session().under_way() > 1) pipelined_ = true;
    auto status = line_->status(patience_.reply);
    if (!status) return base::fail(lost(std::move(status.error())));
    if (line_->session().under_way() > 1) ++answered_beside_others_;
    return status;
}

// --- listing ----------------------------------------------------------------------------------------------

base::result<maildrop_listing> pop3_maildrop::list()
{
    listing_builder read(limits_.listing);
    if (auto still = line_->quiet(); !still) return base::fail(lost(std::move(still.error())));
    line_->session().send(pop3::request::uidl); // also where CAPA does not tell of it
    if (pipelines()) line_->session().send(pop3::request::list);
    const auto uidl = read_listing(&listing_builder::add_unique_id, read);
    if (!uidl) return base::fail(uidl.error());
    if (!pipelines()) {
        if (auto still = line_->quiet(); !still) return base::fail(lost(std::move(still.error())));
        line_->session().send(pop3::request::list);
    }
    const auto list = read_listing(&listing_builder::add_octets, read);
    if (!list) return base::fail(list.error());
    return evaluate_listing(*uidl, *list, read);
}

base::result<pop3::status_line> pop3_maildrop::read_listing(bool (listing_builder::*add)(std::string_view),
                                                            listing_builder& builder)
{
    auto status = reply();
    if (!status || !status->ok) return status;
    for (;;) {
        const auto event = line_->next(patience_.reply);
        if (!event) return base::fail(lost(event.error()));
        if (std::holds_alternative<pop3::response_end>(*event)) return status;
        const auto* const listed = std::get_if<pop3::response_line>(&*event);
        if (!listed || !(builder.*add)(listed->text))
            return base::fail(lost(line_->malformed("its listing has more than " +
                                                    std::to_string(limits_.listing.messages) +
                                                    " messages, or does not end")));
    }
}

base::result<maildrop_listing> pop3_maildrop::evaluate_listing(const pop3::status_line& uidl,
                                                               const pop3::status_line& list,
                                                               listing_builder& read)
{
    const auto passing = [](const pop3::status_line& reply) {
        return !reply.ok && (reply.code == "SYS/TEMP" || reply.code == "IN-USE" ||
                             (reply.code.empty() && sounds_temporary(reply.text)));
    };
    if (passing(uidl)) return base::fail(lost(refused(uidl, "UIDL")));
    if (passing(list)) return base::fail(lost(refused(list, "LIST")));
    if (read.empty() && read.left_out() > 0)
        return base::fail(lost(line_->malformed("no line of its listing can be read")));
    if (!list.ok && !uidl.ok) { // some say so of an empty maildrop
        const auto empty = holds_nothing();
        if (!empty) return base::fail(empty.error());
        if (!*empty) return base::fail(lost(refused(list, "LIST")));
    } else if (!uidl.ok && capabilities_.uidl && !read.empty() && !refuses_grammar(uidl)) {
        // It announced UIDL, and does not say that it has none: to go on without would take every message for a new
        // one.
        base::error error = refused(uidl, "UIDL");
        error.kind = failure::overloaded;
        error.temporary = true;
        return base::fail(lost(std::move(error)));
    }
    maildrop_listing out = read.build(uidl.ok || read.empty());
    if (read.left_out() > 0)
        log_.warning("listing-lines-left-out", {{"host", line_->host()}, {"lines", read.left_out()}});
    return out;
}

base::result<bool> pop3_maildrop::holds_nothing()
{
    if (auto still = line_->quiet(); !still) return base::fail(lost(std::move(still.error())));
    line_->session().send(pop3::request::stat);
    const auto stat = reply();
    if (!stat) return base::fail(stat.error());
    const auto counted = stat->ok ? pop3::parse_listed_octets(stat->text) : std::nullopt;
    return counted && counted->number == 0;
}

// --- marking and leaving ----------------------------------------------------------------------------------

base::result<std::vector<bool>> pop3_maildrop::mark_deleted(std::span<const listed_message> messages)
{
    if (auto still = line_->quiet(); !still) return base::fail(lost(std::move(still.error())));
    std::vector<bool> out;
    out.reserve(messages.size());
    command_window window(window_limit(), sizeof "DELE 18446744073709551615\r\n" - 1);
    std::size_t sent = 0;
    while (out.size() < messages.size()) {
        for (; sent < messages.size() && window.open(0); ++sent) {
            line_->session().send_dele(messages[sent].number);
            window.sent(0);
        }
        const auto status = reply();
        if (!status) return base::fail(status.error());
        out.push_back(status->ok);
        window.answered(0);
    }
    return out;
}

base::result<> pop3_maildrop::simple(pop3::request request, std::string_view command)
{
    const auto status = line_->command(request, patience_.reply);
    if (!status) return base::fail(lost(status.error()));
    if (!status->ok) return base::fail(lost(refused(*status, command)));
    return {};
}

base::result<> pop3_maildrop::unmark_all()
{
    return simple(pop3::request::rset, "RSET");
}

base::result<> pop3_maildrop::keep_alive()
{
    return simple(pop3::request::noop, "NOOP");
}

quit_outcome pop3_maildrop::quit()
{
    // After trouble nobody knows what the server took for marked: the line is cut, and it removes nothing.
    quit_outcome out = quit_outcome::unknown;
    if (!lost_)
        if (const auto status = line_->command(pop3::request::quit, patience_.quit))
            out = status->ok ? quit_outcome::confirmed : quit_outcome::refused;
    lost_ = true;
    line_->connection().close();
    return out;
}

using base::failure;

base::result<> pop3_maildrop::retrieve(std::span<const listed_message> messages, message_sink& sink)
{
    const command_window window(window_limit(), sizeof "RETR 18446744073709551615\r\n" - 1);
    return receive_all(messages, sink, window, "RETR",
                       [this](std::uint64_t number) { line_->session().send_retr(number); });
}

base::result<> pop3_maildrop::peek(std::span<const listed_message> messages, std::uint64_t body_lines,
                                   message_sink& sink)
{
    if (quirks_.no_top || (capabilities_.known && !capabilities_.top))
        return base::fail({.kind = failure::refused,
                           .temporary = false,
                           .peer_text = {},
                           .operator_text = line_->host() +
                                            ": the server has no TOP: headers come with the whole "
                                            "message only"});
    // Where TOP was not announced, the first reply must tell before a second is asked for.
    const command_window window(capabilities_.top ? window_limit() : 1,
                                sizeof "TOP 18446744073709551615 18446744073709551615\r\n" - 1);
    return receive_all(messages, sink, window, "TOP", [this, body_lines](std::uint64_t number) {
        line_->session().send_top(number, body_lines);
    });
}

base::result<> pop3_maildrop::receive_all(std::span<const listed_message> messages, message_sink& sink,
                                          command_window window, std::string_view command,
                                          const pop3_send& send)
{
    if (auto still = line_->quiet(); !still) return base::fail(lost(std::move(still.error())));
    const auto octets = [&](std::size_t i) { return messages[i].octets.value_or(unknown_octets); };
    std::size_t sent = 0;
    for (std::size_t index = 0; index < messages.size(); ++index) {
        for (; sent < messages.size() && window.open(octets(sent)) && sink.wants_more(); ++sent) {
            send(messages[sent].number);
            window.sent(octets(sent));
        }
        if (sent == index) return {};
        const auto status = reply();
        if (!status) return base::fail(status.error());
        if (status->ok) {
            if (auto received = receive_message(messages[index], sink, window); !received) return received;
        } else {
            if (command == "TOP" && line_->session().under_way() == 0 && refuses_grammar(*status)) {
                quirks_.no_top = true;
                return base::fail(refused(*status, command));
            }
            const std::string text = std::string(command) + " " + std::to_string(messages[index].number);
            if (auto done = sink.failed(messages[index], refused(*status, text)); !done) {
                lost_ = true;
                return done;
            }
        }
        window.answered(octets(index));
    }
    return {};
}

base::result<> pop3_maildrop::receive_message(const listed_message& message, message_sink& sink,
                                              command_window& window)
{
    const auto passed_on = [this](base::result<> outcome) {
        lost_ = lost_ || !outcome;
        return outcome;
    };
    if (auto begun = passed_on(sink.begin(message)); !begun) return begun;
    std::uint64_t octets = 0;
    for (;;) {
        const pop3::event event = line_->session().next();
        if (const auto* const piece = std::get_if<pop3::message_octets>(&event)) {
            octets += piece->octets.size();
            if (line_->session().passed_dot_line() && line_->session().under_way() > 1)
                return base::fail(blurred(message));
            if (octets > limits_.message_octets)
                return base::fail(
                    lost(line_->malformed("message " + std::to_string(message.number) + " does not end")));
            if (auto taken = passed_on(sink.octets(piece->octets)); !taken) return taken;
        } else if (const auto* const end = std::get_if<pop3::response_end>(&event)) {
            return passed_on(sink.end(end->doubtful));
        } else if (std::holds_alternative<pop3::need_response>(event)) {
            // With other commands under way the server is not waiting for one: then it is only slow.
            const bool dot = line_->session().at_bare_dot() && line_->session().under_way() == 1;
            const auto read = line_->read(dot ? patience_.bare_dot : patience_.octets);
            if (read) continue;
            if (dot && read.error().kind == failure::timed_out) return end_at_bare_dot(message, sink, window);
            return base::fail(lost(read.error()));
        } else {
            const auto* const broken = std::get_if<pop3::broken>(&event);
            return base::fail(lost(line_->malformed(broken ? broken->reason : "a reply within a message")));
        }
    }
}

/// Nobody can tell whether the letter goes on or the next reply has begun: what is asked for alone has no such doubt.
base::error pop3_maildrop::blurred(const listed_message& message)
{
    quirks_.one_by_one = true;
    lost_ = true;
    log_.notice("dot-behind-a-bare-line-feed", {{"host", line_->host()}, {"message", message.number}});
    return {.kind = failure::closed,
            .temporary = true,
            .peer_text = {},
            .operator_text =
                line_->host() + ": message " + std::to_string(message.number) +
                " holds a line of one dot that RFC 1939 does not take for its end, and some servers do: "
                "from here on each message of this run is asked for alone"};
}

/// The question that tells an end from a pause: to a command, a server answers with a status line only where it holds
/// the message for ended. Not asked where the letter's writer may have put the answer into the letter.
base::result<> pop3_maildrop::end_at_bare_dot(const listed_message& message, message_sink& sink,
                                              command_window& window)
{
    const bool may_be_text = line_->session().bare_dot_may_be_text();
    line_->session().end_at_bare_dot();
    const auto end = line_->next(patience_.octets);
    if (!end || !std::holds_alternative<pop3::response_end>(*end))
        return base::fail(lost(line_->malformed("octets behind the last dot of a message")));
    if (!may_be_text) {
        const auto alive = line_->command(pop3::request::noop, patience_.octets);
        if (!alive) return base::fail(lost(alive.error()));
    }
    // A server that ends what it sends for TOP so would end each session that asks for it.
    if (may_be_text && std::get<pop3::response_end>(*end).request == pop3::request::top)
        quirks_.no_top = true;
    // Beside other commands such an end cannot be seen.
    quirks_.no_pipelining = true;
    window.fall_back();
    log_.notice("message-ends-without-line-end", {{"host", line_->host()}});
    auto ended = sink.end(true);
    lost_ = lost_ || !ended;
    if (!ended || !may_be_text) return ended;
    return base::fail(
        lost({.kind = failure::closed,
              .temporary = true,
              .peer_text = {},
              .operator_text = line_->host() + ": the server sent no more of message " +
                               std::to_string(message.number) +
                               " behind a line of one dot that RFC 1939 does not take for its end"}));
}

} // namespace client
