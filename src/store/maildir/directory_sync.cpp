// The first who finds no sync running makes one; who comes meanwhile waits for the next.
#include "store/maildir/directory_sync.hpp"

#include <utility>

namespace store::maildir {

base::result<> directory_sync::sync(const std::string& path, disk::directory& directory)
{
    std::unique_lock lock(mutex_);
    const auto found = queues_.try_emplace(path).first;
    queue& line = found->second;
    ++line.users;
    const std::shared_ptr<batch> mine = line.next;
    while (!mine->outcome) {
        if (line.running) {
            line.changed.wait(lock);
            continue;
        }
        line.running = true;
        line.next = std::make_shared<batch>(); // whoever comes from here on is not covered by this sync
        lock.unlock();
        auto outcome = directory.sync();
        lock.lock();
        line.running = false;
        mine->outcome = std::move(outcome);
        line.changed.notify_all();
    }
    auto outcome = *mine->outcome;
    if (--line.users == 0) queues_.erase(found);
    return outcome;
}

} // namespace store::maildir
