// What a result that must be an error says.
#pragma once

#include "base/result.hpp"

#include <gtest/gtest.h>

namespace support {

template <typename T>
base::failure kind_of(const base::result<T>& outcome)
{
    EXPECT_FALSE(outcome.has_value());
    return outcome ? base::failure::internal : outcome.error().kind;
}

} // namespace support
