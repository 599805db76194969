// Return-Path, Delivered-To, Received.
#include "lmtp/trace.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace lmtp {
namespace {

// Two names may share a line of 998 octets with what stands around them; an address has its own.
constexpr std::size_t name_octets_max = 255;    // RFC 5321, section 4.5.3.1.2
constexpr std::size_t address_octets_max = 512; // as path_octets_max

std::string clean_name(std::string_view text)
{
    std::string out(text.substr(0, name_octets_max));
    std::ranges::replace_if(
        out,
        [](char c) {
            return !base::is_letter_or_digit(c) && (c == '\0' || !std::string_view("-._:[]").contains(c));
        },
        '?');
    return out;
}

std::string clean_address(std::string_view text)
{
    std::string out;
    while (!text.empty() && out.size() < address_octets_max) {
        const std::size_t octets = base::utf8_sequence_octets(text);
        const bool good = octets != 0 && !base::is_control(text.substr(0, octets));
        out += good ? text.substr(0, octets) : "?";
        text.remove_prefix(std::max<std::size_t>(octets, 1));
    }
    return out;
}

/// TCP-info (section 4.1.3): an address literal in parentheses.
std::string tcp_info(std::string_view address)
{
    if (address.empty()) return {};
    return (address.contains(':') ? " ([IPv6:" : " ([") + clean_name(address) + "])";
}

} // namespace

std::string trace_header(const trace& trace)
{
    std::string out = "Return-Path: <" + clean_address(trace.sender) + ">\r\n";
    if (!trace.delivered_to.empty()) out += "Delivered-To: " + clean_address(trace.delivered_to) + "\r\n";
    const std::string peer = trace.peer_name.empty() ? "unknown" : clean_name(trace.peer_name);
    out += "Received: from " + peer + tcp_info(trace.peer_address) + "\r\n";
    out += "\tby " + clean_name(trace.host_name) + "\r\n";
    out += "\twith " + clean_name(trace.with_protocol) + " id " + clean_name(trace.session_id) + "\r\n";
    out += "\tfor <" + clean_address(trace.recipient) + ">; " + date_time(trace.received_at) + "\r\n";
    return out;
}

std::string date_time(base::wall_time when)
{
    using namespace std::chrono;
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(when);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(when - day));
    const auto two_digits = [](auto number) {
        const std::string digits = std::to_string(number);
        return digits.size() < 2 ? "0" + digits : digits;
    };
    return std::string(days[weekday(day).c_encoding()]) + ", " +
           two_digits(static_cast<unsigned>(date.day())) + ' ' +
           months[static_cast<unsigned>(date.month()) - 1] + ' ' +
           std::to_string(static_cast<int>(date.year())) + ' ' + two_digits(time.hours().count()) + ':' +
           two_digits(time.minutes().count()) + ':' + two_digits(time.seconds().count()) + " +0000";
}

} // namespace lmtp
