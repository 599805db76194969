// A delete policy is in four files by hand: its structure, its decision, the test of that, its row in
// docs/collector.md. Whoever adds one and forgets a place reads its name here. What must hold under every policy runs
// over support::every_policy(), which is made from the variant.
#include "base/ascii.hpp"
#include "config/keep_words.hpp"
#include "unit/cli/key_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

using support::contents;
using namespace key_documents;
using testing::HasSubstr;

namespace {

const std::string source_folder = RESTANTE_SOURCE_DIR;

// The structures of keep_policy.hpp that are policies, by their names in the code.
std::set<std::string> structures()
{
    const auto text = contents(source_folder + "/src/archive/keep_policy.hpp");
    const std::regex structure("struct (keep_\\w+) \\{");
    std::set<std::string> out;
    for (std::sregex_iterator at(text.begin(), text.end(), structure), end; at != end; ++at)
        if ((*at)[1] != "keep_word") out.insert((*at)[1]);
    return out;
}

bool file_names(const std::string& path, const std::string& word)
{
    return std::regex_search(contents(source_folder + path), std::regex("\\b" + word + "\\b"));
}

std::string manual_of_policies()
{
    std::string out;
    for (const auto& each : config::keep_words()) {
        auto meaning = std::string(each.meaning) + ".";
        meaning.front() = base::upper(meaning.front());
        out.append(each.amount.empty() ? ".TP\n.B " : ".TP\n.BI ")
            .append(each.name)
            .append(each.amount.empty() ? "" : "= N")
            .append("\n")
            .append(in_roff(wrapped(meaning, "")));
    }
    return out;
}

// The policies in bash: "days=" waits for its number.
std::string completion_of_policies()
{
    std::string out;
    for (const auto& each : config::keep_words())
        out.append(out.empty() ? "" : " ").append(each.name).append(each.amount.empty() ? "" : "=");
    return out;
}

} // namespace

TEST(policies, each_is_in_the_list_of_all_and_is_decided_and_tested)
{
    const auto all = structures();
    EXPECT_EQ(all.size(), config::keep_words().size())
        << "src/archive/keep_policy.hpp: a structure is not in keep_policy";
    for (const auto& each : all)
        for (const auto* place : {"/src/archive/retention.cpp", "/tests/unit/archive/retention_test.cpp"})
            EXPECT_TRUE(file_names(place, each)) << place << " says nothing of " << each;
}

TEST(policies, each_is_read_from_its_own_example_and_written_as_it)
{
    for (const auto& each : config::keep_words()) {
        const auto example = config::format_keep_word(each, true);
        const auto keep = config::parse_keep(example);
        ASSERT_TRUE(keep) << example;
        EXPECT_EQ(config::format_keep(*keep), example);
        EXPECT_EQ(archive::word_of(*keep).name, each.name);
        EXPECT_NE(each.meaning, "") << each.name;
    }
}

TEST(policies, each_is_in_the_manual_page_the_completion_and_the_page_of_the_collector)
{
    expect_between(source_folder + "/packaging/man/restante.1", ".\\\" The policies begin.\n",
                   ".\\\" The policies end.\n", manual_of_policies());
    expect_between(source_folder + "/packaging/completion/restante.bash",
                   "--keep) mapfile -t COMPREPLY < <(compgen -W '",
                   "' -- \"$current\"); return ;; # every policy", completion_of_policies());
    for (const auto& each : config::keep_words())
        EXPECT_THAT(contents(source_folder + "/docs/collector.md"),
                    HasSubstr("| `" + config::format_keep_word(each, true) + "`"))
            << "the table of docs/collector.md";
}
