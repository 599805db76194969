// restanted doctor: can the daemon's user read the certificates, do they hold the right names, how long do they last?
#include "cli/disk_certificates.hpp"
#include "cli/health/checks.hpp"
#include "cli/root.hpp"
#include "config/site.hpp"
#include "net/descriptor.hpp"
#include "net/tls/certificate.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <system_error>

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
                "check this machine's clock, or wait: clients refuse it until then"};
    if (read.valid_until <= now)
        return {"certificate", verdict::error, path + " has expired", renewal_remedy};
    const bool soon = read.valid_until - now < renewal_warning;
    return {"certificate", soon ? verdict::warning : verdict::ok,
            path + " is readable, fits its key, and is valid for " + std::to_string(left) + " more days",
            soon ? renewal_remedy : ""};
}

// The faults of net::read_certificate() that say themselves what to do are pointed at alone.
std::string remedy_for(const std::string& fault)
{
    if (fault.ends_with(std::generic_category().message(ENOENT)))
        return "get it first (such as: certbot certonly), or name in [tls] the file that is there";
    if (fault.starts_with("cannot read "))
        return "the daemon's user must be able to read it; what only root may read is read for it where the way "
               "there is root's alone, and the daemon is started by root: docs/operators.md";
    if (fault.find(" is open to others ") != std::string::npos) return "chmod 0640 or 0600 that file";
    if (fault.find(" is not the key of ") != std::string::npos)
        return "name in [tls] the key and the chain that were made together, the server's own certificate first";
    if (fault.find(" by a passphrase") != std::string::npos)
        return "openssl pkey -in KEY -out NEW writes it without one; name that, with mode 0600";
    return "put a sound PEM file there, as the authority gave it";
}

// One finding for each fault; else one about the dates, and one where `name` is not held.
void check_pair(const net::certificate_pem& pem, const std::string& name, base::wall_time now,
                std::vector<finding>& out)
{
    const auto& path = pem.chain.name;
    net::findings found;
    const auto read = net::read_certificate(pem, now, found);
    for (const auto& fault : found.faults)
        out.push_back({"certificate", verdict::error, fault, remedy_for(fault)});
    if (!found.faults.empty()) return;
    out.push_back(about_dates(path, read, now));
    if (net::is_self_signed(read))
        out.push_back(
            {"certificate", verdict::warning, path + " is self-signed",
             "get one from an authority, such as Let's Encrypt: clients do not trust this one unless configured to"});
    if (net::holds_name(read, name)) return;
    out.push_back({"certificate", verdict::error, path + " does not hold the name " + name,
                   "get one for that name, or set host_name to a name that it holds"});
}

// The environment is the daemon's own; else what the unit has there, where it is installed.
std::optional<std::string> helper_socket()
{
    if (const char* const named = std::getenv("RESTANTE_CERTIFICATES"); named != nullptr) return named;
    for (const char* folder : {"/etc/systemd/system/", "/usr/local/lib/systemd/system/",
                               "/usr/lib/systemd/system/", "/lib/systemd/system/"})
        if (access((std::string(folder) + "restanted-certificates.socket").c_str(), F_OK) == 0)
            return "/run/restante-certificates.sock";
    return std::nullopt;
}

bool answers(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    path.copy(address.sun_path, path.size()); // NOLINT(cppcoreguidelines-pro-bounds-array-to-pointer-decay)
    const net::descriptor line(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    return connect(line.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Doctor, as root, reads for itself what root alone may read: the daemon that systemd starts needs its helper.
void check_helper(const server::certificate_files& files, std::vector<finding>& out)
{
    const bool readable =
        access(files.chain_path.c_str(), R_OK) == 0 && access(files.key_path.c_str(), R_OK) == 0;
    const auto socket = helper_socket();
    if (readable || !socket || answers(*socket)) return;
    out.push_back({"certificate", verdict::error,
                   "only root may read " + files.chain_path + " or its key, and nobody answers on " +
                       *socket + ", where the daemon asks for it",
                   "systemctl enable --now restanted-certificates.socket", EX_UNAVAILABLE});
}

} // namespace

std::vector<finding> check_certificate(const examination& subject)
{
    const auto files = config::tls_files(subject.values);
    const config::configuration::tls_values ours;
    const auto named = subject.values.tls;
    const auto own_folder = config::in_root(subject.values, "tls");
    if (named.certificate == ours.certificate && named.key == ours.key && !subject.files.open(own_folder)) {
        if (access(own_folder.c_str(), F_OK) == 0)
            return {{"certificate", verdict::error, own_folder + " may not be read by the daemon's user",
                     subject.user ? ownership_remedy(subject.values.root, subject.user->name) : "",
                     EX_NOPERM}};
        return {{"certificate", verdict::warning, files.certificate.chain_path + " is not there yet",
                 "the first start makes one automatically; clients trust one from an authority only"}};
    }
    std::vector<finding> out;
    if (subject.daemon && subject.daemon->certificate_refused)
        out.push_back(
            {"certificate", verdict::error,
             "the running daemon cannot use the certificate files on disk, and serves those that it read before",
             "its log says why (journalctl -u restanted -g certificate-refused); correct it before those expire"});
    check_helper(files.certificate, out);
    const auto now = subject.clock.now();
    const auto contents = disk_certificates(subject.open_unreadable).read(files);
    check_pair(contents.certificate, config::site_settings(subject.values).host_name, now, out);
    for (const auto& [name, pem] : contents.names) check_pair(pem, name, now, out);
    for (const auto& fault : contents.faults)
        out.push_back({"certificate", verdict::error, fault, "correct the folder tls.names"});
    return out;
}

} // namespace cli::health
