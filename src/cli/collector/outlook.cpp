// readpst, started and judged.
#include "cli/collector/outlook.hpp"

#include "client/child_process.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace cli::collector {

namespace {

constexpr std::chrono::hours unpacking_limit{
    24}; // of 50 GiB on a slow disk; only a stuck program takes longer

base::error trouble(base::failure kind, std::string text)
{
    return {.kind = kind, .temporary = false, .peer_text = {}, .operator_text = std::move(text)};
}

} // namespace

unpacked_mail::unpacked_mail(unpacked_mail&& other) noexcept : path_(std::exchange(other.path_, {})) {}

unpacked_mail::~unpacked_mail()
{
    std::error_code ignored; // what cannot be removed lies in /tmp, for its owner alone
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

base::result<unpacked_mail> unpack_outlook(const std::string& path)
{
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown))
        return base::fail(trouble(base::failure::vanished, "it is not there"));
    std::string wish = std::filesystem::temp_directory_path(unknown).string() + "/restante-pst-XXXXXX";
    if (unknown || ::mkdtemp(wish.data()) == nullptr)
        return base::fail(base::error_from_errno(errno, "making a folder for the unpacked mail in " + wish));
    unpacked_mail unpacked(std::move(wish));
    // -e: a file for each message; -te: mail alone, no contacts or appointments.
    auto child = client::child_process::start(
        {.argv = {"readpst", "-q", "-e", "-te", "-o", unpacked.path(), path}, .limit = unpacking_limit});
    auto ended = child ? child->finish() : base::fail(child.error());
    if (!child || (ended && ended->exit_status == 127))
        return base::fail(trouble(base::failure::refused,
                                  "reading it takes the program readpst; install the package pst-utils"));
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status != 0)
        return base::fail(
            trouble(base::failure::malformed,
                    fmt::format("readpst could not read it (exit status {})", ended->exit_status)));
    return unpacked;
}

} // namespace cli::collector
