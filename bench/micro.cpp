// The inner loops, each by itself.
#include "mail/line_ends.hpp"
#include "mail/listing.hpp"
#include "pop3/command.hpp"
#include "pop3/line_reader.hpp"
#include "pop3/multi_line.hpp"
#include "store/maildir/name.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

constexpr std::size_t chunk_octets = 64UL * 1024; // as the server reads files

/// A letter of `octets` with LF line ends, one line in 50 beginning with a dot.
std::string letter(std::size_t octets)
{
    std::string out;
    for (std::size_t line = 0; out.size() < octets; ++line)
        out += line % 50 == 0
                   ? ".a line that begins with a dot, as few do, and goes on to a usual length\n"
                   : "The quick brown fox jumps over the lazy dog, and the dog does not mind it.\n";
    return out;
}

void line_ends_and_dots(benchmark::State& state)
{
    const std::string stored = letter(static_cast<std::size_t>(state.range(0)));
    std::string canonical, wire;
    for ([[maybe_unused]] const auto& once : state) {
        mail::to_crlf to_crlf;
        pop3::dot_stuffer stuffer;
        for (std::size_t at = 0; at < stored.size(); at += chunk_octets) {
            canonical.clear();
            wire.clear();
            to_crlf.convert(std::string_view(stored).substr(at, chunk_octets), canonical);
            stuffer.convert(canonical, wire);
            benchmark::DoNotOptimize(wire.data());
        }
        stuffer.finish(wire);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(stored.size()));
}
BENCHMARK(line_ends_and_dots)->Arg(6 << 10)->Arg(1 << 20);

void unstuffing(benchmark::State& state)
{
    std::string canonical, wire;
    mail::to_crlf().convert(letter(static_cast<std::size_t>(state.range(0))), canonical);
    pop3::dot_stuffer stuffer;
    stuffer.convert(canonical, wire);
    stuffer.finish(wire);
    for ([[maybe_unused]] const auto& once : state) {
        pop3::dot_unstuffer unstuffer;
        for (std::string_view rest = wire; !rest.empty();) {
            const auto piece = unstuffer.next(rest);
            benchmark::DoNotOptimize(piece.octets.data());
            rest.remove_prefix(piece.used);
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(unstuffing)->Arg(1 << 20);

void reading_commands(benchmark::State& state)
{
    std::string lines;
    for (int i = 1; i <= 100; ++i) lines += "RETR " + std::to_string(i) + "\r\n";
    pop3::line_reader reader(pop3::command_line_octets_max);
    for ([[maybe_unused]] const auto& once : state) {
        reader.receive(lines);
        while (const auto line = reader.next()) {
            const auto command = pop3::parse_command(line->text);
            benchmark::DoNotOptimize(pop3::message_number::parse(*command->argument));
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 100);
}
BENCHMARK(reading_commands);

void parsing_names(benchmark::State& state)
{
    const std::string name = "1700000000.M123456P4711R0123456789abcdef.host,S=6144,W=6300:2,S";
    for ([[maybe_unused]] const auto& once : state)
        benchmark::DoNotOptimize(store::maildir::parse_name(name));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(parsing_names);

} // namespace
