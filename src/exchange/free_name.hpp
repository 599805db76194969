// Files beside others: never over them.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace exchange {

struct named_file {
    std::unique_ptr<disk::file> file;
    std::string name;
};

/// Creates `name`, or "name (2).pdf", "name (3).pdf" … where that is taken. One object for one directory: it remembers
/// which number was free last, so that a thousand letters with one subject are no million tries.
class free_names {
public:
    explicit free_names(disk::directory& directory) : in_(directory) {}
    base::result<named_file> create(const std::string& name);

    /// Asked of each file that has one of the names; an error of it counts as a no.
    using judge = std::function<base::result<bool>(disk::file&)>;
    /// The same; nothing where `is_it` says yes to a file that has one of these names already.
    base::result<std::optional<named_file>> create_unless(const std::string& name, const judge& is_it);

private:
    disk::directory& in_;
    std::map<std::string, unsigned> next_;
};

} // namespace exchange
