// Every key of the configuration: its name, its meaning, and how its value is read.
#pragma once

#include "config/configuration.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace config {

/// Where a value lives.
template <typename T>
using place = T& (*)(configuration&);

struct flag {
    place<bool> at;
};
template <typename T>
struct number {
    place<T> at;
    T least;
    T most;
};
/// Octets as "50M" or a plain number.
struct octets {
    place<std::uint64_t> at;
    std::uint64_t least;
};
/// A duration as "7d"; in milliseconds also as "100ms".
template <typename T>
struct duration {
    place<T> at;
    std::chrono::milliseconds least;
    std::chrono::milliseconds most;
};
/// 0 stands for "no limit".
struct optional_octets {
    place<std::optional<std::uint64_t>> at;
};
struct optional_number {
    place<std::optional<std::uint64_t>> at;
};
/// "never" (or "0") stands for none.
struct optional_duration {
    place<std::optional<std::chrono::seconds>> at;
};
/// Says what is wrong with a text; empty: nothing.
using text_check = std::string (*)(std::string_view text);
struct text {
    place<std::string> at;
    text_check check;
    std::string_view example; ///< for the remedy
};
struct text_list {
    place<std::vector<std::string>> at;
    text_check check;
    std::string_view example;
};
/// One of a few words, told by their index.
struct choice {
    std::span<const std::string_view> words;
    std::size_t (*get)(const configuration&);
    void (*set)(configuration&, std::size_t);
};

using rule = std::variant<flag, number<unsigned>, number<std::size_t>, octets, duration<std::chrono::seconds>,
                          duration<std::chrono::milliseconds>, optional_octets, optional_number,
                          optional_duration, text, text_list, choice>;

struct key {
    std::string_view path; ///< "maildrops.held_for"; no dot: in no table
    config::rule rule;
    std::string_view meaning; ///< for the sample and the manual page: what it does, in which unit, and why
};

/// All keys, in the order of the sample; those in no table first, then table by table.
std::span<const key> schema();

/// What a table of the configuration is about, for the sample and the manual page.
struct table_heading {
    std::string_view name;
    std::string_view meaning;
};
std::span<const table_heading> table_headings();

/// The value that `of` has for `which`, as TOML.
std::string format_value(const key& which, const configuration& of);

} // namespace config
