// Fetching on a schedule: keeps to LOGIN-DELAY, backs off, and tells of new mail and of trouble.
#pragma once

#include "archive/fetch_report.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "collector/archive_folder.hpp"
#include "collector/fetching.hpp"
#include "deliver/notice.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

namespace collector {

// Telling people what the watcher saw, in every way that restante.toml names.

/// Safe from any thread. A way that fails is logged; nothing else hangs on it.
class notices {
public:
    notices(archive_folder& folder, base::log& log);
    void new_mail(const std::string& account, std::uint64_t messages);
    void trouble(const std::string& account, const std::string& reason);

private:
    void tell(const deliver::news& news);

    base::log& log_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<deliver::notice>> ways_;
};

struct watch_request {
    std::vector<std::string> accounts;
    std::optional<std::chrono::seconds> every; ///< instead of what the files say
    unsigned rounds = 0;                       ///< end after so many of each account; 0: never
};

struct watch_calls {
    std::function<void()> began; ///< every account has its thread
    /// How a round of an account ended; one call at a time.
    std::function<void(const std::string& account, const base::result<archive::fetch_report>&)> ended;
};

class watcher {
public:
    watcher(archive_folder& folder, watch_request request, watch_calls calls, base::log& log);

    /// Fetches, a thread for each account, until stop() or the last round.
    void work();
    /// Every account's round begins now. From any thread, as stop().
    void wake();
    /// In good order: what is on its way is finished. The second time it is cut off.
    void stop();

private:
    struct course;
    void keep_fetching(const std::string& account);
    std::chrono::seconds round(const std::string& account, course& so_far);
    std::chrono::seconds after_success(const std::string& account, const archive::fetch_report& done,
                                       course& so_far);
    std::chrono::seconds after_failure(const std::string& account,
                                       const base::result<archive::fetch_report>& done, course& so_far);
    std::chrono::seconds interval_of(const std::string& account);

    static constexpr std::ptrdiff_t at_once_max = 64;

    archive_folder& folder_;
    const watch_request request_;
    const watch_calls calls_;
    base::log& log_;
    notices notices_;
    std::counting_semaphore<at_once_max> free_; ///< accounts that may fetch at once
    stopping stops_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t wakings_ = 0;
};

} // namespace collector
