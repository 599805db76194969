// One event, one line: what happened, in fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace base {

enum class severity { debug, info, notice, warning, error };

/// One `key=value` of an event. Values come from peers and disks and may hold anything: the
/// formatters escape them. No secret and no message text may be put into one.
struct field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;
};

/// Where events go. Safe to call from any thread; never throws; never blocks for long.
class log {
public:
    virtual ~log() = default;
    virtual void write(severity level, std::string_view event, std::span<const field> fields) = 0;

    void debug(std::string_view event, std::initializer_list<field> fields = {});
    void info(std::string_view event, std::initializer_list<field> fields = {});
    void notice(std::string_view event, std::initializer_list<field> fields = {});
    void warning(std::string_view event, std::initializer_list<field> fields = {});
    void error(std::string_view event, std::initializer_list<field> fields = {});
};

/// A log that forgets, for tools that have no one to tell.
class null_log final : public log {
public:
    void write(severity, std::string_view, std::span<const field>) override {}
};

/// The name of a level in logs and configurations: "debug" … "error".
std::string_view name_of(severity level);

/// `event key=value key="value with \"escapes\""`: one line without its end, printable ASCII and
/// valid UTF-8 only; every control octet, quote, backslash and broken UTF-8 octet is escaped as \xNN,
/// and a value longer than 512 octets is cut, with its length told.
std::string format_key_value(std::string_view event, std::span<const field> fields);

/// The same as one JSON object with the keys in the order given, `event` first.
std::string format_json(std::string_view event, std::span<const field> fields);

} // namespace base
