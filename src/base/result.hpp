// A value or an error: how every expected failure travels.
#pragma once

#include "base/error.hpp"

#include <expected>
#include <utility>

namespace base {

template <typename T = void>
using result = std::expected<T, error>;

/// Shorthand for returning a failure: `return fail({...})`.
inline std::unexpected<error> fail(error e)
{
    return std::unexpected(std::move(e));
}

} // namespace base
