// Wrapping with XChaCha20-Poly1305 under an Argon2id hash of the passphrase.
#include "disk/sealed/sealing_key.hpp"

#include "base/encoding.hpp"
#include "base/octets.hpp"

#include <sodium.h>

#include <charconv>
#include <optional>
#include <vector>

namespace disk {

namespace {

constexpr std::string_view first_line = "restante-key 1";
constexpr std::size_t key_octets = crypto_kdf_KEYBYTES;
constexpr std::size_t wrap_nonce_octets = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_octets = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::uint64_t file_octets_max = 4096; // ours have about 200
// A file that asks for more was not made by us, and would take the machine's memory or a day.
constexpr std::uint64_t passes_max = 64;
constexpr std::uint64_t memory_octets_max = 4ULL << 30;
constexpr char context[crypto_kdf_CONTEXTBYTES + 1] = "restante";

base::error no_key_file(std::string_view reason)
{
    return base::permanent_error(base::failure::malformed,
                                 "the archive's key file is damaged (" + std::string(reason) +
                                     "): put back a copy of it; without it the archive cannot be read");
}

base::error wrong_passphrase()
{
    return {.kind = base::failure::credentials,
            .temporary = false,
            .peer_text = {},
            .operator_text =
                "the passphrase does not open the archive's key file (or that file was changed)"};
}

struct wrapped_key {
    passphrase_cost cost;
    std::string salt;
    std::string nonce;
    std::string octets; ///< the key and its tag
};

/// The lines that tell how the passphrase is hashed; what is wrapped is bound to them.
std::string head_of(const wrapped_key& key)
{
    return std::string(first_line) + "\nargon2id " + std::to_string(key.cost.passes) + ' ' +
           std::to_string(key.cost.octets) + ' ' + base::to_base64(key.salt) + '\n';
}

std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> out;
    for (;;) {
        const auto end = line.find(' ');
        out.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return out;
        line.remove_prefix(end + 1);
    }
}

std::optional<std::uint64_t> number_of(std::string_view text, std::uint64_t least, std::uint64_t most)
{
    std::uint64_t out = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (trouble != std::errc() || end != text.data() + text.size() || out < least || out > most)
        return std::nullopt;
    return out;
}

std::optional<std::string> octets_in(std::string_view text, std::size_t count)
{
    auto out = base::from_base64(text);
    return out && out->size() == count ? out : std::nullopt;
}

base::result<wrapped_key> parse(std::string_view file)
{
    std::vector<std::string_view> lines;
    for (auto end = file.find('\n'); end != std::string_view::npos; end = file.find('\n')) {
        lines.push_back(file.substr(0, end));
        file.remove_prefix(end + 1);
    }
    if (lines.size() != 3 || !file.empty()) return base::fail(no_key_file("it has not three lines"));
    if (lines[0] != first_line) return base::fail(no_key_file("its first line is none of ours"));
    const auto hash = words_of(lines[1]);
    const auto wrapped = words_of(lines[2]);
    if (hash.size() != 4 || hash[0] != "argon2id") return base::fail(no_key_file("the line 'argon2id'"));
    if (wrapped.size() != 3 || wrapped[0] != "wrapped") return base::fail(no_key_file("the line 'wrapped'"));
    const auto passes = number_of(hash[1], crypto_pwhash_OPSLIMIT_MIN, passes_max);
    const auto octets = number_of(hash[2], crypto_pwhash_MEMLIMIT_MIN, memory_octets_max);
    const auto salt = octets_in(hash[3], crypto_pwhash_SALTBYTES);
    const auto nonce = octets_in(wrapped[1], wrap_nonce_octets);
    const auto sealed = octets_in(wrapped[2], key_octets + tag_octets);
    if (!passes || !octets || !salt) return base::fail(no_key_file("the line 'argon2id'"));
    if (!nonce || !sealed) return base::fail(no_key_file("the line 'wrapped'"));
    return wrapped_key{{*passes, *octets}, *salt, *nonce, *sealed};
}

base::result<secret_octets> hashed(std::string_view passphrase, const wrapped_key& key)
{
    secret_octets out(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    if (crypto_pwhash(out.span().data(), out.span().size(), passphrase.data(), passphrase.size(),
                      base::unsigned_octets(std::string_view(key.salt)), key.cost.passes,
                      static_cast<std::size_t>(key.cost.octets), crypto_pwhash_ALG_ARGON2ID13) != 0)
        return base::fail(
            base::temporary_error(base::failure::overloaded, "hashing the archive's passphrase takes " +
                                                                 std::to_string(key.cost.octets >> 20) +
                                                                 " MiB of memory, which cannot be had now"));
    return out;
}

} // namespace

sealing_key sealing_key::make(base::random& random)
{
    secret_octets master(key_octets);
    random.fill(std::as_writable_bytes(master.span()));
    return sealing_key(std::move(master));
}

base::result<sealing_key> sealing_key::read(directory& directory, std::string_view passphrase)
{
    const auto file = read_whole(directory, file_name, file_octets_max);
    if (!file) return base::fail(file.error());
    return unwrap(*file, passphrase);
}

base::result<sealing_key> sealing_key::unwrap(std::string_view file, std::string_view passphrase)
{
    const auto wrapped = parse(file);
    if (!wrapped) return base::fail(wrapped.error());
    const auto wrapping = hashed(passphrase, *wrapped);
    if (!wrapping) return base::fail(wrapping.error());
    secret_octets master(key_octets);
    const std::string head = head_of(*wrapped);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            master.span().data(), nullptr, nullptr, base::unsigned_octets(std::string_view(wrapped->octets)),
            wrapped->octets.size(), base::unsigned_octets(std::string_view(head)), head.size(),
            base::unsigned_octets(std::string_view(wrapped->nonce)), wrapping->span().data()) != 0)
        return base::fail(wrong_passphrase());
    return sealing_key(std::move(master));
}

base::result<> sealing_key::write(directory& directory, std::string_view passphrase, base::random& random,
                                  const passphrase_cost& cost) const
{
    const auto file = wrap(passphrase, random, cost);
    if (!file) return base::fail(file.error());
    return replace_whole(directory, file_name, *file);
}

base::result<std::string> sealing_key::wrap(std::string_view passphrase, base::random& random,
                                            const passphrase_cost& cost) const
{
    if (passphrase.empty())
        return base::fail(base::permanent_error(base::failure::refused,
                                                "an empty passphrase protects nothing: choose another"));
    wrapped_key out{cost, random.octets(crypto_pwhash_SALTBYTES), random.octets(wrap_nonce_octets),
                    std::string(key_octets + tag_octets, '\0')};
    const auto wrapping = hashed(passphrase, out);
    if (!wrapping) return base::fail(wrapping.error());
    const std::string head = head_of(out);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        base::unsigned_octets(out.octets), nullptr, master_.span().data(), master_.span().size(),
        base::unsigned_octets(std::string_view(head)), head.size(), nullptr,
        base::unsigned_octets(std::string_view(out.nonce)), wrapping->span().data());
    return head + "wrapped " + base::to_base64(out.nonce) + ' ' + base::to_base64(out.octets) + '\n';
}

secret_octets sealing_key::sub_key(purpose usage) const
{
    secret_octets out(key_octets);
    crypto_kdf_derive_from_key(out.span().data(), out.span().size(), static_cast<std::uint64_t>(usage),
                               context, master_.span().data());
    return out;
}

} // namespace disk
