// SRV records: out of packets, and from a name server on loopback.
#include "net/dial/service_record.hpp"
#include "net/socket_address.hpp"
#include "unit/net/loopback.hpp"

#include <arpa/nameser.h>
#include <gmock/gmock.h>

#include <cstring>
#include <functional>
#include <thread>

namespace net::testing {
namespace {

std::string two(unsigned value)
{
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

std::string labels(std::string_view name)
{
    std::string wire;
    while (!name.empty()) {
        const auto label = name.substr(0, name.find('.'));
        wire += static_cast<char>(label.size()) + std::string(label);
        name.remove_prefix(std::min(name.size(), label.size() + 1));
    }
    return wire + '\0';
}

/// RFC 1035, section 4.1.3; the owner is a pointer to the question.
std::string record(unsigned type, const std::string& data)
{
    return two(0xc00c) + two(type) + two(1) + two(0) + two(300) + two(static_cast<unsigned>(data.size())) +
           data;
}

std::string service(unsigned priority, unsigned weight, unsigned port, std::string_view target)
{
    return record(ns_t_srv, two(priority) + two(weight) + two(port) + labels(target));
}

/// The answer to `question` (from its labels on) with these records; `code` is the RCODE.
std::string answer(const std::string& question, const std::vector<std::string>& records, unsigned code = 0,
                   const std::string& id = "\1\1")
{
    std::string packet = id + two(0x8180 | code) + two(1) + two(static_cast<unsigned>(records.size())) +
                         two(0) + two(0) + question;
    for (const auto& one : records) packet += one;
    return packet;
}

const std::string question = labels("_pop3s._tcp.example.org") + two(ns_t_srv) + two(1);

base::result<std::vector<service_record>> parse(const std::string& packet)
{
    return parse_services({reinterpret_cast<const unsigned char*>(packet.data()), packet.size()});
}

std::string told(const base::result<std::vector<service_record>>& records)
{
    if (!records) return std::string(base::name_of(records.error().kind));
    std::string text;
    for (const auto& one : *records)
        text += std::to_string(one.priority) + "/" + std::to_string(one.weight) + " " + one.target + ":" +
                std::to_string(one.port) + "; ";
    return text;
}

TEST(service_record_test, come_best_first)
{
    const auto packet =
        answer(question, {service(20, 0, 995, "last.example.org"), service(10, 1, 995, "b.example.org"),
                          service(10, 9, 1995, "heavy.example.org"), service(10, 1, 995, "a.example.org")});
    EXPECT_EQ(told(parse(packet)),
              "10/9 heavy.example.org:1995; 10/1 a.example.org:995; 10/1 b.example.org:995; "
              "20/0 last.example.org:995; ");
}

TEST(service_record_test, report_that_there_is_no_such_service)
{
    EXPECT_EQ(told(parse(answer(question, {service(0, 0, 0, "")}))), "0/0 :0; ");
    EXPECT_EQ(told(parse(answer(question, {}))), "");
}

TEST(service_record_test, are_passed_over_where_they_are_others_or_broken)
{
    const auto good = service(1, 1, 995, "mail.example.org");
    EXPECT_EQ(told(parse(answer(question, {record(ns_t_cname, labels("x.example")), good}))),
              "1/1 mail.example.org:995; ");
    EXPECT_EQ(told(parse(answer(question, {record(ns_t_srv, "short"), good}))), "1/1 mail.example.org:995; ");
    EXPECT_EQ(told(parse(answer(question, {record(ns_t_srv, two(1) + two(1) + two(1) + "\77abc"), good}))),
              "1/1 mail.example.org:995; ");
    EXPECT_EQ(told(parse(answer(
                  question, {service(1, 1, 995, "ma il.example.org"), service(1, 1, 0, "x.example"), good}))),
              "1/1 mail.example.org:995; ");
}

TEST(service_record_test, are_refused_where_the_packet_is_cut)
{
    const auto whole = answer(question, {service(1, 1, 995, "mail.example.org")});
    ASSERT_EQ(told(parse(whole)), "1/1 mail.example.org:995; ");
    for (std::size_t octets = 0; octets < whole.size(); ++octets)
        EXPECT_FALSE(parse(whole.substr(0, octets))) << octets;
}

TEST(service_record_test, never_follow_a_pointer_round_and_round)
{
    const auto at = static_cast<unsigned>(answer(question, {}).size() + 12 + 6); // the target's own place
    EXPECT_EQ(
        told(parse(answer(question, {record(ns_t_srv, two(1) + two(1) + two(995) + two(0xc000U | at))}))),
        "");
}

/// A name server for one question.
class name_server {
public:
    explicit name_server(std::function<std::string(const std::string& id, const std::string& asked)> reply)
        : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), reply_(std::move(reply))
    {
        address_ = to_socket_address({.text = {}, .path = {}, .host = "127.0.0.1", .port = 0});
        EXPECT_EQ(::bind(socket_.get(), address_.data(), address_.octets), 0);
        EXPECT_EQ(::getsockname(socket_.get(), address_.data(), &address_.octets), 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~name_server()
    {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }
    name_server(const name_server&) = delete;
    name_server& operator=(const name_server&) = delete;

    base::result<std::vector<service_record>> ask()
    {
        struct __res_state state{};
        EXPECT_EQ(::res_ninit(&state), 0);
        std::memcpy(&state.nsaddr_list[0], address_.data(), sizeof(sockaddr_in));
        state.nscount = 1;
        state.retrans = 1;
        state.retry = 1;
        state.options |= RES_IGNTC;
        state.options &= ~static_cast<unsigned long>(RES_USE_EDNS0);
        auto told = query_services(state, "_pop3s._tcp.example.org");
        ::res_nclose(&state);
        return told;
    }

private:
    void serve()
    {
        std::string packet(512, '\0');
        for (;;) {
            socket_address from;
            const auto got =
                ::recvfrom(socket_.get(), packet.data(), packet.size(), 0, from.data(), &from.octets);
            if (got <= 12) return;
            const auto reply =
                reply_(packet.substr(0, 2), packet.substr(12, static_cast<std::size_t>(got) - 12));
            ::sendto(socket_.get(), reply.data(), reply.size(), 0, from.data(), from.octets);
        }
    }

    descriptor socket_;
    socket_address address_;
    std::function<std::string(const std::string&, const std::string&)> reply_;
    std::thread thread_;
};

TEST(query_services_test, asks_a_name_server)
{
    std::string asked;
    name_server server([&](const std::string& id, const std::string& text) {
        asked = text;
        return answer(text, {service(5, 0, 995, "pop.example.org")}, 0, id);
    });
    EXPECT_EQ(told(server.ask()), "5/0 pop.example.org:995; ");
    EXPECT_EQ(asked, question);
}

TEST(query_services_test, tells_nothing_there_from_no_answer)
{
    const auto with_code = [](unsigned code) {
        name_server server(
            [code](const std::string& id, const std::string& text) { return answer(text, {}, code, id); });
        return told(server.ask());
    };
    EXPECT_EQ(with_code(ns_r_noerror), "");
    EXPECT_EQ(with_code(ns_r_nxdomain), "");
    EXPECT_EQ(with_code(ns_r_servfail), "network");
    EXPECT_EQ(with_code(ns_r_refused), "network");
}

TEST(query_services_test, needs_a_name)
{
    EXPECT_EQ(look_up_services("a b").error().kind, base::failure::malformed);
    interrupt stop;
    stop.trip();
    EXPECT_EQ(look_up_services("_pop3s._tcp.mail.invalid", patience, &stop).error().kind,
              base::failure::closed);
}

} // namespace
} // namespace net::testing
