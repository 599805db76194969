// Fuzzes the users file: the parser takes any text, and the editor changes one line and no other.
#include "auth/passwd_file.hpp"
#include "auth/users_editor.hpp"
#include "auth/users_table.hpp"
#include "fuzz/require.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"
#include "support/simulated_disk.hpp"

#include <algorithm>

namespace {

using fuzz::require;

constexpr auth::password_costs cheap{8, 1, 1, 1};

/// Every address of the file leads somewhere, and no look-up breaks on names that are none.
void ask(const auth::users_table& table, const auth::passwd_contents& contents, std::string_view text)
{
    for (const auto& [user, line] : contents.users) {
        require(table.find(user.account.name) != nullptr);
        require(table.resolve(user.account.name).at(0).account.name == user.account.name);
    }
    for (const auto& [alias, line] : contents.aliases)
        if (!alias.name.starts_with('@')) require(!table.resolve(alias.name).empty());
    (void)table.resolve(text.substr(0, 300));
    (void)table.local_domain(text.substr(0, 300));
}

/// Whom a faulty line is about is known to be faulty, and nobody.
void require_faulty_left_out(const auth::passwd_contents& contents, std::string_view text)
{
    const auto table = auth::users_table::make(contents);
    require(contents.faults.empty() || !table.faults().empty());
    for (const std::string& name : contents.faulty_names)
        if (!name.empty() && !name.starts_with('@'))
            require(table.is_faulty(name) && table.find(name) == nullptr);
    for (const std::string& name : table.names()) require(table.find(name) != nullptr);
    (void)table.resolve(text.substr(0, 300));
    (void)table.is_faulty(text.substr(0, 300));
}

/// All lines of `before` but those of `without`, in whatever spelling, are in `after`, in their order.
void require_others_kept(std::string_view before, std::string_view after, std::string_view without)
{
    const auto changed = auth::canonical_line_name(without);
    const auto is_other = [&](std::string_view line) {
        const auto cut = auth::cut_passwd_line(line);
        return !cut || auth::canonical_line_name(cut->name) != changed;
    };
    std::vector<std::string_view> old_lines = auth::split_lines(before), new_lines = auth::split_lines(after);
    std::erase_if(old_lines, [&](std::string_view line) { return !is_other(line); });
    std::erase_if(new_lines, [&](std::string_view line) { return !is_other(line); });
    require(old_lines == new_lines);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t octets)
{
    const std::string text(data, octets);
    require_faulty_left_out(auth::read_passwd(text), text);
    auto contents = auth::parse_passwd(text);
    if (!contents) {
        require(!auth::format_faults(contents.error()).empty());
        return 0;
    }
    const auto table = auth::users_table::make(*contents);
    if (!table.faults().empty()) return 0;
    ask(table, *contents, text);

    support::manual_clock clock;
    support::seeded_random random;
    support::simulated_disk disk(clock);
    disk.plant_file("/root/users", text);
    const auto directory = disk.open("/root").value();
    auth::users_editor editor(*directory, "users", random, cheap);
    require(editor.list().value().size() == contents->users.size() + contents->aliases.size());
    const std::string name =
        contents->users.empty() ? "new@example.org" : contents->users[0].first.account.name;
    const bool done = contents->users.empty() ? editor.add(name, "pw").has_value()
                                              : editor.set_password(name, "pw").has_value();
    const std::string changed = disk.contents("/root/users").value();
    if (!done) {
        require(changed == text);
        return 0;
    }
    require_others_kept(text, changed, name);
    const auto again = auth::parse_passwd(changed);
    require(again.has_value());
    const auto user =
        std::ranges::find_if(again->users, [&](const auto& at) { return at.first.account.name == name; });
    require(user != again->users.end() && user->first.password_hash.starts_with("{ARGON2ID}"));
    require(user->first.scram_sha_256 && user->first.scram_sha_1);
    return 0;
}
