// The sample, the manual pages and the completion tell of every key, command and option, and nothing else.
// With RESTANTE_UPDATE=1 in the environment the sample and the list of keys in restanted.toml(5) are written
// anew.
#include "config/configuration.hpp"
#include "config/domain_keys.hpp"
#include "config/schema.hpp"
#include "unit/cli/temporary_folder.hpp"

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
using testing::HasSubstr;

namespace {

const std::string packaging = RESTANTE_SOURCE_DIR "/packaging/";
constexpr std::string_view keys_begin = ".\\\" The keys begin.\n";
constexpr std::string_view keys_end = ".\\\" The keys end.\n";

std::string wrapped(std::string_view text, std::string_view prefix)
{
    std::istringstream words{std::string(text)};
    std::string out, line;
    for (std::string word; words >> word;) {
        if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > 80) {
            out.append(prefix).append(line).append("\n");
            line.clear();
        }
        line.append(line.empty() ? "" : " ").append(word);
    }
    return out.append(prefix).append(line).append("\n");
}

std::string table_of(const config::key& key)
{
    const auto dot = key.path.find('.');
    return std::string(dot == std::string_view::npos ? std::string_view() : key.path.substr(0, dot));
}

std::string leaf_of(const config::key& key)
{
    return std::string(key.path.substr(key.path.find('.') + 1));
}

std::string_view meaning_of_table(const std::string& name)
{
    return std::ranges::find(config::table_headings(), name, &config::table_heading::name)->meaning;
}

// Behind "# ", so that whoever takes the '#' from a line does not put it into another table.
std::string sample_of_domains()
{
    std::string out = "\n" + wrapped(meaning_of_table("domains"), "## ") + "# [domains.\"example.org\"]\n";
    for (const auto& key : config::domain_keys()) {
        out.append("\n").append(wrapped(key.meaning, "## ")).append("# ").append(key.name).append(" = ");
        out.append(config::format_domain_value(key, config::configuration())).append("\n");
    }
    return out;
}

std::string sample()
{
    std::string out =
        "# /etc/restante/restanted.toml: the configuration of restanted, the post office.\n#\n"
        "# Every key is here, with its default behind a single '#'. restanted.toml(5) tells the same.\n"
        "# `restanted check` tells every fault, `restanted reload` puts a change in force.\n"
        "# Durations: \"90s\" \"15m\" \"2h\" \"7d\" \"4w\". Octets: 1000 \"64K\" \"50M\" \"2G\" \"1T\".\n";
    std::string before;
    for (const auto& key : config::schema()) {
        if (const auto table = table_of(key); table != before) {
            out.append("\n")
                .append(wrapped(meaning_of_table(table), "## "))
                .append("[")
                .append(table)
                .append("]\n");
            before = table;
        }
        out.append("\n").append(wrapped(key.meaning, "## "));
        out.append("#").append(leaf_of(key)).append(" = ");
        out.append(config::format_value(key, config::configuration())).append("\n");
    }
    return out + sample_of_domains();
}

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

std::string in_roff(std::string_view text)
{
    return replaced(replaced(std::string(text), "\\", "\\e"), "-", "\\-");
}

/// In a line of a macro, where quotes hold words together.
std::string in_roff_word(std::string_view text)
{
    return replaced(in_roff(text), "\"", "\\(dq");
}

std::string manual_keys()
{
    std::string out = ".SH KEYS\n.SS In no table\n";
    std::string before;
    for (const auto& key : config::schema()) {
        if (const auto table = table_of(key); table != before) {
            out.append(".SS [").append(table).append("]\n").append(
                in_roff(wrapped(meaning_of_table(table), "")));
            before = table;
        }
        out.append(".TP\n.B ").append(in_roff(leaf_of(key))).append(" = ");
        out.append(in_roff_word(config::format_value(key, config::configuration()))).append("\n");
        out.append(in_roff(wrapped(key.meaning, "")));
    }
    out.append(".SS [domains.\\(dqexample.org\\(dq]\n")
        .append(in_roff(wrapped(meaning_of_table("domains"), "")));
    for (const auto& key : config::domain_keys())
        out.append(".TP\n.B ")
            .append(in_roff(key.name))
            .append("\n")
            .append(in_roff(wrapped(key.meaning, "")));
    return out;
}

bool updating()
{
    return std::getenv("RESTANTE_UPDATE") != nullptr;
}

} // namespace

TEST(documents, the_sample_holds_every_key_with_its_meaning_and_default)
{
    if (updating()) cli_test::write(packaging + "restanted.toml.sample", sample());
    EXPECT_EQ(contents(packaging + "restanted.toml.sample"), sample());
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
    EXPECT_EQ(read.lines.size(), config::schema().size());
    for (const auto& key : config::schema())
        EXPECT_EQ(config::format_value(key, read.values), config::format_value(key, config::configuration()))
            << key.path;
}

TEST(documents, the_manual_page_holds_every_key_with_its_meaning_and_default)
{
    const auto path = packaging + "man/restanted.toml.5";
    auto page = contents(path);
    const auto begin = page.find(keys_begin);
    const auto end = page.find(keys_end);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    const auto from = begin + keys_begin.size();
    if (updating()) {
        page.replace(from, end - from, manual_keys());
        cli_test::write(path, page);
        return;
    }
    EXPECT_EQ(page.substr(from, end - from), manual_keys());
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
    for (const auto& heading : config::table_headings())
        EXPECT_TRUE(heading.name == "domains" || // its keys are domain_keys()
                    std::ranges::any_of(config::schema(),
                                        [&](const auto& key) { return table_of(key) == heading.name; }))
            << heading.name;
}

TEST(documents, each_command_and_option_is_in_the_manual_page_and_the_completion)
{
    const auto page = replaced(contents(packaging + "man/restanted.8"), "\\-", "-");
    const auto completion = contents(packaging + "completion/restanted.bash");
    for (const auto* word : {"serve",
                             "check",
                             "doctor",
                             "reload",
                             "who",
                             "kick",
                             "status",
                             "user",
                             "add",
                             "passwd",
                             "remove",
                             "list",
                             "show",
                             "deliver",
                             "undelete",
                             "sweep",
                             "import-unique-ids",
                             "backup",
                             "read-certificates",
                             "restore",
                             "--config",
                             "--root",
                             "--pop3",
                             "--pop3s",
                             "--lmtp",
                             "--smtp",
                             "--metrics",
                             "--allow-plaintext",
                             "--show",
                             "--json",
                             "--field",
                             "--from",
                             "--session",
                             "--since",
                             "--format",
                             "--version",
                             "--held",
                             "--held-older-than",
                             "--help"}) {
        EXPECT_THAT(page, HasSubstr(word));
        EXPECT_THAT(completion, HasSubstr(word));
    }
}
