// Looking up SRV records with the C library's resolver.
#include "net/dial/service_record.hpp"

#include "net/dial/aside.hpp"
#include "net/host_name.hpp"

#include <arpa/nameser.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <tuple>

namespace net {

namespace {

/// RFC 2782: priority, weight and port before the target.
constexpr std::size_t fixed_octets = 6;

base::error no_packet()
{
    return base::temporary_error(base::failure::malformed, "the name server's answer cannot be read");
}

/// Nothing where the record is broken or its target is no name of a host.
std::optional<service_record> read_record(const ns_msg& packet, const ns_rr& record)
{
    const auto* const data = ns_rr_rdata(record);
    std::array<char, NS_MAXDNAME> target{};
    if (ns_rr_rdlen(record) <= fixed_octets ||
        ns_name_uncompress(ns_msg_base(packet), ns_msg_end(packet), data + fixed_octets, target.data(),
                           target.size()) < 0)
        return std::nullopt;
    service_record read{.priority = static_cast<std::uint16_t>(ns_get16(data)),
                        .weight = static_cast<std::uint16_t>(ns_get16(data + 2)),
                        .port = static_cast<std::uint16_t>(ns_get16(data + 4)),
                        .target = target.data()};
    if (read.target == ".") read.target.clear();
    if (read.target.empty()) return read;
    if (::res_hnok(read.target.c_str()) != 1 || read.port == 0) return std::nullopt;
    return read;
}

base::error no_answer(const std::string& name, const char* reason)
{
    return base::temporary_error(base::failure::network, "the name servers do not report where " + name +
                                                             " is: " + std::string(reason));
}

base::result<std::vector<service_record>> look_up_with_the_systems_settings(const std::string& name)
{
    struct __res_state state{};
    if (::res_ninit(&state) != 0) return base::fail(no_answer(name, "/etc/resolv.conf cannot be read"));
    const std::unique_ptr<struct __res_state, decltype(&::res_nclose)> closing(&state, &::res_nclose);
    return query_services(state, name);
}

} // namespace

base::result<std::vector<service_record>>
look_up_services(const std::string& name, std::chrono::milliseconds limit, const interrupt* stop)
{
    using answer = base::result<std::vector<service_record>>;
    const auto ascii = to_ascii_name(name);
    if (!ascii) return base::fail(ascii.error());
    auto outcome = run_aside<answer>([name = *ascii] { return look_up_with_the_systems_settings(name); },
                                     deadline_after(limit), stop);
    if (outcome) return std::move(*outcome);
    if (outcome.error().kind == base::failure::timed_out)
        return base::fail(no_answer(name, "no answer in time"));
    return base::fail(outcome.error());
}

base::result<std::vector<service_record>> query_services(struct __res_state& state, const std::string& name)
{
    std::vector<unsigned char> packet(NS_MAXMSG);
    const int octets =
        ::res_nquery(&state, name.c_str(), ns_c_in, ns_t_srv, packet.data(), static_cast<int>(packet.size()));
    if (octets < 0) {
        const int reason = state.res_h_errno;
        if (reason == HOST_NOT_FOUND || reason == NO_DATA) return std::vector<service_record>{};
        return base::fail(no_answer(name, ::hstrerror(reason)));
    }
    return parse_services(std::span(packet).first(std::min(static_cast<std::size_t>(octets), packet.size())));
}

base::result<std::vector<service_record>> parse_services(std::span<const unsigned char> octets)
{
    ns_msg packet{};
    if (ns_initparse(octets.data(), static_cast<int>(octets.size()), &packet) != 0)
        return base::fail(no_packet());
    std::vector<service_record> records;
    for (int i = 0; i < ns_msg_count(packet, ns_s_an); ++i) {
        ns_rr record{};
        if (ns_parserr(&packet, ns_s_an, i, &record) != 0) return base::fail(no_packet());
        if (ns_rr_type(record) != ns_t_srv || ns_rr_class(record) != ns_c_in) continue; // a CNAME on the way
        if (auto read = read_record(packet, record)) records.push_back(std::move(*read));
    }
    std::ranges::sort(records, {}, [](const service_record& record) {
        return std::tuple(record.priority, -static_cast<int>(record.weight), record.target, record.port);
    });
    return records;
}

} // namespace net
