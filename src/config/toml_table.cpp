// Reading one TOML table key by key, telling every fault with its line.
#include "config/toml_table.hpp"

#include "config/spelling.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace config {

toml_table::toml_table(const toml::table& from, std::string prefix, std::vector<fault>& faults)
    : from_(from), prefix_(std::move(prefix)), faults_(faults)
{
}

void toml_table::text(std::string_view key, std::string& into)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    if (const auto given = node->value_exact<std::string>())
        into = *given;
    else
        tell(key, "must be a text", "write it in quotes");
}

void toml_table::texts(std::string_view key, std::vector<std::string>& into)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    std::vector<std::string> out;
    const auto* list = node->as_array();
    bool good = list != nullptr;
    if (good)
        for (const auto& each : *list) {
            const auto one = each.value_exact<std::string>();
            good = good && one.has_value();
            out.push_back(one.value_or(""));
        }
    if (good)
        into = std::move(out);
    else
        tell(key, "must be a list of texts", R"(write ["one", "two"])");
}

void toml_table::flag(std::string_view key, bool& into)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    if (const auto given = node->value_exact<bool>())
        into = *given;
    else
        tell(key, "must be true or false", "write true or false, without quotes");
}

void toml_table::number(std::string_view key, std::uint64_t least, std::uint64_t most, std::uint64_t& into)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value_exact<std::int64_t>();
    if (given && *given >= 0 && std::cmp_greater_equal(*given, least) && std::cmp_less_equal(*given, most))
        into = static_cast<std::uint64_t>(*given);
    else
        tell(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
             "write it without quotes");
}

void toml_table::duration(std::string_view key, std::chrono::seconds& into)
{
    parsed(key, "write a number with s, m, h, d or w, such as \"15m\"", [&](const std::string& given) {
        const auto value = parse_duration(given);
        if (!value) return std::optional<std::string>("is no duration");
        into = *value;
        return std::optional<std::string>();
    });
}

void toml_table::octets(std::string_view key, std::optional<std::uint64_t>& into)
{
    parsed(key, "write a number with K, M, G or T, such as \"50M\"", [&](const std::string& given) {
        const auto value = parse_octets(given);
        if (!value) return std::optional<std::string>("is no count of octets");
        into = value;
        return std::optional<std::string>();
    });
}

void toml_table::choice(std::string_view key, std::span<const std::string_view> words, std::size_t& into)
{
    std::string all;
    for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
    parsed(key, "write one of: " + all, [&](const std::string& given) {
        const auto found = std::ranges::find(words, given);
        if (found == words.end()) return std::optional<std::string>("is none of its words");
        into = static_cast<std::size_t>(found - words.begin());
        return std::optional<std::string>();
    });
}

void toml_table::parsed(std::string_view key, const std::string& remedy,
                        const std::function<std::optional<std::string>(const std::string&)>& take)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto given = node->value_exact<std::string>();
    if (!given) return tell(key, "must be a text", remedy);
    if (auto wrong = take(*given)) tell(key, toml_quoted(*given) + " " + *wrong, remedy);
}

void toml_table::table(std::string_view key, const std::function<void(toml_table&)>& read)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    if (const auto* inner = node->as_table()) {
        toml_table one(*inner, path(key) + ".", faults_);
        read(one);
        one.finish();
    } else {
        tell(key, "is a table", "write [" + path(key) + "] on a line of its own, and its keys below");
    }
}

void toml_table::tables(std::string_view key, const std::function<void(toml_table&)>& read)
{
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* list = node->as_array();
    if (list == nullptr || !list->is_homogeneous(toml::node_type::table))
        return tell(key, "is a list of tables", "write [[" + path(key) + "]] on a line of its own for each");
    for (const auto& each : *list) {
        toml_table one(*each.as_table(), path(key) + ".", faults_);
        read(one);
        one.finish();
    }
}

void toml_table::each_texts(
    const std::function<void(std::string_view name, const std::vector<std::string>& values)>& take)
{
    for (const auto& [name, node] : from_) {
        std::vector<std::string> values;
        const auto faults_before = faults_.size();
        texts(name.str(), values);
        if (faults_.size() == faults_before) take(name.str(), values);
    }
}

void toml_table::each_text(const std::function<void(std::string_view name, const std::string& value)>& take)
{
    for (const auto& [name, node] : from_) {
        known_.emplace_back(name.str());
        if (const auto given = node.value_exact<std::string>())
            take(name.str(), *given);
        else
            tell(name.str(), "must be a text", "write it in quotes");
    }
}

bool toml_table::has(std::string_view key) const
{
    return from_.contains(key);
}

void toml_table::tell(std::string_view key, std::string reason, std::string remedy)
{
    faults_.push_back({line_of(key), path(key), std::move(reason), std::move(remedy)});
}

void toml_table::finish()
{
    const std::vector<std::string_view> words(known_.begin(), known_.end());
    std::size_t unknown = 0; // each comparison costs, and no more are printed
    for (const auto& [name, value] : from_) {
        if (std::ranges::find(known_, name.str()) != known_.end()) continue;
        const auto meant = unknown++ < faults_shown_max ? nearest(name.str(), words) : std::string_view();
        tell(name.str(), "is no key here",
             meant.empty() ? "remove it; restante.toml(5) lists all keys"
                           : "did you mean \"" + std::string(meant) + "\"?");
    }
}

const toml::node* toml_table::find(std::string_view key)
{
    known_.emplace_back(key);
    return from_.get(key);
}

std::size_t toml_table::line_of(std::string_view key) const
{
    const auto found = from_.find(key);
    if (found != from_.end()) return static_cast<std::size_t>(found->first.source().begin.line);
    return static_cast<std::size_t>(from_.source().begin.line);
}

std::string toml_quoted(std::string_view text)
{
    std::ostringstream out;
    out << toml::toml_formatter(toml::value<std::string>(std::string(text)), toml::format_flags::none);
    return out.str();
}

std::string toml_quoted_key(std::string_view text)
{
    std::ostringstream out;
    out << toml::toml_formatter(toml::table{{text, true}}, toml::format_flags::none);
    const std::string line = out.str();
    return line.substr(0, line.rfind(" = "));
}

} // namespace config
