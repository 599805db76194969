// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace net {

class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        close();
        number_ = other.release();
        return *this;
    }
    ~descriptor() { close(); }

    bool valid() const { return number_ >= 0; }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }
    void close()
    {
        if (valid()) ::close(release());
    }

private:
    int number_ = -1;
};

} // namespace net
