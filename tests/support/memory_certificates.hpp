// Certificates that lie in memory, by path: what a post office is given by somebody who opens no files.
#pragma once

#include "server/environment.hpp"

#include <cerrno>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace support {

/// Thread-safe. Knows a chain and a key; no other names, no authorities.
class memory_certificates final : public server::certificate_source {
public:
    void put(const std::string& path, std::string octets)
    {
        const std::lock_guard lock(mutex_);
        files_[path] = std::move(octets);
        ++changes_;
    }

    net::tls_contents read(const server::tls_files& files) override
    {
        const std::lock_guard lock(mutex_);
        net::tls_contents out;
        out.certificate = {find(files.certificate.chain_path), find(files.certificate.key_path)};
        out.state = std::to_string(changes_);
        return out;
    }
    std::string state(const server::tls_files&) override
    {
        const std::lock_guard lock(mutex_);
        return std::to_string(changes_);
    }

private:
    net::pem_file find(const std::string& path) const
    {
        const auto found = files_.find(path);
        if (found != files_.end()) return {.name = path, .octets = found->second};
        return {.name = path, .octets = base::fail(base::error_from_errno(ENOENT, "cannot read " + path))};
    }

    std::mutex mutex_;
    std::map<std::string, std::string> files_;
    std::uint64_t changes_ = 0;
};

} // namespace support
