// One key of a configuration as a row of a table: its name, its meaning, and how its value is read and written.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace config {

/// Where a value is in the structure that a schema fills. Only the schema knows the structure: each table of keys has
/// its own AT(member), and whoever passes `values` passes that structure.
template <typename T>
using place = T& (*)(void* values);

struct flag {
    place<bool> member;
};
template <typename T>
struct number {
    place<T> member;
    T min;
    T max;
};
/// Octets as "50M" or a plain number.
struct octets {
    place<std::uint64_t> member;
    std::uint64_t min;
};
/// A duration as "7d"; in milliseconds also as "100ms".
template <typename T>
struct duration {
    place<T> member;
    std::chrono::milliseconds min;
    std::chrono::milliseconds max;
};
/// 0 stands for "no limit".
struct optional_octets {
    place<std::optional<std::uint64_t>> member;
};
struct optional_number {
    place<std::optional<std::uint64_t>> member;
};
/// "never" (or "0") stands for none.
struct optional_duration {
    place<std::optional<std::chrono::seconds>> member;
};
/// Says what is wrong with a text; empty: nothing.
using text_check = std::string (*)(std::string_view text);
/// Nothing is.
inline std::string any_text(std::string_view)
{
    return {};
}
struct text {
    place<std::string> member;
    text_check check;
    std::string_view example; ///< for the remedy
};
struct text_list {
    place<std::vector<std::string>> member;
    text_check check;
    std::string_view example; ///< as TOML
};
/// One of a few words, reported by its index.
struct choice {
    std::span<const std::string_view> words;
    std::size_t (*get)(void* values);
    void (*set)(void* values, std::size_t index);
};
/// A choice whose words stand in the order of its enumeration.
template <typename At>
constexpr choice words(At, std::span<const std::string_view> choices)
{
    return {choices, [](void* values) { return static_cast<std::size_t>(At{}(values)); },
            [](void* values, std::size_t index) {
                auto& value = At{}(values);
                value = static_cast<std::remove_reference_t<decltype(value)>>(index);
            }};
}
/// A text, or where `takes_number` a whole number as well, that becomes something else.
struct parsed {
    std::string (*read)(void* values, std::string_view given); ///< what is wrong with it; empty: nothing
    std::optional<std::string> (*write)(void* values);         ///< nothing: the key is not there
    std::string (*remedy)();
    bool takes_number = false;
};
/// A flag that is no member by itself.
struct parsed_flag {
    void (*read)(void* values, bool given);
    std::optional<bool> (*write)(void* values); ///< nothing: the key is not there
};
/// A key that must not be there: why, and what to do instead. In no document.
struct forbidden {
    std::string_view reason;
    std::string_view remedy;
};
/// A table whose keys are names that a person chose.
struct named_texts {
    place<std::map<std::string, std::string, std::less<>>> member;
};
/// As named_texts; the check sees the name in small letters and its texts.
struct named_text_lists {
    place<std::map<std::string, std::vector<std::string>, std::less<>>> member;
    struct complaint {
        std::string_view reason; ///< empty: nothing is wrong
        std::string_view remedy;
    };
    complaint (*check)(std::string_view name, const std::vector<std::string>& texts);
};

struct schema;
using entry_work = std::function<void(void* entry)>;
/// A list of tables, each read and written by the keys of its own schema.
struct tables {
    const schema& (*entry)();
    void (*append)(void* values, const entry_work& work); ///< works on a new entry, and keeps it
    void (*visit)(void* values, const entry_work& work);
    bool in_braces = false; ///< written as one line for each, not as [[…]]
};
/// Each entry of a list is filled where it is.
template <typename At>
constexpr tables entries(At, const schema& (*of_entry)(), bool in_braces = false)
{
    return {of_entry,
            [](void* values, const entry_work& work) {
                auto& list = At{}(values);
                list.emplace_back();
                work(&list.back());
            },
            [](void* values, const entry_work& work) {
                for (auto& entry : At{}(values)) work(&entry);
            },
            in_braces};
}

using rule = std::variant<flag, number<std::uint16_t>, number<unsigned>, number<std::size_t>, octets,
                          duration<std::chrono::seconds>, duration<std::chrono::milliseconds>,
                          optional_octets, optional_number, optional_duration, text, text_list, choice,
                          parsed, parsed_flag, forbidden, named_texts, named_text_lists, tables>;

/// In a file that a program writes.
enum class written {
    when_set, ///< where it is not the default
    always,   ///< also where it is
    hinted,   ///< where it is not the default, else as a comment with the example
};

struct key {
    std::string_view path; ///< "maildrops.held_for"; no dot: in no table
    config::rule rule;
    std::string_view meaning;   ///< for the sample and the manual page: what it does, in which unit, and why
    std::string_view example{}; ///< as TOML, in the place of a default that shows nothing
    config::written written = written::when_set;
};

/// What a table of the configuration is about, for the sample and the manual page.
struct table_heading {
    std::string_view name; ///< "sign_in.oauth2"
    std::string_view meaning;
    bool optional = false; ///< that it is there means something: the sample has it behind a '#'
};

class given_keys;

/// All keys of a file, or of one table of a list of tables.
struct schema {
    std::span<const key> keys; ///< in the order of the sample: those in no table first, then table by table
    std::span<const table_heading> headings;
    std::string_view page; ///< "restante.toml(5)"
    void (*with_defaults)(const entry_work& work);
    /// What one key cannot see; may be null. After all keys were read, in their order.
    void (*check)(void* values, given_keys& given) = nullptr;
};

/// For schema::with_defaults.
template <typename Values>
void work_on_defaults(const entry_work& work)
{
    Values values{};
    work(&values);
}

/// What stands for `key` in `values`, as TOML in one line; empty where the key is not there.
std::string format_value(const key& key, void* values);

/// "{ header = "From", exists = true }, …" for a list of tables; each text of a list; else nothing.
std::vector<std::string> format_items(const key& key, void* values);

/// The whole file, without a heading of its own: each key that key::written asks for.
std::string format_file(const schema& of_file, void* values);
} // namespace config
