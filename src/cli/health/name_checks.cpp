// restanted doctor: what the DNS says of the host name and of the users' domains.
#include "auth/users_file.hpp"
#include "cli/health/checks.hpp"
#include "cli/root.hpp"
#include "config/site.hpp"
#include "net/dial/resolve.hpp"
#include "net/dial/service_record.hpp"

#include <algorithm>
#include <set>

namespace cli::health {

namespace {

constexpr std::chrono::milliseconds name_limit{2500};
constexpr std::size_t names_max = 6; // each may take as long; a site with many domains has them alike

std::set<std::string> domains(const examination& subject)
{
    std::set<std::string> out;
    const auto [folder, name] = split_path(config::in_root(subject.values, subject.values.auth.users));
    const auto directory = subject.files.open(folder);
    if (!directory) return out;
    auth::users_file users(**directory, name);
    if (!users.load()) return out;
    for (const auto& user : users.names().value_or(std::vector<std::string>{}))
        if (const auto offset = user.find('@'); offset != std::string::npos)
            out.insert(user.substr(offset + 1));
    return out;
}

// What a client that looks for `name` (RFC 6186, RFC 8314 section 5.1) finds.
finding judge(const std::string& name, const std::vector<net::service_record>& records,
              const std::string& host)
{
    const std::string port = name.starts_with("_pop3s.") ? "995" : "110";
    if (records.empty())
        return {"service records", verdict::warning,
                name + " has no SRV record, so clients must be configured with the server",
                "publish: " + name + ". SRV 0 1 " + port + " " + host + "."};
    const auto& best = records.front();
    if (best.target == host || best.target.empty())
        return {"service records", verdict::ok, name + " is published"};
    return {"service records", verdict::warning, name + " leads to " + best.target + ", not to " + host,
            "correct the record, or set host_name"};
}

std::vector<std::string> names_to_look_up(const examination& subject)
{
    std::vector<std::string> out;
    for (const auto& domain : domains(subject)) {
        if (out.size() >= names_max) break;
        out.push_back("_pop3s._tcp." + domain);
        if (!subject.values.listeners.pop3.empty()) out.push_back("_pop3._tcp." + domain);
    }
    return out;
}

} // namespace

std::vector<finding> check_host_name(const examination& subject)
{
    const auto host = config::site_settings(subject.values).host_name;
    const auto found = net::resolve(host, 0, net::family::any, net::deadline_after(name_limit), nullptr);
    if (!found)
        return {{"host name", verdict::warning, found.error().operator_text,
                 "set host_name to the name that clients connect to, and publish its addresses"}};
    if (host.find('.') == std::string::npos)
        return {{"host name", verdict::warning,
                 host + " is not a fully qualified name, so no authority signs a certificate for it",
                 "set host_name to the name that clients connect to"}};
    return {{"host name", verdict::ok, host + " has an address"}};
}

std::vector<finding> check_service_records(const examination& subject)
{
    const auto host = config::site_settings(subject.values).host_name;
    std::vector<finding> out;
    for (const auto& name : names_to_look_up(subject)) {
        const auto records = net::look_up_services(name, name_limit);
        if (!records) {
            out.push_back({"service records", verdict::warning, records.error().operator_text,
                           "check this machine's network"});
            return out; // name servers that do not answer now will not answer for the next name
        }
        out.push_back(judge(name, *records, host));
    }
    if (out.empty()) out.push_back({"service records", verdict::ok, "no user has a domain"});
    return out;
}

} // namespace cli::health
