// Reading one TOML table key by key, telling every fault with its line.
#pragma once

#include "config/fault.hpp"

#include <toml++/toml.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// Each reader leaves its target as it is where the key is missing or wrong. finish() tells the keys that nobody
/// asked for.
class toml_table {
public:
    toml_table(const toml::table& from, std::string prefix, std::vector<fault>& faults);

    void text(std::string_view key, std::string& into);
    void texts(std::string_view key, std::vector<std::string>& into);
    void flag(std::string_view key, bool& into);
    void number(std::string_view key, std::uint64_t least, std::uint64_t most, std::uint64_t& into);
    /// "15m"
    void duration(std::string_view key, std::chrono::seconds& into);
    /// "50M"
    void octets(std::string_view key, std::optional<std::uint64_t>& into);
    /// One of `words`, by its index.
    void choice(std::string_view key, std::span<const std::string_view> words, std::size_t& into);
    /// A text that `take` understands, or a fault with what it says and `remedy`.
    void parsed(std::string_view key, const std::string& remedy,
                const std::function<std::optional<std::string>(const std::string&)>& take);
    void table(std::string_view key, const std::function<void(toml_table&)>& read);
    void tables(std::string_view key, const std::function<void(toml_table&)>& read);

    /// Every key of this table; each is a text.
    void each_text(const std::function<void(std::string_view name, const std::string& value)>& take);

    /// Every key of this table; each is a list of texts.
    void each_texts(
        const std::function<void(std::string_view name, const std::vector<std::string>& values)>& take);

    bool has(std::string_view key) const;
    void tell(std::string_view key, std::string reason, std::string remedy);
    void finish();

private:
    const toml::node* find(std::string_view key);
    std::size_t line_of(std::string_view key) const;
    std::string path(std::string_view key) const { return prefix_ + std::string(key); }

    const toml::table& from_;
    std::string prefix_;
    std::vector<fault>& faults_;
    std::vector<std::string> known_;
};

/// `text` as a TOML string, quoted.
std::string toml_quoted(std::string_view text);
/// As a key.
std::string toml_quoted_key(std::string_view text);

} // namespace config
