// The commands and options of a program, as its own --help lists them, and that its manual page and its completion name
// each of them with its command.
#pragma once

#include "support/temporary_directory.hpp"
#include "unit/cli/key_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace program_documents {

using words = std::set<std::string>;

/// What a command of the shell prints.
inline std::string said_by(const std::string& command)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
    std::string out;
    std::array<char, 4096> piece{};
    while (const auto got = std::fread(piece.data(), 1, piece.size(), pipe.get()))
        out.append(piece.data(), got);
    return out;
}

/// All that the first group of `what` finds in the part of `help` under that heading.
inline words found_under(const std::string& heading, const std::string& help, const std::string& what)
{
    const auto at = help.find(heading + ":");
    if (at == std::string::npos) return {};
    const auto part = help.substr(at, help.find("\n\n", at) - at);
    const std::regex wanted(what);
    words out;
    for (std::sregex_iterator found(part.begin(), part.end(), wanted), end; found != end; ++found)
        out.insert((*found)[1]);
    return out;
}

inline words commands_in(const std::string& help)
{
    return found_under("Subcommands", help, "\n  ([a-z-]+) ");
}

/// The long ones, under every name that they have.
inline words options_in(const std::string& help)
{
    words out;
    for (const auto& each : found_under("Options", help, "\n  (-[a-z0-9,-]+)")) {
        std::istringstream parts(each);
        for (std::string name; std::getline(parts, name, ',');)
            if (name.starts_with("--")) out.insert(name);
    }
    return out;
}

struct command {
    std::string name; ///< "user add"; empty: the program itself
    words commands;   ///< below it
    words options;
};

/// The program itself, its commands, and theirs.
inline std::vector<command> commands_of(const std::string& program)
{
    std::vector<command> out;
    const auto add = [&](const std::string& name) {
        std::string line = program;
        if (!name.empty()) line.append(" ").append(name);
        const auto help = said_by(line + " --help");
        out.push_back({.name = name, .commands = commands_in(help), .options = options_in(help)});
        return commands_in(help);
    };
    for (const auto& outer : add(""))
        for (const auto& inner : add(outer)) add(outer + " " + inner);
    return out;
}

/// The word, and not a part of a longer one.
inline bool names(const std::string& text, const std::string& word)
{
    return std::regex_search(text, std::regex("(^|[^a-z0-9-])" + word + "(?![a-z0-9-])"));
}

/// The sections of a manual page, by heading; without roff's escapes.
inline std::map<std::string, std::string> sections_of(const std::string& path)
{
    std::istringstream lines(std::regex_replace(key_documents::replaced(support::contents(path), "\\-", "-"),
                                                std::regex(R"(\\f[A-Z]|\\&)"), ""));
    std::map<std::string, std::string> out;
    std::string heading;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(".SH ") || line.starts_with(".SS "))
            heading = line.substr(4);
        else
            out[heading].append(line).append("\n");
    }
    return out;
}

/// The section whose heading begins with the command; a heading may name several, with commas.
inline std::string section_of(const std::string& command, const std::map<std::string, std::string>& sections)
{
    for (const auto& [heading, text] : sections)
        if (std::regex_search(heading, std::regex("(^|, )" + command + "( [A-Z\\[]|,|$)"))) return text;
    return {};
}

inline void expect_manual(const std::string& path, const std::vector<command>& commands)
{
    const auto sections = sections_of(path);
    const auto shared = sections.find("OPTIONS OF EVERY COMMAND");
    ASSERT_NE(shared, sections.end()) << path;
    for (const auto& [name, below, options] : commands) {
        std::string text = shared->second;
        if (!name.empty() && below.empty()) {
            const auto own = section_of(name, sections);
            EXPECT_FALSE(own.empty()) << path << " has no section " << name;
            text += own;
            std::smatch other;
            if (std::regex_search(own, other, std::regex(R"(Takes the options of\n\.B ([a-z-]+))")))
                text += section_of(other[1], sections);
        }
        for (const auto& option : options)
            EXPECT_TRUE(names(text, option))
                << path << " does not name " << option << " in its section " << name;
    }
}

/// What the completion offers behind each command, where `current` is typed already. `function`: of bash.
inline std::map<std::string, words> offered(const std::string& path, const std::string& function,
                                            const std::vector<command>& commands, const std::string& current)
{
    // The program itself, which the completion asks for names, has none here.
    std::string script = function.substr(1) + "() { :; }; . '" + path + "'; ";
    for (const auto& each : commands)
        script += "COMP_WORDS=(" + function.substr(1) + " " + each.name + " '" + current +
                  "'); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); " + function + "; echo \"" + each.name +
                  ": ${COMPREPLY[@]}\"; ";
    std::istringstream lines(said_by("bash -c '" + key_documents::replaced(script, "'", R"('\'')") + "'"));
    std::map<std::string, words> out;
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        std::istringstream replies(line.substr(colon + 1));
        auto& found = out[line.substr(0, colon)];
        for (std::string reply; replies >> reply;) found.insert(reply);
    }
    return out;
}

inline void expect_completion(const std::string& path, const std::string& function,
                              const std::vector<command>& commands)
{
    const auto words_offered = offered(path, function, commands, "");
    auto options_offered = offered(path, function, commands, "--");
    for (const auto& each : commands) {
        EXPECT_THAT(each.commands, testing::IsSubsetOf(words_offered.at(each.name)))
            << path << ": " << each.name;
        auto& own = options_offered.at(each.name);
        EXPECT_THAT(each.options, testing::IsSubsetOf(own)) << path << ": " << each.name;
        words known = commands.front().options;
        for (const auto& other : commands) // and of those below it
            if (other.name == each.name || other.name.starts_with(each.name + " "))
                known.insert(other.options.begin(), other.options.end());
        EXPECT_THAT(own, testing::IsSubsetOf(known)) << path << " offers what " << each.name << " has not";
    }
}

/// Fails for each command and option that manual page or completion lack. `least`: options there are, so that a --help
/// that can no longer be read is noticed.
inline void expect_documented(const std::string& program, const std::string& manual,
                              const std::string& completion, const std::string& function, std::size_t least)
{
    const auto commands = commands_of(program);
    std::size_t options = 0;
    for (const auto& each : commands) options += each.options.size();
    EXPECT_GE(options, least) << "the test no longer finds the options";
    expect_manual(manual, commands);
    expect_completion(completion, function, commands);
}

} // namespace program_documents
