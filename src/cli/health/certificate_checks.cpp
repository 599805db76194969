// restanted doctor: can the daemon's user read the certificates, do they hold the right names, how long do they last?
#include "cli/health/checks.hpp"
#include "cli/site.hpp"
#include "net/certificate.hpp"

#include <chrono>
#include <sstream>

namespace cli::health {

namespace {

constexpr std::chrono::days renewal_warning{
    14}; // certbot renews 30 days before the end: by then it has failed often

constexpr const char* renewal_remedy = "renew it: clients refuse an expired certificate";

finding about_dates(const std::string& path, const net::certificate& read, base::wall_time now)
{
    const auto left = std::chrono::duration_cast<std::chrono::days>(read.valid_until - now).count();
    if (read.valid_from > now)
        return {"certificate", verdict::error, path + " is not valid yet",
                "look at this machine's clock, or wait: clients refuse it until then"};
    if (read.valid_until <= now)
        return {"certificate", verdict::error, path + " has expired", renewal_remedy};
    const bool soon = read.valid_until - now < renewal_warning;
    return {"certificate", soon ? verdict::warning : verdict::ok,
            path + " is readable, fits its key, and is valid for " + std::to_string(left) + " more days",
            soon ? renewal_remedy : ""};
}

// One finding for each fault; else one about the dates, and one where `name` is not held.
void check_pair(const net::certificate_files& files, const std::string& name, const examination& subject,
                std::vector<finding>& out)
{
    const auto now = subject.clock.now();
    net::findings found;
    const auto read = net::read_certificate(files, subject.open_unreadable, now, found);
    for (const auto& each : found.faults)
        out.push_back(
            {"certificate", verdict::error, each,
             "the daemon's user must be able to read it; what only root may read is read for it where the way there is "
             "root's alone, and the daemon is started by root: docs/operators.md"});
    if (!found.faults.empty()) return;
    out.push_back(about_dates(files.chain_path, read, now));
    if (net::is_self_signed(read))
        out.push_back(
            {"certificate", verdict::warning, files.chain_path + " is signed by itself",
             "get one from an authority, such as Let's Encrypt: clients do not trust this one unless told to"});
    if (net::holds_name(read, name)) return;
    out.push_back({"certificate", verdict::error, files.chain_path + " does not hold the name " + name,
                   "get one for that name, or set host_name to a name that it holds"});
}

} // namespace

std::vector<finding> check_certificate(const examination& subject)
{
    const auto settings = tls_settings(subject.values);
    const configuration::tls_values ours;
    const auto named = subject.values.tls;
    if (named.certificate == ours.certificate && named.key == ours.key &&
        !subject.files.open(in_root(subject.values, "tls")))
        return {{"certificate", verdict::warning, settings.certificate.chain_path + " is not there yet",
                 "the first start makes one by itself; clients trust one from an authority only"}};
    std::vector<finding> out;
    check_pair(settings.certificate, site_settings(subject.values).host_name, subject, out);
    if (settings.names_folder.empty()) return out;
    net::findings found;
    for (const auto& [name, files] :
         net::list_names_folder(settings.names_folder, subject.open_unreadable, found))
        check_pair(files, name, subject, out);
    for (const auto& each : found.faults)
        out.push_back({"certificate", verdict::error, each, "mend the folder tls.names"});
    return out;
}

} // namespace cli::health
