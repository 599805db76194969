// "<nanoseconds since 1970> <text>", one line.
#include "ledger/no_op_run.hpp"

#include <charconv>
#include <utility>

namespace ledger {

namespace {

constexpr std::uint64_t file_octets_max = 16u << 10;

} // namespace

no_op_run_file::no_op_run_file(disk::file_system& files, std::string folder, std::string_view account)
    : files_(files), folder_(std::move(folder)), name_(std::string(account) + ".run")
{
}

std::optional<no_op_run> no_op_run_file::read() const
{
    const auto folder = files_.open(folder_);
    if (!folder) return std::nullopt;
    const auto text = disk::read_whole(**folder, name_, file_octets_max);
    if (!text || !text->ends_with('\n')) return std::nullopt;
    std::int64_t nanoseconds = 0;
    const char* const last = text->data() + text->size() - 1;
    const auto [end, trouble] = std::from_chars(text->data(), last, nanoseconds);
    if (trouble != std::errc() || end == last || *end != ' ') return std::nullopt;
    const std::chrono::nanoseconds since(nanoseconds);
    return no_op_run{base::wall_time(std::chrono::duration_cast<base::wall_time::duration>(since)),
                     std::string(end + 1, last)};
}

void no_op_run_file::remove() const
{
    if (const auto folder = files_.open(folder_)) (void)(*folder)->remove(name_);
}

bool no_op_run_file::write(const no_op_run& run) const
{
    const auto folder = files_.open(folder_);
    if (!folder) return false;
    const std::string fresh = name_ + ".new";
    (void)(*folder)->remove(fresh);
    auto file = (*folder)->create(fresh);
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(run.when.time_since_epoch());
    const std::string line = std::to_string(since.count()) + ' ' + run.text + '\n';
    return file && (*file)->write(line) && (*folder)->replace(fresh, **folder, name_);
}

} // namespace ledger
