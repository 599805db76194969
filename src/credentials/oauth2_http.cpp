// POST by libcurl.
#include "credentials/oauth2_http.hpp"

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/library.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <memory>

namespace credentials {

namespace {

constexpr long connect_seconds = 30;
constexpr long whole_seconds = 60;

struct curl_calls {
    decltype(&::curl_easy_init) easy_init = nullptr;
    decltype(&::curl_easy_setopt) easy_setopt = nullptr;
    decltype(&::curl_easy_perform) easy_perform = nullptr;
    decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
    decltype(&::curl_easy_strerror) easy_strerror = nullptr;
    decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
    decltype(&::curl_slist_append) slist_append = nullptr;
    decltype(&::curl_slist_free_all) slist_free_all = nullptr;
    std::string trouble{}; ///< empty: it is there
};

curl_calls found_curl()
{
    curl_calls calls;
    base::library library("libcurl.so.4");
    library.find("curl_easy_init", calls.easy_init);
    library.find("curl_easy_setopt", calls.easy_setopt);
    library.find("curl_easy_perform", calls.easy_perform);
    library.find("curl_easy_getinfo", calls.easy_getinfo);
    library.find("curl_easy_strerror", calls.easy_strerror);
    library.find("curl_easy_cleanup", calls.easy_cleanup);
    library.find("curl_slist_append", calls.slist_append);
    library.find("curl_slist_free_all", calls.slist_free_all);
    calls.trouble = library.trouble();
    return calls;
}

/// Loaded at the first use: only accounts with OAuth 2.0 need it, and it brings much with it.
const curl_calls& curl()
{
    static const curl_calls calls = found_curl();
    return calls;
}

struct free_handle {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
};
struct free_list {
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

// What host and path are, without a query: all that may be shown of an address.
std::string shown_address(const std::string& url)
{
    return url.substr(0, url.find_first_of("?#"));
}

std::size_t take_octets(char* octets, std::size_t size, std::size_t count, void* user_data)
{
    auto& body = *static_cast<std::string*>(user_data);
    const std::size_t got = size * count;
    if (body.size() + got > oauth2_answer_octets_max) return 0;
    body.append(octets, got);
    return got;
}

base::error error_of(CURLcode code, const std::string& url)
{
    const std::string context = shown_address(url) + ": " + curl().easy_strerror(code);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return base::temporary_error(base::failure::timed_out, "no answer in time from " + context);
    case CURLE_WRITE_ERROR:
        return base::permanent_error(base::failure::too_large, shown_address(url) + " answers with too much");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return base::permanent_error(base::failure::refused,
                                     "the certificate cannot be trusted of " + context);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return base::permanent_error(base::failure::refused,
                                     "\"" + shown_address(url) +
                                         "\" is not an https address; correct the endpoint");
    default: return base::temporary_error(base::failure::network, "cannot ask " + context);
    }
}

bool is_folder(const std::string& path)
{
    struct stat found{};
    return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

void set_options(CURL* handle, const std::string& url, const std::string& body, curl_slist* headers,
                 const std::string& ca_path)
{
    curl().easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl().easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
    curl().easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl().easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl().easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl().easy_setopt(handle, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl().easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
    curl().easy_setopt(handle, CURLOPT_TIMEOUT, whole_seconds);
    curl().easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl().easy_setopt(handle, CURLOPT_POST, 1L);
    curl().easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl().easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    curl().easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    if (ca_path.empty()) return;
    // Those given alone: neither the system's file nor its folder.
    const bool folder = is_folder(ca_path);
    curl().easy_setopt(handle, CURLOPT_CAINFO, folder ? nullptr : ca_path.c_str());
    curl().easy_setopt(handle, CURLOPT_CAPATH, folder ? ca_path.c_str() : nullptr);
}

base::result<oauth2_http_answer> post(const std::string& url, const oauth2_form& fields,
                                      const std::string& ca_path)
{
    if (!curl().trouble.empty())
        return base::fail(
            base::permanent_error(base::failure::internal, "libcurl cannot be used: " + curl().trouble));
    const std::unique_ptr<CURL, free_handle> handle(curl().easy_init());
    const std::unique_ptr<curl_slist, free_list> headers(
        curl().slist_append(nullptr, "Accept: application/json"));
    if (!handle || !headers)
        return base::fail(base::temporary_error(base::failure::internal, "libcurl cannot be used"));
    std::string body = format_form(fields);
    set_options(handle.get(), url, body, headers.get(), ca_path);
    oauth2_http_answer answer;
    curl().easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take_octets);
    curl().easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer.body);
    const CURLcode code = curl().easy_perform(handle.get());
    explicit_bzero(body.data(), body.size());
    if (code != CURLE_OK) return base::fail(error_of(code, url));
    curl().easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

bool unreserved(char c) // RFC 3986, section 2.3
{
    return base::is_letter_or_digit(c) || std::string_view("-._~").contains(c);
}

void append_escaped(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
        } else {
            const auto octet = static_cast<unsigned char>(c);
            out += {'%', digits[octet >> 4U], digits[octet & 15U]};
        }
    }
}

} // namespace

std::string format_form(const oauth2_form& fields)
{
    std::string out;
    for (const auto& [name, value] : fields) {
        if (!out.empty()) out += '&';
        append_escaped(out, name);
        out += '=';
        append_escaped(out, value);
    }
    return out;
}

bool decode_form_value(std::string_view text, std::string& out)
{
    out.clear();
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '+') {
            out += ' ';
        } else if (text[index] != '%') {
            out += text[index];
        } else {
            const auto octet =
                index + 2 < text.size() ? base::from_hex(text.substr(index + 1, 2)) : std::nullopt;
            if (!octet) return false;
            out += *octet;
            index += 2;
        }
    }
    return true;
}

oauth2_post oauth2_https(std::string ca_path)
{
    return [ca_path = std::move(ca_path)](const std::string& url, const oauth2_form& fields) {
        return post(url, fields, ca_path);
    };
}

} // namespace credentials
