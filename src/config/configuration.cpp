// One TOML file becomes a configuration, and every fault in it is told at once.
#include "config/configuration.hpp"

#include "auth/account.hpp"
#include "config/domain_keys.hpp"
#include "config/fault.hpp"
#include "config/key_file.hpp"
#include "config/key_values.hpp"
#include "config/schema.hpp"
#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace config {

namespace {

constexpr std::string_view domain_tables = "domains";

std::string remedy_for_unknown_of_domain(std::string_view leaf)
{
    std::vector<std::string_view> known;
    for (const auto& key : domain_keys()) known.push_back(key.name);
    if (const auto word = nearest(leaf, known); !word.empty())
        return "did you mean \"" + std::string(word) + "\"?";
    return "remove it; restanted.toml(5) lists the keys of a domain";
}

// The tables of domains: a key of theirs is read as the site's key for the same.
class domain_walk {
public:
    explicit domain_walk(reading& out) : into_(out) {}

    void domains(const toml::table& table)
    {
        for (const auto& [name, value] : table) {
            const auto line = static_cast<std::size_t>(name.source().begin.line);
            const auto path = std::string(domain_tables) + "." + std::string(name.str());
            const auto domain = auth::canonical_domain(name.str());
            if (!domain)
                tell(line, path, "is not a domain", "write a name such as [domains.\"example.org\"]");
            else if (!value.is_table())
                tell(line, path, "is not a table",
                     "write [domains.\"NAME\"] on a line of its own, and its keys below");
            else
                domain_table(*domain, path, *value.as_table());
        }
    }

private:
    void domain_table(const std::string& domain, const std::string& path, const toml::table& table)
    {
        auto& own = into_.values.site.domains[domain];
        for (const auto& [name, value] : table) {
            const auto line = static_cast<std::size_t>(name.source().begin.line);
            const auto leaf = std::string(name.str());
            const auto known = std::ranges::find(domain_keys(), leaf, &domain_key::name);
            into_.lines[path + "." + leaf] = line;
            if (known == domain_keys().end())
                tell(line, path + "." + leaf, "is not a key of a domain",
                     value.is_table()
                         ? "write the domain in quotes: [domains.\"" + domain + "." + leaf + "\"]"
                         : remedy_for_unknown_of_domain(leaf));
            else if (auto wrong = read_own(*known, value, own))
                tell(line, path + "." + leaf, std::move(wrong->reason), std::move(wrong->remedy));
        }
    }

    static std::optional<complaint> read_own(const domain_key& known, const toml::node& value,
                                             server::own_settings& settings)
    {
        configuration scratch;
        auto wrong =
            read_value(*std::ranges::find(site_keys(), known.site_path, &key::path), value, &scratch);
        if (!wrong) known.take(scratch, settings);
        return wrong;
    }

    void tell(std::size_t line, std::string path, std::string reason, std::string remedy)
    {
        into_.faults.push_back({line, std::move(path), std::move(reason), std::move(remedy)});
    }

    reading& into_;
};

} // namespace

server::settings configuration::with_site_defaults()
{
    server::settings out;
    out.maildrop.held_for = std::chrono::days(7);
    out.pop3.implementation = "Restante";
    return out;
}

std::string in_root(const configuration& config, std::string_view path)
{
    if (path.starts_with('/')) return std::string(path);
    return config.root + (config.root.ends_with('/') ? "" : "/") + std::string(path);
}

reading read_configuration(std::string_view text)
{
    reading out;
    read_toml(text, out.faults, [&](const toml::table& file) {
        auto lines = read_keys(site_schema(), file, &out.values, out.faults,
                               [&](const std::string& path, const toml::node& value, std::size_t) {
                                   if (path != domain_tables || !value.is_table()) return false;
                                   domain_walk(out).domains(*value.as_table());
                                   return true;
                               });
        out.lines.merge(lines);
    });
    suggest_keys(site_schema(), out.faults);
    return out;
}

} // namespace config
