// Many files made durable while waiting once.
#include "disk/posix_directory.hpp"
#include "disk/sync_crew.hpp"

#include <utility>

namespace disk {

std::vector<base::result<>> directory::sync_files(std::span<file* const> those)
{
    std::vector<base::result<>> done;
    for (file* const one : those) done.push_back(one->sync());
    return done;
}

posix_directory::posix_directory(owned_descriptor descriptor, std::string name, bool local)
    : descriptor_(std::move(descriptor)), name_(std::move(name)), local_(local)
{
}

posix_directory::~posix_directory() = default;

std::vector<base::result<>> posix_directory::sync_files(std::span<file* const> those)
{
    if (those.size() < 2) return directory::sync_files(those);
    std::call_once(crew_begun_, [this] { crew_ = std::make_unique<sync_crew>(); });
    return crew_->sync(those);
}

} // namespace disk
