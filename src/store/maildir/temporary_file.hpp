// A message being written in tmp/, and its way into new/.
#pragma once

#include "store/maildir/backend.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace store::maildir {

/// Destroyed before it was delivered, it removes its file.
class temporary_file {
public:
    static base::result<std::unique_ptr<temporary_file>> create(backend& with, const maildrop_name& name);
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file();

    base::result<> write(std::string_view octets);
    std::uint64_t octets() const { return octets_; }
    /// Reads back what was written.
    base::result<std::size_t> read(std::span<char> into, std::uint64_t offset);
    /// An empty file in the same tmp/, to begin anew.
    base::result<std::unique_ptr<temporary_file>> another() const;

    folders& in() { return *in_; }

    /// Write out → fsync → close → rename without replacing into new/ → fsync of new/. Gives the base name.
    /// After an error nothing is left in tmp/, and in new/ only where it could not be removed again.
    base::result<std::string> deliver(std::uint64_t canonical_octets);

private:
    temporary_file(backend& with, std::shared_ptr<folders> in, std::shared_ptr<disk::directory> directory,
                   std::unique_ptr<disk::file> file, std::string name);
    static base::result<std::unique_ptr<temporary_file>>
    create_in(backend& with, std::shared_ptr<folders> in, std::shared_ptr<disk::directory> directory);
    base::result<> flush();
    base::result<std::string> rename_into_new(std::uint64_t canonical_octets);
    void discard();

    backend& with_;
    std::shared_ptr<folders> in_;
    std::shared_ptr<disk::directory> directory_;
    std::unique_ptr<disk::file> file_; ///< null once closed
    std::string name_;                 ///< empty once it is not in tmp/ any more
    std::string unwritten_;
    std::uint64_t octets_ = 0;
};

} // namespace store::maildir
