// APOP at the client's end: the timestamp in a greeting, and the digest made of it (RFC 1939, section 7).
#include "pop3/apop.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace pop3 {
namespace {

/// RFC 5322, section 3.2.3: ASCII only. The attack of CVE-2007-1558 needs octets outside of it.
bool is_atext(char c)
{
    return base::is_letter_or_digit(c) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text)
{
    return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == text.npos &&
           std::ranges::all_of(text, [](char c) { return c == '.' || is_atext(c); });
}

/// no-fold-literal = "[" *dtext "]"
bool is_literal(std::string_view text)
{
    return text.size() >= 2 && text.front() == '[' && text.back() == ']' &&
           std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
               return c >= 0x21 && c <= 0x7E && c != '[' && c != ']' && c != '\\';
           });
}

bool is_message_id(std::string_view inner)
{
    const std::size_t offset = inner.find('@');
    if (offset == inner.npos) return false;
    const std::string_view right = inner.substr(offset + 1);
    return is_dot_atom(inner.substr(0, offset)) && (is_dot_atom(right) || is_literal(right));
}

} // namespace

std::optional<std::string> timestamp_of(std::string_view greeting)
{
    for (std::size_t begin = greeting.find('<'); begin != greeting.npos;
         begin = greeting.find('<', begin + 1)) {
        const std::size_t end = greeting.find('>', begin);
        if (end == greeting.npos) break;
        if (is_message_id(greeting.substr(begin + 1, end - begin - 1)))
            return std::string(greeting.substr(begin, end + 1 - begin));
    }
    return std::nullopt;
}

std::string apop_digest(std::string_view timestamp, std::string_view secret)
{
    const std::string input = std::string(timestamp).append(secret);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned octets = 0;
    if (EVP_Digest(input.data(), input.size(), digest.data(), &octets, EVP_md5(), nullptr) != 1)
        throw std::runtime_error("pop3: OpenSSL cannot compute MD5");
    return base::to_hex({reinterpret_cast<const char*>(digest.data()), octets});
}

} // namespace pop3
