// Octets gathered on their way to a socket: when they go, in which order, and what stays.
#include "net/tls/openssl.hpp"
#include "net/tls/socket_bio.hpp"
#include "unit/net/loopback.hpp"

#include <array>

namespace net::testing {
namespace {

class socket_bio_test : public ::testing::Test {
protected:
    socket_bio_test()
    {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        own = descriptor(ends[0]);
        peer = descriptor(ends[1]);
        gathering = std::make_unique<socket_bio>(own.get());
        openssls.reset(gathering->make());
    }

    void write(std::string_view octets) const
    {
        ASSERT_EQ(BIO_write(openssls.get(), octets.data(), static_cast<int>(octets.size())),
                  static_cast<int>(octets.size()));
    }
    /// All that has arrived, as one recv gives it.
    std::string arrived() const
    {
        std::string octets(1U << 20U, '\0');
        const auto got = ::recv(peer.get(), octets.data(), octets.size(), MSG_DONTWAIT);
        octets.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return octets;
    }

    descriptor own, peer;
    std::unique_ptr<socket_bio> gathering; // outlives OpenSSL's
    openssl::bio openssls;
    std::array<char, 16> room{};
};

TEST_F(socket_bio_test, sends_only_when_told)
{
    const socket_bio::turn turn(*gathering, room);
    write("one ");
    write("two");
    EXPECT_EQ(arrived(), "");
    EXPECT_EQ(gathering->unsent(), 7U);
    EXPECT_EQ(gathering->room(), 9U);
    EXPECT_EQ(gathering->send(), 7U);
    EXPECT_EQ(arrived(), "one two");
    EXPECT_EQ(gathering->unsent(), 0U);
    EXPECT_EQ(gathering->room(), 16U);
}

TEST_F(socket_bio_test, keeps_the_order_over_turns_and_beyond_its_room)
{
    {
        const socket_bio::turn turn(*gathering, room);
        write("a ticket, ");
    }
    EXPECT_EQ(arrived(), "");
    {
        const socket_bio::turn turn(*gathering, room);
        write("a greeting, ");
        write("more than fits ");
        write("in its room, ");
        write("end");
    }
    write(", and no turn at all");
    gathering->send();
    EXPECT_EQ(arrived(), "a ticket, a greeting, more than fits in its room, end, and no turn at all");
    EXPECT_EQ(gathering->unsent(), 0U);
}

TEST_F(socket_bio_test, keeps_what_the_kernel_does_not_take)
{
    std::string expected, all;
    std::size_t sent = 0;
    while (!gathering->full()) {
        const socket_bio::turn turn(*gathering, room);
        const std::string part = std::to_string(expected.size()) + " ";
        expected += part;
        write(part);
        sent += gathering->send();
    }
    EXPECT_EQ(gathering->unsent(), expected.size() - sent);
    EXPECT_EQ(gathering->error(), 0) << "a full socket is no error";
    while (all.size() < expected.size()) {
        const auto part = arrived();
        ASSERT_FALSE(part.empty());
        all += part;
        gathering->send();
    }
    EXPECT_EQ(all, expected);
    EXPECT_FALSE(gathering->full());
}

TEST_F(socket_bio_test, tells_that_the_peer_is_gone_without_a_signal)
{
    peer.close();
    write("x");
    EXPECT_EQ(gathering->send(), 0U);
    EXPECT_EQ(gathering->error(), EPIPE);
    EXPECT_FALSE(gathering->full());
}

TEST_F(socket_bio_test, tells_openssl_an_empty_socket_from_an_end)
{
    std::array<char, 8> octets{};
    EXPECT_EQ(BIO_read(openssls.get(), octets.data(), 8), -1);
    EXPECT_TRUE(BIO_should_read(openssls.get()));
    EXPECT_EQ(::send(peer.get(), "abc", 3, 0), 3);
    EXPECT_EQ(BIO_read(openssls.get(), octets.data(), 8), 3);
    peer.close();
    EXPECT_EQ(BIO_read(openssls.get(), octets.data(), 8), 0);
    EXPECT_FALSE(BIO_should_retry(openssls.get()));
    EXPECT_TRUE(BIO_eof(openssls.get()));
}

} // namespace
} // namespace net::testing
