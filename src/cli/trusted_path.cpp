// Step by step with descriptors: what has been looked at cannot be exchanged afterwards.
#include "cli/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <utility>

namespace cli {

namespace {

constexpr unsigned links_max = 40; // as the kernel has it
constexpr mode_t group_or_others_write = 0022;

std::deque<std::string> components(const std::string& path)
{
    std::deque<std::string> out;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        auto name = path.substr(begin, end - begin);
        if (!name.empty() && name != ".") out.push_back(std::move(name));
        begin = end + 1;
    }
    return out;
}

bool is_roots_alone(const struct stat& status)
{
    if (status.st_uid != 0) return false;
    if (S_ISLNK(status.st_mode) || (status.st_mode & group_or_others_write) == 0) return true;
    return S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
}

class trusted_walk {
public:
    explicit trusted_walk(const std::string& path) : left_(components(path)) { begin_again(); }

    bool at_end() const { return left_.empty(); }
    /// Enters the next component, or puts in its place where it leads to. The error's number; 0 where all is well,
    /// EPERM where others than root can change it.
    int step();
    /// Makes the next component as a folder.
    int make(mode_t mode);
    /// Opens the last component once more, for use.
    net::descriptor open(int flags) const
    {
        return net::descriptor(
            ::openat(parent_.get(), name_.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    }
    /// What the last step was about.
    const std::string& walked() const { return walked_; }
    std::size_t components_left() const { return left_.size(); }

private:
    void begin_again()
    {
        here_ = net::descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        parent_ = net::descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
        name_ = ".";
        walked_.clear();
    }
    int follow(int link);

    net::descriptor here_, parent_;
    std::string name_, walked_;
    std::deque<std::string> left_;
    unsigned links_ = 0;
};

int trusted_walk::step()
{
    auto name = left_.front();
    net::descriptor next(::openat(here_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!next.valid() || ::fstat(next.get(), &status) != 0) return errno;
    left_.pop_front();
    const auto before = walked_;
    walked_.append("/").append(name);
    if (!is_roots_alone(status)) return EPERM;
    if (S_ISLNK(status.st_mode)) {
        walked_ = before;
        return follow(next.get());
    }
    parent_ = std::exchange(here_, std::move(next));
    name_ = std::move(name);
    return 0;
}

int trusted_walk::follow(int link)
{
    std::array<char, PATH_MAX> target{};
    const auto octets = ::readlinkat(link, "", target.data(), target.size());
    if (octets < 0) return errno;
    if (++links_ > links_max || std::cmp_equal(octets, target.size())) return ELOOP;
    const std::string path(target.data(), static_cast<std::size_t>(octets));
    auto steps = components(path);
    left_.insert(left_.begin(), steps.begin(), steps.end());
    if (path.starts_with('/')) begin_again();
    return 0;
}

int trusted_walk::make(mode_t mode)
{
    const auto& name = left_.front();
    // What somebody else made meanwhile is looked at by the next step, and left as it is.
    if (::mkdirat(here_.get(), name.c_str(), 0700) != 0) return errno == EEXIST ? 0 : errno;
    // The umask is closed to others; nobody could pass through a folder that root keeps for itself. In a sticky folder
    // nobody else can put anything in the place of what root made.
    const net::descriptor made(
        ::openat(here_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return made.valid() && ::fchmod(made.get(), mode) == 0 ? 0 : errno;
}

base::error not_trusted(const std::string& path, const std::string& step)
{
    return {
        base::failure::refused, false, "not permitted",
        "root does not read " + path + " for another user, because " + step +
            " can be changed by others than root: chown root and chmod go-w, or let the daemon's user read it"};
}

} // namespace

base::result<net::descriptor> open_trusted(const std::string& path)
{
    trusted_walk walk(path);
    while (!walk.at_end())
        if (const int number = walk.step(); number != 0)
            return base::fail(number == EPERM ? not_trusted(path, walk.walked())
                                              : base::error_from_errno(number, "open " + path));
    auto opened = walk.open(O_RDONLY);
    if (!opened.valid()) return base::fail(base::error_from_errno(errno, "open " + path));
    return opened;
}

base::result<> make_folder_for(const std::string& path, const identity& owner)
{
    trusted_walk walk(path);
    bool made = false;
    while (!walk.at_end()) {
        int number = walk.step();
        if (number == EPERM || number == ENOTDIR) return {};
        made = number == ENOENT;
        if (made) number = walk.make(walk.components_left() > 1 ? 0755 : 0700);
        if (made && number == 0) number = walk.step();
        if (number != 0) return base::fail(base::error_from_errno(number, "make the folder " + path));
    }
    if (!made) return {};
    const auto folder = walk.open(O_RDONLY | O_DIRECTORY);
    if (!folder.valid() || ::fchown(folder.get(), owner.user, owner.group) != 0)
        return base::fail(base::error_from_errno(errno, "hand " + path + " over to the user " + owner.name));
    return {};
}

} // namespace cli
