// SHA-256 of what came, against the list of what must come.
#include "expectation.hpp"

#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bench {

namespace {

EVP_MD_CTX* as_hash(void* context)
{
    return static_cast<EVP_MD_CTX*>(context);
}

digest take_digest(EVP_MD_CTX* hash)
{
    digest out{};
    EVP_DigestFinal_ex(hash, out.data(), nullptr);
    EVP_DigestInit_ex(hash, nullptr, nullptr); // the same algorithm, from the start
    return out;
}

} // namespace

holding_builder::holding_builder() : hash_(EVP_MD_CTX_new())
{
    EVP_DigestInit_ex(as_hash(hash_), EVP_sha256(), nullptr);
}

holding_builder::~holding_builder()
{
    EVP_MD_CTX_free(as_hash(hash_));
}

void holding_builder::octets(std::string_view piece)
{
    EVP_DigestUpdate(as_hash(hash_), piece.data(), piece.size());
    octets_ += piece.size();
}

void holding_builder::end_message()
{
    digests_.push_back(take_digest(as_hash(hash_)));
}

stored_copy holding_builder::build() &&
{
    std::ranges::sort(digests_);
    for (const digest& one : digests_) EVP_DigestUpdate(as_hash(hash_), one.data(), one.size());
    return {.messages = digests_.size(), .octets = octets_, .sum = take_digest(as_hash(hash_))};
}

bool expectations::load(const std::string& path)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string user, sum;
        stored_copy copy;
        words >> user >> copy.messages >> copy.octets >> sum;
        const auto octets = base::from_hex(sum);
        if (!words || !octets || octets->size() != copy.sum.size()) return false;
        std::ranges::transform(*octets, copy.sum.begin(),
                               [](char c) { return static_cast<unsigned char>(c); });
        holdings_.emplace(user, copy);
    }
    return !holdings_.empty();
}

std::string expectations::compare(const std::string& user, const stored_copy& copy) const
{
    const auto found = holdings_.find(user);
    if (found == holdings_.end()) return "nothing is expected of " + user;
    const stored_copy& wanted = found->second;
    const auto differ = [&](const char* of, std::uint64_t got, std::uint64_t meant) {
        return user + ": " + std::to_string(got) + " " + of + ", expected " + std::to_string(meant);
    };
    if (copy.messages != wanted.messages) return differ("messages", copy.messages, wanted.messages);
    if (copy.octets != wanted.octets) return differ("octets", copy.octets, wanted.octets);
    if (copy.sum != wanted.sum) return user + ": other octets than expected";
    return {};
}

} // namespace bench
