// The inner loops, each by itself.
#include "mail/line_ends.hpp"
#include "mail/listing.hpp"
#include "mail/octet_rewriting.hpp"
#include "pop3/command.hpp"
#include "pop3/multi_line.hpp"
#include "pop3/outgoing_message.hpp"
#include "pop3/server_session.hpp"
#include "store/maildir/name.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace {

thread_local std::uint64_t allocations = 0; // by this thread, see operator new

constexpr std::size_t chunk_octets = 64UL * 1024; // as the server reads files

enum kind : std::int64_t { prose, base64 };

/// A letter of `octets` with LF line ends: prose of lines of 20 to 76 octets, of which one in 50 begins with a dot, or
/// base64 in lines of 76.
std::string letter(std::int64_t of, std::size_t octets)
{
    std::minstd_rand random(1);
    std::string out;
    while (out.size() < octets) {
        const std::size_t length = of == base64 ? 76 : 20 + random() % 57;
        if (of == prose && random() % 50 == 0) out += '.';
        for (std::size_t i = 0; i < length; ++i)
            out += static_cast<char>(of == base64 || random() % 6 ? 'a' + random() % 26 : ' ');
        out += '\n';
    }
    out.resize(octets);
    return out;
}

void letters(benchmark::internal::Benchmark* of)
{
    for (const std::int64_t each : {prose, base64})
        for (const std::int64_t octets : {6 << 10, 64 << 10, 1 << 20}) of->Args({each, octets});
}

std::string stored_letter(const benchmark::State& state)
{
    return letter(state.range(0), static_cast<std::size_t>(state.range(1)));
}

/// Runs `once` over the pieces of `text` that the server would read.
void in_pieces(benchmark::State& state, std::string_view text, auto once)
{
    for ([[maybe_unused]] const auto& each : state)
        for (std::size_t index = 0; index < text.size(); index += chunk_octets)
            once(text.substr(index, chunk_octets));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(text.size()));
}

void line_ends_then_dots(benchmark::State& state)
{
    const std::string stored = stored_letter(state);
    std::string canonical, wire;
    mail::to_crlf to_crlf;
    pop3::dot_stuffer stuffer;
    in_pieces(state, stored, [&](std::string_view piece) {
        canonical.clear();
        wire.clear();
        to_crlf.convert(piece, canonical);
        stuffer.convert(canonical, wire);
        benchmark::DoNotOptimize(wire.data());
    });
}
BENCHMARK(line_ends_then_dots)->Apply(letters);

void encoding_messages(benchmark::State& state)
{
    const std::string stored = stored_letter(state);
    std::string wire;
    pop3::message_encoder encoder(mail::form::lf);
    in_pieces(state, stored, [&](std::string_view piece) {
        wire.clear();
        encoder.convert(piece, wire);
        benchmark::DoNotOptimize(wire.data());
    });
}
BENCHMARK(encoding_messages)->Apply(letters);

/// The machine's limit for the above.
void copying(benchmark::State& state)
{
    const std::string stored = stored_letter(state);
    std::string wire;
    in_pieces(state, stored, [&](std::string_view piece) {
        wire.assign(piece);
        benchmark::DoNotOptimize(wire.data());
    });
}
BENCHMARK(copying)->Apply(letters);

void to_lf(benchmark::State& state)
{
    std::string canonical, stored;
    mail::to_crlf().convert(stored_letter(state), canonical);
    mail::to_lf to_lf;
    in_pieces(state, canonical, [&](std::string_view piece) {
        stored.clear();
        to_lf.convert(piece, stored);
        benchmark::DoNotOptimize(stored.data());
    });
}
BENCHMARK(to_lf)->Apply(letters);

void counting_octets(benchmark::State& state)
{
    const std::string stored = stored_letter(state);
    mail::crlf_counter counter;
    in_pieces(state, stored, [&](std::string_view piece) { counter.count(piece); });
    benchmark::DoNotOptimize(counter.octets());
}
BENCHMARK(counting_octets)->Apply(letters);

void finding_octets(benchmark::State& state)
{
    const auto& way = mail::octet_maskings()[static_cast<std::size_t>(state.range(0))];
    const std::string stored = letter(prose, chunk_octets);
    std::array<mail::octet_masks, 32> masks;
    for ([[maybe_unused]] const auto& once : state)
        for (std::size_t index = 0; index < stored.size(); index += masks.size() * mail::mask_octets) {
            way.run(stored.data() + index, masks);
            benchmark::DoNotOptimize(masks);
        }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(stored.size()));
    state.SetLabel(std::string(way.name));
}
BENCHMARK(finding_octets)->DenseRange(0, static_cast<std::int64_t>(mail::octet_maskings().size()) - 1);

void unstuffing(benchmark::State& state)
{
    std::string canonical, wire;
    mail::to_crlf().convert(letter(prose, static_cast<std::size_t>(state.range(0))), canonical);
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

/// A session that is logged in to a maildrop of `messages` messages.
std::unique_ptr<pop3::server_session> session_with(std::size_t messages)
{
    mail::listing::builder listing;
    std::minstd_rand random(1);
    for (std::size_t i = 0; i < messages; ++i)
        listing.add("1700000000.M" + std::to_string(100'000 + i) + "P4711.host", random() % 100'000);
    pop3::opened_maildrop opened;
    opened.listing = std::make_shared<const mail::listing>(std::move(listing).build());
    pop3::session_policy policy;
    policy.plaintext_allowed = true;
    auto out = std::make_unique<pop3::server_session>(std::move(policy));
    out->receive("USER ann\r\nPASS secret\r\n");
    out->next();
    out->logged_in(std::move(opened));
    return out;
}

/// Lets the session answer all that it received; how many octets that were.
std::size_t answer(pop3::server_session& session)
{
    std::size_t octets = 0;
    for (bool more = true; more;) {
        more = !std::holds_alternative<pop3::need_octets>(session.next());
        octets += session.output().size();
        session.output().clear();
    }
    return octets;
}

/// The path of a command through the session, with what was allocated on it: nothing, once the buffers have grown.
void commands(benchmark::State& state, std::string_view command)
{
    const auto session = session_with(1000);
    const auto once = [&] {
        session->receive(command);
        for (bool more = true; more;) {
            const auto wanted = session->next();
            more = !std::holds_alternative<pop3::need_octets>(wanted);
            if (std::holds_alternative<pop3::send_message>(wanted)) {
                session->sending(6144);
                session->sent();
            }
        }
        benchmark::DoNotOptimize(session->output().data());
        session->output().clear();
    };
    once();
    once();
    const std::uint64_t before = allocations;
    for ([[maybe_unused]] const auto& each : state) once();
    state.counters["allocations"] =
        benchmark::Counter(static_cast<double>(allocations - before), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(commands, NOOP, "NOOP\r\n");
BENCHMARK_CAPTURE(commands, STAT, "STAT\r\n");
BENCHMARK_CAPTURE(commands, RETR, "RETR 17\r\n");
BENCHMARK_CAPTURE(commands, TOP, "TOP 17 0\r\n");
BENCHMARK_CAPTURE(commands, LIST_1, "LIST 17\r\n");
BENCHMARK_CAPTURE(commands, UIDL_1, "UIDL 17\r\n");
BENCHMARK_CAPTURE(commands, DELE_and_RSET, "DELE 17\r\nRSET\r\n");
BENCHMARK_CAPTURE(commands, no_such_message, "RETR 5000\r\n");
BENCHMARK_CAPTURE(commands, CAPA, "CAPA\r\n");
BENCHMARK_CAPTURE(commands, four_pipelined, "RETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 4\r\n");

void listings(benchmark::State& state, std::string_view command)
{
    constexpr std::size_t messages = 100'000;
    const auto session = session_with(messages);
    std::size_t octets = 0;
    for ([[maybe_unused]] const auto& once : state) {
        session->receive(command);
        octets += answer(*session);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(octets));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages));
}
BENCHMARK_CAPTURE(listings, LIST, "LIST\r\n");
BENCHMARK_CAPTURE(listings, UIDL, "UIDL\r\n");

void parsing_names(benchmark::State& state)
{
    const std::string name = "1700000000.M123456P4711E0123456789a.host,S=6144,W=6300:2,S";
    for ([[maybe_unused]] const auto& once : state)
        benchmark::DoNotOptimize(store::maildir::parse_name(name));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(parsing_names);

} // namespace

// Counts; allocates as the library does.
void* operator new(std::size_t octets)
{
    ++allocations;
    if (void* const out = std::malloc(octets)) return out;
    throw std::bad_alloc();
}
void operator delete(void* given) noexcept
{
    std::free(given);
}
void operator delete(void* given, std::size_t) noexcept
{
    std::free(given);
}
