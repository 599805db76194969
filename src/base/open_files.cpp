// setrlimit(2).
#include "base/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace base {

std::uint64_t raise_open_files(std::uint64_t wanted)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur >= wanted) return limit.rlim_cur;
    auto raised = limit;
    raised.rlim_cur = wanted;
    raised.rlim_max = std::max<rlim_t>(wanted, limit.rlim_max); // only root may
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
    raised = limit;
    raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

std::uint64_t open_files_limit()
{
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

} // namespace base
