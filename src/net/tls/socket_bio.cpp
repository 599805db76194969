// The BIO's few methods, and one sendmsg for all that lies.
#include "net/tls/socket_bio.hpp"

#include "net/tls/openssl.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace net {

struct socket_bio::calls {
    static socket_bio& of(BIO* bio) { return *static_cast<socket_bio*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* buffer, int octets)
    {
        BIO_clear_retry_flags(bio);
        const auto got = ::recv(of(bio).socket_, buffer, static_cast<std::size_t>(octets), 0);
        if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
        return static_cast<int>(got);
    }

    static int write(BIO* bio, const char* octets, int size)
    {
        BIO_clear_retry_flags(bio);
        of(bio).gather({octets, static_cast<std::size_t>(size)});
        return size;
    }

    // OpenSSL flushes at the end of each flight; here the turn decides.
    static long control(BIO* bio, int asked, long, void*)
    {
        if (asked == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
        return asked == BIO_CTRL_FLUSH || asked == BIO_CTRL_DUP ? 1 : 0;
    }

    using method = std::unique_ptr<BIO_METHOD, openssl::freed_by<&BIO_meth_free>>;

    static method make()
    {
        method made(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gathering socket"));
        if (made && BIO_meth_set_read(made.get(), &read) == 1 &&
            BIO_meth_set_write(made.get(), &write) == 1 && BIO_meth_set_ctrl(made.get(), &control) == 1)
            return made;
        return nullptr;
    }
};

bio_st* socket_bio::make()
{
    static const calls::method method = calls::make(); // OpenSSL wants one for as long as there are BIOs
    BIO* const made = method ? BIO_new(method.get()) : nullptr;
    if (made == nullptr) return nullptr;
    BIO_set_data(made, this);
    BIO_set_init(made, 1);
    return made;
}

std::size_t socket_bio::send(int flags)
{
    if (unsent() == 0) return 0;
    std::array<iovec, 2> parts{iovec{.iov_base = kept_.data(), .iov_len = kept_.size()},
                               iovec{.iov_base = room_.data() + begin_, .iov_len = end_ - begin_}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto outcome = ::sendmsg(socket_, &message, flags | MSG_NOSIGNAL);
    if (outcome < 0) {
        full_ = errno == EAGAIN || errno == EINTR;
        error_ = full_ ? 0 : errno;
        return 0;
    }
    const auto sent = static_cast<std::size_t>(outcome);
    full_ = sent < unsent();
    const auto of_kept = std::min(sent, kept_.size());
    kept_.erase(0, of_kept);
    begin_ += sent - of_kept;
    if (kept_.empty()) std::string().swap(kept_); // an idle connection keeps nothing
    if (begin_ == end_) begin_ = end_ = 0;
    return sent;
}

// Nothing is refused: who calls OpenSSL looks at room() and unsent() before.
void socket_bio::gather(std::span<const char> octets)
{
    if (octets.size() > room()) keep();
    if (octets.size() > room()) {
        kept_.append(octets.data(), octets.size());
        return;
    }
    std::memcpy(room_.data() + end_, octets.data(), octets.size());
    end_ += octets.size();
}

void socket_bio::keep()
{
    kept_.append(room_.data() + begin_, end_ - begin_);
    begin_ = end_ = 0;
}

void socket_bio::end_turn()
{
    keep();
    room_ = {};
}

} // namespace net
