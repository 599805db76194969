// The users and aliases of one file, ready to be asked.
#include "auth/users_table.hpp"

#include "auth/hash_cost.hpp"
#include "auth/password.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace auth {

namespace {

constexpr char detail_separator = '+'; // RFC 5233

std::string_view domain_of(std::string_view name)
{
    const std::size_t offset = name.rfind('@');
    return offset == name.npos ? std::string_view{} : name.substr(offset + 1);
}

/// "ann+lists@example.org" is "ann@example.org" and "lists"; nothing where there is no detail.
std::optional<std::pair<std::string, std::string>> cut_detail(std::string_view address)
{
    const std::size_t index = std::min(address.rfind('@'), address.size());
    const std::size_t plus = address.substr(0, index).find(detail_separator);
    if (plus == address.npos || plus == 0) return std::nullopt;
    return std::pair{std::string(address.substr(0, plus)) + std::string(address.substr(index)),
                     std::string(address.substr(plus + 1, index - plus - 1))};
}

/// The value that most often stands there.
template <typename Key>
const Key* most_frequent(const std::map<Key, std::size_t>& counts)
{
    const auto found = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    return found == counts.end() ? nullptr : &found->first;
}

usual_costs usual_costs_of(const passwd_contents& contents)
{
    std::map<std::string, std::size_t> classes;
    std::map<unsigned, std::size_t> sha_256, sha_1;
    for (const auto& [user, line] : contents.users) {
        if (!user.password_hash.empty() && !unusable(user.password_hash))
            ++classes[cost_class(user.password_hash)];
        if (user.scram_sha_256 && !unusable(*user.scram_sha_256)) ++sha_256[user.scram_sha_256->iterations];
        if (user.scram_sha_1 && !unusable(*user.scram_sha_1)) ++sha_1[user.scram_sha_1->iterations];
    }
    usual_costs usual;
    if (const auto* const iterations = most_frequent(sha_256)) usual.scram_sha_256_iterations = *iterations;
    if (const auto* const iterations = most_frequent(sha_1)) usual.scram_sha_1_iterations = *iterations;
    const std::string* const usual_class = most_frequent(classes);
    if (usual_class == nullptr) return usual;
    for (const auto& [user, line] : contents.users)
        if (!user.password_hash.empty() && cost_class(user.password_hash) == *usual_class) {
            usual.password_hash = user.password_hash;
            break;
        }
    return usual;
}

void add_own_times(own_times& times, const account& account)
{
    if (account.expire) times.expire.add(account.expire->count() == 0 ? never_expires : *account.expire);
    if (account.login_delay) times.login_delay.add(*account.login_delay);
}

std::vector<std::string> canonical_names(const std::vector<std::string>& names)
{
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const std::string& name : names)
        out.push_back(canonical_name(name).value()); // parse_passwd() takes no other
    return out;
}

} // namespace

users_table users_table::make(const passwd_contents& contents)
{
    users_table table;
    table.last_removed_ = contents.last_removed;
    table.faults_ = contents.faults;
    for (const auto& name : contents.faulty_names) {
        table.note_domain(name);
        table.faulty_.insert(name);
    }
    table.usual_ = usual_costs_of(contents);
    for (const auto& [user, line] : contents.users) {
        const auto canonical = canonical_name(user.account.name).value(); // parse_passwd() takes no other
        table.note_domain(canonical);
        add_own_times(table.own_times_, user.account);
        table.users_.emplace(canonical, user);
    }
    for (const auto& [alias, line] : contents.aliases) {
        const auto canonical = canonical_line_name(alias.name).value();
        table.note_domain(canonical);
        table.aliases_.emplace(canonical, canonical_names(alias.targets));
    }
    table.look_at_folders(contents);
    for (const auto& name : table.faulty_) table.users_.erase(name);
    table.look_at_aliases(contents);
    for (const auto& name : table.faulty_) table.aliases_.erase(name);
    // Not stable_sort: libstdc++ 12 does that by way of what clang warns of.
    std::ranges::sort(table.faults_, {},
                      [](const line_fault& fault) { return std::tie(fault.line, fault.reason); });
    return table;
}

bool users_table::is_faulty(std::string_view name) const
{
    if (faulty_.empty()) return false;
    const auto canonical = canonical_name(name);
    if (!canonical) return faulty_.contains("");
    if (faulty_.contains(*canonical)) return true;
    if (find_canonical(*canonical) != nullptr || aliases_.contains(*canonical)) return false;
    if (const auto cut = cut_detail(name)) {
        const auto plain_name = canonical_name(cut->first);
        if (plain_name && faulty_.contains(*plain_name)) return true;
        if (plain_name && (find_canonical(*plain_name) != nullptr || aliases_.contains(*plain_name)))
            return false;
    }
    return faulty_.contains("") || faulty_.contains("@" + std::string(domain_of(*canonical)));
}

const user* users_table::find(std::string_view name) const
{
    const auto canonical = canonical_name(name);
    return canonical ? find_canonical(*canonical) : nullptr;
}

const user* users_table::find_canonical(std::string_view canonical) const
{
    const auto found = users_.find(canonical);
    return found == users_.end() ? nullptr : &found->second;
}

std::vector<route> users_table::resolve(std::string_view address) const
{
    std::vector<route> routes;
    const auto name = canonical_name(address);
    if (!name || follow(*name, "", routes)) return routes;
    if (const auto cut = cut_detail(address)) { // of the address as typed: the detail keeps its case
        const auto plain_name = canonical_name(cut->first);
        if (plain_name && follow(*plain_name, cut->second, routes)) return routes;
    }
    const std::string_view domain = domain_of(*name);
    if (!domain.empty()) follow("@" + std::string(domain), "", routes);
    return routes;
}

bool users_table::local_domain(std::string_view domain) const
{
    const auto canonical = canonical_domain(domain);
    return canonical && domains_.contains(*canonical);
}

std::vector<std::string> users_table::names() const
{
    std::vector<std::string> out;
    out.reserve(users_.size());
    for (const auto& [name, user] : users_) out.push_back(name);
    return out;
}

/// Adds where `canonical` leads; each user once. Terminates because look_at_aliases() left no alias of an alias.
bool users_table::follow(std::string_view canonical, const std::string& detail,
                         std::vector<route>& routes) const
{
    if (const user* const found = find_canonical(canonical)) {
        routes.push_back({found->account, detail});
        return true;
    }
    const auto alias = aliases_.find(canonical);
    if (alias == aliases_.end()) return false;
    std::set<std::string_view> seen;
    for (const std::string& target : alias->second)
        if (seen.insert(target).second) routes.push_back({find_canonical(target)->account, detail});
    return true;
}

void users_table::leave_out(std::string_view canonical, line_fault fault)
{
    faulty_.emplace(canonical);
    faults_.push_back(std::move(fault));
}

// A maildrop is mail/<domain>/<local part>/, or mail/<name>/ without a domain: the user "example.org" and the
// user "new@example.org" would have one folder inside the other's Maildir. Folders have the names as they are spelled.
void users_table::look_at_folders(const passwd_contents& contents)
{
    std::set<std::string_view> domains;
    for (const auto& [user, line] : contents.users) domains.insert(domain_of(user.account.name));
    for (const auto& [alias, line] : contents.aliases) domains.insert(domain_of(alias.name));
    for (const auto& [user, line] : contents.users)
        if (domain_of(user.account.name).empty() && domains.contains(user.account.name))
            leave_out(canonical_name(user.account.name).value(),
                      {line, "a user may not have the name of a domain in this file"});
}

// One level only: an alias names users. That needs no search for circles, and one line tells where mail goes.
void users_table::look_at_aliases(const passwd_contents& contents)
{
    for (const auto& [alias, line] : contents.aliases)
        for (const std::string& target : alias.targets) {
            if (find(target) != nullptr) continue;
            const auto canonical = canonical_name(target).value();
            const std::string_view reason =
                aliases_.contains(canonical)  ? ", an alias itself; name the users it leads to"
                : faulty_.contains(canonical) ? ", whose own line is faulty"
                                              : ", who is not a user in this file";
            leave_out(canonical_line_name(alias.name).value(),
                      {line, "alias_of names " + target + std::string(reason)});
        }
}

void users_table::note_domain(std::string_view canonical)
{
    if (const std::string_view domain = domain_of(canonical); !domain.empty()) domains_.emplace(domain);
}

} // namespace auth
