// Host names, made ASCII.
#include "net/host_name.hpp"

#include "base/domain_name.hpp"
#include "net/address.hpp"

#include <algorithm>
#include <ranges>

namespace net {

namespace {

/// Every character can be four octets of UTF-8; anything longer cannot be a name.
constexpr std::size_t utf8_octets_max = base::domain_name_octets_max * 4;

base::error no_host_name(std::string_view name, std::string_view reason)
{
    return base::permanent_error(base::failure::malformed,
                                 "\"" + std::string(name.substr(0, base::domain_name_octets_max)) +
                                     "\" is not a host name: " + std::string(reason));
}

} // namespace

base::result<std::string> to_ascii_name(std::string_view name)
{
    if (parse_address(name)) return std::string(name);
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > utf8_octets_max)
        return base::fail(no_host_name(name, "empty or too long"));
    if (std::ranges::any_of(name, [](char c) {
            return (c >= 0 && c <= ' ') || c == '\x7f' || c == '/' || c == ':' || c == '@';
        }))
        return base::fail(no_host_name(name, "it holds what no name may hold"));
    const auto converted = base::to_a_labels(name);
    if (!converted) return base::fail(no_host_name(name, converted.error().operator_text));
    const std::string& text = *converted;
    if (text.starts_with('.') || text.find("..") != std::string::npos)
        return base::fail(no_host_name(name, "a label is empty"));
    for (const auto label : std::views::split(text, '.'))
        if (std::ranges::size(label) > base::domain_label_octets_max)
            return base::fail(no_host_name(name, "a label is longer than 63 octets"));
    if (text.size() > base::domain_name_octets_max)
        return base::fail(no_host_name(name, "it is longer than 253 octets"));
    return text;
}

std::string host_and_port(std::string_view host, unsigned port)
{
    return std::string(host) + " port " + std::to_string(port);
}

} // namespace net
