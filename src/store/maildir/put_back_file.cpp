// Reading and writing restante-put-back.
#include "store/maildir/put_back_file.hpp"

#include "store/maildir/name.hpp"

#include <charconv>
#include <chrono>
#include <thread>

namespace store::maildir {

namespace {

constexpr std::string_view put_back_first_line = "restante-put-back 1";
constexpr std::uint64_t put_back_octets_max = 64ULL << 20; // half a million messages put back at one time
constexpr std::int64_t seconds_max = 9'000'000'000;        // beyond it the nanoseconds of wall_time overflow

// Another undelete has it for as long as one file takes to be read, written and synced.
constexpr std::chrono::milliseconds turn_time{20};
constexpr int turns_max = 500;

base::error no_put_back_file()
{
    return {.kind = base::failure::malformed,
            .temporary = true,
            .peer_text = {},
            .operator_text = "the file '" + std::string(put_back_name) + "' does not begin with '" +
                             std::string(put_back_first_line) +
                             "': remove it, and mail that was put back may expire again"};
}

void take_line(std::string_view line, put_back_times& into)
{
    std::int64_t seconds = 0;
    const auto [end, trouble] = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (trouble != std::errc() || seconds < 0 || seconds > seconds_max) return;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    if (!line.starts_with(' ')) return;
    line.remove_prefix(1);
    if (!line.empty() && base_of(line) == line)
        into.insert_or_assign(std::string(line), base::wall_time(std::chrono::seconds(seconds)));
}

} // namespace

base::result<put_back_times> read_put_back(disk::directory& maildrop)
{
    const auto text = disk::read_whole(maildrop, put_back_name, put_back_octets_max);
    if (!text && text.error().kind == base::failure::vanished) return put_back_times{};
    if (!text) return base::fail(text.error());
    std::string_view rest = *text;
    if (!rest.starts_with(put_back_first_line)) return base::fail(no_put_back_file());
    put_back_times out;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        take_line(rest.substr(0, end), out);
        rest.remove_prefix(end + 1);
    }
    return out;
}

base::result<std::unique_ptr<disk::lock>> lock_put_back(disk::directory& maildrop)
{
    for (int turn = 0;; ++turn) {
        auto lock = maildrop.lock_file(put_back_lock_name);
        if (lock || lock.error().kind != base::failure::in_use || turn == turns_max) return lock;
        std::this_thread::sleep_for(turn_time);
    }
}

base::result<> write_put_back(disk::directory& maildrop, const put_back_times& times)
{
    std::string text(put_back_first_line);
    text += '\n';
    for (const auto& [base, until] : times)
        text += std::to_string(std::chrono::ceil<std::chrono::seconds>(until.time_since_epoch()).count()) +
                ' ' + base + '\n';
    return disk::replace_whole(maildrop, put_back_name, text);
}

} // namespace store::maildir
