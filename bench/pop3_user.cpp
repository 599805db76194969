// A session of the load: commands out, answers in.
#include "pop3_user.hpp"

#include <algorithm>
#include <charconv>

namespace bench {

awaitable<bool> pop3_user::more()
{
    if (!session_.output().empty()) {
        if (!co_await wire_.write(session_.output())) co_return false;
        session_.output().clear();
    }
    const std::string_view got = co_await wire_.read(buffer_);
    if (got.empty()) co_return false;
    session_.receive(got);
    co_return true;
}

awaitable<bool> pop3_user::ok()
{
    for (;;) {
        pop3::event event = session_.next();
        if (std::holds_alternative<pop3::need_response>(event)) {
            if (!co_await more()) co_return false;
        } else if (auto* const status = std::get_if<pop3::status_line>(&event)) {
            text_ = std::move(status->text);
            co_return status->ok || wire_.fail("-ERR " + text_);
        } else if (auto* const broken = std::get_if<pop3::broken>(&event)) {
            co_return wire_.fail(broken->reason);
        } else {
            co_return wire_.fail("an answer that was not asked for");
        }
    }
}

awaitable<bool> pop3_user::start_tls()
{
    session_.send(pop3::request::stls);
    return ok();
}

awaitable<bool> pop3_user::log_in(std::string_view name, std::string_view secret)
{
    session_.send_user(name);
    const bool known = co_await ok();
    if (!known) co_return false;
    session_.send_pass(secret);
    const bool in = co_await ok();
    co_return in;
}

awaitable<std::optional<std::uint64_t>> pop3_user::stat()
{
    session_.send(pop3::request::stat);
    if (!co_await ok()) co_return std::nullopt;
    std::uint64_t count = 0;
    const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), count);
    if (read.ec != std::errc()) {
        wire_.fail("STAT was answered without a number");
        co_return std::nullopt;
    }
    co_return count;
}

awaitable<std::optional<std::uint64_t>> pop3_user::list(pop3::request listing)
{
    session_.send(listing);
    if (!co_await ok()) co_return std::nullopt;
    for (std::uint64_t lines = 0;;) {
        const pop3::event event = session_.next();
        if (std::holds_alternative<pop3::response_line>(event)) {
            ++lines;
        } else if (std::holds_alternative<pop3::response_end>(event)) {
            co_return lines;
        } else if (!std::holds_alternative<pop3::need_response>(event)) {
            wire_.fail("a listing broke off");
            co_return std::nullopt;
        } else if (!co_await more()) {
            co_return std::nullopt;
        }
    }
}

awaitable<bool> pop3_user::retrieve(std::uint64_t count, std::size_t window, holding_builder& into,
                                    const std::function<void()>& on_message)
{
    window = std::max<std::size_t>(window, 1);
    std::uint64_t asked = 0, ended = 0;
    while (ended < count) {
        // Refilled by halves, so that commands share segments.
        if (session_.under_way() <= window / 2)
            while (asked < count && session_.under_way() < window) session_.send_retr(++asked);
        const pop3::event event = session_.next();
        if (auto* const octets = std::get_if<pop3::message_octets>(&event)) {
            into.octets(octets->octets);
        } else if (std::holds_alternative<pop3::response_end>(event)) {
            into.end_message();
            ++ended;
            on_message();
        } else if (std::holds_alternative<pop3::need_response>(event)) {
            if (!co_await more()) co_return false;
        } else if (auto* const status = std::get_if<pop3::status_line>(&event)) {
            if (!status->ok) co_return wire_.fail("-ERR " + status->text);
        } else {
            co_return wire_.fail("a message broke off");
        }
    }
    co_return true;
}

awaitable<bool> pop3_user::quit()
{
    session_.send(pop3::request::quit);
    return ok();
}

} // namespace bench
