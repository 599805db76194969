// A command that there is not, by its name: the library tells only that one is missing.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cli {

/// The first of `words`, which begin with the program's name, that stands where a command of `app` must and is none.
inline std::optional<std::string> unknown_command(const CLI::App& app, std::span<char*> words)
{
    const auto* command = &app;
    bool is_value = false; // of the option before it
    for (const std::string_view word : words.subspan(1)) {
        if (std::exchange(is_value, false)) continue;
        const auto known = command->get_subcommands({});
        if (known.empty()) return std::nullopt;
        if (word.starts_with('-')) {
            const auto* const option =
                command->get_option_no_throw(std::string(word.substr(0, word.find('='))));
            if (option == nullptr) return std::nullopt;
            is_value = option->get_items_expected_min() > 0 && !word.contains('=');
            continue;
        }
        const auto found = std::ranges::find(known, word, &CLI::App::get_name);
        if (found == known.end()) return std::string(word);
        command = *found;
    }
    return std::nullopt;
}

} // namespace cli
