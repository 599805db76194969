// A file or a table of it is read by its schema, and every fault is reported at once.
#include "config/key_file.hpp"

#include "base/ascii.hpp"
#include "config/fault.hpp"
#include "config/key_values.hpp"

#include <algorithm>
#include <utility>

namespace config {

namespace {

constexpr std::string_view unknown_key = "unknown key";

std::size_t line_of(const toml::source_region& region)
{
    return static_cast<std::size_t>(region.begin.line);
}

std::string_view leaf_of(std::string_view path)
{
    return path.substr(path.rfind('.') + 1);
}

std::string_view table_of(std::string_view path)
{
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

const table_heading* find_heading(const schema& keys, std::string_view name)
{
    const auto found = std::ranges::find(keys.headings, name, &table_heading::name);
    return found == keys.headings.end() ? nullptr : &*found;
}

// The same key in another table, or the nearest word; empty where there is none.
std::string_view likely_meant(const schema& keys, std::string_view path)
{
    std::vector<std::string_view> known;
    std::string_view elsewhere;
    for (const auto& key : keys.keys) {
        if (std::holds_alternative<forbidden>(key.rule)) continue;
        const auto* const list = std::get_if<tables>(&key.rule);
        if (list != nullptr && path.starts_with(key.path) && path.substr(key.path.size()).starts_with('.'))
            return likely_meant(list->entry(), path.substr(key.path.size() + 1));
        known.push_back(key.path);
        if (elsewhere.empty() && leaf_of(key.path) == leaf_of(path)) elsewhere = key.path;
    }
    if (!elsewhere.empty()) return elsewhere;
    for (const auto& heading : keys.headings) known.push_back(heading.name);
    return nearest(path, known);
}

} // namespace

given_keys::given_keys(const toml::table& table, std::string before, std::vector<fault>& faults)
    : before_(std::move(before)), faults_(faults), first_fault_(faults.size())
{
    tables_.emplace("", line_of(table.source()));
}

bool given_keys::has(std::string_view path) const
{
    return lines_.contains(path) || tables_.contains(path);
}

bool given_keys::has_table(std::string_view path) const
{
    return tables_.contains(path);
}

void given_keys::complain(std::string_view path, std::string reason, std::string remedy)
{
    const auto key = before_ + std::string(path);
    const auto of_this = [&](const fault& fault) { return fault.key == key; };
    if (std::ranges::any_of(faults_.begin() + static_cast<std::ptrdiff_t>(first_fault_), faults_.end(),
                            of_this))
        return;
    faults_.push_back({line_for(path), key, std::move(reason), std::move(remedy)});
}

std::size_t given_keys::line_for(std::string_view path) const
{
    if (const auto found = lines_.find(path); found != lines_.end()) return found->second;
    if (const auto found = tables_.find(path); found != tables_.end()) return found->second;
    return path.empty() ? 0 : line_for(table_of(path));
}

class key_walk {
public:
    key_walk(const schema& keys, void* values, given_keys& given, const other_key& other)
        : keys_(keys), values_(values), given_(given), other_(other)
    {
    }

    void read(const toml::table& table)
    {
        collect(table, "");
        // In the order of the schema: what a value means may rest on one before it.
        std::ranges::sort(found_, {}, [](const auto& entry) { return entry.first; });
        for (const auto& [known, value] : found_) set(*known, *value);
        if (keys_.check != nullptr) keys_.check(values_, given_);
    }

private:
    void collect(const toml::table& table, const std::string& prefix)
    {
        for (const auto& [name, value] : table) {
            const auto path = prefix + std::string(name.str());
            const auto line = line_of(name.source());
            const auto known = std::ranges::find(keys_.keys, path, &key::path);
            const bool is_table = find_heading(keys_, path) != nullptr;
            if (known != keys_.keys.end()) {
                given_.lines_.emplace(path, line);
                found_.emplace_back(&*known, &value);
            } else if (other_ && other_(path, value, line)) {
                continue;
            } else if (is_table && value.is_table()) {
                given_.tables_.emplace(path, line);
                collect(*value.as_table(), path + ".");
            } else if (is_table) {
                given_.lines_.emplace(path, line);
                report_no_table(line, path);
            } else {
                report(line, path, std::string(unknown_key),
                       "remove it; " + std::string(keys_.page) + " lists all keys");
            }
        }
    }

    void set(const key& known, const toml::node& value)
    {
        if (const auto* list = std::get_if<tables>(&known.rule)) return set_tables(known.path, *list, value);
        if (const auto* names = std::get_if<named_texts>(&known.rule))
            return set_named(known.path, *names, value);
        if (const auto* names = std::get_if<named_text_lists>(&known.rule))
            return set_named(known.path, *names, value);
        if (auto wrong = read_value(known, value, values_))
            report(given_.line_for(known.path), std::string(known.path), std::move(wrong->reason),
                   std::move(wrong->remedy));
    }

    void set_tables(std::string_view path, const tables& list, const toml::node& value)
    {
        const auto* array = value.as_array();
        if (array == nullptr || !array->is_homogeneous(toml::node_type::table))
            return report(given_.line_for(path), std::string(path), "is a list of tables",
                          "write [[" + given_.before_ + std::string(path) +
                              "]] on a line of its own for each");
        for (const auto& element : *array)
            list.append(values_, [&](void* entry) {
                const auto& table = *element.as_table();
                given_keys given(table, given_.before_ + std::string(path) + ".", given_.faults_);
                key_walk(list.entry(), entry, given, {}).read(table);
            });
    }

    template <typename Names>
    void set_named(std::string_view path, const Names& names, const toml::node& value)
    {
        const auto* table = value.as_table();
        if (table == nullptr) return report_no_table(given_.line_for(path), std::string(path));
        for (const auto& [name, element] : *table) {
            const auto wrong = add_named(names, name.str(), element);
            if (wrong)
                report(line_of(name.source()), std::string(path) + "." + std::string(name.str()),
                       wrong->reason, wrong->remedy);
        }
    }

    std::optional<complaint> add_named(const named_texts& names, std::string_view name,
                                       const toml::node& value)
    {
        const auto given = value.value_exact<std::string>();
        if (!given) return complaint{"must be a text", "write it in quotes"};
        names.member(values_).emplace(name, *given);
        return std::nullopt;
    }

    std::optional<complaint> add_named(const named_text_lists& names, std::string_view name,
                                       const toml::node& value)
    {
        std::vector<std::string> texts;
        const auto list =
            text_list{[](void* owner) -> auto& { return *static_cast<std::vector<std::string>*>(owner); },
                      [](std::string_view) { return std::string(); }, R"(["one", "two"])"};
        if (auto wrong = read_value({name, list, ""}, value, &texts)) return wrong;
        const auto in_small_letters = base::lower_case(name);
        if (const auto [reason, remedy] = names.check(in_small_letters, texts); !reason.empty())
            return complaint{std::string(reason), std::string(remedy)};
        names.member(values_).emplace(in_small_letters, std::move(texts));
        return std::nullopt;
    }

    void report_no_table(std::size_t line, const std::string& path)
    {
        report(line, path, "is a table",
               "write [" + given_.before_ + path + "] on a line of its own, and its keys below");
    }

    void report(std::size_t line, const std::string& path, std::string reason, std::string remedy)
    {
        given_.faults_.push_back({line, given_.before_ + path, std::move(reason), std::move(remedy)});
    }

    const schema& keys_;
    void* values_;
    given_keys& given_;
    const other_key& other_;
    std::vector<std::pair<const key*, const toml::node*>> found_;
};

key_lines read_keys(const schema& of_file, const toml::table& table, void* values, std::vector<fault>& faults,
                    const other_key& other)
{
    given_keys given(table, "", faults);
    key_walk(of_file, values, given, other).read(table);
    return std::move(given.lines_);
}

void suggest_keys(const schema& of_file, std::vector<fault>& faults)
{
    const auto shown = std::min(faults.size(), faults_shown_max);
    for (auto& fault : std::span(faults).first(shown)) {
        if (fault.reason != unknown_key) continue;
        if (const auto word = likely_meant(of_file, fault.key); !word.empty())
            fault.remedy = "did you mean \"" + std::string(word) + "\"?";
    }
}

} // namespace config
