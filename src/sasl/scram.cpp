// Keys and messages of SCRAM.
#include "sasl/scram.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace sasl {

namespace {

/// Cuts `text` at its first comma and moves `text` behind it; without a comma all of it is the part and `text` ends.
std::string_view take_part(std::string_view& text)
{
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
    return part;
}

/// saslname: =2C is a comma, =3D an equals sign, and no other '=' may stand in it.
std::optional<std::string> unescape(std::string_view name)
{
    std::string plain;
    for (; !name.empty(); name.remove_prefix(1)) {
        if (name.front() != '=') {
            plain += name.front();
            continue;
        }
        if (!name.starts_with("=2C") && !name.starts_with("=3D")) return std::nullopt;
        plain += name.starts_with("=2C") ? ',' : '=';
        name.remove_prefix(2);
    }
    if (plain.empty() || plain.find('\0') != plain.npos || !base::is_utf8(plain)) return std::nullopt;
    return plain;
}

/// printable: 0x21 to 0x7E without the comma.
bool is_nonce(std::string_view text)
{
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E && c != ','; });
}

/// attr-val: ALPHA "=" 1*value-char, UTF-8 without NUL.
bool is_extension(std::string_view part)
{
    return part.size() > 2 && base::is_letter(part[0]) && part[1] == '=' && part.find('\0') == part.npos &&
           base::is_utf8(part);
}

bool are_extensions(std::string_view rest)
{
    while (!rest.empty()) {
        const bool last = rest.find(',') == rest.npos;
        if (!is_extension(take_part(rest)) || (!last && rest.empty())) return false;
    }
    return true;
}

bool take_binding_flag(std::string_view& text, client_first& out)
{
    const std::string_view flag = take_part(text);
    if (flag == "n" || flag == "y") {
        out.binding_flag = flag[0];
        return true;
    }
    if (!flag.starts_with("p=") || flag.size() == 2) return false;
    out.binding_flag = 'p';
    out.binding_type = flag.substr(2);
    return std::ranges::all_of(out.binding_type,
                               [](char c) { return base::is_letter_or_digit(c) || c == '.' || c == '-'; });
}

bool take_authorization(std::string_view& text, client_first& out)
{
    if (text.find(',') == text.npos) return false;
    const std::string_view part = take_part(text);
    if (part.empty()) return true;
    if (!part.starts_with("a=")) return false;
    const auto name = unescape(part.substr(2));
    out.authorization = name.value_or("");
    return name.has_value();
}

bool take_bare(std::string_view text, client_first& out)
{
    out.bare = text;
    const std::string_view name_part = take_part(text);
    if (!name_part.starts_with("n=")) return false; // "m=" lands here too: we know no extension (section 5.1)
    const auto name = unescape(name_part.substr(2));
    const bool more = text.find(',') != text.npos;
    const std::string_view nonce_part = take_part(text);
    if (!name || !nonce_part.starts_with("r=") || !is_nonce(nonce_part.substr(2))) return false;
    out.user = *name;
    out.nonce = nonce_part.substr(2);
    if (more && text.empty()) return false;
    return out.nonce.size() <= client_nonce_octets_max && are_extensions(text);
}

} // namespace

scram_keys derive_scram_keys(hash hash, std::string_view prepared_password, std::string salt,
                             unsigned iterations)
{
    const std::string salted_password = pbkdf2(hash, prepared_password, salt, iterations);
    std::string stored_key = digest(hash, hmac(hash, salted_password, "Client Key"));
    std::string server_key = hmac(hash, salted_password, "Server Key");
    return {std::move(salt), iterations, std::move(stored_key), std::move(server_key)};
}

// 144 random bits, and base64 of them needs no padding.
std::string new_nonce(base::random& random)
{
    return base::to_base64(random.octets(18));
}

std::optional<client_first> parse_client_first(std::string_view message)
{
    client_first first;
    std::string_view rest = message;
    if (!take_binding_flag(rest, first) || !take_authorization(rest, first)) return std::nullopt;
    first.gs2_header = message.substr(0, message.size() - rest.size());
    if (!take_bare(rest, first)) return std::nullopt;
    return first;
}

std::optional<client_final> parse_client_final(std::string_view message)
{
    const std::size_t proof_at = message.rfind(",p=");
    if (proof_at == message.npos) return std::nullopt;
    client_final final_message;
    final_message.without_proof = message.substr(0, proof_at);
    std::string_view rest = final_message.without_proof;
    const std::string_view binding_part = take_part(rest);
    const std::string_view nonce_part = take_part(rest);
    if (!binding_part.starts_with("c=") || !nonce_part.starts_with("r=") || !is_nonce(nonce_part.substr(2)) ||
        final_message.without_proof.ends_with(',') || !are_extensions(rest))
        return std::nullopt;
    const auto binding = base::from_base64(binding_part.substr(2));
    const auto proof = base::from_base64(message.substr(proof_at + 3));
    if (!binding || !proof) return std::nullopt;
    final_message.binding = *binding;
    final_message.nonce = nonce_part.substr(2);
    final_message.proof = *proof;
    return final_message;
}

std::optional<server_first> parse_server_first(std::string_view message)
{
    if (message.ends_with(',')) return std::nullopt;
    const std::string_view nonce_part = take_part(message);
    const std::string_view salt_part = take_part(message);
    const std::string_view count_part = take_part(message);
    if (!nonce_part.starts_with("r=") || !is_nonce(nonce_part.substr(2)) || !salt_part.starts_with("s=") ||
        !count_part.starts_with("i=") || !are_extensions(message))
        return std::nullopt;
    const auto salt = base::from_base64(salt_part.substr(2));
    const std::string_view digits = count_part.substr(2);
    server_first first;
    const auto [end, trouble] =
        std::from_chars(digits.data(), digits.data() + digits.size(), first.iterations);
    if (!salt || salt->empty() || trouble != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    first.nonce = nonce_part.substr(2);
    first.salt = *salt;
    return first;
}

std::optional<server_final> parse_server_final(std::string_view message)
{
    if (message.ends_with(',')) return std::nullopt;
    const std::string_view part = take_part(message);
    if (!are_extensions(message) || part.size() < 3) return std::nullopt;
    server_final last;
    if (part.starts_with("e=")) {
        last.error = part.substr(2);
        return last;
    }
    const auto signature = base::from_base64(part.substr(2));
    if (!part.starts_with("v=") || !signature || signature->empty()) return std::nullopt;
    last.signature = *signature;
    return last;
}

std::string escape_name(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (c == ',')
            out += "=2C";
        else if (c == '=')
            out += "=3D";
        else
            out += c;
    }
    return out;
}

} // namespace sasl
