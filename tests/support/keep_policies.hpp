// Every delete policy there is, made from keep_policy itself: a new one is in the tests without being added to a list.
#pragma once

#include "archive/keep_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace support {

/// One of each; those that have an amount have this one.
inline std::vector<archive::keep_policy> every_policy(std::uint64_t amount)
{
    const auto one = [amount]<typename Policy>(std::type_identity<Policy>) {
        Policy policy;
        if constexpr (requires { Policy::amount; }) {
            auto& own = policy.*Policy::amount;
            own = static_cast<std::remove_reference_t<decltype(own)>>(amount);
        }
        return archive::keep_policy(policy);
    };
    return [&one]<std::size_t... index>(std::index_sequence<index...>) {
        return std::vector{
            one(std::type_identity<std::variant_alternative_t<index, archive::keep_policy>>{})...};
    }(std::make_index_sequence<std::variant_size_v<archive::keep_policy>>{});
}

/// Those of them that let something go.
inline std::vector<archive::keep_policy> every_deleting_policy(std::uint64_t amount)
{
    auto out = every_policy(amount);
    std::erase_if(out, [](const auto& policy) { return std::holds_alternative<archive::keep_all>(policy); });
    return out;
}

} // namespace support
