// What systemd is told, where it started us.
#include "cli/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>

namespace cli {

void notify_service_manager(const std::string& state)
{
    sd_notify(0, state.c_str());
}

void notify_reloading()
{
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now)); // fails only where there is no such clock
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

} // namespace cli
