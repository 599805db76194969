// A bar for each account while people wait; nothing where nobody looks.
#pragma once

#include "archive/fetch.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace cli::restante {

/// "1.5M" for people, three digits at most.
std::string rounded_octets(double octets);

/// Lines on standard error, drawn anew at most ten times a second. Safe from any thread.
class progress_display {
public:
    /// Draws only where standard error is a terminal and `wanted`.
    progress_display(const base::clock& clock, bool wanted);
    ~progress_display();
    progress_display(const progress_display&) = delete;
    progress_display& operator=(const progress_display&) = delete;

    std::size_t add(std::string name);            ///< a line more; its number
    std::size_t line_of(const std::string& name); ///< the one of that name which is drawn, or one more
    void update(std::size_t line, const archive::progress& now);
    /// For work that counts in one unit.
    void update(std::size_t line, std::uint64_t done, std::uint64_t total, std::string_view doing);
    void finish(std::size_t line); ///< it is drawn no more; the others are, below what is printed next
    /// Takes the lines away, so that what is printed next stands by itself.
    void clear();

private:
    struct bar {
        std::string name;
        archive::progress now;
        std::string doing;
        base::steady_time begun;
        bool over = false;
    };
    void draw(bool now);
    std::string text_of(const bar& entry, std::size_t columns) const;
    void erase();

    const base::clock& clock_;
    const bool drawn_;
    std::mutex mutex_;
    std::vector<bar> bars_;
    std::size_t lines_on_screen_ = 0;
    base::steady_time last_;
};

} // namespace cli::restante
