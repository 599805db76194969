// The delete policies as a person writes them.
#include "config/keep_words.hpp"

#include "config/values.hpp"

#include <array>
#include <type_traits>
#include <utility>

namespace config {

namespace {

using archive::keep_policy;

template <typename Policy>
concept has_amount = requires { Policy::amount; };

template <std::size_t... index>
constexpr auto words_of_policies(std::index_sequence<index...>)
{
    return std::array{std::variant_alternative_t<index, keep_policy>::word...};
}
constexpr auto all_words = words_of_policies(std::make_index_sequence<std::variant_size_v<keep_policy>>());

template <typename Policy>
std::optional<keep_policy> parse_as(std::string_view text)
{
    constexpr const auto& word = Policy::word;
    if (!text.starts_with(word.name)) return std::nullopt;
    text.remove_prefix(word.name.size());
    if constexpr (!has_amount<Policy>) {
        if (text.empty()) return Policy{};
    } else {
        if (!text.starts_with('=')) return std::nullopt;
        text.remove_prefix(1);
        const auto amount = word.in_octets ? parse_octets(text) : parse_whole_number(text);
        if (!amount || *amount > word.amount_max) return std::nullopt;
        Policy out{};
        auto& value = out.*Policy::amount;
        value = static_cast<std::remove_reference_t<decltype(value)>>(*amount);
        return out;
    }
    return std::nullopt;
}

template <std::size_t... index>
std::optional<keep_policy> parse_any(std::string_view text, std::index_sequence<index...>)
{
    std::optional<keep_policy> out;
    static_cast<void>(
        ((out = parse_as<std::variant_alternative_t<index, keep_policy>>(text)).has_value() || ...));
    return out;
}

template <typename Format>
std::string joined_words(Format format)
{
    std::string out;
    for (const auto& word : all_words) {
        if (!out.empty()) out += &word == &all_words.back() ? " or " : ", ";
        out += format(word);
    }
    return out;
}

} // namespace

std::span<const archive::keep_word> keep_words()
{
    return all_words;
}

std::string format_keep_word(const archive::keep_word& word, bool with_example)
{
    std::string out(word.name);
    if (!word.amount.empty()) out.append("=").append(with_example ? word.amount : "N");
    return out;
}

std::string keep_forms()
{
    return joined_words([](const auto& word) { return format_keep_word(word, false); });
}

std::string keep_examples()
{
    return joined_words([](const auto& word) { return "\"" + format_keep_word(word, true) + "\""; });
}

std::optional<keep_policy> parse_keep(std::string_view text)
{
    return parse_any(text, std::make_index_sequence<std::variant_size_v<keep_policy>>());
}

std::string format_keep(const keep_policy& keep)
{
    return std::visit(
        []<typename Policy>(const Policy& chosen) {
            std::string out(Policy::word.name);
            if constexpr (has_amount<Policy>) {
                const auto amount = chosen.*Policy::amount;
                out.append("=").append(Policy::word.in_octets ? format_octets(amount)
                                                              : std::to_string(amount));
            }
            return out;
        },
        keep);
}

} // namespace config
