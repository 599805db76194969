// restanted user …: the users file, changed by an operator.
#include "auth/users_editor.hpp"
#include "auth/users_file.hpp"
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/root.hpp"
#include "cli/terminal.hpp"
#include "cli/user_settings.hpp"
#include "disk/posix.hpp"

#include <boost/json.hpp>
#include <sysexits.h>

#include <functional>

namespace cli {

namespace {

using editor_work = std::function<base::result<>(auth::users_editor&, const config::configuration&)>;

// Opens the users file as the daemon's user and lets `work` at it.
int with_editor(const source& origin, entrance come_in, const editor_work& work)
{
    const auto configuration = usable_configuration(origin);
    if (!configuration) return EX_CONFIG;
    if (auto done = come_in(*configuration); !done) return report(done.error());
    disk::posix_file_system files;
    const auto [folder, name] = split_path(config::in_root(*configuration, configuration->auth.users));
    const auto directory = files.open(folder);
    if (!directory) return report(directory.error());
    base::system_random random;
    auth::users_editor editor(**directory, name, random);
    if (auto done = work(editor, *configuration); !done) return report(done.error());
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

boost::json::object as_json(const auth::user_summary& user)
{
    boost::json::object fields;
    for (const auto& [key, value] : user.fields) fields[key] = value;
    return {
        {"name", user.name},
        {"kind", kind_of(user)},
        {"scheme", user.scheme},
        {"can_use", boost::json::value_from(user.can_use)},
        {"alias_of", boost::json::value_from(user.alias_of)},
        {"fields", std::move(fields)},
    };
}

void print_users(const std::vector<auth::user_summary>& users, answer_style style)
{
    if (style.json) {
        for (const auto& user : users) print_octets(boost::json::serialize(as_json(user)) + "\n");
        return;
    }
    table out({"NAME", "KIND", "PASSWORD", "ALSO", "LEADS TO", "FIELDS"});
    for (const auto& user : users)
        out.add({user.name, std::string(kind_of(user)), user.scheme.empty() ? "-" : user.scheme,
                 user.can_use.empty() ? "-" : joined(user.can_use),
                 user.alias_of.empty() ? "-" : joined(user.alias_of), joined_fields(user)});
    print(out);
}

// What the site, the domain and the user's own fields come to.
base::result<std::vector<setting_in_force>> settings_of_user(const config::configuration& configuration,
                                                             const std::string& name)
{
    disk::posix_file_system files;
    const auto [folder, file_name] = split_path(config::in_root(configuration, configuration.auth.users));
    const auto directory = files.open(folder);
    if (!directory) return base::fail(directory.error());
    auth::users_file users(**directory, file_name);
    if (auto loaded = users.load(); !loaded) return base::fail(loaded.error());
    const auto found = users.find(name);
    if (!found) return base::fail(found.error());
    return *found ? settings_in_force(configuration, (*found)->account) : std::vector<setting_in_force>{};
}

void print_user(const auth::user_summary& user, const std::vector<setting_in_force>& settings,
                answer_style style)
{
    if (style.json) {
        auto out = as_json(user);
        boost::json::object in_force;
        for (const auto& setting : settings)
            in_force[setting.name] = boost::json::object{{"value", setting.value}, {"from", setting.level}};
        out["settings"] = std::move(in_force);
        print_octets(boost::json::serialize(out) + "\n");
        return;
    }
    print_users({user}, style);
    if (settings.empty()) return;
    table out({"SETTING", "VALUE", "FROM"});
    for (const auto& setting : settings)
        out.add({std::string(setting.name), setting.value, std::string(setting.level)});
    print("\n");
    print(out);
}

} // namespace

int user_add(const source& origin, const std::string& name, const std::vector<std::string>& fields)
{
    return with_editor(origin, make_and_enter,
                       [&](auth::users_editor& users, const config::configuration&) -> base::result<> {
                           const auto password = read_new_password(name);
                           if (!password) return base::fail(password.error());
                           return users.add(name, *password, fields);
                       });
}

int user_passwd(const source& origin, const std::string& name)
{
    return with_editor(origin, enter,
                       [&](auth::users_editor& users, const config::configuration&) -> base::result<> {
                           const auto password = read_new_password(name);
                           if (!password) return base::fail(password.error());
                           return users.set_password(name, *password);
                       });
}

int user_remove(const source& origin, const std::string& name)
{
    return with_editor(origin, enter, [&](auth::users_editor& users, const config::configuration&) {
        return users.remove(name);
    });
}

int user_list(const source& origin, answer_style style)
{
    return with_editor(origin, enter,
                       [&](auth::users_editor& users, const config::configuration&) -> base::result<> {
                           const auto summaries = users.list();
                           if (!summaries) return base::fail(summaries.error());
                           print_users(*summaries, style);
                           return {};
                       });
}

int user_show(const source& origin, const std::string& name, answer_style style)
{
    return with_editor(
        origin, enter,
        [&](auth::users_editor& users, const config::configuration& configuration) -> base::result<> {
            const auto user = users.show(name);
            if (!user) return base::fail(user.error());
            const auto settings = settings_of_user(configuration, user->name);
            if (!settings) return base::fail(settings.error());
            print_user(*user, *settings, style);
            return {};
        });
}

} // namespace cli
