// Looks at the disk around a configuration: what it names must be there, fit together, and be closed to
// others.
#include "cli/inspection.hpp"

#include "auth/hash_cost.hpp"
#include "auth/passwd_file.hpp"
#include "auth/users_file.hpp"
#include "cli/disk_certificates.hpp"
#include "cli/process.hpp"
#include "cli/root.hpp"
#include "config/site.hpp"
#include "net/tls/context.hpp"
#include "sasl/mechanism.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace cli {

namespace {

constexpr unsigned others_write = 0002;
constexpr unsigned sticky = 01000;

class look {
public:
    look(const config::reading& reading, disk::file_system& files, const disk::file_opener& open_unreadable,
         bool whole)
        : what_(reading), of_(reading.values), files_(files), open_unreadable_(open_unreadable), whole_(whole)
    {
    }

    void at_identity()
    {
        if (const auto account = find_identity(of_.user, of_.group); !account)
            tell(of_.group.empty() ? "user" : "group", account.error().operator_text, "then start again");
    }

    void at_root()
    {
        const auto known = recognise_root(of_, files_);
        if (known) return;
        const auto& reason = known.error().operator_text;
        const bool denied = reason.ends_with(std::generic_category().message(EACCES));
        tell("root", denied ? of_.root + ": " + reason : reason,
             denied && !of_.user.empty() ? ownership_remedy(of_.root, of_.user) : "");
    }

    void at_mail()
    {
        const auto path = config::in_root(of_, of_.mail);
        if (const auto other = overlaps(path); !other.empty())
            return tell("maildrops.folder",
                        path + " is or holds " + other + ", and maildrops would lie among it",
                        "name a folder for mail alone, such as \"mail\"");
        const auto folder = files_.open(path);
        if (!folder) return; // the first start makes it
        const auto status = (*folder)->status();
        if (status && (status->mode & others_write) != 0)
            tell("maildrops.folder",
                 path + " can be written to by everyone, so anyone may plant or take mail",
                 "chmod o-w " + path);
    }

    /// What of the root is the folder `mail`, or lies in it; or what `mail` lies in; empty where nothing does.
    std::string overlaps(const std::string& mail) const
    {
        const auto plain = [](const std::string& path) {
            auto out = std::filesystem::path(path).lexically_normal().string();
            return out.ends_with('/') ? out : out + '/';
        };
        const auto folder = plain(mail);
        for (const auto& name : {std::string(), std::string("run"), std::string("tls"), std::string("secret"),
                                 std::string(".restante"), of_.auth.users}) {
            const auto other = plain(config::in_root(of_, name));
            if (other.starts_with(folder) || (!name.empty() && folder.starts_with(other)))
                return name.empty() ? "the root" : other.substr(0, other.size() - 1);
        }
        return {};
    }

    void at_users()
    {
        const auto path = config::in_root(of_, of_.auth.users);
        const auto [folder, name] = split_path(path);
        const auto directory = files_.open(folder);
        const bool made_by_start = of_.auth.users == config::configuration::auth_values().users;
        if (!directory && made_by_start) return;
        if (!directory)
            return tell("auth.users", directory.error().operator_text, "make the folder, or name another");
        auth::users_file users(**directory, name);
        const auto loaded = users.load();
        if (loaded && whole_) report_lines("auth.users", users.faults());
        if (loaded || (made_by_start && loaded.error().kind == base::failure::vanished)) return;
        report_lines("auth.users", users_fault(of_, loaded.error(), files_));
    }

    void at_certificates(base::wall_time now)
    {
        const config::configuration::tls_values ours;
        const auto named = config::tls_files(of_);
        const bool made_by_start = of_.tls.certificate == ours.certificate && of_.tls.key == ours.key;
        if (made_by_start && !is_there(named.certificate.chain_path) && !is_there(named.certificate.key_path))
            return;
        const auto contents = disk_certificates(open_unreadable_).read(named);
        const auto loaded = net::tls_context::load(contents, {}, now);
        if (!loaded) report_certificate_faults(named.certificate, loaded.error().operator_text);
    }

    void at_sockets()
    {
        for (const auto& place : of_.listeners.lmtp) {
            const auto path = config::in_root(of_, place);
            if (place.find(':') != std::string::npos && !place.starts_with('/')) continue;
            const auto folder = files_.open(split_path(path).folder);
            if (!folder) continue; // told when it is opened
            const auto status = (*folder)->status();
            if (status && (status->mode & others_write) != 0)
                tell("listeners.lmtp",
                     path + " would lie in a folder that everyone may write to" +
                         std::string((status->mode & sticky) != 0 ? ", as /tmp is" : ""),
                     "put it into a folder of its own, such as " + config::in_root(of_, "run/lmtp.sock"));
        }
    }

    void at_log()
    {
        if (of_.log.target != config::log_target::file) return;
        const auto folder = split_path(config::in_root(of_, of_.log.file)).folder;
        if (!files_.open(folder))
            tell("log.file", "its folder " + folder + " is not there",
                 "make it, and let the daemon's user write there");
    }

    std::vector<config::fault> faults() && { return std::move(faults_); }

private:
    bool is_there(const std::string& path)
    {
        const auto [folder, name] = split_path(path);
        const auto directory = files_.open(folder);
        return directory && (*directory)->status(name).has_value();
    }

    void tell(const std::string& key, std::string reason, std::string remedy)
    {
        const auto line = what_.lines.find(key);
        faults_.push_back(
            {line == what_.lines.end() ? 0 : line->second, key, std::move(reason), std::move(remedy)});
    }

    // Under the key that names the file, with what to do where it is missing.
    void report_certificate_faults(const server::certificate_files& named, const std::string& text)
    {
        const auto missing = std::generic_category().message(ENOENT);
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            const bool of_chain = line.find(named.chain_path) != std::string::npos;
            const bool of_key = line.find(named.key_path) != std::string::npos;
            const auto* const key = of_chain ? "tls.certificate" : of_key ? "tls.key" : "tls";
            if (!line.empty())
                tell(key, line,
                     line.ends_with(missing)
                         ? "get it first (such as: certbot certonly), or name the file that is "
                           "there; without both keys the first start makes one automatically"
                         : "");
        }
    }

    // Rooms below tell all faults of a file in one text, a line each, with what to do.
    void report_lines(const std::string& key, const std::string& text)
    {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            if (!line.empty()) tell(key, line, "");
    }

    const config::reading& what_;
    const config::configuration& of_;
    disk::file_system& files_;
    const disk::file_opener& open_unreadable_;
    const bool whole_; ///< a line of the users file is a fault, too
    std::vector<config::fault> faults_;
};

} // namespace

std::vector<config::fault> inspect(const config::reading& reading, disk::file_system& files,
                                   base::wall_time now, const disk::file_opener& open_unreadable,
                                   bool lines_of_users)
{
    look inspection(reading, files, open_unreadable, lines_of_users);
    inspection.at_identity();
    inspection.at_root();
    inspection.at_mail();
    inspection.at_users();
    inspection.at_certificates(now);
    inspection.at_sockets();
    inspection.at_log();
    return std::move(inspection).faults();
}

namespace {

constexpr std::uint64_t users_octets_max = 256ULL << 20U; // as auth reads

void warn_of_hashes(const auth::passwd_contents& users, std::vector<std::string>& warnings)
{
    for (const auto& [user, line] : users.users) {
        for (const auto& [field, keys] :
             {std::pair("scram_sha_256", &user.scram_sha_256), std::pair("scram_sha_1", &user.scram_sha_1)})
            if (const auto reason = *keys ? auth::unusable(**keys) : std::nullopt)
                warnings.push_back("users file, line " + std::to_string(line) + ": " + field + " of " +
                                   user.account.name + " " + *reason +
                                   "; no client can use it. Set the password anew: restanted user passwd " +
                                   user.account.name);
        if (user.password_hash.empty()) continue;
        if (const auto reason = auth::unusable(user.password_hash))
            warnings.push_back(
                "users file, line " + std::to_string(line) + ": the hash of " + user.account.name + " " +
                *reason + "; every password of this user is refused. Set one anew: restanted user passwd " +
                user.account.name);
    }
}

void warn_of_secrets(const config::configuration& configuration, const auth::passwd_contents& users,
                     std::vector<std::string>& warnings)
{
    const bool needs_secrets =
        configuration.site.pop3.apop ||
        std::ranges::any_of(configuration.site.pop3.mechanisms, [](const std::string& name) {
            const auto* const row = sasl::find_mechanism(name);
            return row != nullptr && row->proof == sasl::proof::shared_secret;
        });
    if (!needs_secrets) return;
    const auto without = std::ranges::count_if(users.users, [](const auto& entry) {
        return !entry.first.shared_secret && !entry.first.account.disabled;
    });
    if (without == 0) return;
    warnings.push_back(
        std::string(configuration.site.pop3.apop ? "auth.apop" : "auth.mechanisms with CRAM-MD5") +
        " is on, but " + std::to_string(without) + (without == 1 ? " user has" : " users have") +
        " no shared_secret: clients that choose it (curl, Python's poplib with apop) cannot log in as them. "
        "Turn it off, or give these users a shared_secret=; they have no password log-in then");
}

} // namespace

std::vector<std::string> advice(const config::configuration& configuration, disk::file_system& files)
{
    const auto [folder, name] = split_path(config::in_root(configuration, configuration.auth.users));
    const auto directory = files.open(folder);
    if (!directory) return {};
    const auto text = disk::read_whole(**directory, name, users_octets_max);
    if (!text) return {};
    const auto users = auth::read_passwd(*text);
    std::vector<std::string> out;
    warn_of_hashes(users, out);
    warn_of_secrets(configuration, users, out);
    return out;
}

} // namespace cli
