// What the work needs of whoever asked for it, beside the request.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>

namespace collector {

/// Where nobody is there, nothing is typed and nobody hears the notes. Each may be called from any thread.
struct person {
    /// What was typed after `prompt`, unseen: a password or a passphrase. `refused` where nobody is there.
    std::function<base::result<std::string>(const std::string& prompt)> ask_secret = [](const std::string&) {
        return base::result<std::string>(
            base::fail(base::permanent_error(base::failure::refused, "no terminal to ask for a password")));
    };
    /// A new one of `owner`, without a slip of the fingers; `noun`: "password" or "passphrase". `refused` likewise.
    std::function<base::result<std::string>(const std::string& owner, const std::string& noun)>
        choose_secret = [](const std::string&, const std::string& noun) {
            return base::result<std::string>(base::fail(
                base::permanent_error(base::failure::refused, "nobody is there to type a new " + noun)));
        };
    /// A sentence beside the result: what was mended on the way, or could not be done and hinders nothing.
    std::function<void(const std::string& text)> note = [](const std::string&) {};
};

} // namespace collector
