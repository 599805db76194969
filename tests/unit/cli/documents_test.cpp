// The sample and the manual page name every key, the manual page and the completion every command and option.
#include "config/configuration.hpp"
#include "config/domain_keys.hpp"
#include "config/schema.hpp"
#include "unit/cli/key_documents.hpp"
#include "unit/cli/program_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using support::contents;
using namespace key_documents;
using testing::HasSubstr;

namespace {

const std::string packaging = RESTANTE_SOURCE_DIR "/packaging/";

std::string_view meaning_of_domains()
{
    return heading_of(config::site_schema(), "domains").meaning;
}

// Behind "# ", so that whoever takes the '#' from a line does not put it into another table.
std::string sample_of_domains()
{
    std::string out = "\n" + wrapped(meaning_of_domains(), "## ") + "# [domains.\"example.org\"]\n";
    for (const auto& key : config::domain_keys()) {
        out.append("\n").append(wrapped(key.meaning, "## ")).append("# ").append(key.name).append(" = ");
        out.append(config::format_domain_value(key, config::configuration())).append("\n");
    }
    return out;
}

std::string sample()
{
    return "# /etc/restante/restanted.toml: the configuration of restanted, the post office.\n#\n"
           "# Every key is here, with its default behind a single '#'. restanted.toml(5) tells the same.\n"
           "# `restanted check` tells every fault, `restanted reload` puts a change in force.\n"
           "# Durations: \"90s\" \"15m\" \"2h\" \"7d\" \"4w\". Octets: 1000 \"64K\" \"50M\" \"2G\" \"1T\".\n" +
           sample_of_keys(config::site_schema()) + sample_of_domains();
}

std::string manual_keys()
{
    std::string out = ".SH KEYS\n" + manual_of_keys(config::site_schema());
    out.append(".SS [domains.\\(dqexample.org\\(dq]\n").append(in_roff(wrapped(meaning_of_domains(), "")));
    for (const auto& key : config::domain_keys())
        out.append(".TP\n.B ")
            .append(in_roff(key.name))
            .append("\n")
            .append(in_roff(wrapped(key.meaning, "")));
    return out;
}

std::string dictionary()
{
    std::set<std::string> tables, keys;
    for (const auto& key : config::site_keys()) {
        keys.insert("\"" + leaf_of(key) + " = \"\n");
        if (const auto table = table_of(key); !table.empty()) tables.insert("\"[" + table + "]\"\n");
    }
    for (const auto& key : config::domain_keys()) keys.insert("\"" + std::string(key.name) + " = \"\n");
    std::string out = "# Keys, tables and values of restanted.toml.\n";
    for (const auto& each : keys) out += each;
    for (const auto& each : tables) out += each;
    return out + R"("[domains.\"example.org\"]"
"\"7d\""
"\"50M\""
"\"never\""
"\"*:995\""
"\"[::1]:995\""
"\"192.0.2.0/24\""
"\"\"\""
"'''"
"[["
"]]"
"\\u00"
"1979-05-27T07:32:00Z"
"0x"
"1e9"
"inf"
"true"
"{"
"}"
)";
}

std::vector<std::string> parts_of(std::string text, const std::string& border)
{
    std::vector<std::string> out;
    for (auto at = text.find(border); at != std::string::npos; at = text.find(border)) {
        out.push_back(text.substr(0, at));
        text.erase(0, at + border.size());
    }
    out.push_back(text);
    return out;
}

// The default as a page shows it: without the quotes of TOML.
std::string plain_default(const config::key& key)
{
    return replaced(config::format_value(key, config::configuration()), "\"", "");
}

} // namespace

TEST(documents, the_sample_holds_every_key_with_its_meaning_and_default)
{
    expect_file(packaging + "restanted.toml.sample", sample());
}

TEST(documents, the_sample_as_it_is_is_the_defaults)
{
    EXPECT_THAT(config::read_configuration(contents(packaging + "restanted.toml.sample")).faults,
                testing::IsEmpty());
}

TEST(documents, the_sample_uncommented_is_the_defaults)
{
    std::istringstream lines(contents(packaging + "restanted.toml.sample"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const bool is_key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
        text.append(is_key ? line.substr(1) : line).append("\n");
    }
    const auto read = config::read_configuration(text);
    EXPECT_THAT(read.faults, testing::IsEmpty());
    EXPECT_EQ(read.lines.size(), config::site_keys().size());
    for (const auto& key : config::site_keys())
        EXPECT_EQ(config::format_value(key, read.values), config::format_value(key, config::configuration()))
            << key.path;
}

TEST(documents, the_manual_page_holds_every_key_with_its_meaning_and_default)
{
    expect_between(packaging + "man/restanted.toml.5", ".\\\" The keys begin.\n", ".\\\" The keys end.\n",
                   manual_keys());
}

TEST(documents, the_fuzzers_dictionary_has_every_key)
{
    expect_file(RESTANTE_SOURCE_DIR "/tests/fuzz/configuration.dict", dictionary());
}

TEST(documents, no_manual_page_shows_what_was_meant_for_groff)
{
    int pages = 0;
    for (const auto& entry : std::filesystem::directory_iterator(packaging + "man")) {
        const std::string command = "groff -man -Tutf8 -P-cbou '" + entry.path().string() + "' 2>&1";
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
        std::string text;
        std::array<char, 4096> piece{};
        while (const auto got = std::fread(piece.data(), 1, piece.size(), pipe.get()))
            text.append(piece.data(), got);
        EXPECT_THAT(text, HasSubstr("NAME")) << command << "\n" << text;
        for (const auto* mark : {"\\(", "\\f", "\\e", "\\-"})
            EXPECT_THAT(text, testing::Not(HasSubstr(mark))) << entry.path();
        ++pages;
    }
    EXPECT_EQ(pages, 6);
}

TEST(documents, every_table_has_a_heading_and_every_heading_a_table)
{
    for (const auto& heading : config::site_schema().headings)
        EXPECT_TRUE(heading.name == "domains" || // its keys are domain_keys()
                    std::ranges::any_of(config::site_keys(),
                                        [&](const auto& key) { return table_of(key) == heading.name; }))
            << heading.name;
}

TEST(documents, each_command_and_option_is_in_the_manual_page_and_the_completion)
{
    program_documents::expect_documented(RESTANTED, packaging + "man/restanted.8",
                                         packaging + "completion/restanted.bash", "_restanted", 50);
}

TEST(documents, the_table_of_limits_has_every_key_with_its_default)
{
    const auto page = contents(RESTANTE_SOURCE_DIR "/docs/server.md");
    const auto begin = page.find("\n## Limits\n");
    ASSERT_NE(begin, std::string::npos);
    std::istringstream lines(page.substr(begin, page.find("\n## ", begin + 1) - begin));
    std::set<std::string> named;
    for (std::string line; std::getline(lines, line);) {
        const auto cells = parts_of(line, " | ");
        if (cells.size() < 4 || !cells[1].starts_with('`')) continue;
        const auto keys = parts_of(replaced(cells[1], "`", ""), " ");
        const auto values = parts_of(cells[2], "; ");
        ASSERT_GE(values.size(), keys.size()) << line;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            named.insert(keys[i]);
            const auto key = std::ranges::find(config::site_keys(), keys[i], &config::key::path);
            ASSERT_NE(key, config::site_keys().end()) << keys[i] << " is no key";
            const auto value = values[i].substr(0, values[i].find_first_of(" ,"));
            EXPECT_EQ(value, plain_default(*key)) << keys[i];
        }
    }
    for (const auto& key : config::site_keys())
        if (table_of(key) == "limits" || table_of(key) == "deadlines") {
            EXPECT_TRUE(named.contains(std::string(key.path))) << key.path << " has no row in docs/server.md";
        }
}

TEST(documents, the_unit_waits_for_longer_than_a_shutdown_may_take)
{
    const auto unit = contents(packaging + "systemd/restanted.service");
    const std::string setting = "\nTimeoutStopSec=";
    const auto at = unit.find(setting);
    ASSERT_NE(at, std::string::npos);
    EXPECT_LT(config::configuration().site.deadlines.shutdown,
              std::chrono::seconds(std::stol(unit.substr(at + setting.size()))));
}
