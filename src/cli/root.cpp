// The folder that everything lies in: made at the first start, recognised at every other.
#include "cli/root.hpp"

#include "cli/site.hpp"
#include "net/tls.hpp"
#include "store/maildir/maildir_store.hpp"
#include "store/maildir/place.hpp"

#include <algorithm>
#include <sstream>

namespace cli {

namespace {

constexpr std::string_view state_file = ".restante";
constexpr std::uint64_t state_octets_max = 1U << 20U;

class preparation {
public:
    preparation(const configuration& of, disk::file_system& files) : of_(of), files_(files) {}

    base::result<> folders()
    {
        if (auto done = folder(of_.root); !done) return done;
        if (auto done = folder(in_root(of_, "run")); !done) return done;
        if (auto done = mail_folder(); !done) return done;
        return users_file();
    }

    // Both are missing and both are ours: anything else is the operator's, and never written over.
    base::result<> certificate(base::wall_time now)
    {
        const configuration::tls_values ours;
        if (of_.tls.certificate != ours.certificate || of_.tls.key != ours.key) return {};
        const auto path = in_root(of_, ours.certificate);
        const auto key_path = in_root(of_, ours.key);
        if (is_there(path) || is_there(key_path)) return {};
        if (auto done = folder(split_path(path).folder); !done) return done;
        const auto pem = net::make_certificate(site_settings(of_).host_name, now);
        if (!pem) return base::fail(pem.error());
        if (auto done = new_file(key_path, pem->key_pem); !done) return done;
        return new_file(path, pem->chain_pem);
    }

    base::result<std::unique_ptr<disk::lock>> lock()
    {
        auto run = files_.open(in_root(of_, "run"));
        if (!run) return base::fail(run.error());
        auto held = (*run)->lock_file("lock");
        if (!held && held.error().kind == base::failure::in_use)
            return base::fail({base::failure::in_use, true, "already running",
                               "another restanted serves " + of_.root + " already (it holds " +
                                   in_root(of_, "run/lock") +
                                   "); stop it first, or give this one a root of its own"});
        return held;
    }

    std::vector<std::string> made() && { return std::move(made_); }

private:
    base::result<> folder(const std::string& path)
    {
        if (files_.open(path)) return {};
        auto done = files_.make_path(path);
        if (done) made_.push_back(path);
        return done;
    }

    bool is_there(const std::string& path)
    {
        const auto [in, name] = split_path(path);
        auto directory = files_.open(in);
        return directory && (*directory)->status(name).has_value();
    }

    base::result<> new_file(const std::string& path, std::string_view contents)
    {
        const auto [in, name] = split_path(path);
        const auto directory = files_.open(in);
        if (!directory) return base::fail(directory.error());
        auto done = disk::replace_whole(**directory, name, contents);
        if (done) made_.push_back(path);
        return done;
    }

    base::result<std::string> state()
    {
        const auto root = files_.open(of_.root);
        if (!root) return base::fail(root.error());
        auto text = disk::read_whole(**root, state_file, state_octets_max);
        if (!text && text.error().kind == base::failure::vanished) return std::string();
        return text;
    }

    static bool knows(const std::string& state, const std::string& folder)
    {
        std::istringstream lines(state);
        for (std::string line; std::getline(lines, line);)
            if (line == folder) return true;
        return false;
    }

    base::result<> mail_folder()
    {
        const auto path = in_root(of_, of_.mail);
        const auto known = state();
        if (!known) return base::fail(known.error());
        const bool marked = is_there(path + "/" + std::string(store::maildir::root_marker));
        if (!marked && knows(*known, path)) return base::fail(not_mounted(path));
        if (marked && knows(*known, path)) return {};
        const bool new_folder = !files_.open(path);
        if (auto done = store::maildir_store::initialise_root(files_, path); !done) return done;
        if (new_folder) made_.push_back(path);
        if (!marked) made_.push_back(path + "/" + std::string(store::maildir::root_marker));
        return new_file(in_root(of_, state_file), *known + path + "\n");
    }

    base::error not_mounted(const std::string& path) const
    {
        return {
            base::failure::storage, true, "mail storage is not there",
            path + " has lost its marker file " + std::string(store::maildir::root_marker) +
                ", so the disk with the mail is not mounted. Mount it. Where the mail is gone for good and shall "
                "begin anew, take the line \"" +
                path + "\" out of " + in_root(of_, state_file)};
    }

    base::result<> users_file()
    {
        const auto path = in_root(of_, of_.auth.users);
        if (of_.auth.users != configuration::auth_values().users || is_there(path)) return {};
        return new_file(path, "");
    }

    const configuration& of_;
    disk::file_system& files_;
    std::vector<std::string> made_;
};

} // namespace

base::result<prepared_root> prepare_root(const configuration& of, disk::file_system& files,
                                         base::wall_time now)
{
    preparation all(of, files);
    prepared_root out;
    if (auto done = all.folders(); !done) return base::fail(done.error());
    auto held = all.lock();
    if (!held) return base::fail(held.error());
    out.lock = *std::move(held);
    if (auto done = all.certificate(now); !done) return base::fail(done.error());
    out.made = std::move(all).made();
    out.made.push_back(in_root(of, "run/lock"));
    return out;
}

base::result<std::vector<std::string>> prepare_folders(const configuration& of, disk::file_system& files)
{
    preparation all(of, files);
    if (auto done = all.folders(); !done) return base::fail(done.error());
    return std::move(all).made();
}

placed_file split_path(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

} // namespace cli
