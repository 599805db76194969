// A command that there is not, by its name: the library tells only that one is missing.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cli {

/// The first of `words`, which begin with the program's name, that stands where a command of `app` must and is none.
inline std::optional<std::string> unknown_command(const CLI::App& app, std::span<char*> words)
{
    const auto* at = &app;
    for (const std::string_view word : words.subspan(1)) {
        const auto known = at->get_subcommands({});
        if (known.empty() || word.starts_with('-')) return std::nullopt;
        const auto found = std::ranges::find(known, word, &CLI::App::get_name);
        if (found == known.end()) return std::string(word);
        at = *found;
    }
    return std::nullopt;
}

} // namespace cli
