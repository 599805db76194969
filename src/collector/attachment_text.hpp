// Texts of attachments, by programs that restante.toml names: for the index alone.
#pragma once

#include "config/archive_configuration.hpp"
#include "search/index.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace collector {

class attachment_reader {
public:
    attachment_reader(const config::archive_configuration& how, std::function<void(const std::string&)> note)
        : commands_(how.text_of), note_(std::move(note))
    {
    }

    /// Stands for the programs; empty: none.
    std::string name() const;
    bool wants(const mail::mime::attachment& what) const { return !command_for(what).empty(); }
    /// What the program prints, at most a MiB of it. It has the attachment as its standard input, where it may seek;
    /// it is killed after 30 s. What goes wrong is noted once for each program, and the text is empty.
    std::string text_of(const mail::mime::attachment& what, std::string_view octets);

private:
    const std::vector<std::string>& command_for(const mail::mime::attachment& what) const;

    decltype(config::archive_configuration::text_of) commands_;
    std::function<void(const std::string&)> note_;
    std::set<std::string> complained_; ///< of which programs
};

} // namespace collector
