// Names with numbers.
#include "exchange/free_name.hpp"

namespace exchange {
namespace {

constexpr unsigned tries_max = 100000;

std::string numbered(const std::string& name, unsigned number)
{
    if (number == 1) return name;
    const auto dot = name.rfind('.');
    const bool has_extension = dot != std::string::npos && dot > 0;
    const std::string suffix = " (" + std::to_string(number) + ")";
    return has_extension ? name.substr(0, dot) + suffix + name.substr(dot) : name + suffix;
}

} // namespace

base::result<named_file> free_names::create(const std::string& name)
{
    unsigned& number = next_.try_emplace(name, 1).first->second;
    for (;; ++number) {
        std::string wish = numbered(name, number);
        auto made = in_.create(wish);
        if (made) {
            ++number;
            return named_file{*std::move(made), std::move(wish)};
        }
        if (made.error().kind != base::failure::exists || number >= tries_max)
            return base::fail(made.error());
    }
}

base::result<std::optional<named_file>> free_names::create_unless(const std::string& name, const judge& is_it)
{
    for (unsigned number = 1; number < tries_max; ++number) {
        auto existing = in_.open(numbered(name, number));
        if (!existing && existing.error().kind == base::failure::vanished) break;
        if (!existing) continue;
        if (const auto same = is_it(**existing); same && *same) return std::nullopt;
    }
    auto made = create(name);
    if (!made) return base::fail(made.error());
    return std::optional(std::move(*made));
}

} // namespace exchange
