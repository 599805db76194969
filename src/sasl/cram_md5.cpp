// CRAM-MD5: a keyed digest of a challenge (RFC 2195). Old and weak: only for users with a shared secret.
#include "sasl/cram_md5.hpp"

#include "base/encoding.hpp"
#include "sasl/digest.hpp"
#include "sasl/prepare.hpp"

namespace sasl {

constexpr std::size_t digest_characters = 32;

cram_md5::cram_md5(std::string challenge, std::string nobodys_secret)
    : challenge_(std::move(challenge)), nobodys_secret_(std::move(nobodys_secret))
{
}

step cram_md5::begin(std::optional<std::string_view> initial_response)
{
    if (state_ != state::idle) return out_of_order();
    state_ = state::over;
    if (initial_response) return malformed("CRAM-MD5: an initial response, where the server speaks first");
    state_ = state::awaits_digest;
    return sasl::challenge{challenge_};
}

step cram_md5::respond(std::string_view response)
{
    if (state_ != state::awaits_digest) return out_of_order();
    state_ = state::over;
    const std::size_t space = response.rfind(' '); // names may hold spaces, digests do not
    if (space == response.npos || response.size() - space - 1 != digest_characters)
        return malformed("CRAM-MD5: not a name, a space and 32 hexadecimal digits");
    const auto digits = base::from_hex(response.substr(space + 1));
    if (!digits || !is_name(response.substr(0, space)))
        return malformed("CRAM-MD5: not a name, a space and 32 hexadecimal digits");
    state_ = state::awaits_secret;
    user_ = response.substr(0, space);
    digest_ = *digits;
    return want_shared_secret{user_};
}

step cram_md5::shared_secret(std::optional<std::string_view> secret)
{
    if (state_ != state::awaits_secret) return out_of_order();
    state_ = state::over;
    const auto fits = [&](std::string_view one) {
        return equal_in_constant_time(digest_, hmac(hash::md5, one, challenge_));
    };
    // As typed, or as a client prepares it (RFC 6856, section 2.2).
    const std::string kept(secret.value_or(nobodys_secret_));
    const bool as_it_is = fits(kept);
    const bool prepared = fits(prepare(kept).value_or(kept));
    if (!(as_it_is || prepared) || !secret)
        return disproved{user_, false, "CRAM-MD5: wrong digest, or the user has no shared secret"};
    return proved{user_};
}

} // namespace sasl
