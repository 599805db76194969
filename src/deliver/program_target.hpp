// delivery_target that is a program: an MDA, a filter, anything that takes a message on its standard input.
#pragma once

#include "base/clock.hpp"
#include "deliver/added_fields.hpp"
#include "deliver/delivery_target.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace deliver {

struct program_target_settings {
    std::string name;              ///< "program:/usr/bin/procmail": delivery_target::name()
    std::vector<std::string> argv; ///< no shell sees it
    std::string recipient{};       ///< for the added fields only
    std::string own_name = "localhost";
    added_fields added{};
    std::chrono::milliseconds limit = std::chrono::minutes(5); ///< then it is killed, with its process group
};

/// The message comes with LF line ends, as MDAs expect; a bare LF in it can then not be told from CRLF. Exit status 0:
/// taken. 75 (EX_TEMPFAIL of sysexits.h), a signal, too little read, too slow, not to be started: temporary. Any other:
/// refused.
class program_target final : public delivery_target {
public:
    program_target(program_target_settings settings, const base::clock& clock);
    base::result<> deliver(const message_source& message, std::uint64_t octets) override;
    const std::string& name() const override { return settings_.name; }
    /// The whole command: /bin/sh may stand for any.
    std::string identity() const override;

private:
    program_target_settings settings_;
    const base::clock& clock_;
};

} // namespace deliver
