// restanted user …: the users file, changed by an operator.
#include "auth/users_editor.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "disk/posix.hpp"

#include <boost/json.hpp>
#include <sysexits.h>

#include <functional>

namespace cli {

namespace {

// Opens the users file as the daemon's user and lets `work` at it.
int with_editor(const source& from, entrance come_in,
                const std::function<base::result<>(auth::users_editor&)>& work)
{
    const auto of = usable_configuration(from);
    if (!of) return EX_CONFIG;
    if (auto done = come_in(*of); !done) return report(done.error());
    disk::posix_file_system files;
    const auto [folder, name] = split_path(in_root(*of, of->auth.users));
    const auto directory = files.open(folder);
    if (!directory) return report(directory.error());
    base::system_random random;
    auth::users_editor editor(**directory, name, random);
    if (auto done = work(editor); !done) return report(done.error());
    return EX_OK;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (const auto& word : words) out.append(out.empty() ? "" : ", ").append(word);
    return out;
}

std::string joined_fields(const auth::user_summary& user)
{
    std::string out;
    for (const auto& [key, value] : user.fields) {
        out.append(out.empty() ? "" : " ").append(key);
        if (!value.empty()) out.append("=").append(value);
    }
    return out;
}

std::string_view kind_of(const auth::user_summary& user)
{
    if (!user.alias_of.empty()) return "alias";
    return user.disabled ? "disabled" : "user";
}

std::string as_json(const auth::user_summary& user)
{
    boost::json::object fields;
    for (const auto& [key, value] : user.fields) fields[key] = value;
    return boost::json::serialize(boost::json::object{
        {"name", user.name},
        {"kind", kind_of(user)},
        {"scheme", user.scheme},
        {"can_use", boost::json::value_from(user.can_use)},
        {"alias_of", boost::json::value_from(user.alias_of)},
        {"fields", std::move(fields)},
    });
}

void print_users(const std::vector<auth::user_summary>& users, answer_style style)
{
    if (style.json) {
        for (const auto& user : users) print(as_json(user) + "\n");
        return;
    }
    table out({"NAME", "KIND", "PASSWORD", "ALSO", "LEADS TO", "FIELDS"});
    for (const auto& user : users)
        out.add({user.name, std::string(kind_of(user)), user.scheme.empty() ? "-" : user.scheme,
                 user.can_use.empty() ? "-" : joined(user.can_use),
                 user.alias_of.empty() ? "-" : joined(user.alias_of), joined_fields(user)});
    print(out.text(output_is_terminal()));
}

} // namespace

int user_add(const source& from, const std::string& name, const std::vector<std::string>& fields)
{
    return with_editor(from, make_and_enter, [&](auth::users_editor& users) -> base::result<> {
        const auto password = read_new_password(name);
        if (!password) return base::fail(password.error());
        return users.add(name, *password, fields);
    });
}

int user_passwd(const source& from, const std::string& name)
{
    return with_editor(from, enter, [&](auth::users_editor& users) -> base::result<> {
        const auto password = read_new_password(name);
        if (!password) return base::fail(password.error());
        return users.set_password(name, *password);
    });
}

int user_remove(const source& from, const std::string& name)
{
    return with_editor(from, enter, [&](auth::users_editor& users) { return users.remove(name); });
}

int user_list(const source& from, answer_style style)
{
    return with_editor(from, enter, [&](auth::users_editor& users) -> base::result<> {
        const auto all = users.list();
        if (!all) return base::fail(all.error());
        print_users(*all, style);
        return {};
    });
}

int user_show(const source& from, const std::string& name, answer_style style)
{
    return with_editor(from, enter, [&](auth::users_editor& users) -> base::result<> {
        const auto one = users.show(name);
        if (!one) return base::fail(one.error());
        print_users({*one}, style);
        return {};
    });
}

} // namespace cli
