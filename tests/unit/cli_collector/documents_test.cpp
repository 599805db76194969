// The samples and the manual page name every key, the manual page and the completion every command and option.
#include "config/account_configuration.hpp"
#include "config/archive_configuration.hpp"
#include "config/rule_keys.hpp"
#include "unit/cli/key_documents.hpp"
#include "unit/cli/program_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using support::contents;
using namespace key_documents;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

const std::string source = RESTANTE_SOURCE_DIR;
const std::string packaging = source + "/packaging/";

constexpr std::string_view what_stands_behind =
    "# Every key is here. What stands behind a single '#' is the default, or an example where the default is to have\n"
    "# none. restante.toml(5) lists the same; `restante account show NAME` reports every fault.\n"
    "# Durations: \"90s\" \"15m\" \"2h\" \"7d\" \"4w\". Octets: 1000 \"64K\" \"50M\" \"2G\" \"1T\".\n";

std::string account_sample()
{
    return "# DIR/NAME.toml: one account of restante, the collector. `restante account add` writes such a file.\n#\n" +
           std::string(what_stands_behind) + sample_of_keys(config::account_schema());
}

std::string archive_sample()
{
    return "# DIR/restante.toml: what holds for a whole archive of restante, the collector.\n"
           "# account.toml.sample is about an account's own file.\n#\n" +
           std::string(what_stands_behind) + sample_of_keys(config::archive_schema());
}

using table_and_name = std::pair<std::string, std::string>;

// Each table with the names of its keys; lists of tables and what stands in their braces have their own.
void add_names(const config::schema& schema, const std::string& table, std::vector<table_and_name>& out)
{
    for (const auto& key : schema.keys) {
        if (is_forbidden(key)) continue;
        const auto own = table_of(key);
        if (const auto* list = list_of_tables(key)) {
            add_names(list->entry(), "[[" + leaf_of(key) + "]]", out);
        } else if (is_named(key)) {
            out.emplace_back("[" + leaf_of(key) + "]", "");
        } else {
            out.emplace_back(own.empty() ? table : "[" + own + "]", leaf_of(key));
            if (const auto* tests = list_in_braces(key)) add_names(tests->entry(), table, out);
        }
    }
}

std::vector<table_and_name> names()
{
    std::vector<table_and_name> out;
    add_names(config::archive_schema(), "", out);
    add_names(config::account_schema(), "", out);
    return out;
}

// For docs/collector.md: one line a table.
std::string list_of_keys()
{
    std::string out, before = "nothing yet";
    for (const auto& [table, name] : names()) {
        if (table != before) {
            if (!out.empty()) out += "\n";
            out += table.empty() ? "- Top-level keys of `restante.toml`:"
                                 : "- `" + table + "`" + (name.empty() ? "" : ":");
        }
        if (!name.empty()) out += (table != before ? " `" : ", `") + name + "`";
        before = table;
    }
    return out + "\n";
}

std::string dictionary()
{
    std::set<std::string> tables, keys;
    for (const auto& [table, name] : names()) {
        if (table.starts_with('[')) tables.insert("\"" + table + "\"\n");
        if (!name.empty()) keys.insert("\"" + name + " = \"\n");
    }
    std::string out = "# Keys, tables and values of an account's file and of the archive's.\n";
    for (const auto& each : keys) out += each;
    for (const auto& each : tables) out += each;
    for (const auto& each : config::keep_words())
        out += "\"" + std::string(each.name) + (each.amount.empty() ? "" : "=") + "\"\n";
    return out + R"("when = [{"
"\"15m\""
"\"50M\""
"socks5://"
"true"
"\\u00"
"'''"
)";
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
    EXPECT_EQ(read.values.targets.size(), 1U);
    ASSERT_EQ(read.values.archive.rules.size(), 1U);
    EXPECT_EQ(read.values.archive.rules[0].tests.size(), 2U);
}

TEST(collector_documents, the_archive_sample_uncommented_has_no_faults)
{
    const auto read = config::read_archive(uncommented(contents(packaging + "restante.toml.sample")));
    EXPECT_THAT(read.faults, IsEmpty()) << config::format_fault(read.faults.front(), "restante.toml.sample");
}

TEST(collector_documents, the_samples_hold_every_key_with_its_meaning_and_default)
{
    expect_file(packaging + "account.toml.sample", account_sample());
    expect_file(packaging + "restante.toml.sample", archive_sample());
}

TEST(collector_documents, the_manual_page_holds_every_key_with_its_meaning_and_default)
{
    expect_between(packaging + "man/restante.toml.5", ".\\\" The keys begin.\n", ".\\\" The keys end.\n",
                   ".SH RESTANTE.TOML\n" + manual_of_keys(config::archive_schema()) + ".SH NAME.TOML\n" +
                       manual_of_keys(config::account_schema()));
}

TEST(collector_documents, the_page_of_the_collector_names_every_key)
{
    expect_between(source + "/docs/collector.md", "<!-- The keys begin. -->\n", "<!-- The keys end. -->\n",
                   list_of_keys());
}

TEST(collector_documents, the_fuzzers_dictionary_has_every_key)
{
    expect_file(source + "/tests/fuzz/account_configuration.dict", dictionary());
}

TEST(collector_documents, every_row_says_what_it_means)
{
    for (const auto* schema : {&config::archive_schema(), &config::account_schema(), &config::rule_schema(),
                               &config::target_schema()})
        for (const auto& key : schema->keys)
            EXPECT_TRUE(is_forbidden(key) || !key.meaning.empty()) << key.path;
}

TEST(collector_documents, each_command_and_option_is_in_the_manual_page_and_the_completion)
{
    program_documents::expect_documented(RESTANTE, packaging + "man/restante.1",
                                         packaging + "completion/restante.bash", "_restante", 100);
}
