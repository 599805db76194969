// The server's side of TLS: which certificate answers which name, tickets, client certificates.
#include "net/tls/context.hpp"

#include "base/ascii.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace net {

namespace {

/// A mail client resumes with one connection at a time; each resumption brings the next ticket.
constexpr std::size_t tickets_per_handshake = 1;
/// A client's chain: more is an attack on our memory (OpenSSL's own limit is 100 KiB).
constexpr long client_chain_octets_max = 32L * 1024;
constexpr int client_chain_depth_max = 5;
constexpr std::uint8_t host_name_type = 0; // RFC 6066, section 3

/// The first host name of RFC 6066's ServerNameList; nothing where the extension is missing or broken
/// (OpenSSL itself refuses broken ones later).
std::optional<std::string> server_name_of(SSL* connection)
{
    const unsigned char* octets = nullptr;
    std::size_t size = 0;
    constexpr std::size_t head = 5; // the list's length, the type, the name's length
    if (SSL_client_hello_get0_ext(connection, TLSEXT_TYPE_server_name, &octets, &size) != 1 || size < head)
        return std::nullopt;
    const std::size_t name_size = static_cast<std::size_t>(octets[3]) << 8U | octets[4];
    if (octets[2] != host_name_type || name_size == 0 || name_size > TLSEXT_MAXLEN_host_name ||
        head + name_size > size)
        return std::nullopt;
    return base::lower_case({reinterpret_cast<const char*>(octets) + head, name_size});
}

class loaded_context final : public tls_context {
public:
    loaded_context(const tls_contents& contents, const tls_settings& settings,
                   std::shared_ptr<ticket_keys> keys)
        : keys_(std::move(keys)),
          alpn_(alpn_to_wire(settings.alpn)),
          refuse_unknown_names_(settings.refuse_unknown_names),
          asks_for_certificates_(contents.client_authorities.has_value()),
          contents_state_(contents.state)
    {
    }

    ssl_ctx_st* native() const override { return default_.get(); }
    base::wall_time valid_until() const override { return valid_until_; }
    const std::vector<served>& certificates() const override { return certificates_; }
    const std::string& contents_state() const override { return contents_state_; }
    const std::vector<std::string>& warnings() const override { return found_.warnings; }
    const std::shared_ptr<ticket_keys>& keys() const { return keys_; }

    base::result<> read(const tls_contents& contents, base::wall_time now);

private:
    void read_client_authorities(const authorities_pem& pem);
    openssl::context make(const certificate_pem& pem, base::wall_time now, const std::string* name);
    void allow(SSL_CTX* context);
    void use(SSL_CTX* context, const certificate& pair, const std::string& path);
    void ask_for_certificates(SSL_CTX* context) const;
    void warn_of_missing_name(X509* leaf, const std::string& name, const std::string& path);
    SSL_CTX* context_for(const std::string& name) const;
    bool default_holds(const std::string& name) const;
    bool bind_sessions(SSL* connection, const std::string& name) const;

    static int on_client_hello(SSL* connection, int* alert, void* self);
    static int on_alpn(SSL* connection, const unsigned char** out, unsigned char* out_size,
                       const unsigned char* offered, unsigned offered_size, void* self);
    static int on_ticket(SSL* connection, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int sealing);

    std::shared_ptr<ticket_keys> keys_;
    // OpenSSL would look them up by name at each handshake.
    openssl::digest sha_256_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    openssl::cipher aes_256_cbc_{EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)};
    openssl::context default_;
    std::map<std::string, openssl::context, std::less<>> by_name_;
    std::string alpn_;
    bool refuse_unknown_names_;
    bool asks_for_certificates_;
    /// Whom client certificates must be signed by; one for all contexts.
    openssl::store client_authorities_;
    openssl::names client_authority_names_;
    std::string contents_state_;
    std::vector<served> certificates_;
    base::wall_time valid_until_ = base::wall_time::max();
    findings found_;
};

base::result<> loaded_context::read(const tls_contents& contents, base::wall_time now)
{
    if (contents.client_authorities) read_client_authorities(*contents.client_authorities);
    default_ = make(contents.certificate, now, nullptr);
    for (const auto& [name, pem] : contents.names) by_name_.emplace(name, make(pem, now, &name));
    found_.faults.insert(found_.faults.end(), contents.faults.begin(), contents.faults.end());
    if (found_.faults.empty()) return {};
    std::string text;
    for (const auto& fault : found_.faults) text += (text.empty() ? "" : "\n") + fault;
    return base::fail(base::permanent_error(base::failure::malformed, std::move(text)));
}

void loaded_context::read_client_authorities(const authorities_pem& pem)
{
    client_authorities_.reset(X509_STORE_new());
    client_authority_names_.reset(sk_X509_NAME_new_null());
    std::string fault;
    const auto earlier = [](const X509_NAME* name, const X509_NAME* other) {
        return X509_NAME_cmp(name, other) < 0;
    };
    std::set<const X509_NAME*, decltype(earlier)> named(earlier);
    const auto authorities = read_authorities(pem, fault);
    for (const auto& authority : authorities) {
        X509_STORE_add_cert(client_authorities_.get(), authority.get());
        const auto* const name = X509_get_subject_name(authority.get());
        if (named.insert(name).second) sk_X509_NAME_push(client_authority_names_.get(), X509_NAME_dup(name));
    }
    if (!fault.empty()) found_.faults.push_back(std::move(fault));
}

openssl::context loaded_context::make(const certificate_pem& pem, base::wall_time now,
                                      const std::string* name)
{
    ERR_clear_error();
    openssl::context context(SSL_CTX_new(TLS_server_method()));
    if (!context) {
        found_.faults.push_back("OpenSSL cannot make a context: " + openssl::take_error());
        return nullptr;
    }
    allow(context.get());
    if (asks_for_certificates_) ask_for_certificates(context.get());
    const auto faults = found_.faults.size();
    const auto pair = read_certificate(pem, now, found_);
    if (found_.faults.size() > faults) return context;
    const auto& path = pem.chain.name;
    use(context.get(), pair, path);
    if (name != nullptr) warn_of_missing_name(pair.chain.front().get(), *name, path);
    valid_until_ = std::min(valid_until_, pair.valid_until);
    certificates_.push_back({name != nullptr ? *name : "default", path, pair.valid_until});
    return context;
}

void loaded_context::allow(SSL_CTX* context)
{
    if (!restrict_tls(context) || !sha_256_ || !aes_256_cbc_)
        found_.faults.push_back("this OpenSSL lacks what TLS needs here: " + openssl::take_error());
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     (asks_for_certificates_ ? SSL_OP_NO_TICKET : 0));
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_num_tickets(context, asks_for_certificates_ ? 0 : tickets_per_handshake);
    SSL_CTX_set_timeout(context, std::chrono::seconds(ticket_keys::ticket_lifetime).count());
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &loaded_context::on_ticket);
    SSL_CTX_set_client_hello_cb(context, &loaded_context::on_client_hello, this);
    // The name was acted on in on_client_hello; RFC 6066 wants that acknowledged.
    SSL_CTX_set_tlsext_servername_callback(context, +[](SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; });
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, &loaded_context::on_alpn, this);
}

void loaded_context::use(SSL_CTX* context, const certificate& pair, const std::string& path)
{
    if (!use_certificate(context, pair))
        found_.faults.push_back("OpenSSL refuses " + path + ": " + openssl::take_error());
}

void loaded_context::ask_for_certificates(SSL_CTX* context) const
{
    SSL_CTX_set1_cert_store(context, client_authorities_.get());
    SSL_CTX_set_client_CA_list(context, SSL_dup_CA_list(client_authority_names_.get()));
    // Asked for, not demanded: others log in with passwords. One that is shown must be good, or the handshake fails.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_verify_depth(context, client_chain_depth_max);
    SSL_CTX_set_max_cert_list(context, client_chain_octets_max);
}

void loaded_context::warn_of_missing_name(X509* leaf, const std::string& name, const std::string& path)
{
    const std::string probe = name.starts_with("*.") ? "any" + name.substr(1) : name;
    if (X509_check_host(leaf, probe.data(), probe.size(), 0, nullptr) != 1)
        found_.warnings.push_back(path + " is served for " + name + " but does not hold that name");
}

SSL_CTX* loaded_context::context_for(const std::string& name) const
{
    if (const auto exact = by_name_.find(name); exact != by_name_.end()) return exact->second.get();
    const auto dot = name.find('.');
    if (dot == std::string::npos) return nullptr;
    const auto wildcard = by_name_.find("*" + name.substr(dot));
    return wildcard == by_name_.end() ? nullptr : wildcard->second.get();
}

bool loaded_context::default_holds(const std::string& name) const
{
    auto* const leaf = SSL_CTX_get0_certificate(default_.get());
    return X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
}

/// A ticket is good for the name it was made for only, and for the protocols of its listener (RFC 6066,
/// section 3; RFC 8446, section 4.2.11): OpenSSL takes no session whose context differs.
bool loaded_context::bind_sessions(SSL* connection, const std::string& name) const
{
    const std::string bound = name + '\0' + alpn_;
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned octets = 0;
    return EVP_Digest(bound.data(), bound.size(), hash.data(), &octets, sha_256_.get(), nullptr) == 1 &&
           SSL_set_session_id_context(connection, hash.data(), octets) == 1;
}

// Called before OpenSSL looks at tickets, so that the certificate and the session's binding are settled by then.
int loaded_context::on_client_hello(SSL* connection, int* alert, void* self)
{
    const auto& context = *static_cast<const loaded_context*>(self);
    const auto name = server_name_of(connection).value_or("");
    auto* const chosen = context.context_for(name);
    if (chosen != nullptr && chosen != SSL_get_SSL_CTX(connection)) SSL_set_SSL_CTX(connection, chosen);
    if (chosen == nullptr && !name.empty() && context.refuse_unknown_names_ && !context.default_holds(name)) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    *alert = SSL_AD_INTERNAL_ERROR;
    return context.bind_sessions(connection, name) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

// Called only when the client sent a list.
int loaded_context::on_alpn(SSL*, const unsigned char** out, unsigned char* out_size,
                            const unsigned char* offered, unsigned offered_size, void* self)
{
    const auto& ours = static_cast<const loaded_context*>(self)->alpn_;
    unsigned char* chosen = nullptr;
    const int outcome =
        SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int loaded_context::on_ticket(SSL* connection, unsigned char* name, unsigned char* vector,
                              EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int sealing)
{
    constexpr int failed = -1;
    constexpr int unknown = 0; // the client gets a full handshake
    constexpr int good = 1;
    constexpr int good_but_old = 2;
    const auto* const self =
        static_cast<const loaded_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    const auto now = std::chrono::steady_clock::now();
    std::optional<ticket_keys::match> chosen;
    if (sealing == 1) {
        const auto current = self->keys_->current(now);
        if (!current || RAND_bytes(vector, EVP_CIPHER_get_iv_length(self->aes_256_cbc_.get())) != 1)
            return failed;
        std::ranges::copy(current->name, name);
        chosen = ticket_keys::match{.key = *current};
    } else {
        chosen = self->keys_->find({name, ticket_key{}.name.size()}, now);
        if (!chosen) return unknown;
    }
    auto& key = chosen->key;
    char digest[] = "SHA256"; // OpenSSL's parameters take no const
    std::array parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac_key.data(), key.mac_key.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    if (EVP_CipherInit_ex(cipher, self->aes_256_cbc_.get(), nullptr, key.cipher_key.data(), vector,
                          sealing) != 1 ||
        EVP_MAC_CTX_set_params(mac, parameters.data()) != 1)
        return failed;
    return chosen->old ? good_but_old : good;
}

} // namespace

base::result<std::shared_ptr<const tls_context>> tls_context::load(const tls_contents& contents,
                                                                   const tls_settings& settings,
                                                                   base::wall_time now,
                                                                   const tls_context* previous)
{
    const auto* const before = dynamic_cast<const loaded_context*>(previous);
    auto loaded = std::make_shared<loaded_context>(
        contents, settings, before != nullptr ? before->keys() : std::make_shared<ticket_keys>());
    if (const auto read = loaded->read(contents, now); !read) return base::fail(read.error());
    return loaded;
}

namespace {

/// AEAD with forward secrecy and nothing else (RFC 9325, section 4.2).
constexpr const char* ciphers_tls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* ciphers_tls13 =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
/// The hybrid group first, where the library knows it.
constexpr const char* groups_with_hybrid = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr int security_level = 2; // 112 bits: no RSA below 2048, no SHA-1

} // namespace

bool restrict_tls(SSL_CTX* context)
{
    SSL_CTX_set_security_level(context, security_level);
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ALLOW_CLIENT_RENEGOTIATION |
                                       SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
                                       SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // Buffers of idle connections go back; writes go on from wherever the octets lie then. Reading takes what the
    // socket has, and returns when that has been looked at, see tls_connection.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, 0) == 1 &&
           SSL_CTX_set_cipher_list(context, ciphers_tls12) == 1 &&
           SSL_CTX_set_ciphersuites(context, ciphers_tls13) == 1 &&
           (SSL_CTX_set1_groups_list(context, groups_with_hybrid) == 1 ||
            SSL_CTX_set1_groups_list(context, groups) == 1);
}

bool use_certificate(SSL_CTX* context, const certificate& own)
{
    bool used = SSL_CTX_use_certificate(context, own.chain.front().get()) == 1 &&
                SSL_CTX_use_PrivateKey(context, own.key.get()) == 1;
    for (std::size_t i = 1; used && i < own.chain.size(); ++i)
        used = SSL_CTX_add1_chain_cert(context, own.chain[i].get()) == 1;
    return used;
}

std::string alpn_to_wire(const std::vector<std::string>& protocols)
{
    std::string wire;
    for (const auto& name : protocols) wire += static_cast<char>(name.size()) + name;
    return wire;
}

} // namespace net
