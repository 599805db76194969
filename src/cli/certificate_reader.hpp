// A process that reads certificates which only root may read, for a daemon that is root no more.
#pragma once

#include "base/result.hpp"
#include "cli/process.hpp"
#include "net/descriptor.hpp"
#include "net/tls.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace cli {

/// Forked while the caller is root. The child is the daemon's user with CAP_DAC_READ_SEARCH and no other right; it
/// opens the files that the TLS settings name, and only where the way to them is root's alone (open_trusted()), and
/// hands over the descriptor. It ends with its parent.
class certificate_reader {
public:
    /// Before any thread.
    static base::result<std::unique_ptr<certificate_reader>> start(const net::tls_settings& settings,
                                                                   const identity& whom);

    /// From any thread. `refused` for another path than those of the settings at the start.
    base::result<net::descriptor> open(const std::string& path);
    /// open(), as TLS settings take it; valid as long as this is.
    net::file_opener opener();

private:
    explicit certificate_reader(net::descriptor line) : line_(std::move(line)) {}

    std::mutex mutex_; // one question at a time
    net::descriptor line_;
};

} // namespace cli
