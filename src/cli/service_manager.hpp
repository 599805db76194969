// What systemd is told, where it started us.
#pragma once

#include <string>

namespace cli {

/// Tells systemd, where it asked (sd_notify(3)): "READY=1", "STOPPING=1", ….
void notify_service_manager(const std::string& state);
/// "RELOADING=1" with the monotonic time that Type=notify-reload wants.
void notify_reloading();

} // namespace cli
