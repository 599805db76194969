// Figures out of counts.
#include "report.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace {

bench::result measured()
{
    bench::result out;
    out.counts.sessions = 100;
    out.counts.messages = 2'000;
    out.counts.octets = 50'000'000;
    out.seconds = 4;
    out.before.user_seconds = 1;
    out.after.user_seconds = 1.5;
    out.after.system_seconds = 0.5;
    return out;
}

boost::json::object told(const bench::options& asked, const bench::result& of)
{
    return boost::json::parse(bench::report_json(asked, of)).as_object();
}

TEST(report, divides_what_the_server_took_by_what_it_did)
{
    bench::options asked;
    asked.processes = {1};
    const auto figures = told(asked, measured());
    EXPECT_DOUBLE_EQ(figures.at("sessions_per_second").as_double(), 25);
    EXPECT_DOUBLE_EQ(figures.at("messages_per_second").as_double(), 500);
    EXPECT_DOUBLE_EQ(figures.at("octets_per_second").as_double(), 12.5e6);
    const auto& server = figures.at("server").as_object();
    EXPECT_DOUBLE_EQ(server.at("cpu_seconds").as_double(), 1);
    EXPECT_DOUBLE_EQ(server.at("cpu_ms_per_session").as_double(), 10);
    EXPECT_DOUBLE_EQ(server.at("cpu_s_per_gb").as_double(), 20);
    EXPECT_FALSE(server.contains("memory_octets_per_connection"));
}

TEST(report, tells_memory_by_what_each_connection_added)
{
    bench::options asked;
    asked.processes = {1};
    auto of = measured();
    of.held = 50;
    of.before.memory_octets = 1'000'000;
    of.after.memory_octets = 1'500'000;
    const auto figures = told(asked, of);
    EXPECT_DOUBLE_EQ(figures.at("server").as_object().at("memory_octets_per_connection").as_double(), 10'000);
}

TEST(report, reads_percentiles_off_the_sorted_times)
{
    auto of = measured();
    auto& times = of.counts.microseconds[static_cast<std::size_t>(bench::step::stat)];
    for (std::uint32_t i = 1; i <= 101; ++i)
        times.push_back((i * 37) % 101 * 1000); // 0 to 100 ms, in no order
    const auto figures = told({}, of);
    const auto& latency = figures.at("latency").as_object();
    EXPECT_EQ(latency.size(), 1);
    const auto& stat = latency.at("STAT").as_object();
    EXPECT_EQ(stat.at("count").to_number<int>(), 101);
    EXPECT_DOUBLE_EQ(stat.at("p50_ms").as_double(), 50);
    EXPECT_DOUBLE_EQ(stat.at("p90_ms").as_double(), 90);
    EXPECT_DOUBLE_EQ(stat.at("p99_ms").as_double(), 99);
    EXPECT_DOUBLE_EQ(stat.at("max_ms").as_double(), 100);
    EXPECT_FALSE(figures.contains("server"));
}

TEST(report, tells_people_the_same)
{
    bench::options asked;
    asked.processes = {1};
    auto of = measured();
    of.counts.errors = 1;
    of.counts.first_error = "-ERR no";
    of.counts.microseconds[0] = {1500};
    const auto text = bench::report_text(asked, of);
    for (const char* const part :
         {"sessions_per_second              25.000", "first_error                      -ERR no",
          "cpu_ms_per_session               10.000", "latency in ms: p50 1.500"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

} // namespace
