// One TOML file becomes a configuration, and every fault in it is told at once.
#include "config/configuration.hpp"

#include "auth/account.hpp"
#include "config/domain_keys.hpp"
#include "config/schema.hpp"
#include "config/schema_values.hpp"
#include "config/spelling.hpp"
#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace config {

namespace {

const key* find_key(std::string_view path)
{
    const auto found = std::ranges::find(schema(), path, &key::path);
    return found == schema().end() ? nullptr : &*found;
}

bool is_table_name(std::string_view path)
{
    return std::ranges::find(table_headings(), path, &table_heading::name) != table_headings().end();
}

constexpr std::string_view unknown_key = "is no key of the configuration";

// The same key in another table, or the nearest word; empty where there is none.
std::string_view likely_meant(std::string_view path)
{
    std::vector<std::string_view> known;
    for (const auto& each : schema()) {
        known.push_back(each.path);
        const auto leaf = each.path.substr(each.path.find('.') + 1);
        if (leaf == path.substr(path.rfind('.') + 1)) return each.path;
    }
    for (const auto& heading : table_headings()) known.push_back(heading.name);
    return nearest(path, known);
}

// For those alone that are printed: each costs a comparison with every key there is.
void suggest(std::span<fault> faults)
{
    for (auto& each : faults.first(std::min(faults.size(), faults_shown_max))) {
        if (each.reason != unknown_key) continue;
        if (const auto word = likely_meant(each.key); !word.empty())
            each.remedy = "did you mean \"" + std::string(word) + "\"?";
    }
}

constexpr std::string_view domain_tables = "domains";

std::string remedy_for_unknown_of_domain(std::string_view leaf)
{
    std::vector<std::string_view> known;
    for (const auto& each : domain_keys()) known.push_back(each.name);
    if (const auto word = nearest(leaf, known); !word.empty())
        return "did you mean \"" + std::string(word) + "\"?";
    return "remove it; restanted.toml(5) lists the keys of a domain";
}

class walk {
public:
    explicit walk(reading& into) : into_(into) {}

    void table(const toml::table& from, const std::string& prefix)
    {
        for (const auto& [name, value] : from) {
            const auto path = prefix + std::string(name.str());
            const auto line = static_cast<std::size_t>(name.source().begin.line);
            if (path == domain_tables && value.is_table())
                domains(*value.as_table());
            else if (const auto* known = find_key(path))
                set(*known, value, line);
            else if (value.is_table() && is_table_name(path))
                table(*value.as_table(), path + ".");
            else if (is_table_name(path))
                tell(line, path, "is a table",
                     "write [" + path + "] on a line of its own, and its keys below");
            else
                tell(line, path, std::string(unknown_key), "remove it; restanted.toml(5) lists all keys");
        }
    }

private:
    void domains(const toml::table& from)
    {
        for (const auto& [name, value] : from) {
            const auto line = static_cast<std::size_t>(name.source().begin.line);
            const auto path = std::string(domain_tables) + "." + std::string(name.str());
            const auto domain = auth::canonical_domain(name.str());
            if (!domain)
                tell(line, path, "is no domain", "write a name such as [domains.\"example.org\"]");
            else if (!value.is_table())
                tell(line, path, "is no table",
                     "write [domains.\"NAME\"] on a line of its own, and its keys below");
            else
                domain_table(*domain, path, *value.as_table());
        }
    }

    void domain_table(const std::string& domain, const std::string& path, const toml::table& from)
    {
        auto& own = into_.values.site.domains[domain];
        for (const auto& [name, value] : from) {
            const auto line = static_cast<std::size_t>(name.source().begin.line);
            const auto leaf = std::string(name.str());
            const auto known = std::ranges::find(domain_keys(), leaf, &domain_key::name);
            into_.lines[path + "." + leaf] = line;
            if (known == domain_keys().end())
                tell(line, path + "." + leaf, "is no key of a domain",
                     value.is_table()
                         ? "write the domain in quotes: [domains.\"" + domain + "." + leaf + "\"]"
                         : remedy_for_unknown_of_domain(leaf));
            else if (auto wrong = read_own(*known, value, own))
                tell(line, path + "." + leaf, std::move(wrong->reason), std::move(wrong->remedy));
        }
    }

    static std::optional<complaint> read_own(const domain_key& known, const toml::node& value,
                                             server::own_settings& into)
    {
        configuration scratch;
        auto wrong = read_value(*find_key(known.site_path), value, scratch);
        if (!wrong) known.take(scratch, into);
        return wrong;
    }

    void set(const key& known, const toml::node& value, std::size_t line)
    {
        into_.lines[std::string(known.path)] = line;
        if (auto wrong = read_value(known, value, into_.values))
            tell(line, std::string(known.path), std::move(wrong->reason), std::move(wrong->remedy));
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

std::string in_root(const configuration& of, std::string_view path)
{
    if (path.starts_with('/')) return std::string(path);
    return of.root + (of.root.ends_with('/') ? "" : "/") + std::string(path);
}

reading read_configuration(std::string_view text)
{
    reading out;
    read_toml(text, out.faults, [&](const toml::table& file) { walk(out).table(file, ""); });
    suggest(out.faults);
    return out;
}

} // namespace config
