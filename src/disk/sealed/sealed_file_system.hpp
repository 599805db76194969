// Files that are encrypted on the disk under them: what is written comes back, or an error, and never anything else.
#pragma once

#include "disk/file_system.hpp"
#include "disk/sealed/secret_octets.hpp"

#include <memory>
#include <string>

namespace disk {

/// A file system over another one, whose names, times and directories it shows as they are. The contents of files are
/// encrypted with libsodium's secretstream (XChaCha20-Poly1305). status().octets tells what was written, not what it
/// takes.
///
/// A file is written once: after sync(), close() or set_modified(), more is `refused`; so are open_to_append()
/// and shorten(). One that was never finished, was
/// cut short or changed, or has another key, is `malformed` when the damaged part or the end is read. A file under
/// another one's name is not noticed, for files may be renamed.
/// read_cached() never has anything. Lock files stay as they are.
class sealed_file_system final : public file_system {
public:
    /// `key` has 32 octets (sealing_key::sub_key).
    sealed_file_system(file_system& under, secret_octets key);

    base::result<std::unique_ptr<directory>> open(const std::string& path) override;
    base::result<> make_path(const std::string& path) override;

private:
    file_system& under_;
    std::shared_ptr<const secret_octets> key_;
};

// One encrypted file, being written or read.

/// `name` is for error texts.
base::result<std::unique_ptr<file>> create_sealed_file(std::unique_ptr<file> under,
                                                       const std::shared_ptr<const secret_octets>& key,
                                                       std::string name);
/// Reads and checks the head; `malformed` where it is none.
base::result<std::unique_ptr<file>> open_sealed_file(std::unique_ptr<file> under,
                                                     const std::shared_ptr<const secret_octets>& key,
                                                     std::string name);

} // namespace disk
