// PLAIN, LOGIN, CRAM-MD5 and EXTERNAL, the client's end.
#include "sasl/client_passwords.hpp"

#include "base/encoding.hpp"
#include "sasl/client_refusal.hpp"
#include "sasl/digest.hpp"

#include <utility>

namespace sasl {

std::optional<std::string> client_plain::initial_response()
{
    // NUL parts the fields: one inside of them would make other fields.
    for (const std::string* const field : {&with_.authorization, &with_.user, &with_.secret})
        if (field->find('\0') != field->npos) return std::nullopt;
    return with_.authorization + '\0' + with_.user + '\0' + with_.secret;
}

base::result<std::string> client_plain::respond(std::string_view)
{
    if (std::exchange(answered_, true)) return refusal("PLAIN: the server asks once more");
    auto message = initial_response();
    if (!message) return refusal("PLAIN: the user name or the password holds a NUL");
    return std::move(*message);
}

base::result<std::string> client_login::respond(std::string_view)
{
    switch (answers_++) {
    case 0: return with_.user;
    case 1: return with_.secret;
    default: return refusal("LOGIN: the server asks for more than user and password");
    }
}

base::result<std::string> client_cram_md5::respond(std::string_view challenge)
{
    if (std::exchange(answered_, true)) return refusal("CRAM-MD5: the server asks once more");
    // Its digest would be the same each time: whoever heard it once could sign in with it.
    if (challenge.empty()) return refusal("CRAM-MD5: the server's challenge is empty");
    return with_.user + " " + base::to_hex(hmac(hash::md5, with_.secret, challenge));
}

base::result<std::string> client_external::respond(std::string_view)
{
    if (std::exchange(answered_, true)) return refusal("EXTERNAL: the server asks once more");
    return authorization_;
}

} // namespace sasl
