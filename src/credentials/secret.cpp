// Secrets from a command or a file.
#include "credentials/secret.hpp"

#include "credentials/child_process.hpp"
#include "net/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace credentials {

namespace {

constexpr auto command_limit = std::chrono::minutes(1); // a passphrase prompt waits for a person
constexpr std::size_t secret_octets_max = 65536;        // the longest are certificates and tokens

base::error no_secret(std::string text)
{
    return base::permanent_error(base::failure::refused, std::move(text));
}

// The first line of `all`, which is wiped. Nothing where it is empty.
base::result<std::string> first_line(std::string& all, const std::string& source)
{
    std::string line = all.substr(0, all.find('\n'));
    if (line.ends_with('\r')) line.pop_back();
    explicit_bzero(all.data(), all.size());
    if (line.empty()) return base::fail(no_secret(source + " gives no secret: its first line is empty"));
    if (line.find('\0') != std::string::npos)
        return base::fail(no_secret(source + " gives no secret: its first line holds a NUL"));
    return line;
}

std::string octal(unsigned mode)
{
    std::string digits;
    for (unsigned shift = 6;; shift -= 3) {
        digits += static_cast<char>('0' + ((mode >> shift) & 7U));
        if (shift == 0) return "0" + digits;
    }
}

base::result<std::string> read_to_end(int descriptor, const std::string& source)
{
    std::string all;
    std::array<char, 4096> piece{};
    for (;;) {
        const ssize_t got = read(descriptor, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::error_from_errno(errno, "read " + source));
        if (got == 0) break;
        all.append(piece.data(), static_cast<std::size_t>(got));
        if (all.size() > secret_octets_max)
            return base::fail(no_secret(source + " is too long for a secret"));
    }
    explicit_bzero(piece.data(), piece.size());
    return all;
}

} // namespace

base::result<std::string> secret_of_command(const std::string& command)
{
    // In our own process group, so that a prompt on the terminal may read from it.
    auto child = child_process::start({.argv = {"/bin/sh", "-c", command},
                                       .feeds = false,
                                       .listens = true,
                                       .own_group = false,
                                       .limit = command_limit});
    if (!child) return base::fail(child.error());
    auto printed = child->read_all(secret_octets_max);
    if (!printed) return printed;
    auto ended = child->finish();
    if (!ended) return base::fail(ended.error());
    if (ended->exit_status != 0) {
        explicit_bzero(printed->data(), printed->size());
        const auto how = ended->signal != 0 ? "was ended by signal " + std::to_string(ended->signal)
                                            : "exited with " + std::to_string(ended->exit_status);
        return base::fail(no_secret("the password command " + how + "; run it by hand to see why"));
    }
    return first_line(*printed, "the password command");
}

base::result<std::string> secret_of_file(const std::string& path)
{
    const net::descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.valid())
        return base::fail(no_secret("cannot open the password file " + path + ": " + std::strerror(errno)));
    struct stat found{};
    if (fstat(file.get(), &found) != 0)
        return base::fail(
            no_secret("cannot ask about the password file " + path + ": " + std::strerror(errno)));
    if (!S_ISREG(found.st_mode)) return base::fail(no_secret(path + " is no regular file"));
    if (found.st_uid != geteuid())
        return base::fail(no_secret(path + " belongs to another user; make it your own"));
    if ((found.st_mode & 07177U) != 0)
        return base::fail(no_secret(path + " has mode " + octal(found.st_mode & 0777U) +
                                    "; others might read or change it: chmod 600 it"));
    auto all = read_to_end(file.get(), path);
    if (!all) return all;
    return first_line(*all, path);
}

} // namespace credentials
