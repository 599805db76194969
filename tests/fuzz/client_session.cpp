// Fuzzes a whole run of the POP3 client against a hostile server: sign in, list, peek, retrieve, mark, leave.
//
// Input: octet 0 picks the settings, octet 1 how the rest is cut; then what the server sends, over all connections.
// 0xFF there is no octet but a silence: the wait for it ends by its limit.
#include "client/pop3_server.hpp"
#include "fuzz/require.hpp"
#include "net/dial/connection.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using fuzz::require;

constexpr std::string_view secret = "s3cr3t-of-ann";
constexpr char silence = '\xFF';

/// Lines that are one dot: the most messages and listings that can have ended.
std::size_t dot_lines(std::string_view octets)
{
    std::size_t out = 0;
    while (!octets.empty()) {
        std::string_view line = octets.substr(0, octets.find('\n'));
        const bool whole = line.size() < octets.size();
        octets.remove_prefix(std::min(octets.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        out += whole && line == "." ? 1 : 0;
    }
    return out;
}

struct hostile_host {
    std::string_view left;
    std::uint32_t step;
    bool tls_works;
    std::string delivered{}; // over all connections
    std::size_t connections = 0;
    std::size_t quit_at = std::string::npos; // of `delivered`, when QUIT was sent
    bool secret_in_plain_text = false;
};

class hostile_connection final : public net::connection {
public:
    explicit hostile_connection(hostile_host& host) : host_(host)
    {
        ++host.connections;
        require(host.connections <= 8);
    }

    base::result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds) override
    {
        require(!closed_);
        if (host_.left.empty()) return fail(base::failure::closed);
        if (host_.left.front() == silence) {
            host_.left.remove_prefix(1);
            return fail(base::failure::timed_out);
        }
        host_.step = host_.step * 1'103'515'245 + 12'345; // follows from the input, so that a find repeats
        const std::size_t most = 1 + (host_.step >> 16) % 512;
        const std::string_view piece =
            host_.left.substr(0, std::min({most, into.size(), host_.left.find(silence)}));
        std::ranges::copy(piece, into.begin());
        host_.delivered += piece;
        host_.left.remove_prefix(piece.size());
        return piece.size();
    }
    base::result<> write(std::string_view octets, std::chrono::milliseconds) override
    {
        require(!closed_);
        require(octets.size() <= 8192); // what we send never waits for a server that does not read
        if (!tls_ && octets.find(secret) != std::string_view::npos) host_.secret_in_plain_text = true;
        if (octets.ends_with("QUIT\r\n")) host_.quit_at = host_.delivered.size();
        return {};
    }
    base::result<net::server_facts> start_tls(std::shared_ptr<const net::tls_client>, const std::string&,
                                              std::chrono::milliseconds) override
    {
        if (!host_.tls_works) return fail<net::server_facts>(base::failure::refused);
        tls_ = true;
        net::server_facts out;
        out.tls.exporter = std::string(host_.step % 2 ? 32 : 0, 'e');
        return out;
    }
    bool tls() const override { return tls_; }
    std::string peer() const override { return "the fuzzer"; }
    void close() override { closed_ = true; }

private:
    template <typename T = std::size_t>
    static base::result<T> fail(base::failure kind)
    {
        return base::fail(
            {.kind = kind, .temporary = true, .peer_text = {}, .operator_text = "as the input says"});
    }

    hostile_host& host_;
    bool tls_ = false, closed_ = false;
};

class counting_sink final : public client::message_sink {
public:
    explicit counting_sink(const hostile_host& host) : host_(host) {}

    base::result<> begin(const client::listed_message&) override
    {
        require(!open_);
        open_ = true;
        return {};
    }
    base::result<> octets(std::string_view chunk) override
    {
        require(open_);
        octets_ += chunk.size();
        require(octets_ <= host_.delivered.size());
        return {};
    }
    base::result<> end(bool doubtful) override
    {
        require(open_);
        open_ = false;
        if (!doubtful) ++ended_;
        require(ended_ <= dot_lines(host_.delivered));
        return {};
    }
    base::result<> failed(const client::listed_message&, const base::error&) override
    {
        require(!open_);
        return {};
    }

private:
    const hostile_host& host_;
    bool open_ = false;
    std::size_t ended_ = 0, octets_ = 0;
};

class fixed_random final : public base::random {
public:
    void fill(std::span<std::byte> octets) override { std::ranges::fill(octets, std::byte{7}); }
};

client::pop3_server_settings settings_from(std::uint8_t bits)
{
    client::pop3_server_settings out;
    out.dial.host = bits & 1 ? "outlook.office365.com" : "pop.example.org";
    out.tls = client::tls_mode(bits / 2 % 3);
    out.sign_in.user = "ann";
    out.sign_in.secret = [](bool again) { return std::string(secret) + (again ? "2" : ""); };
    if (bits & 8) out.sign_in.token = [](bool) { return std::string(secret); };
    if (bits & 16) out.sign_in.mechanisms = {"SCRAM-SHA-256", "APOP", "CRAM-MD5", "PLAIN", "LOGIN", "USER"};
    out.quirks.no_capa = (bits & 32) != 0;
    out.window_max = bits & 64 ? 100 : 1;
    return out;
}

void run(client::pop3_server& server, hostile_host& host)
{
    auto opened = server.sign_in();
    if (!opened) {
        require(opened.error().operator_text.find(secret) == std::string::npos);
        return;
    }
    client::maildrop& maildrop = **opened;
    counting_sink sink(host);
    const auto listing = maildrop.list();
    if (!listing) return;
    require(listing->messages.size() <= host.delivered.size());
    if (!listing->messages.empty() && !maildrop.peek(std::span(listing->messages).first(1), 0, sink)) return;
    const bool received = maildrop.retrieve(listing->messages, sink).has_value();
    const bool marked = received && maildrop.mark_deleted(listing->messages);
    const client::quit_outcome end = maildrop.quit();
    require(marked || end == client::quit_outcome::unknown);
    if (end != client::quit_outcome::confirmed) return;
    require(host.quit_at != std::string::npos);
    const std::string_view answer = std::string_view(host.delivered).substr(host.quit_at);
    require(answer.find("OK") != std::string_view::npos || answer.find("ok") != std::string_view::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::size_t header = 2;
    if (size < header) return 0;
    hostile_host host{.left = {reinterpret_cast<const char*>(data) + header, size - header},
                      .step = data[1],
                      .tls_works = (data[0] & 128) == 0};
    fixed_random random;
    base::null_log log;
    client::pop3_server server(
        settings_from(data[0]),
        [&]() -> base::result<std::unique_ptr<net::connection>> {
            return std::make_unique<hostile_connection>(host);
        },
        nullptr, random, log);
    run(server, host);
    require(!host.secret_in_plain_text);
    return 0;
}
