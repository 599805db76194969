// Received (RFC 5321, section 4.4) and Delivered-To (RFC 9228).
#include "deliver/added_fields.hpp"

#include "lmtp/trace.hpp"

#include <algorithm>

namespace deliver {

namespace {

constexpr std::size_t value_octets_max = 512; // keeps lines below the 998 octets of RFC 5322, section 2.1.1

std::string fit_for_a_field(std::string value)
{
    value.resize(std::min(value.size(), value_octets_max));
    std::ranges::replace_if(
        value, [](char c) { return (c >= 0 && c <= ' ') || c == 0x7F || c == '(' || c == ')' || c == ';'; },
        '?');
    return value;
}

} // namespace

std::string format_added_fields(const added_fields& fields, const std::string& own_name,
                                const std::string& only_recipient, base::wall_time when)
{
    std::string out;
    if (fields.delivered_to && !only_recipient.empty())
        out += "Delivered-To: " + fit_for_a_field(only_recipient) + "\r\n";
    if (fields.received) {
        out += "Received: by " + fit_for_a_field(own_name) + " with POP3";
        if (!only_recipient.empty()) out += "\r\n\tfor <" + fit_for_a_field(only_recipient) + ">";
        out += ";\r\n\t" + lmtp::date_time(when) + "\r\n";
    }
    return out;
}

} // namespace deliver
