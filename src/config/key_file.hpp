// A file or a table of it is read by its schema, and every fault is reported at once.
#pragma once

#include "config/fault.hpp"
#include "config/key.hpp"

#include <toml++/toml.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// Where each key that was given stands.
using key_lines = std::map<std::string, std::size_t, std::less<>>;

/// Takes what no row can describe; false where it is unknown here too.
using other_key = std::function<bool(const std::string& path, const toml::node& value, std::size_t line)>;

/// Which keys stand in the file, or in the table, that a schema's check looks at, and where a complaint goes.
class given_keys {
public:
    /// `before` is put in front of each key of a fault: "rules.".
    given_keys(const toml::table& table, std::string before, std::vector<fault>& faults);

    bool has(std::string_view path) const;
    /// That table was there, and was one.
    bool has_table(std::string_view path) const;
    /// At the key's own line, or its table's where it is not there. Not where the key has a fault already.
    void complain(std::string_view path, std::string reason, std::string remedy);

private:
    friend class key_walk;
    friend key_lines read_keys(const schema& of_file, const toml::table& table, void* values,
                               std::vector<fault>& faults, const other_key& other);

    std::size_t line_for(std::string_view path) const;

    std::string before_;
    std::vector<fault>& faults_;
    std::size_t first_fault_; ///< those before it are of other tables
    key_lines lines_, tables_;
};

/// Reads a whole file into `values`, which are complete in any case; adds to `faults`, in no order.
key_lines read_keys(const schema& of_file, const toml::table& table, void* values, std::vector<fault>& faults,
                    const other_key& other = {});

/// For those faults alone that are printed, what an unknown key may have been meant to be: each costs a comparison with
/// every key there is.
void suggest_keys(const schema& of_file, std::vector<fault>& faults);

} // namespace config
