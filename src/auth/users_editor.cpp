// Changes the users file for an operator: add, passwd, remove, list, show. What it does not change stays to the octet.
#include "auth/users_editor.hpp"

#include "auth/extra_fields.hpp"
#include "auth/passwd_file.hpp"
#include "auth/password_schemes.hpp"
#include "auth/users_table.hpp"
#include "sasl/scram.hpp"

#include <algorithm>

namespace auth {

namespace {

base::result<std::string> editable_name(std::string_view name)
{
    auto prepared = name.starts_with('@') ? canonical_line_name(name) : prepared_name(name);
    if (!prepared || prepared->find(':') != prepared->npos || prepared->starts_with('#'))
        return base::fail(base::permanent_error(
            base::failure::malformed, "that cannot be a user's name: it is empty, too long or not UTF-8, or "
                                      "holds '/', ':', controls, what SASLprep or IDNA forbids, or a dot or "
                                      "space at an end"));
    return std::move(*prepared);
}

/// Where the line of `name` stands in the text, with its line end; nothing where there is none.
struct place {
    std::size_t begin = 0, octets = 0;
};
std::optional<place> find_line(std::string_view text, std::string_view name)
{
    const auto canonical = canonical_line_name(name);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t octets = std::min(text.find('\n', begin), text.size() - 1) + 1 - begin;
        const auto line = cut_passwd_line(text.substr(begin, octets));
        if (line && canonical_line_name(line->name) == canonical) return place{begin, octets};
        begin += octets;
    }
    return std::nullopt;
}

/// The hash and the keys of one password, as they stand in a line.
struct secrets {
    std::string hash, scram_sha_256, scram_sha_1;
};

std::string new_keys(sasl::hash hash, std::string_view prepared, base::random& random, unsigned iterations)
{
    return format_scram_keys(
        sasl::derive_scram_keys(hash, prepared, random.octets(scram_salt_octets), iterations));
}

base::result<secrets> make_secrets(std::string_view password, base::random& random,
                                   const password_costs& costs)
{
    const auto prepared = new_password(password);
    if (!prepared) return base::fail(prepared.error());
    return secrets{hash_password(*prepared, random, costs),
                   new_keys(sasl::hash::sha_256, *prepared, random, costs.scram_sha_256_iterations),
                   new_keys(sasl::hash::sha_1, *prepared, random, costs.scram_sha_1_iterations)};
}

std::string format_keys(const secrets& made)
{
    return "scram_sha_256=" + made.scram_sha_256 + " scram_sha_1=" + made.scram_sha_1;
}

/// The line with the new secrets; its name, middle fields, other extra fields and line end as they were.
std::string with_secrets(std::string_view old_line, const secrets& made)
{
    const auto line = cut_passwd_line(old_line);
    std::string text = std::string(line->name) + ":" + made.hash + ":" + std::string(line->between);
    text.append(
        static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, 5 - std::ranges::count(line->between, ':'))),
        ':');
    text += format_keys(made);
    for (const auto& [key, value] : line->fields) {
        if (key == "scram_sha_256" || key == "scram_sha_1") continue;
        text += " " + std::string(key);
        if (value.data() != nullptr) text += "=" + std::string(value); // "key=" is not "key"
    }
    if (old_line.ends_with("\r\n")) text += '\r';
    return text + "\n";
}

base::result<std::string> new_line(const std::string& name, const secrets& made,
                                   std::span<const std::string> fields)
{
    std::string line = name + ":" + made.hash + "::::::" + format_keys(made);
    for (const std::string& field : fields) {
        const bool whole =
            field.find_first_of(" \t\r\n") == field.npos && !field.starts_with('=') && !field.empty();
        if (!whole)
            return base::fail(
                base::permanent_error(base::failure::malformed, "a field must be key=value without spaces"));
        line += " " + field;
    }
    return line + "\n";
}

user_summary summarize(const user& user, const passwd_line& line)
{
    user_summary summary;
    summary.name = user.account.name;
    summary.disabled = user.account.disabled;
    summary.scheme = user.password_hash.empty() ? "" : scheme_of(user.password_hash);
    summary.wants_new_hash =
        !user.password_hash.empty() && needs_rehash(user.password_hash, password_costs{});
    if (user.scram_sha_256) summary.can_use.emplace_back("SCRAM-SHA-256");
    if (user.scram_sha_1) summary.can_use.emplace_back("SCRAM-SHA-1");
    if (user.shared_secret) summary.can_use.emplace_back("shared secret");
    for (const auto& [key, value] : line.fields)
        if (!is_secret_field(key)) summary.fields.emplace_back(key, value);
    return summary;
}

} // namespace

users_editor::users_editor(disk::directory& directory, std::string file_name, base::random& random,
                           password_costs costs)
    : directory_(directory), file_name_(std::move(file_name)), random_(random), costs_(costs)
{
}

base::result<> users_editor::add(std::string_view name, std::string_view password,
                                 std::span<const std::string> fields)
{
    const auto prepared = editable_name(name);
    if (!prepared) return base::fail(prepared.error());
    const auto made = make_secrets(password, random_, costs_);
    if (!made) return base::fail(made.error());
    const auto line = new_line(*prepared, *made, fields);
    if (!line) return base::fail(line.error());
    return change([&](std::string_view text) -> base::result<std::string> {
        if (find_line(text, *prepared))
            return base::fail(
                base::permanent_error(base::failure::exists, *prepared + " is already in the users file"));
        std::string longer(text);
        const std::string mark = std::string(last_user_removed) + "\n";
        if (const auto offset = longer.find(mark); offset != std::string::npos)
            longer.erase(offset, mark.size());
        if (!longer.empty() && !longer.ends_with('\n')) longer += '\n';
        return longer + *line;
    });
}

base::result<> users_editor::set_password(std::string_view name, std::string_view password)
{
    const auto prepared = editable_name(name);
    if (!prepared) return base::fail(prepared.error());
    const auto made = make_secrets(password, random_, costs_);
    if (!made) return base::fail(made.error());
    return change([&](std::string_view text) -> base::result<std::string> {
        const auto line = find_line(text, *prepared);
        if (!line)
            return base::fail(
                base::permanent_error(base::failure::unknown_user, *prepared + " is not in the users file"));
        std::string changed(text.substr(0, line->begin));
        changed += with_secrets(text.substr(line->begin, line->octets), *made);
        changed += text.substr(line->begin + line->octets);
        return changed;
    });
}

base::result<> users_editor::remove(std::string_view name)
{
    const auto prepared = editable_name(name);
    if (!prepared) return base::fail(prepared.error());
    return change([&](std::string_view text) -> base::result<std::string> {
        const auto line = find_line(text, *prepared);
        if (!line)
            return base::fail(
                base::permanent_error(base::failure::unknown_user, *prepared + " is not in the users file"));
        auto left =
            std::string(text.substr(0, line->begin)) + std::string(text.substr(line->begin + line->octets));
        const auto contents = read_passwd(left);
        const bool nobody = contents.users.empty() && contents.aliases.empty();
        if (nobody && !contents.last_removed) left += std::string(last_user_removed) + "\n";
        return left;
    });
}

base::result<std::vector<user_summary>> users_editor::list()
{
    const auto text = read();
    if (!text) return base::fail(text.error());
    auto contents = parse_passwd(*text);
    if (!contents)
        return base::fail(
            base::permanent_error(base::failure::malformed, format_faults(contents.error(), file_name_)));
    std::vector<std::pair<std::size_t, user_summary>> by_line;
    const auto lines = split_lines(*text);
    for (const auto& [user, line] : contents->users)
        by_line.emplace_back(line, summarize(user, *cut_passwd_line(lines[line - 1])));
    for (auto& [alias, line] : contents->aliases) {
        user_summary summary;
        summary.name = alias.name;
        summary.alias_of = alias.targets;
        by_line.emplace_back(line, std::move(summary));
    }
    std::ranges::sort(by_line, {}, &std::pair<std::size_t, user_summary>::first);
    std::vector<user_summary> summaries;
    summaries.reserve(by_line.size());
    for (auto& [line, summary] : by_line) summaries.push_back(std::move(summary));
    return summaries;
}

base::result<user_summary> users_editor::show(std::string_view name)
{
    const auto prepared = editable_name(name);
    if (!prepared) return base::fail(prepared.error());
    auto summaries = list();
    if (!summaries) return base::fail(summaries.error());
    const auto found =
        std::ranges::find(*summaries, canonical_line_name(*prepared),
                          [](const user_summary& summary) { return canonical_line_name(summary.name); });
    if (found == summaries->end())
        return base::fail(
            base::permanent_error(base::failure::unknown_user, *prepared + " is not in the users file"));
    return std::move(*found);
}

base::result<>
users_editor::change(const std::function<base::result<std::string>(std::string_view text)>& edit)
{
    const auto lock = directory_.lock_file(file_name_ + ".lock");
    if (!lock) return base::fail(lock.error());
    const auto text = read();
    if (!text) return base::fail(text.error());
    const auto changed = edit(*text);
    if (!changed) return base::fail(changed.error());
    // What would be refused at the next reload must not be written; that the old text was already bad is said as well.
    if (const auto faults = users_table::make(read_passwd(*changed)).faults(); !faults.empty())
        return base::fail(base::permanent_error(
            base::failure::malformed,
            file_name_ + " is left as it was: changed, it would have faults:\n" + format_faults(faults)));
    return disk::replace_whole(directory_, file_name_, *changed);
}

base::result<std::string> users_editor::read()
{
    auto text = disk::read_whole(directory_, file_name_, users_file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return std::string();
    return text;
}

} // namespace auth
