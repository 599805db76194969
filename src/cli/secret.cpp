// The secret of a root: what must look the same after a restart, and only this machine can compute.
#include "cli/secret.hpp"

#include "base/encoding.hpp"

namespace cli {

namespace {

constexpr std::string_view secret_name = "secret";
constexpr std::size_t secret_octets = 32;
constexpr std::uint64_t file_octets_max = 4096;
constexpr std::uint32_t others = 0077;

std::string secret_path(const std::string& root)
{
    return root + "/" + std::string(secret_name);
}

base::error unusable(const std::string& root, const std::string& what)
{
    return {base::failure::malformed, false, "the server cannot start",
            secret_path(root) + " " + what +
                ". Restore it from a backup. Where there is none, remove it: a new one is "
                "made at the next start, and whoever asked before can tell from the SCRAM "
                "salts, once, which names are no users"};
}

} // namespace

base::result<std::string> root_secret(disk::file_system& files, const std::string& root, base::random& random)
{
    const auto folder = files.open(root);
    if (!folder) return base::fail(folder.error());
    const std::string name(secret_name);
    auto text = disk::read_whole(**folder, name, file_octets_max);
    if (!text && text.error().kind == base::failure::vanished) {
        auto fresh = random.octets(secret_octets);
        if (auto done = disk::replace_whole(**folder, name, base::to_hex(fresh) + "\n"); !done)
            return base::fail(done.error());
        return fresh;
    }
    if (!text) return base::fail(unusable(root, "cannot be read: " + text.error().operator_text));
    const auto status = (*folder)->status(name);
    if (!status) return base::fail(status.error());
    if ((status->mode & others) != 0)
        return base::fail({base::failure::refused, false, "the server cannot start",
                           secret_path(root) + " can be read by others: chmod 600 " + secret_path(root)});
    const bool ends = text->ends_with('\n');
    auto octets = base::from_hex(std::string_view(*text).substr(0, text->size() - (ends ? 1 : 0)));
    if (!octets || octets->size() != secret_octets)
        return base::fail(unusable(root, "does not hold 64 hexadecimal digits"));
    return *std::move(octets);
}

} // namespace cli
