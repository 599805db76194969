// Telling people what the watcher saw, in every way that restante.toml names.
#pragma once

#include "base/log.hpp"
#include "collector/archive_folder.hpp"
#include "deliver/notice.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace collector {

/// Safe from any thread. A way that fails is logged; nothing else hangs on it.
class notices {
public:
    notices(archive_folder& folder, base::log& log);
    void new_mail(const std::string& account, std::uint64_t messages);
    void trouble(const std::string& account, const std::string& what);

private:
    void tell(const deliver::news& what);

    base::log& log_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<deliver::notice>> ways_;
};

} // namespace collector
