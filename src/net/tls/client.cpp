// Reading of what a TLS client needs, and what it allows.
#include "net/tls/client.hpp"

#include "base/encoding.hpp"
#include "net/tls/policy.hpp"
#include "net/tls/trust.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace net {

namespace {

/// RFC 7301, section 3.1.
constexpr std::size_t alpn_name_octets_max = 255;
constexpr std::size_t pin_octets = 32; // SHA-256
/// A server's chain is at most some certificates of 2 KiB each (OpenSSL's own limit is 100 KiB).
constexpr long chain_octets_max = 64L * 1024;

bool is_pin(std::string_view text)
{
    constexpr std::string_view form = "sha256/";
    if (!text.starts_with(form)) return false;
    const auto hash = base::from_base64(text.substr(form.size()));
    return hash && hash->size() == pin_octets;
}

class loaded_client final : public tls_client {
public:
    explicit loaded_client(const tls_client_settings& settings)
        : settings_(settings), context_(SSL_CTX_new(TLS_client_method()))
    {
    }

    ssl_ctx_st* native() const override { return context_.get(); }
    const tls_client_settings& settings() const override { return settings_; }

    base::result<> read();

private:
    void read_authorities();
    void read_pins();
    void read_own_certificate();
    void set_alpn();
    void fault_of_openssl(const std::string& what)
    {
        found_.faults.push_back(what + ": " + openssl::take_error());
    }

    tls_client_settings settings_;
    openssl::context context_;
    findings found_;
};

base::result<> loaded_client::read()
{
    if (!context_)
        fault_of_openssl("OpenSSL cannot make a context");
    else {
        ERR_clear_error();
        if (!restrict_tls(context_.get())) fault_of_openssl("this OpenSSL lacks what TLS needs here");
        SSL_CTX_set_max_cert_list(context_.get(), chain_octets_max);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_cert_verify_callback(context_.get(), &judge_certificate, nullptr);
        read_authorities();
        read_pins();
        read_own_certificate();
        set_alpn();
    }
    if (found_.faults.empty()) return {};
    std::string text;
    for (const auto& fault : found_.faults) text += (text.empty() ? "" : "\n") + fault;
    return base::fail(
        {.kind = base::failure::malformed, .temporary = false, .peer_text = {}, .operator_text = text});
}

void loaded_client::read_authorities()
{
    if (settings_.trust != trust::verified) return;
    const auto& path = settings_.ca_path;
    if (path.empty()) {
        if (SSL_CTX_set_default_verify_paths(context_.get()) != 1)
            fault_of_openssl("cannot read the system's authorities (install ca-certificates)");
        return;
    }
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        found_.faults.push_back("cannot read `ca` " + path + ": " + std::strerror(errno));
        return;
    }
    const bool read = S_ISDIR(status.st_mode) ? SSL_CTX_load_verify_dir(context_.get(), path.c_str()) == 1
                                              : SSL_CTX_load_verify_file(context_.get(), path.c_str()) == 1;
    if (!read) fault_of_openssl("`ca` " + path + " holds no certificates of authorities in PEM");
    // Whoever names a file means these certificates, be they roots or not.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.get()), X509_V_FLAG_PARTIAL_CHAIN);
}

void loaded_client::read_pins()
{
    for (const auto& pin : settings_.pins)
        if (!is_pin(pin))
            found_.faults.push_back("`pins`: \"" + pin + "\" is not sha256/ and 44 characters of Base64");
    if (settings_.trust == trust::pinned && settings_.pins.empty())
        found_.faults.emplace_back("`trust` is pinned and `pins` is empty: nothing could be trusted");
}

void loaded_client::read_own_certificate()
{
    const auto& files = settings_.client_certificate;
    if (files.chain_path.empty() && files.key_path.empty()) return;
    const auto faults = found_.faults.size();
    const auto own = read_certificate(files, {}, base::wall_time::clock::now(), found_);
    if (found_.faults.size() == faults && !use_certificate(context_.get(), own))
        fault_of_openssl("OpenSSL refuses " + files.chain_path);
}

void loaded_client::set_alpn()
{
    for (const auto& name : settings_.alpn) {
        if (!name.empty() && name.size() <= alpn_name_octets_max) continue;
        found_.faults.emplace_back("an ALPN name has 1 to 255 octets");
        return;
    }
    const auto wire = alpn_to_wire(settings_.alpn);
    if (!wire.empty() &&
        SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                                static_cast<unsigned>(wire.size())) != 0)
        fault_of_openssl("OpenSSL refuses the ALPN names");
}

} // namespace

base::result<std::shared_ptr<const tls_client>> tls_client::load(const tls_client_settings& settings)
{
    auto loaded = std::make_shared<loaded_client>(settings);
    if (const auto read = loaded->read(); !read) return base::fail(read.error());
    return loaded;
}

} // namespace net
