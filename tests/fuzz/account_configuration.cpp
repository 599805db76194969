// Any octets as an account's file and as the archive's: no crash, each fault has a reason and a line, and what has no
// faults is written so that it is read again as the same.
#include "config/account_configuration.hpp"

#include "config/archive_configuration.hpp"
#include "fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;

// A text over many lines is written on one, which may then be longer than is read.
bool has_long_line(std::string_view text)
{
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (end - begin > 4096) return true;
        begin = end + 1;
    }
    return false;
}

void check_faults(const std::vector<config::fault>& faults, std::string_view text)
{
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    for (const auto& fault : faults) {
        require(!fault.reason.empty() && !fault.remedy.empty() && fault.line <= lines);
        require(config::format_fault(fault, "f").find('\x1b') == std::string::npos);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace config;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto account = read_account("work", text);
    check_faults(account.faults, text);
    if (account.faults.empty()) {
        const auto written = format_account(account.values);
        if (has_long_line(written)) return 0;
        const auto again = read_account("work", written);
        require(again.faults.empty());
        require(format_account(again.values) == written);
        require(again.values.archive.rules.size() == account.values.archive.rules.size());
        require(again.values.targets.size() == account.values.targets.size());
        require(again.values.secret.kind == account.values.secret.kind &&
                again.values.secret.value == account.values.secret.value);
        require(again.values.archive.keep.index() == account.values.archive.keep.index());
    }
    const auto archive = read_archive(text);
    check_faults(archive.faults, text);
    if (archive.faults.empty()) {
        const auto written = format_archive(archive.values);
        if (has_long_line(written)) return 0;
        const auto again = read_archive(written);
        require(again.faults.empty());
        require(format_archive(again.values) == written);
    }
    return 0;
}
