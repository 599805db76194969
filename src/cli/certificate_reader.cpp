// One question is one path, one answer one descriptor or the reason why not.
#include "cli/certificate_reader.hpp"

#include "cli/trusted_path.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <set>
#include <string_view>

namespace cli {

namespace {

/// An answer's text is a path and a sentence.
constexpr std::size_t answer_octets_max = PATH_MAX + 512;
/// Opening files of a local disk takes no time; a hanging one must not hang the daemon.
constexpr timeval answer_limit{10, 0};

/// What the settings name. In the folder of names: NAME.pem, NAME.crt, NAME.key, NAME/fullchain.pem, NAME/privkey.pem.
class allowed_paths {
public:
    explicit allowed_paths(const server::tls_files& files)
        : exact_{files.certificate.chain_path, files.certificate.key_path, files.client_ca_path,
                 files.names_folder},
          folder_(files.names_folder)
    {
        exact_.erase("");
    }

    bool hold(const std::string& path) const
    {
        // The kernel would end the path there, and this has looked at all of it.
        if (path.contains('\0')) return false;
        return exact_.contains(path) || (!folder_.empty() && path.starts_with(folder_ + "/") &&
                                         is_name(std::string_view(path).substr(folder_.size() + 1)));
    }

    /// A file, or the folder of names itself, which is listed.
    bool is_right_kind(const std::string& path, const net::descriptor& opened) const
    {
        struct stat status{};
        if (::fstat(opened.get(), &status) != 0) return false;
        return S_ISREG(status.st_mode) || (S_ISDIR(status.st_mode) && path == folder_);
    }

private:
    static bool is_name(std::string_view rest)
    {
        const auto slash = rest.find('/');
        const auto name = rest.substr(0, slash);
        if (name.empty() || name.starts_with('.')) return false;
        if (slash != std::string_view::npos)
            return rest.substr(slash) == "/fullchain.pem" || rest.substr(slash) == "/privkey.pem";
        return name.ends_with(".pem") || name.ends_with(".crt") || name.ends_with(".key");
    }

    std::set<std::string, std::less<>> exact_;
    std::string folder_;
};

/// Sends `text`, and with it a descriptor where there is one.
bool answer(int line, std::string_view text, int descriptor)
{
    iovec octets{const_cast<char*>(text.data()), std::min(text.size(), answer_octets_max)};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &octets;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        auto* const rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
    }
    return ::sendmsg(line, &message, MSG_NOSIGNAL) >= 0;
}

bool answer_one(int line, const allowed_paths& allowed, std::string_view asked)
{
    const std::string path(asked);
    if (!allowed.hold(path))
        return answer(
            line, path + " was not in the configuration at the start; only a restart has root read it", -1);
    const auto opened = open_trusted(path);
    if (opened && !allowed.is_right_kind(path, *opened))
        return answer(line, path + " is neither a file nor the folder tls.names", -1);
    return opened ? answer(line, "+", opened->get()) : answer(line, opened.error().operator_text, -1);
}

void answer_all(int line, const allowed_paths& allowed)
{
    std::array<char, PATH_MAX> asked{};
    for (;;) {
        const auto octets = ::recv(line, asked.data(), asked.size(), 0);
        if (octets < 0 && errno == EINTR) continue;
        if (octets <= 0) return; // the daemon has gone
        if (!answer_one(line, allowed, {asked.data(), static_cast<std::size_t>(octets)})) return;
    }
}

[[noreturn]] void serve(int line, const allowed_paths& allowed, const identity& whom)
{
    // What the parent has open is none of the child's business.
    for (const int inherited : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(inherited);
    if (line > 3) ::close_range(3, static_cast<unsigned>(line) - 1, 0);
    ::close_range(static_cast<unsigned>(line) + 1, UINT_MAX, 0);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT}) static_cast<void>(std::signal(signal, SIG_IGN));
    ::prctl(PR_SET_NAME, "restanted-certs", 0, 0, 0);
    if (!become(whom, CAP_DAC_READ_SEARCH)) ::_exit(1);
    answer_all(line, allowed);
    ::_exit(0);
}

base::error gone(int number)
{
    return base::error_from_errno(number, "ask the process that reads certificates (restart restanted)");
}

void limit_answers(const net::descriptor& line)
{
    ::setsockopt(line.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_limit, sizeof answer_limit);
}

} // namespace

base::result<std::unique_ptr<certificate_reader>>
certificate_reader::start(const source& origin, const server::tls_files& files, const identity& whom)
{
    if (auto good = look_at_configuration(origin); !good) {
        std::unique_ptr<certificate_reader> out(new certificate_reader(net::descriptor()));
        out->refusal_ = std::move(good).error();
        return out;
    }
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return base::fail(base::error_from_errno(errno, "make a socket pair"));
    net::descriptor ours(ends[0]);
    net::descriptor theirs(ends[1]);
    const allowed_paths allowed(files);
    const auto child = ::fork();
    if (child < 0)
        return base::fail(base::error_from_errno(errno, "start the process that reads certificates"));
    if (child == 0) serve(theirs.get(), allowed, whom);
    limit_answers(ours);
    return std::unique_ptr<certificate_reader>(new certificate_reader(std::move(ours)));
}

base::result<> look_at_configuration(const source& origin)
{
    const auto file = origin.file_to_read();
    if (!file || open_trusted(*file)) return {};
    return base::fail(
        {base::failure::refused, false, "not permitted",
         "certificates that only root may read are not read for a configuration that others than "
         "root can change: chown root " +
             *file + ", chmod go-w, and the same for the folders above it"});
}

disk::file_opener certificate_reader::opener()
{
    return [this](const std::string& path) -> base::result<int> {
        auto opened = open(path);
        if (!opened) return base::fail(opened.error());
        return opened->release();
    };
}

void lend_certificates(int line, const server::tls_files& files)
{
    answer_all(line, allowed_paths(files));
}

base::result<> certificate_reader::connect()
{
    const auto action =
        "ask for certificates at " + socket_path_ + " (is restanted-certificates.socket started?)";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path_.size() >= sizeof address.sun_path)
        return base::fail(base::error_from_errno(ENAMETOOLONG, action));
    socket_path_.copy(address.sun_path, socket_path_.size());
    net::descriptor line(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!line.valid() || ::connect(line.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return base::fail(base::error_from_errno(errno, action));
    limit_answers(line);
    line_ = std::move(line);
    return {};
}

base::result<net::descriptor> certificate_reader::open(const std::string& path)
{
    if (refusal_) return base::fail(*refusal_);
    const std::lock_guard lock(mutex_);
    if (!line_.valid() && !socket_path_.empty())
        if (auto done = connect(); !done) return base::fail(done.error());
    if (!line_.valid() || ::send(line_.get(), path.data(), path.size(), MSG_NOSIGNAL) < 0) {
        const int number = line_.valid() ? errno : EPIPE;
        line_.close();
        return base::fail(gone(number));
    }
    std::array<char, answer_octets_max> text{};
    iovec octets{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &octets;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(line_.get(), &message, MSG_CMSG_CLOEXEC);
    if (got <= 0) {
        const int number = got < 0 ? errno : EPIPE;
        line_.close(); // an answer that comes too late must not be taken for that of the next question
        return base::fail(gone(number));
    }
    const auto* const rights = CMSG_FIRSTHDR(&message);
    if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS)
        return base::fail({base::failure::refused, false, "not permitted",
                           std::string(text.data(), static_cast<std::size_t>(got))});
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(rights), sizeof(int));
    return net::descriptor(descriptor);
}

} // namespace cli
