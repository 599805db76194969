// What must hold whatever the input is.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace fuzz {

/// Ends the program where it does not hold, which libFuzzer keeps as a finding; `fault` is printed above it.
inline void require(bool holds, const char* fault = nullptr)
{
    if (holds) return;
    if (fault != nullptr) static_cast<void>(std::fprintf(stderr, "broken: %s\n", fault));
    std::abort();
}

} // namespace fuzz
