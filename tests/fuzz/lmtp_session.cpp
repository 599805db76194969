// Fuzzes the LMTP and SMTP session: replies and messages must be the same however the stream is cut, memory
// must stay bounded, and what DATA brings must equal what a plain decoder makes of it.
//
// Input: one octet of switches, one that seeds the cuts, then the stream.
#include "fuzz/require.hpp"
#include "lmtp/server_session.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;

struct outcome {
    std::string output;
    std::vector<std::string> messages;
    std::size_t abandoned = 0;
    bool closed = false;
    friend bool operator==(const outcome&, const outcome&) = default;
};

struct switches {
    bool smtp, tls, fail_some_recipient, fail_delivery;

    explicit switches(std::uint8_t octet)
        : smtp((octet & 1U) != 0),
          tls((octet & 2U) != 0),
          fail_some_recipient((octet & 4U) != 0),
          fail_delivery((octet & 8U) != 0)
    {
    }
};

/// The loop of the server around one session. Every call of an action is checked for its place.
class post_office {
public:
    explicit post_office(const switches& given) : given_(given), session_(policy(given)) { session_.greet(); }

    outcome happened;

    void feed(std::string_view octets)
    {
        session_.receive(octets);
        while (!happened.closed) {
            const lmtp::action asked = session_.next();
            std::visit([&](const auto& each) { perform(each); }, asked);
            happened.output += session_.output();
            session_.output().clear();
            if (std::holds_alternative<lmtp::need_octets>(asked)) break;
        }
        require(happened.closed || session_.buffered() < 2048, "more than a command line is kept");
    }

    /// The peer is gone: the server ends the session, and nothing may stay open.
    void finish()
    {
        session_.end("bye");
        feed("");
        require(happened.closed && !open_, "a message stayed open");
    }

private:
    static lmtp::session_policy policy(const switches& given)
    {
        lmtp::session_policy out;
        out.protocol = given.smtp ? lmtp::protocol::smtp : lmtp::protocol::lmtp;
        out.host_name = "mx.example";
        out.tls_available = given.tls;
        out.message_octets_max = 500;
        out.recipients_max = 5;
        out.received_headers_max = 2;
        return out;
    }

    void perform(const lmtp::need_octets&) {}
    void perform(const lmtp::close&) { happened.closed = true; }
    void perform(const lmtp::start_tls&) { session_.tls_started(); }
    void perform(const lmtp::check_recipient& asked)
    {
        require(!asked.address.empty() &&
                    asked.address.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                "an address that breaks lines");
        if (given_.fail_some_recipient && asked.address.size() % 2 == 0)
            session_.recipient_refused({base::failure::unknown_user, false, "", ""});
        else
            session_.recipient_accepted();
    }
    void perform(const lmtp::begin_message& asked)
    {
        require(!open_ && !asked.recipients.empty() && asked.recipients.size() <= 5,
                "a message begun out of place");
        open_ = true;
        recipients_ = asked.recipients.size();
        content_.clear();
        session_.message_begun();
    }
    void perform(const lmtp::message_octets& asked)
    {
        require(open_ && !asked.octets.empty(), "octets out of place");
        content_ += asked.octets;
        require(content_.size() <= 500, "more octets than allowed");
        session_.octets_written();
    }
    void perform(const lmtp::end_message&)
    {
        require(open_, "the end of no message");
        open_ = false;
        happened.messages.push_back(content_);
        std::vector<base::result<>> verdicts(recipients_);
        if (given_.fail_delivery) verdicts.back() = base::fail({base::failure::storage, true, "", ""});
        session_.delivered(verdicts);
    }
    void perform(const lmtp::forget_recipients&) { require(!open_, "recipients forgotten within a message"); }
    void perform(const lmtp::abandon_message&)
    {
        require(open_, "no message to abandon");
        open_ = false;
        ++happened.abandoned;
    }

    switches given_;
    lmtp::server_session session_;
    bool open_ = false;
    std::size_t recipients_ = 0;
    std::string content_;
};

/// After STARTTLS the rest of a segment is dropped, so cuts matter there and only there.
outcome run_cut(const switches& given, std::string_view stream, std::uint8_t seed)
{
    post_office post(given);
    std::uint32_t state = seed + 1U;
    while (!stream.empty()) {
        state = state * 1664525U + 1013904223U;
        const std::size_t octets =
            seed == 0 ? 1 : std::min<std::size_t>(stream.size(), 1 + (state >> 16U) % 64);
        post.feed(stream.substr(0, octets));
        stream.remove_prefix(octets);
    }
    post.finish();
    return post.happened;
}

outcome run_whole(const switches& given, std::string_view stream)
{
    post_office post(given);
    post.feed(stream);
    post.finish();
    return post.happened;
}

/// RFC 5321, section 4.5.2, over lines that end with CRLF; nothing where the end is missing.
bool decode_plainly(std::string_view input, std::string& content)
{
    while (true) {
        const std::size_t line_end = input.find("\r\n");
        if (line_end == std::string_view::npos) return false;
        std::string_view line = input.substr(0, line_end);
        if (line == ".") return true;
        if (line.starts_with('.')) line.remove_prefix(1);
        content.append(line).append("\r\n");
        input.remove_prefix(line_end + 2);
    }
}

void check_data(std::string_view stream)
{
    const std::string opening = "LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ann>\r\nDATA\r\n";
    std::string expected;
    const bool ended = decode_plainly(stream, expected);
    const bool loops = expected.find(':') != std::string::npos; // may be refused for its Received fields
    if (!ended || expected.size() > 500 || loops) return;
    const outcome got = run_whole(switches(0), opening + std::string(stream));
    require(!got.messages.empty() && got.messages.front() == expected,
            "DATA is not what a plain decoder says");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    if (count < 2) return 0;
    const switches given(octets[0]);
    const std::string_view stream(reinterpret_cast<const char*>(octets) + 2, count - 2);
    const outcome whole = run_whole(given, stream);
    const outcome cut = run_cut(given, stream, octets[1]);
    if (!given.tls) require(whole == cut, "the cuts changed what happened");
    check_data(stream);
    return 0;
}
