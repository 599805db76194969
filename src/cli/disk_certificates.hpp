// Certificates from files: what the post office and the checks are given of them.
#pragma once

#include "disk/path_reader.hpp"
#include "server/environment.hpp"

#include <string>
#include <utility>

namespace cli {

/// Reads the files as they are now, with the rights of this process, and by `open_unreadable` where those do not do.
class disk_certificates final : public server::certificate_source {
public:
    explicit disk_certificates(disk::file_opener open_unreadable = {}) : reader_(std::move(open_unreadable))
    {
    }

    net::tls_contents read(const server::tls_files& files) override;
    std::string state(const server::tls_files& files) override;

private:
    disk::path_reader reader_;
};

} // namespace cli
