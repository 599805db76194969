// Asks a running post office something over its admin socket.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace server {

/// Sends one request line ("status", "who", "kick ann@example.org", "reload", "version") to the Unix socket
/// at `path` and returns the JSON that came back, without its line end. Blocks, at most a minute. An error
/// when nobody answers there; that a request failed is told in the JSON ("error").
base::result<std::string> admin_request(const std::string& path, std::string_view request);

} // namespace server
