// The samples, the manual pages and the completion tell of every key, command and option that the program has.
#include "config/account_configuration.hpp"
#include "config/archive_configuration.hpp"
#include "unit/cli/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using cli_test::contents;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const std::string source = RESTANTE_SOURCE_DIR;
const std::string packaging = source + "/packaging/";

std::set<std::string> found_in(const std::string& text, const std::regex& what)
{
    std::set<std::string> out;
    for (std::sregex_iterator at(text.begin(), text.end(), what), end; at != end; ++at) out.insert((*at)[1]);
    return out;
}

// The keys that the code reads: a new one without a word in the documents is a fault.
std::set<std::string> keys_of(const std::string& file)
{
    const auto text = contents(source + "/src/config/" + file);
    auto out = found_in(
        text,
        std::regex(R"re((?:from|file)\.(?:texts?|flag|number|duration|octets|parsed|tables?)\("(\w+)")re"));
    out.merge(found_in(text, std::regex(R"re((?:choose\(from, |source\()"(\w+)")re")));
    return out;
}

bool holds_key(const std::string& text, const std::string& key)
{
    return std::regex_search(text, std::regex("(^|[\\n#{, ])" + key + " = ")) ||
           text.find("[" + key + "]") != std::string::npos || text.find("." + key + "]") != std::string::npos;
}

// What a person gets who takes every "#" before a key away.
std::string uncommented(const std::string& text)
{
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const bool is_key =
            line.size() > 1 && line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
        out.append(is_key ? line.substr(1) : line).append("\n");
    }
    return out;
}

std::string said_by(const std::string& arguments)
{
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((RESTANTE " " + arguments).c_str(), "r"), &pclose);
    std::string out;
    std::array<char, 4096> piece{};
    while (const auto got = std::fread(piece.data(), 1, piece.size(), pipe.get()))
        out.append(piece.data(), got);
    return out;
}

std::set<std::string> commands_in(const std::string& help)
{
    const auto at = help.find("Subcommands:");
    if (at == std::string::npos) return {};
    const auto end = help.find("\n\n", at);
    return found_in(help.substr(at, end - at), std::regex("\n  ([a-z-]+) "));
}

std::set<std::string> options_in(const std::string& help)
{
    const auto at = help.find("Options:");
    const auto end = help.find("\n\n", at);
    return found_in(help.substr(at, end - at), std::regex("\n  (?:-[a-z],)?(--[a-z0-9-]+)"));
}

std::string page(const std::string& name)
{
    return std::regex_replace(contents(packaging + "man/" + name), std::regex(R"(\\-)"), "-");
}

} // namespace

TEST(collector_documents, the_samples_as_they_are_have_no_faults)
{
    EXPECT_THAT(config::read_account("work", contents(packaging + "account.toml.sample")).faults, IsEmpty());
    EXPECT_THAT(config::read_archive(contents(packaging + "restante.toml.sample")).faults, IsEmpty());
}

TEST(collector_documents, the_account_sample_uncommented_is_an_account_with_too_many_secrets)
{
    const auto read = config::read_account("work", uncommented(contents(packaging + "account.toml.sample")));
    ASSERT_EQ(read.faults.size(), 1U) << config::format_fault(read.faults.back(), "account.toml.sample");
    EXPECT_THAT(read.faults[0].reason, HasSubstr("more than one source"));
    EXPECT_EQ(read.values.targets.size(), 4U);
    EXPECT_GE(read.values.archive.rules.size(), 3U);
}

TEST(collector_documents, the_archive_sample_uncommented_has_no_faults)
{
    const auto read = config::read_archive(uncommented(contents(packaging + "restante.toml.sample")));
    EXPECT_THAT(read.faults, IsEmpty()) << config::format_fault(read.faults.front(), "restante.toml.sample");
}

TEST(collector_documents, every_key_of_the_code_is_in_the_samples_and_in_the_manual_page)
{
    const auto manual = page("restante.toml.5");
    const auto check = [&](const std::string& file, const std::string& sample, std::size_t least) {
        const auto keys = keys_of(file);
        EXPECT_GE(keys.size(), least) << "the test no longer finds the keys of " << file;
        for (const auto& key : keys) {
            EXPECT_TRUE(holds_key(sample, key)) << key << " of " << file;
            EXPECT_TRUE(std::regex_search(manual, std::regex("\n\\.(B|SS) \\[?\\[?(\\w+\\.)?" + key + "\\b")))
                << key;
        }
    };
    check("account_configuration.cpp", contents(packaging + "account.toml.sample"), 60);
    check("archive_configuration.cpp", contents(packaging + "restante.toml.sample"), 11);
}

TEST(collector_documents, each_command_and_option_is_in_the_manual_page_and_the_completion)
{
    const auto manual = page("restante.1");
    const auto completion = contents(packaging + "completion/restante.bash");
    std::size_t words = 0;
    const auto check = [&](const std::string& help) {
        auto all = options_in(help);
        all.merge(commands_in(help));
        words += all.size();
        for (const auto& word : all) {
            EXPECT_THAT(manual, HasSubstr(word));
            EXPECT_THAT(completion, HasSubstr(word));
        }
    };
    const auto top = said_by("--help");
    check(top);
    for (const auto& command : commands_in(top)) {
        const auto help = said_by(command + " --help");
        check(help);
        for (const auto& inner : commands_in(help)) check(said_by(command + " " + inner + " --help"));
    }
    EXPECT_GE(words, 100U) << "the test no longer finds the options";
}
