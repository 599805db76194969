// A process that reads certificates which only root may read, for a daemon that is root no more.
#pragma once

#include "base/result.hpp"
#include "cli/process.hpp"
#include "cli/source.hpp"
#include "disk/path_reader.hpp"
#include "net/descriptor.hpp"
#include "server/settings.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cli {

/// The daemon's end of the line to that process. Its other end has CAP_DAC_READ_SEARCH and no other right; it opens
/// the files that the TLS settings named at its start, and only where the way to them is root's alone
/// (open_trusted()), and hands over the descriptor. It ends when this does.
class certificate_reader {
public:
    /// Forked while the caller is root, and `whom` from then on. Before any thread.
    /// One that refuses everything where look_at_configuration() does.
    static base::result<std::unique_ptr<certificate_reader>>
    start(const source& origin, const server::tls_files& files, const identity& whom);

    /// At `socket_path`, where systemd starts one for each connection (restanted-certificates.socket). It is connected
    /// to when it is first asked, and again where the line broke.
    explicit certificate_reader(std::string socket_path) : socket_path_(std::move(socket_path)) {}

    /// From any thread. `refused` for another path than those of the settings at the start.
    base::result<net::descriptor> open(const std::string& path);
    /// open(), as TLS settings take it; valid as long as this is.
    disk::file_opener opener();

private:
    explicit certificate_reader(net::descriptor line) : line_(std::move(line)) {}
    base::result<> connect();

    std::string socket_path_; // empty: forked
    std::optional<base::error> refusal_;
    std::mutex mutex_; // one question at a time
    net::descriptor line_;
};

/// `refused` where others than root can change the configuration: they could name any file of root's as a certificate.
base::result<> look_at_configuration(const source& origin);

/// The other end, for as long as the daemon holds its own: answers what comes on `line`.
void lend_certificates(int line, const server::tls_files& files);

} // namespace cli
