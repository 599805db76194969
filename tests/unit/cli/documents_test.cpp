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
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

using cli_test::contents;
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
    EXPECT_EQ(pages, 5);
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
