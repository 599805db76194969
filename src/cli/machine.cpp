// What the kernel says of this process and of the disk with the mail.
#include "cli/machine.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace cli {

namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double seconds_of(clockid_t clock)
{
    timespec now{};
    static_cast<void>(clock_gettime(clock, &now)); // fails only where there is no such clock
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void add_usage(server::machine_facts& facts)
{
    rusage used{};
    if (getrusage(RUSAGE_SELF, &used) == 0)
        facts.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    std::ifstream pages("/proc/self/statm"); // size and resident, in pages: proc(5)
    const auto page_octets = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    if (std::uint64_t size = 0, resident = 0; pages >> size >> resident) {
        facts.virtual_octets = size * page_octets;
        facts.resident_octets = resident * page_octets;
    }
}

void add_open_files(server::machine_facts& facts)
{
    std::error_code ignored;
    const std::filesystem::directory_iterator entries("/proc/self/fd", ignored);
    const auto count = std::distance(begin(entries), end(entries));
    if (!ignored && count > 0)
        facts.open_files = static_cast<std::uint64_t>(count) - 1; // but the one that reads here
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files_limit = limit.rlim_cur;
}

// proc(5): the 22nd field of stat is the start in clock ticks after the boot. When that was is told by the clocks: the
// unit's ProcSubset=pid hides /proc/stat. The second field is in parentheses and may hold anything.
double start_time()
{
    std::ifstream own("/proc/self/stat");
    const std::string text(std::istreambuf_iterator<char>(own), {});
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string field;
    for (int number = 3; number < 22; ++number) fields >> field;
    double ticks = 0;
    fields >> ticks;
    return ticks == 0 ? 0
                      : seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) +
                            ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void add_disk(const std::string& folder, server::machine_facts& facts)
{
    struct statvfs disk{};
    if (statvfs(folder.c_str(), &disk) != 0) return;
    facts.disk_octets = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    facts.disk_free_octets = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    facts.disk_inodes = disk.f_files;
    facts.disk_free_inodes = disk.f_favail;
}

} // namespace

server::machine_facts look_at_machine(const std::string& mail_folder)
{
    server::machine_facts out;
    add_usage(out);
    add_open_files(out);
    out.start_time_seconds = start_time();
    add_disk(mail_folder, out);
    return out;
}

} // namespace cli
