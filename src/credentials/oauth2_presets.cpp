// What is known of the providers that many people have.
#include "credentials/oauth2.hpp"

namespace credentials {

std::optional<oauth2_provider> oauth2_preset(std::string_view name)
{
    oauth2_provider out;
    out.name = name;
    if (name == "gmail") {
        out.authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth";
        out.device_endpoint = "https://oauth2.googleapis.com/device/code";
        out.token_endpoint = "https://oauth2.googleapis.com/token";
        out.scope = "https://mail.google.com/";
    } else if (name == "microsoft") {
        out.authorization_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize";
        out.device_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode";
        out.token_endpoint = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
        out.scope = "https://outlook.office.com/POP.AccessAsUser.All offline_access";
        out.loopback_host = "localhost"; // any port is allowed for this spelling alone
    } else if (name == "yahoo") {
        out.authorization_endpoint = "https://api.login.yahoo.com/oauth2/request_auth";
        out.token_endpoint = "https://api.login.yahoo.com/oauth2/get_token";
        out.scope = "mail-w";
    } else {
        return std::nullopt;
    }
    return out;
}

} // namespace credentials
