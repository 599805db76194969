// Fuzzes a whole POP3 session: whatever comes, however it is cut, the answers are the same, well-formed and
// bounded.
//
// Input: octet 0 picks the policy, octet 1 the outcomes of log-ins, octet 2 how the rest is cut; then what
// the client sends.
#include "fuzz/require.hpp"
#include "mail/listing.hpp"
#include "pop3/multi_line.hpp"
#include "pop3/server_session.hpp"
#include "pop3/status.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using fuzz::require;

constexpr std::string_view messages[] = {"Subject: x\r\n\r\n.body\r\n", "", ".", "a\n.\r\nb",
                                         "\r\n\r\n.\r\n"};

pop3::session_policy policy_from(std::uint8_t bits)
{
    pop3::session_policy out;
    out.host_name = "fuzz";
    out.tls_available = true;
    out.tls_active = (bits & 1) != 0;
    out.plaintext_allowed = (bits & 2) != 0;
    out.mechanisms = out.tls_mechanisms = {{.name = "SCRAM-SHA-256", .shows_secret = false},
                                           {.name = "CRAM-MD5", .shows_secret = false, .server_first = true},
                                           {.name = "PLAIN"}};
    if (bits & 4) out.apop_timestamp = "<1@fuzz>";
    if (bits & 8) out.expire = {.days = 0, .per_user = false};
    out.login_delay = {.seconds = std::chrono::seconds(bits & 16 ? 60 : 0), .per_user = true};
    out.fallback = pop3::utf8_fallback(bits / 32 % 3);
    out.languages = {"de", "en"};
    out.bad_commands_before_login = out.bad_commands_after_login = 1000; // go deep
    out.log_in_failures_max = 100;
    return out;
}

pop3::opened_maildrop maildrop()
{
    mail::listing::builder listing;
    for (const std::string_view message : messages)
        listing.add("id" + std::to_string(message.size()), message.size(),
                    message == messages[0] ? std::optional<std::uint64_t>(5) : std::nullopt);
    pop3::opened_maildrop out;
    out.listing = std::make_shared<const mail::listing>(std::move(listing).build());
    out.expire_days = 0;
    return out;
}

/// Performs actions without I/O and gathers what went over the wire.
class driver {
public:
    driver(std::uint8_t policy, std::uint8_t outcomes) : session_(policy_from(policy)), outcomes_(outcomes)
    {
        session_.greet();
        receive({}); // what comes in no piece at all is answered with the greeting too
    }

    void receive(std::string_view octets)
    {
        if (closed_) return;
        session_.receive(octets);
        while (!closed_) {
            const pop3::action wanted = session_.next();
            require(session_.output().size() < 128 * 1024);
            wire_ += std::exchange(session_.output(), {});
            if (std::holds_alternative<pop3::need_octets>(wanted)) break;
            std::visit([this](const auto& a) { perform(a); }, wanted);
        }
        require(closed_ || session_.buffered() <= 12'288);
    }

    bool tls_was_started() const { return tls_started_; }
    const std::string& wire() const { return wire_; }
    const std::string& events() const { return events_; }

private:
    void perform(const pop3::need_octets&) {}
    void perform(const pop3::flush&) {}
    void perform(const pop3::start_tls&)
    {
        require(!session_.tls_active());
        tls_started_ = true;
        session_.tls_started();
    }
    void perform(const pop3::check_password& wanted)
    {
        events_ += "password " + wanted.user + " " + wanted.secret + "\n";
        judge();
    }
    void perform(const pop3::check_apop& wanted)
    {
        require(wanted.digest.size() == 32);
        judge();
    }
    void perform(const pop3::sasl_begin& wanted)
    {
        events_ += "sasl " + wanted.mechanism + " " + wanted.initial_response.value_or("none") + "\n";
        if (wanted.initial_response)
            judge();
        else
            session_.challenge(wanted.mechanism == "PLAIN" ? "" : "challenge");
    }
    void perform(const pop3::sasl_respond& wanted)
    {
        events_ += "response " + wanted.response + "\n";
        judge();
    }
    void perform(const pop3::sasl_abort&) { events_ += "abort\n"; }
    void perform(const pop3::send_message& wanted)
    {
        const std::string_view message = messages[wanted.index];
        session_.sending(message.size());
        wire_ += std::exchange(session_.output(), {});
        pop3::top_limiter limiter(wanted.body_lines.value_or(0));
        pop3::dot_stuffer stuffer;
        stuffer.convert(wanted.body_lines ? limiter.pass(message) : message, wire_);
        stuffer.finish(wire_);
        session_.sent();
    }
    void perform(const pop3::update& wanted)
    {
        require(session_.state() == pop3::state::update);
        require(std::ranges::is_sorted(wanted.marked));
        for (const std::size_t index : wanted.marked) events_ += "removed " + std::to_string(index) + "\n";
        session_.updated(wanted.marked.size(), nullptr);
    }
    void perform(const pop3::close&) { closed_ = true; }

    void judge()
    {
        const bool right = (outcomes_ >> (attempts_++ % 8) & 1) != 0;
        if (right) return session_.logged_in(maildrop());
        session_.refused({.kind = base::failure(attempts_ % 20),
                          .temporary = true,
                          .peer_text = "no",
                          .operator_text = {}});
    }

    pop3::server_session session_;
    std::uint8_t outcomes_;
    unsigned attempts_ = 0;
    std::string wire_, events_;
    bool closed_ = false, tls_started_ = false;
};

/// Every response begins with a status line within 512 octets; a multi-line one ends.
void require_well_formed(std::string_view wire)
{
    require(wire.starts_with("+OK"));
    require(wire.ends_with("\r\n"));
    while (!wire.empty()) {
        const std::size_t end = wire.find("\r\n");
        require(end != std::string_view::npos);
        require(end + 2 <= pop3::response_line_octets_max || !wire.starts_with("-ERR"));
        wire.remove_prefix(end + 2);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t header = 3;
    if (size < header) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data) + header, size - header);

    driver whole(data[0], data[1]);
    whole.receive(octets);
    require_well_formed(whole.wire());

    driver cut(data[0], data[1]);
    std::uint32_t step = data[2];
    for (std::string_view left = octets; !left.empty();) {
        step = step * 1'103'515'245 + 12'345; // cuts that follow from the input, so that a find repeats
        const std::size_t n = std::min<std::size_t>(left.size(), 1 + (step >> 16) % (1U + data[2]));
        cut.receive(left.substr(0, n));
        left.remove_prefix(n);
    }
    require_well_formed(cut.wire());
    // What comes in one piece with STLS is dropped, and what comes behind is not: only there may a cut
    // matter.
    if (whole.tls_was_started() || cut.tls_was_started()) return 0;
    require(whole.wire() == cut.wire());
    require(whole.events() == cut.events());
    return 0;
}
