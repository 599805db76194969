// Files beside others: never over them.
#pragma once

#include "base/result.hpp"
#include "disk/file_system.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace archive {

struct named_file {
    std::unique_ptr<disk::file> file;
    std::string name;
};

/// Creates `name`, or "name (2).pdf", "name (3).pdf" … where that is taken. One object for one directory: it remembers
/// which number was free last, so that a thousand letters with one subject are no million tries.
class free_names {
public:
    explicit free_names(disk::directory& in) : in_(in) {}
    base::result<named_file> create(const std::string& name);

private:
    disk::directory& in_;
    std::map<std::string, unsigned> next_;
};

} // namespace archive
