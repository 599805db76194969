// Where the contents of certificate files come from: the process that speaks to strangers needs no right to open them.
#pragma once

#include "net/tls/pem.hpp"
#include "server/settings.hpp"

#include <string>

namespace server {

/// Whoever may open files. Called from threads of the disk pool and from post_office::reload(); may block for the disk.
class certificate_source {
public:
    virtual ~certificate_source() = default;
    /// All that `files` names, as it is now. What cannot be read is in it as a fault.
    virtual net::tls_contents read(const tls_files& files) = 0;
    /// What read() would note as tls_contents::state now, without reading contents: asked every `watch_every`. Another
    /// than before means that it is time to read again; a file that cannot be looked at any more is a change, too.
    virtual std::string state(const tls_files& files) = 0;
};

} // namespace server
