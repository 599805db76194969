// Samples, lists of keys in manual pages and the like, as they follow from a table of keys. With RESTANTE_UPDATE=1 in
// the environment the tests write them anew.
#pragma once

#include "config/key.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

namespace key_documents {

inline bool updating()
{
    return std::getenv("RESTANTE_UPDATE") != nullptr;
}

inline std::string wrapped(std::string_view text, std::string_view prefix)
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

inline std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

inline std::string in_roff(std::string_view text)
{
    return replaced(replaced(std::string(text), "\\", "\\e"), "-", "\\-");
}

/// In a line of a macro, where quotes hold words together.
inline std::string in_roff_word(std::string_view text)
{
    return replaced(in_roff(text), "\"", "\\(dq");
}

inline std::string table_of(const config::key& key)
{
    const auto dot = key.path.rfind('.');
    return std::string(dot == std::string_view::npos ? std::string_view() : key.path.substr(0, dot));
}

inline std::string leaf_of(const config::key& key)
{
    return std::string(key.path.substr(key.path.rfind('.') + 1));
}

inline const config::table_heading& heading_of(const config::schema& schema, const std::string& table)
{
    return *std::ranges::find(schema.headings, table, &config::table_heading::name);
}

inline std::string default_of(const config::schema& schema, const config::key& key)
{
    std::string out;
    schema.with_defaults([&](void* values) { out = config::format_value(key, values); });
    return out;
}

inline std::string shown_value(const config::schema& schema, const config::key& key)
{
    return key.example.empty() ? default_of(schema, key) : std::string(key.example);
}

inline bool is_named(const config::key& key)
{
    return std::holds_alternative<config::named_texts>(key.rule) ||
           std::holds_alternative<config::named_text_lists>(key.rule);
}

inline bool is_forbidden(const config::key& key)
{
    return std::holds_alternative<config::forbidden>(key.rule);
}

/// The list of tables that is no value in one line.
inline const config::tables* list_of_tables(const config::key& key)
{
    const auto* list = std::get_if<config::tables>(&key.rule);
    return list != nullptr && !list->in_braces ? list : nullptr;
}

inline const config::tables* list_in_braces(const config::key& key)
{
    const auto* list = std::get_if<config::tables>(&key.rule);
    return list != nullptr && list->in_braces ? list : nullptr;
}

inline std::string sample_of_key(const config::schema& schema, const config::key& key, bool in_comment)
{
    const bool needed = key.written == config::written::always && default_of(schema, key) == "\"\"";
    std::string out = wrapped(key.meaning, "## ");
    if (const auto* list = list_in_braces(key))
        for (const auto& each : list->entry().keys)
            out += wrapped(leaf_of(each) + " = " + shown_value(list->entry(), each) + ": " +
                               std::string(each.meaning),
                           "##   ");
    return out + (needed && !in_comment ? "" : "#") + leaf_of(key) + " = " + shown_value(schema, key) + "\n";
}

/// Every key with its default or an example, table by table.
inline std::string sample_of_keys(const config::schema& schema)
{
    std::string out, before;
    bool in_comment = false;
    for (const auto& key : schema.keys) {
        if (is_forbidden(key)) continue;
        if (const auto* list = list_of_tables(key)) {
            out += "\n" + wrapped(key.meaning, "## ") + "#[[" + leaf_of(key) + "]]\n";
            for (const auto& each : list->entry().keys)
                out += "\n" + sample_of_key(list->entry(), each, true);
        } else if (is_named(key)) {
            out += "\n" + wrapped(key.meaning, "## ") + "#[" + leaf_of(key) + "]\n#" +
                   std::string(key.example) + "\n";
        } else {
            if (const auto table = table_of(key); table != before) {
                const auto& heading = heading_of(schema, table);
                in_comment = heading.optional;
                out += "\n" + wrapped(heading.meaning, "## ") + (in_comment ? "#[" : "[") + table + "]\n";
                before = table;
            }
            out += "\n" + sample_of_key(schema, key, in_comment);
        }
    }
    return out;
}

inline std::string manual_of_key(const config::schema& schema, const config::key& key)
{
    std::string out = ".TP\n.B " + in_roff(leaf_of(key)) + " = " + in_roff_word(shown_value(schema, key)) +
                      "\n" + in_roff(wrapped(key.meaning, ""));
    if (const auto* list = list_in_braces(key))
        for (const auto& each : list->entry().keys) out += manual_of_key(list->entry(), each);
    return out;
}

/// The same in roff.
inline std::string manual_of_keys(const config::schema& schema)
{
    std::string out = ".SS Top-level keys\n", before;
    if (!table_of(schema.keys.front()).empty()) out.clear();
    for (const auto& key : schema.keys) {
        if (is_forbidden(key)) continue;
        if (const auto* list = list_of_tables(key)) {
            out += ".SS [[" + leaf_of(key) + "]]\n" + in_roff(wrapped(key.meaning, ""));
            for (const auto& each : list->entry().keys) out += manual_of_key(list->entry(), each);
        } else if (is_named(key)) {
            out += ".SS [" + leaf_of(key) + "]\n.TP\n.B " + in_roff_word(key.example) + "\n" +
                   in_roff(wrapped(key.meaning, ""));
        } else {
            if (const auto table = table_of(key); table != before) {
                out += ".SS [" + table + "]\n" + in_roff(wrapped(heading_of(schema, table).meaning, ""));
                before = table;
            }
            out += manual_of_key(schema, key);
        }
    }
    return out;
}

/// The file is as it follows from the tables.
inline void expect_file(const std::string& path, const std::string& wanted)
{
    if (updating()) support::write(path, wanted);
    EXPECT_EQ(support::contents(path), wanted) << path << ": RESTANTE_UPDATE=1 writes it anew";
}

/// So is what stands in it between the two lines.
inline void expect_between(const std::string& path, const std::string& begin, const std::string& end,
                           const std::string& wanted)
{
    auto page = support::contents(path);
    const auto from = page.find(begin);
    const auto to = page.find(end);
    ASSERT_NE(from, std::string::npos) << path << " has no line " << begin;
    ASSERT_NE(to, std::string::npos) << path << " has no line " << end;
    page.replace(from + begin.size(), to - from - begin.size(), wanted);
    expect_file(path, page);
}

} // namespace key_documents
