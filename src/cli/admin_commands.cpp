// restanted who, kick, status and reload: asked of the running daemon over its admin socket.
#include "cli/command_support.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "config/values.hpp"
#include "server/admin_client.hpp"

#include <boost/json.hpp>
#include <sysexits.h>

namespace cli {

namespace {

namespace json = boost::json;

base::error not_understood(const std::string& answer)
{
    return {base::failure::network, false, "bad answer",
            "the daemon's reply is not understood; are both of the same version? " + answer.substr(0, 200)};
}

// A running daemon is asked though the file has errors meanwhile: that is when its operator needs to see it.
std::string socket_of(const source& origin)
{
    const auto root = find_root(origin);
    if (root.file_is_faulty)
        complain(origin.name() +
                 " has errors, which `restanted check` prints; asking the daemon of the root " + root.path +
                 (origin.wishes.root ? "" : " (--root DIR names another)"));
    config::configuration values;
    values.root = root.path;
    return config::admin_socket_path(values);
}

// The answer's object; the daemon's own refusal is the error.
base::result<json::object> ask(const source& origin, const std::string& request)
{
    const auto answer = server::admin_request(socket_of(origin), request);
    if (!answer) return base::fail(answer.error());
    json::error_code wrong;
    auto parsed = json::parse(*answer, wrong);
    if (wrong || !parsed.is_object()) return base::fail(not_understood(*answer));
    if (const auto* error = parsed.as_object().if_contains("error"); error != nullptr && error->is_string())
        return base::fail({base::failure::refused, false, "refused", std::string(error->get_string())});
    return std::move(parsed.as_object());
}

std::string cell(const json::value& value)
{
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    return json::serialize(value);
}

std::string cell(const json::object& row, std::string_view key)
{
    const auto* value = row.if_contains(key);
    return value == nullptr ? std::string() : cell(*value);
}

bool print_table(const json::array& sessions)
{
    table out({"SESSION", "SERVICE", "USER", "ADDRESS", "STATE", "TLS", "SINCE", "IDLE", "SENT"});
    for (const auto& session : sessions) {
        if (!session.is_object()) continue;
        const auto& row = session.get_object();
        out.add({cell(row, "id"), cell(row, "service"), cell(row, "user"), cell(row, "address"),
                 cell(row, "state"), cell(row, "tls"), cell(row, "connected_seconds") + "s",
                 cell(row, "idle_seconds") + "s", cell(row, "octets_sent")});
    }
    return print(out);
}

// Moments are seconds since 1970 in JSON, where scripts want them.
std::string cell_named(std::string_view name, const json::value& value)
{
    if (!name.ends_with("_until") || !value.is_int64()) return cell(value);
    return config::format_time(base::wall_time(std::chrono::seconds(value.get_int64())));
}

void add_listeners(const json::array& listeners, table& rows)
{
    for (const auto& listener : listeners)
        if (listener.is_object())
            rows.add({"listener." + cell(listener.get_object(), "listener"),
                      cell(listener.get_object(), "address")});
}

// {"a": {"b": 1}} as the row "a.b", "1".
void add_rows(const json::object& object, const std::string& prefix, table& rows)
{
    for (const auto& [name, value] : object) {
        const auto path = prefix + std::string(name);
        if (value.is_object())
            add_rows(value.get_object(), path + ".", rows);
        else if (name == "listeners" && value.is_array())
            add_listeners(value.get_array(), rows);
        else if (path != "ok")
            rows.add({path, cell_named(name, value)});
    }
}

} // namespace

int who(const source& origin, answer_style style)
{
    const auto answer = ask(origin, "who");
    if (!answer) return report(answer.error());
    const auto* sessions = answer->if_contains("sessions");
    if (sessions == nullptr || !sessions->is_array()) return report(not_understood(json::serialize(*answer)));
    if (!style.json) return print_table(sessions->get_array()) ? EX_OK : EX_IOERR;
    for (const auto& session : sessions->get_array()) print_octets(json::serialize(session) + "\n");
    return EX_OK;
}

int kick(const source& origin, const std::string& user_or_session)
{
    const auto answer = ask(origin, "kick " + user_or_session);
    if (!answer) return report(answer.error());
    const auto ended = cell(*answer, "ended");
    print(ended + (ended == "1" ? " session" : " sessions") + " ended\n");
    return ended == "0" ? EX_UNAVAILABLE : EX_OK;
}

int status(const source& origin, answer_style style)
{
    const auto answer = ask(origin, "status");
    if (!answer) return report(answer.error());
    if (style.json) return print_octets(json::serialize(*answer) + "\n") ? EX_OK : EX_IOERR;
    table out({"WHAT", "NOW"});
    add_rows(*answer, "", out);
    return print(out) ? EX_OK : EX_IOERR;
}

int reload(const source& origin)
{
    const auto answer = ask(origin, "reload");
    if (answer) return EX_OK;
    const int code = report(answer.error());
    // Temporary: the socket is closed to the caller. Else the daemon's own refusal.
    return answer.error().kind == base::failure::refused && !answer.error().temporary ? EX_CONFIG : code;
}

} // namespace cli
