// Reads one TOML value by the rule of its key, and writes it back.
#include "config/key_values.hpp"

#include "config/fault.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <limits>
#include <sstream>

namespace config {

namespace {

using std::chrono::seconds;

std::string joined(std::span<const std::string_view> words)
{
    std::string out;
    for (std::size_t index = 0; index < words.size(); ++index) {
        if (index > 0) out += index + 1 == words.size() ? " or " : ", ";
        out.append("\"").append(words[index]).append("\"");
    }
    return out;
}

complaint wrong_kind(std::string_view wanted, std::string_view example)
{
    return {"must be " + std::string(wanted), "write " + std::string(example)};
}

class reader {
public:
    reader(const toml::node& value, void* values) : value_(value), into_(values) {}

    std::optional<complaint> operator()(const flag& rule)
    {
        const auto given = value_.value_exact<bool>();
        if (!given) return wrong_kind("true or false", "true or false, without quotes");
        rule.member(into_) = *given;
        return std::nullopt;
    }

    template <typename T>
    std::optional<complaint> operator()(const number<T>& rule)
    {
        const auto given = value_.value_exact<std::int64_t>();
        if (!given || *given < 0 || static_cast<std::uint64_t>(*given) < rule.min ||
            static_cast<std::uint64_t>(*given) > rule.max) {
            const auto range = std::to_string(rule.min) + " to " + std::to_string(rule.max);
            return wrong_kind("a whole number from " + range, "a number without quotes, from " + range);
        }
        rule.member(into_) = static_cast<T>(*given);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const octets& rule)
    {
        const auto given = octets_given();
        if (!given) return wrong_kind("a number of octets", octets_example);
        if (*given < rule.min)
            return complaint{"is too small", "write at least \"" + format_octets(rule.min) + "\""};
        rule.member(into_) = *given;
        return std::nullopt;
    }

    std::optional<complaint> operator()(const optional_octets& rule)
    {
        const auto given = octets_given();
        if (!given) return wrong_kind("a number of octets", std::string(octets_example) + "; 0 for no limit");
        set_or_clear(rule.member(into_), *given);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const optional_number& rule)
    {
        const auto given = value_.value_exact<std::int64_t>();
        if (!given || *given < 0)
            return wrong_kind("a whole number", "a number without quotes; 0 for no limit");
        set_or_clear(rule.member(into_), static_cast<std::uint64_t>(*given));
        return std::nullopt;
    }

    template <typename T>
    std::optional<complaint> operator()(const duration<T>& rule)
    {
        const auto given = milliseconds_given();
        if (!given) return wrong_kind("a duration", duration_example);
        if (given->count() == 0 && rule.min.count() > 0)
            return complaint{"must be longer than nothing",
                             "write at least \"" + format_milliseconds(rule.min) + "\""};
        if (*given < rule.min || *given > rule.max)
            return complaint{"is out of range", "write \"" + format_milliseconds(rule.min) + "\" to \"" +
                                                    format_milliseconds(rule.max) + "\""};
        if (std::chrono::duration_cast<T>(*given) != *given)
            return complaint{"is not a whole number of seconds",
                             "write a unit of seconds or more, such as \"2s\""};
        rule.member(into_) = std::chrono::duration_cast<T>(*given);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const optional_duration& rule)
    {
        const auto never = value_.value_exact<std::string>() == "never";
        const auto given = never ? seconds(0) : duration_given();
        if (!given)
            return wrong_kind("a duration or \"never\"", std::string(duration_example) + "; or \"never\"");
        set_or_clear(rule.member(into_), *given);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const text& rule)
    {
        const auto given = value_.value_exact<std::string>();
        const auto example = in_quotes(rule.example);
        if (!given) return wrong_kind("a text", "it in quotes, such as " + example);
        if (auto reason = rule.check(*given); !reason.empty())
            return complaint{in_quotes(*given) + " " + reason, "write one such as " + example};
        rule.member(into_) = *given;
        return std::nullopt;
    }

    std::optional<complaint> operator()(const text_list& rule)
    {
        const auto* given = value_.as_array();
        const auto remedy = "write a list such as " + std::string(rule.example);
        if (given == nullptr) return complaint{"must be a list of texts", remedy};
        std::vector<std::string> texts;
        for (const auto& element : *given) {
            const auto text = element.value_exact<std::string>();
            if (!text) return complaint{"must be a list of texts", remedy};
            if (auto reason = rule.check(*text); !reason.empty())
                return complaint{in_quotes(*text) + " " + reason, remedy};
            texts.push_back(*text);
        }
        rule.member(into_) = std::move(texts);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const choice& rule)
    {
        const auto given = value_.value_exact<std::string>();
        const auto found = std::ranges::find(rule.words, given.value_or(""));
        if (!given || found == rule.words.end())
            return complaint{given ? in_quotes(*given) + " is not one of its words" : "must be a text",
                             choice_remedy(rule, given.value_or(""))};
        rule.set(into_, static_cast<std::size_t>(found - rule.words.begin()));
        return std::nullopt;
    }

    std::optional<complaint> operator()(const parsed& rule)
    {
        auto given = value_.value_exact<std::string>();
        if (const auto plain = value_.value_exact<std::int64_t>(); plain && rule.takes_number)
            given = std::to_string(*plain);
        if (!given) return complaint{"must be a text", rule.remedy()};
        auto reason = rule.read(into_, *given);
        if (reason.empty()) return std::nullopt;
        return complaint{in_quotes(*given) + " " + reason, rule.remedy()};
    }

    std::optional<complaint> operator()(const parsed_flag& rule)
    {
        const auto given = value_.value_exact<bool>();
        if (!given) return wrong_kind("true or false", "true or false, without quotes");
        rule.read(into_, *given);
        return std::nullopt;
    }

    std::optional<complaint> operator()(const forbidden& rule)
    {
        return complaint{std::string(rule.reason), std::string(rule.remedy)};
    }

    // Tables of names and of tables have a line for each fault: key_file.cpp reads them.
    template <typename Table>
    std::optional<complaint> operator()(const Table&)
    {
        return complaint{"is a table", "write it in brackets on a line of its own, and its keys below"};
    }

private:
    static constexpr std::string_view octets_example = "a number and a unit, such as \"50M\" (units K M G T)";
    static constexpr std::string_view duration_example =
        "a number and a unit in quotes, such as \"90s\", \"15m\", \"2h\" or \"7d\"";

    static std::string choice_remedy(const choice& rule, std::string_view given)
    {
        if (const auto word = nearest(given, rule.words); !word.empty())
            return "did you mean \"" + std::string(word) + "\"? It can be " + joined(rule.words);
        return "write " + joined(rule.words);
    }

    std::optional<std::uint64_t> octets_given() const
    {
        if (const auto plain = value_.value_exact<std::int64_t>(); plain && *plain >= 0)
            return static_cast<std::uint64_t>(*plain);
        if (const auto with_unit = value_.value_exact<std::string>()) return parse_octets(*with_unit);
        return std::nullopt;
    }

    std::optional<std::chrono::milliseconds> milliseconds_given() const
    {
        if (const auto with_unit = value_.value_exact<std::string>()) return parse_milliseconds(*with_unit);
        return duration_given();
    }

    // A bare number has no unit, and whoever wrote it may have thought of another one than we.
    std::optional<seconds> duration_given() const
    {
        if (value_.value_exact<std::int64_t>() == 0) return seconds(0);
        if (const auto with_unit = value_.value_exact<std::string>()) return parse_duration(*with_unit);
        return std::nullopt;
    }

    template <typename T>
    static void set_or_clear(std::optional<T>& place, T value)
    {
        if (value == T{})
            place.reset();
        else
            place = value;
    }

    const toml::node& value_;
    void* into_;
};

// "{ header = "From", exists = true }"
std::string format_inline(const schema& of_entry, void* entry)
{
    std::string out;
    of_entry.with_defaults([&](void* defaults) {
        for (const auto& key : of_entry.keys) {
            const auto value = format_value(key, entry);
            if (value.empty() || (key.written != written::always && value == format_value(key, defaults)))
                continue;
            out.append(out.empty() ? "" : ", ").append(key.path).append(" = ").append(value);
        }
    });
    return "{ " + out + " }";
}

class item_writer {
public:
    explicit item_writer(void* values) : values_(values) {}

    std::vector<std::string> operator()(const text_list& rule)
    {
        std::vector<std::string> out;
        for (const auto& text : rule.member(values_)) out.push_back(in_quotes(text));
        return out;
    }
    std::vector<std::string> operator()(const tables& rule)
    {
        std::vector<std::string> out;
        rule.visit(values_, [&](void* entry) { out.push_back(format_inline(rule.entry(), entry)); });
        return out;
    }
    template <typename Other>
    std::vector<std::string> operator()(const Other&)
    {
        return {};
    }

private:
    void* values_;
};

class writer {
public:
    explicit writer(void* values) : values_(values) {}

    std::string operator()(const flag& rule) { return rule.member(values_) ? "true" : "false"; }
    template <typename T>
    std::string operator()(const number<T>& rule)
    {
        return std::to_string(rule.member(values_));
    }
    std::string operator()(const octets& rule) { return in_quotes(format_octets(rule.member(values_))); }
    std::string operator()(const optional_octets& rule)
    {
        const auto& value = rule.member(values_);
        return value ? in_quotes(format_octets(*value)) : "0";
    }
    std::string operator()(const optional_number& rule)
    {
        return std::to_string(rule.member(values_).value_or(0));
    }
    template <typename T>
    std::string operator()(const duration<T>& rule)
    {
        return in_quotes(format_milliseconds(rule.member(values_)));
    }
    std::string operator()(const optional_duration& rule)
    {
        const auto& value = rule.member(values_);
        return value ? in_quotes(format_duration(*value)) : "\"never\"";
    }
    std::string operator()(const text& rule) { return in_quotes(rule.member(values_)); }
    std::string operator()(const choice& rule) { return in_quotes(rule.words[rule.get(values_)]); }
    std::string operator()(const parsed& rule)
    {
        const auto value = rule.write(values_);
        return value ? in_quotes(*value) : "";
    }
    std::string operator()(const parsed_flag& rule)
    {
        const auto value = rule.write(values_);
        if (!value) return "";
        return *value ? "true" : "false";
    }
    std::string operator()(const forbidden&) { return ""; }
    template <typename List>
    std::string operator()(const List& rule)
    {
        std::string out;
        for (const auto& item : item_writer(values_)(rule)) out.append(out.empty() ? "" : ", ").append(item);
        return "[" + out + "]";
    }

private:
    void* values_;
};

} // namespace

std::optional<complaint> read_value(const key& key, const toml::node& value, void* values)
{
    return std::visit(reader{value, values}, key.rule);
}

std::string format_value(const key& key, void* values)
{
    return std::visit(writer{values}, key.rule);
}

std::vector<std::string> format_items(const key& key, void* values)
{
    return std::visit(item_writer{values}, key.rule);
}

std::string in_quotes(std::string_view text)
{
    std::ostringstream out;
    out << toml::toml_formatter(toml::value<std::string>(std::string(text)), toml::format_flags::none);
    return out.str();
}

std::string quoted_key(std::string_view text)
{
    std::ostringstream out;
    out << toml::toml_formatter(toml::table{{text, true}}, toml::format_flags::none);
    const std::string line = out.str();
    return line.substr(0, line.rfind(" = "));
}

} // namespace config
