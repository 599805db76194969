// A password made into what a SCRAM server keeps (RFC 5802, section 3).
#include "sasl/scram_keys.hpp"

namespace sasl {

scram_keys derive_scram_keys(hash with, std::string_view prepared_password, std::string salt,
                             unsigned iterations)
{
    const std::string salted_password = pbkdf2(with, prepared_password, salt, iterations);
    std::string stored_key = digest(with, hmac(with, salted_password, "Client Key"));
    std::string server_key = hmac(with, salted_password, "Server Key");
    return {std::move(salt), iterations, std::move(stored_key), std::move(server_key)};
}

} // namespace sasl
