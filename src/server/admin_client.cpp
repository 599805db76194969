// A blocking client for the admin socket: one request, one answer.
#include "server/admin_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace server {
namespace {

constexpr std::size_t answer_octets_max = 64U << 20U; // `who` with every connection there can be is far below
constexpr timeval patience{.tv_sec = 60, .tv_usec = 0}; // a reload reads files and may hash

class unix_socket {
public:
    unix_socket() : number_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~unix_socket()
    {
        if (number_ >= 0) ::close(number_);
    }
    unix_socket(const unix_socket&) = delete;
    unix_socket& operator=(const unix_socket&) = delete;
    int get() const { return number_; }

private:
    int number_;
};

base::error trouble(std::string text)
{
    return base::temporary_error(base::failure::network, std::move(text));
}

base::error trouble_from_errno(const std::string& path, std::string_view doing)
{
    const int number = errno;
    std::string text =
        "cannot " + std::string(doing) + " the admin socket " + path + ": " + std::strerror(number);
    if (number == ENOENT || number == ECONNREFUSED) text += "; is restanted running?";
    if (number == EACCES) text += "; only root and restanted's own user may";
    auto out = trouble(std::move(text));
    if (number == EACCES) out.kind = base::failure::refused;
    return out;
}

base::result<> send_all(int socket, const std::string& path, std::string_view octets)
{
    while (!octets.empty()) {
        const auto sent = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return base::fail(trouble_from_errno(path, "write to"));
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

base::result<std::string> receive_all(int socket, const std::string& path)
{
    std::string answer;
    std::array<char, 16384> piece;
    for (;;) {
        const auto got = ::recv(socket, piece.data(), piece.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(trouble_from_errno(path, "read from"));
        if (got == 0) break;
        answer.append(piece.data(), static_cast<std::size_t>(got));
        if (answer.size() > answer_octets_max)
            return base::fail(trouble("the admin socket's answer is too large"));
    }
    if (!answer.ends_with('\n'))
        return base::fail(trouble("the admin socket " + path + " gave no whole answer"));
    answer.pop_back();
    return answer;
}

} // namespace

base::result<std::string> admin_request(const std::string& path, std::string_view request)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return base::fail(trouble("the admin socket's path is too long: " + path));
    std::memcpy(address.sun_path, path.data(), path.size());

    const unix_socket connected;
    if (connected.get() < 0) return base::fail(trouble_from_errno(path, "open a socket for"));
    ::setsockopt(connected.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(connected.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(connected.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return base::fail(trouble_from_errno(path, "connect to"));
    if (auto sent = send_all(connected.get(), path, std::string(request) + "\n"); !sent)
        return base::fail(sent.error());
    return receive_all(connected.get(), path);
}

} // namespace server
