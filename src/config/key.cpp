// A file as a program writes it, by its schema.
#include "config/key.hpp"

#include "config/key_values.hpp"

#include <algorithm>
#include <utility>

namespace config {

namespace {

std::string_view table_of(const key& which)
{
    const auto dot = which.path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : which.path.substr(0, dot);
}

std::string_view leaf_of(const key& which)
{
    return which.path.substr(which.path.rfind('.') + 1);
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
    for (const auto& each : items) octets_together += each.size() + 2;
    const bool one_line = octets_together <= octets_of_one_line;
    std::string out = "[";
    for (const auto& each : items)
        out.append(one_line ? (&each == items.data() ? "" : ", ") : "\n    ")
            .append(each)
            .append(one_line ? "" : ",");
    return out + (one_line ? "]" : "\n]");
}

class file_writer {
public:
    explicit file_writer(const schema& keys) : keys_(keys) {}

    std::string write(void* values)
    {
        keys_.with_defaults([&](void* defaults) {
            for (const auto& each : keys_.keys)
                std::visit([&](const auto& rule) { put(each, rule, values, defaults); }, each.rule);
        });
        return std::move(out_);
    }

private:
    void put(const key& which, const tables& rule, void* values, void* defaults)
    {
        if (rule.in_braces) return put_line(which, values, defaults);
        rule.each(values, [&](void* entry) {
            out_.append("\n[[")
                .append(which.path)
                .append("]]\n")
                .append(file_writer(rule.entry()).write(entry));
        });
    }
    void put(const key& which, const named_texts& rule, void* values, void*)
    {
        const auto& all = rule.at(values);
        if (!all.empty()) out_.append("\n[").append(which.path).append("]\n");
        for (const auto& [name, value] : all)
            out_.append(quoted_key(name)).append(" = ").append(in_quotes(value)).append("\n");
    }
    void put(const key& which, const named_text_lists& rule, void* values, void*)
    {
        const auto& all = rule.at(values);
        if (!all.empty()) out_.append("\n[").append(which.path).append("]\n");
        for (const auto& [name, texts] : all) {
            std::vector<std::string> items;
            for (const auto& each : texts) items.push_back(in_quotes(each));
            out_.append(quoted_key(name)).append(" = ").append(in_brackets(items)).append("\n");
        }
    }
    template <typename Other>
    void put(const key& which, const Other&, void* values, void* defaults)
    {
        put_line(which, values, defaults);
    }

    void put_line(const key& which, void* values, void* defaults)
    {
        const auto value = format_value(which, values);
        const bool set =
            !value.empty() && (which.written == written::always || value != format_value(which, defaults));
        if (!set && which.written != written::hinted) return;
        if (const auto table = table_of(which); table != table_)
            out_.append("\n[").append(table_ = table).append("]\n");
        if (!set)
            out_.append("# ")
                .append(leaf_of(which))
                .append(" = ")
                .append(which.example.empty() ? value : which.example)
                .append("  # ")
                .append(first_sentence(which.meaning))
                .append("\n");
        else if (const auto items = format_items(which, values); !items.empty())
            out_.append(leaf_of(which)).append(" = ").append(in_brackets(items)).append("\n");
        else
            out_.append(leaf_of(which)).append(" = ").append(value).append("\n");
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
