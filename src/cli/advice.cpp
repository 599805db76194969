// What restanted check warns of: it serves all the same, but not everybody as the operator thinks.
#include "cli/advice.hpp"

#include "auth/hash_cost.hpp"
#include "auth/passwd_file.hpp"
#include "cli/root.hpp"
#include "sasl/mechanism.hpp"

#include <algorithm>

namespace cli {

namespace {

constexpr std::uint64_t users_octets_max = 256ULL << 20U; // as auth reads

void warn_of_hashes(const auth::passwd_contents& users, std::vector<std::string>& into)
{
    for (const auto& [user, line] : users.users) {
        for (const auto& [field, keys] :
             {std::pair("scram_sha_256", &user.scram_sha_256), std::pair("scram_sha_1", &user.scram_sha_1)})
            if (const auto why = *keys ? auth::unusable(**keys) : std::nullopt)
                into.push_back("users file, line " + std::to_string(line) + ": " + field + " of " +
                               user.account.name + " " + *why +
                               "; no client can use it. Set the password anew: restanted user passwd " +
                               user.account.name);
        if (user.password_hash.empty()) continue;
        if (const auto why = auth::unusable(user.password_hash))
            into.push_back("users file, line " + std::to_string(line) + ": the hash of " + user.account.name +
                           " " + *why +
                           "; every password of this user is refused. Set one anew: restanted user passwd " +
                           user.account.name);
    }
}

void warn_of_secrets(const config::configuration& of, const auth::passwd_contents& users,
                     std::vector<std::string>& into)
{
    const bool needs_secrets =
        of.site.pop3.apop || std::ranges::any_of(of.site.pop3.mechanisms, [](const std::string& name) {
            const auto* const row = sasl::find_mechanism(name);
            return row != nullptr && row->proof == sasl::proof::shared_secret;
        });
    if (!needs_secrets) return;
    const auto without = std::ranges::count_if(users.users, [](const auto& each) {
        return !each.first.shared_secret && !each.first.account.disabled;
    });
    if (without == 0) return;
    into.push_back(
        std::string(of.site.pop3.apop ? "auth.apop" : "auth.mechanisms with CRAM-MD5") + " is on, but " +
        std::to_string(without) + (without == 1 ? " user has" : " users have") +
        " no shared_secret: clients that choose it (curl, Python's poplib with apop) cannot log in as them. "
        "Turn it off, or give these users a shared_secret=; they have no password log-in then");
}

} // namespace

std::vector<std::string> advice(const config::configuration& of, disk::file_system& files)
{
    const auto [folder, name] = split_path(config::in_root(of, of.auth.users));
    const auto directory = files.open(folder);
    if (!directory) return {};
    const auto text = disk::read_whole(**directory, name, users_octets_max);
    if (!text) return {};
    const auto users = auth::read_passwd(*text);
    std::vector<std::string> out;
    warn_of_hashes(users, out);
    warn_of_secrets(of, users, out);
    return out;
}

} // namespace cli
