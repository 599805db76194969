// A POP3 server out of a script, behind net::connection: what it expects, what it answers, where it hangs up.
#pragma once

#include "net/dial/connection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace client_tests {

enum class script_verb { says, expects, starts_tls, hangs_up, is_silent };

struct script_item {
    script_verb verb;
    std::string octets;
};

/// One item a line:
///   S: text    the server sends text and CRLF
///   s: text    the server sends text without a line end; \r \n \0 stand for those octets
///   C: text    the client must send text and CRLF; a last * stands for anything
///   TLS        the client must start TLS here
///   CUT        the server hangs up; so it does at the end
///   SILENCE    once: a wait ends by its limit
inline std::deque<script_item> parse_script(std::string_view text)
{
    std::deque<script_item> out;
    const auto unescape = [](std::string_view from) {
        std::string to;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (from[i] != '\\') {
                to += from[i];
                continue;
            }
            const char code = from[++i];
            to += code == 'r' ? '\r' : code == 'n' ? '\n' : code == '0' ? '\0' : code;
        }
        return to;
    };
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        using enum script_verb;
        if (line.starts_with("S: ")) out.push_back({says, std::string(line.substr(3)) + "\r\n"});
        if (line.starts_with("s: ")) out.push_back({says, unescape(line.substr(3))});
        if (line.starts_with("C: ")) out.push_back({expects, std::string(line.substr(3))});
        if (line == "TLS") out.push_back({starts_tls, {}});
        if (line == "CUT") out.push_back({hangs_up, {}});
        if (line == "SILENCE") out.push_back({is_silent, {}});
    }
    return out;
}

/// All connections to one host: the scripts, one for each; what clients said; how the octets are cut.
struct scripted_host {
    std::deque<std::string> scripts;
    std::vector<std::string> said{}; ///< by connection: everything the client sent
    std::size_t octets_at_once = std::numeric_limits<std::size_t>::max();
    std::uint64_t octets_until_cut = std::numeric_limits<std::uint64_t>::max(); ///< of the server, in all
    std::uint64_t octets_sent = 0;
    net::server_facts facts{.tls = {.version = "TLSv1.3",
                                    .cipher = {},
                                    .server_name = {},
                                    .alpn = {},
                                    .resumed = false,
                                    .exporter = {},
                                    .server_end_point = {},
                                    .certificate_identity = {}},
                            .pin = "sha256/x",
                            .subject = "CN=pop.example.org"};
    bool trusted = true;
    bool strict = true;      ///< an unexpected line fails the test
    unsigned unfinished = 0; ///< scripts not played to their end

    std::string all_said() const
    {
        std::string out;
        for (const std::string& one : said) out += one;
        return out;
    }
};

class scripted_connection final : public net::connection {
public:
    explicit scripted_connection(scripted_host& host)
        : host_(host), number_(host.said.size()), script_(parse_script(host.scripts.front()))
    {
        host.scripts.pop_front();
        host.said.emplace_back();
    }
    ~scripted_connection() override
    {
        if (!script_.empty()) ++host_.unfinished;
    }

    base::result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds) override
    {
        if (closed_) return fail(base::failure::closed, "closed");
        play();
        if (waiting_.empty()) return nothing_to_read();
        std::size_t n = std::min({into.size(), waiting_.size(), host_.octets_at_once});
        n = std::size_t(std::min<std::uint64_t>(n, host_.octets_until_cut - host_.octets_sent));
        if (n == 0) return fail(base::failure::closed, "the line was cut");
        std::copy_n(waiting_.begin(), n, into.begin());
        waiting_.erase(0, n);
        host_.octets_sent += n;
        return n;
    }
    base::result<> write(std::string_view octets, std::chrono::milliseconds) override
    {
        if (closed_)
            return base::fail(
                {.kind = base::failure::closed, .temporary = true, .peer_text = {}, .operator_text = {}});
        host_.said[number_] += octets;
        unread_ += octets;
        return {};
    }
    base::result<net::server_facts> start_tls(std::shared_ptr<const net::tls_client>, const std::string&,
                                              std::chrono::milliseconds) override
    {
        play();
        const bool due = !script_.empty() && script_.front().verb == script_verb::starts_tls;
        if (!due || !waiting_.empty() || !host_.trusted)
            return base::fail({.kind = base::failure::refused,
                               .temporary = false,
                               .peer_text = {},
                               .operator_text = "no trust"});
        script_.pop_front();
        tls_ = true;
        return host_.facts;
    }
    bool tls() const override { return tls_; }
    std::string peer() const override { return "the script"; }
    void close() override { closed_ = true; }

private:
    static base::result<std::size_t> fail(base::failure kind, const char* why)
    {
        return base::fail({.kind = kind, .temporary = true, .peer_text = {}, .operator_text = why});
    }

    base::result<std::size_t> nothing_to_read()
    {
        using enum script_verb;
        if (script_.empty() || script_.front().verb == hangs_up) {
            script_.clear();
            return fail(base::failure::closed, "the server hung up");
        }
        if (script_.front().verb == is_silent) script_.pop_front();
        return fail(base::failure::timed_out, "the server is silent");
    }

    void play()
    {
        using enum script_verb;
        while (!script_.empty()) {
            const script_item& next = script_.front();
            if (next.verb == says) {
                waiting_ += next.octets;
            } else if (next.verb == expects) {
                const std::size_t end = unread_.find("\r\n");
                if (end == std::string::npos) return;
                if (!matches(std::string_view(unread_).substr(0, end), next.octets)) {
                    if (host_.strict) ADD_FAILURE() << "expected " << next.octets << ", got " << unread_;
                    script_.clear();
                    return;
                }
                unread_.erase(0, end + 2);
            } else {
                return;
            }
            script_.pop_front();
        }
    }

    static bool matches(std::string_view line, std::string_view expected)
    {
        if (!expected.ends_with('*')) return line == expected;
        expected.remove_suffix(1);
        return line.starts_with(expected);
    }

    scripted_host& host_;
    std::size_t number_;
    std::deque<script_item> script_;
    std::string unread_, waiting_;
    bool tls_ = false, closed_ = false;
};

} // namespace client_tests
