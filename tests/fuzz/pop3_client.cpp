// Fuzzes the client's session against a hostile server: however its octets are cut the events are the same, and what is
// held stays bounded.
//
// Input: octet 0 says how many commands go out (up to 31), one octet for each picks it, one octet says how the rest is
// cut; then what the server sends.
#include "fuzz/require.hpp"
#include "pop3/client_session.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

namespace {

using fuzz::require;

std::uint8_t take_octet(std::string_view& input)
{
    if (input.empty()) return 0;
    const auto octet = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    return octet;
}

void send(pop3::client_session& session, std::uint8_t which)
{
    using enum pop3::request;
    switch (which % 16) {
    case 0: session.send(capa); break;
    case 1: session.send(list); break;
    case 2: session.send(uidl); break;
    case 3: session.send(lang); break;
    case 4: session.send(stat); break;
    case 5: session.send(noop); break;
    case 6: session.send_auth("PLAIN", std::nullopt); break;
    case 7: session.send_auth("PLAIN", "x"); break;
    case 8: session.send(utf8); break;
    case 9: session.send(rset); break;
    case 10: session.send_top(1, 0); break;
    case 11: session.send_dele(1); break;
    case 12: session.send(stls); break;
    default: session.send_retr(1); break;
    }
}

/// A driver that writes down what it is told.
class driver {
public:
    explicit driver(std::string_view commands)
    {
        for (const char which : commands) {
            send(session_, static_cast<std::uint8_t>(which));
            if (static_cast<std::uint8_t>(which) % 16 == 12) break; // nothing goes out behind STLS
        }
        session_.output().clear();
    }

    void receive(std::string_view octets)
    {
        if (over_) return;
        session_.receive(octets);
        run();
    }

    std::string finish()
    {
        if (!over_ && session_.at_bare_dot()) {
            session_.end_at_bare_dot();
            require(!session_.at_bare_dot());
            run();
        }
        return std::move(events_);
    }

private:
    void run()
    {
        while (!over_) {
            const pop3::event what = session_.next();
            if (std::holds_alternative<pop3::need_response>(what)) break;
            std::visit([this](const auto& one) { take(one); }, what);
        }
        require(session_.buffered() <= pop3::challenge_line_octets_max);
        require(session_.output().size() <= 64 * 1024);
        session_.output().clear();
    }

    void take(const pop3::need_response&) {}
    void take(const pop3::status_line& is)
    {
        events_ += (is.ok ? "\n+" : "\n-") + std::to_string(static_cast<int>(is.request)) + "[" + is.code +
                   "]" + is.text;
        require(is.text.size() <= pop3::challenge_line_octets_max && is.code.find(']') == is.code.npos);
        if (is.request == pop3::request::stls && is.ok) over_ = true; // TLS begins
    }
    void take(const pop3::auth_challenge& is)
    {
        events_ += "\nchallenge " + is.octets;
        session_.send_auth_response("x");
    }
    void take(const pop3::response_line& is)
    {
        events_.append("\nline ").append(is.text);
        require(is.text.find('\n') == is.text.npos && is.text.size() <= pop3::response_line_octets_long_max);
        told_.add_line(is.text);
        require(told_.sasl.size() <= pop3::announced_mechanisms_max);
        std::ignore = pop3::parse_listed_octets(is.text);
        std::ignore = pop3::parse_listed_unique_id(is.text);
    }
    void take(const pop3::message_octets& is)
    {
        require(!is.octets.empty());
        events_ += is.octets;
    }
    void take(const pop3::response_end& is) { events_ += is.doubtful ? "\nend?" : "\nend"; }
    void take(const pop3::broken& is)
    {
        require(std::ranges::all_of(is.reason, [](char c) { return c >= 0x20 && c <= 0x7E; }) &&
                is.reason.size() < 200);
        events_ += "\nbroken";
        over_ = true;
    }

    pop3::client_session session_;
    pop3::capabilities told_;
    std::string events_;
    bool over_ = false;
};

std::string events_of(std::string_view commands, std::string_view octets, std::uint8_t cut)
{
    driver on(commands);
    std::mt19937 random(cut);
    while (!octets.empty()) {
        const std::size_t n =
            cut == 0 ? octets.size() : std::min<std::size_t>(octets.size(), 1 + random() % cut);
        on.receive(octets.substr(0, n));
        octets.remove_prefix(n);
    }
    return on.finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t octets)
{
    std::string_view input(data, octets);
    const std::size_t count = std::min<std::size_t>(take_octet(input) % 32, input.size());
    const std::string_view commands = input.substr(0, count);
    input.remove_prefix(count);
    const std::uint8_t cut = std::max<std::uint8_t>(take_octet(input), 1);
    const std::string whole = events_of(commands, input, 0);
    require(events_of(commands, input, cut) == whole);
    require(events_of(commands, input, 1) == whole);
    const auto timestamp = pop3::timestamp_of(input);
    require(!timestamp || (timestamp->starts_with('<') && timestamp->ends_with('>')));
    return 0;
}
