// What a TLS client is made of, and what it allows.
#include "net/tls/client.hpp"

#include "base/encoding.hpp"
#include "net/tls/context.hpp"
#include "net/tls/trust.hpp"

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

    base::result<> read(const tls_client_contents& contents);

private:
    void trust_authorities(const std::optional<authorities_pem>& pem);
    void read_pins();
    void use_own(const certificate_pem& pem);
    void set_alpn();
    void fault_of_openssl(const std::string& fault)
    {
        found_.faults.push_back(fault + ": " + openssl::take_error());
    }

    tls_client_settings settings_;
    openssl::context context_;
    findings found_;
};

base::result<> loaded_client::read(const tls_client_contents& contents)
{
    if (!context_)
        fault_of_openssl("OpenSSL cannot make a context");
    else {
        ERR_clear_error();
        if (!restrict_tls(context_.get())) fault_of_openssl("this OpenSSL lacks what TLS needs here");
        SSL_CTX_set_max_cert_list(context_.get(), chain_octets_max);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_cert_verify_callback(context_.get(), &evaluate_certificate, nullptr);
        if (settings_.trust == trust::verified) trust_authorities(contents.authorities);
        read_pins();
        if (contents.certificate) use_own(*contents.certificate);
        set_alpn();
    }
    if (found_.faults.empty()) return {};
    std::string text;
    for (const auto& fault : found_.faults) text += (text.empty() ? "" : "\n") + fault;
    return base::fail(base::permanent_error(base::failure::malformed, text));
}

void loaded_client::trust_authorities(const std::optional<authorities_pem>& pem)
{
    if (!pem) {
        if (SSL_CTX_set_default_verify_paths(context_.get()) != 1)
            fault_of_openssl("cannot read the system's authorities (install ca-certificates)");
        return;
    }
    std::string fault;
    for (const auto& authority : read_authorities(*pem, fault))
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority.get());
    if (!fault.empty()) found_.faults.push_back("`ca`: " + fault);
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

void loaded_client::use_own(const certificate_pem& pem)
{
    const auto faults = found_.faults.size();
    const auto own = read_certificate(pem, base::wall_time::clock::now(), found_);
    if (found_.faults.size() == faults && !use_certificate(context_.get(), own))
        fault_of_openssl("OpenSSL refuses " + pem.chain.name);
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

base::result<std::shared_ptr<const tls_client>> tls_client::load(const tls_client_settings& settings,
                                                                 const tls_client_contents& contents)
{
    auto loaded = std::make_shared<loaded_client>(settings);
    if (const auto read = loaded->read(contents); !read) return base::fail(read.error());
    return loaded;
}

} // namespace net
