// A shared library that is loaded when it is first needed.
//
// For what few runs of a program need and every start would pay for: libcurl alone brings twenty others and takes
// longer than a run of the collector that finds nothing new. What is loaded stays loaded: GLib and its like cannot be
// unloaded.
#pragma once

#include <string>

namespace base {

class library {
public:
    /// By its name with the version of its ABI: "libcurl.so.4".
    explicit library(const char* name);
    library(const library&) = delete;
    library& operator=(const library&) = delete;

    /// Empty: it is there, with all that was asked of it. Else what is missing.
    const std::string& trouble() const { return trouble_; }

    /// Finds `name` in it or in what it needs itself; of the type of the header's declaration:
    /// `into = &the_declaration` would be the same. Null, and told by trouble(), where it is not there.
    template <typename Function>
    void find(const char* name, Function*& function)
    {
        function = reinterpret_cast<Function*>(address_of(name));
    }

private:
    void* address_of(const char* name);

    void* handle_;
    std::string trouble_;
};

} // namespace base
