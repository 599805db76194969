// A file as a program writes it, by its schema.
#include "config/key.hpp"

#include "config/key_values.hpp"

#include <algorithm>
#include <utility>

namespace config {

namespace {

std::string_view table_of(const key& key)
{
    const auto dot = key.path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : key.path.substr(0, dot);
}

std::string_view leaf_of(const key& key)
{
    return key.path.substr(key.path.rfind('.') + 1);
}

std::string_view first_sentence(std::string_view text)
{
    return text.substr(0, std::min(text.find(". "), text.size() - (text.ends_with('.') ? 1 : 0)));
}

/// Over many lines where one would be long: what reads the file has a limit for a line.
std::string in_brackets(const std::vector<std::string>& items)
{
    constexpr std::size_t octets_of_one_line = 100;
    std::size_t octets_together = 0;
    for (const auto& item : items) octets_together += item.size() + 2;
    const bool one_line = octets_together <= octets_of_one_line;
    std::string out = "[";
    for (const auto& item : items)
        out.append(one_line ? (&item == items.data() ? "" : ", ") : "\n    ")
            .append(item)
            .append(one_line ? "" : ",");
    return out + (one_line ? "]" : "\n]");
}

class file_writer {
public:
    explicit file_writer(const schema& keys) : keys_(keys) {}

    std::string write(void* values)
    {
        keys_.with_defaults([&](void* defaults) {
            for (const auto& key : keys_.keys)
                std::visit([&](const auto& rule) { put(key, rule, values, defaults); }, key.rule);
        });
        return std::move(out_);
    }

private:
    void put(const key& key, const tables& rule, void* values, void* defaults)
    {
        if (rule.in_braces) return put_line(key, values, defaults);
        rule.visit(values, [&](void* entry) {
            out_.append("\n[[").append(key.path).append("]]\n").append(
                file_writer(rule.entry()).write(entry));
        });
    }
    void put(const key& key, const named_texts& rule, void* values, void*)
    {
        const auto& texts = rule.member(values);
        if (!texts.empty()) out_.append("\n[").append(key.path).append("]\n");
        for (const auto& [name, value] : texts)
            out_.append(quoted_key(name)).append(" = ").append(in_quotes(value)).append("\n");
    }
    void put(const key& key, const named_text_lists& rule, void* values, void*)
    {
        const auto& lists = rule.member(values);
        if (!lists.empty()) out_.append("\n[").append(key.path).append("]\n");
        for (const auto& [name, texts] : lists) {
            std::vector<std::string> items;
            for (const auto& text : texts) items.push_back(in_quotes(text));
            out_.append(quoted_key(name)).append(" = ").append(in_brackets(items)).append("\n");
        }
    }
    template <typename Other>
    void put(const key& key, const Other&, void* values, void* defaults)
    {
        put_line(key, values, defaults);
    }

    void put_line(const key& key, void* values, void* defaults)
    {
        const auto value = format_value(key, values);
        const bool set =
            !value.empty() && (key.written == written::always || value != format_value(key, defaults));
        if (!set && key.written != written::hinted) return;
        if (const auto table = table_of(key); table != table_)
            out_.append("\n[").append(table_ = table).append("]\n");
        if (!set)
            out_.append("# ")
                .append(leaf_of(key))
                .append(" = ")
                .append(key.example.empty() ? value : key.example)
                .append("  # ")
                .append(first_sentence(key.meaning))
                .append("\n");
        else if (const auto items = format_items(key, values); !items.empty())
            out_.append(leaf_of(key)).append(" = ").append(in_brackets(items)).append("\n");
        else
            out_.append(leaf_of(key)).append(" = ").append(value).append("\n");
    }

    const schema& keys_;
    std::string_view table_;
    std::string out_;
};

} // namespace

std::string format_file(const schema& of_file, void* values)
{
    return file_writer(of_file).write(values);
}

} // namespace config
