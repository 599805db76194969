// What systemd is told, where it started us.
#include "cli/service_manager.hpp"

#include "base/library.hpp"
#include "cli/terminal.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace cli {

void notify_service_manager(const std::string& state)
{
    if (std::getenv("NOTIFY_SOCKET") == nullptr) return;
    // It brings six others, which most starts of the collector would load for nothing.
    static base::library systemd("libsystemd.so.0");
    static decltype(&::sd_notify) notify = [] {
        decltype(&::sd_notify) found = nullptr;
        systemd.find("sd_notify", found);
        return found;
    }();
    if (systemd.trouble().empty())
        notify(0, state.c_str());
    else
        complain("cannot notify systemd: " + state + ": " + systemd.trouble());
}

void notify_reloading()
{
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now)); // fails only where there is no such clock
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

} // namespace cli
