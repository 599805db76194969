// A certificate signed by its own key, for the first five minutes.
#include "net/address.hpp"
#include "net/tls/context.hpp"
#include "net/tls/openssl.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

namespace net {

namespace {

constexpr long version_3 = 2;
constexpr int serial_bits = 127;                   // RFC 5280, section 4.1.2.2: positive, at most 20 octets
constexpr std::size_t common_name_octets_max = 64; // RFC 5280, ub-common-name
constexpr auto valid_before_now = std::chrono::hours(24); // for clients whose clock is behind
constexpr auto valid_after_now = std::chrono::hours(24 * 3652);

void add_name(GENERAL_NAMES& names, int type, ASN1_STRING* value)
{
    auto* const name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(&names, name);
}

void add_dns(GENERAL_NAMES& names, std::string_view host)
{
    auto* const value = ASN1_IA5STRING_new();
    ASN1_STRING_set(value, host.data(), static_cast<int>(host.size()));
    add_name(names, GEN_DNS, value);
}

void add_ip(GENERAL_NAMES& names, const std::string& address)
{
    add_name(names, GEN_IPADD, a2i_IPADDRESS(address.c_str()));
}

openssl::general_names names_for(std::string_view host_name)
{
    openssl::general_names names(sk_GENERAL_NAME_new_null());
    if (const auto address = parse_address(host_name))
        add_ip(*names, format_address(*address));
    else if (host_name != "localhost")
        add_dns(*names, host_name);
    add_dns(*names, "localhost");
    add_ip(*names, "127.0.0.1");
    add_ip(*names, "::1");
    return names;
}

void set_time(ASN1_TIME* field, base::wall_time time)
{
    ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time));
}

bool set_identity(X509& certificate, EVP_PKEY& key, std::string_view host_name)
{
    const openssl::number serial(BN_new());
    auto* const name = X509_get_subject_name(&certificate);
    const auto common = host_name.size() <= common_name_octets_max ? host_name : "localhost";
    return X509_set_version(&certificate, version_3) == 1 &&
           BN_rand(serial.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(&certificate)) != nullptr &&
           X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common.data()),
                                      static_cast<int>(common.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1 && X509_set_pubkey(&certificate, &key) == 1;
}

// No authority (CA:FALSE): whoever trusts this certificate trusts these names, and no others its key could sign.
bool add_extensions(X509& certificate, std::string_view host_name)
{
    const auto names = names_for(host_name);
    const openssl::usages purposes(EXTENDED_KEY_USAGE_new());
    sk_ASN1_OBJECT_push(purposes.get(), OBJ_nid2obj(NID_server_auth));
    const openssl::usage_bits usage(ASN1_BIT_STRING_new());
    ASN1_BIT_STRING_set_bit(usage.get(), 0, 1); // digitalSignature, RFC 5280, section 4.2.1.3
    BASIC_CONSTRAINTS leaf{};
    return X509_add1_ext_i2d(&certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
           X509_add1_ext_i2d(&certificate, NID_ext_key_usage, purposes.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
           X509_add1_ext_i2d(&certificate, NID_key_usage, usage.get(), 1, X509V3_ADD_DEFAULT) == 1 &&
           X509_add1_ext_i2d(&certificate, NID_basic_constraints, &leaf, 1, X509V3_ADD_DEFAULT) == 1;
}

std::string text_of(BIO& written)
{
    char* octets = nullptr;
    const long size = BIO_get_mem_data(&written, &octets);
    return {octets, static_cast<std::size_t>(size)};
}

base::error not_made()
{
    return base::permanent_error(base::failure::internal,
                                 "cannot make a certificate: " + openssl::take_error());
}

} // namespace

base::result<self_made_certificate> make_certificate(std::string_view host_name, base::wall_time now)
{
    ERR_clear_error();
    const openssl::private_key key(EVP_EC_gen("P-256"));
    const openssl::certificate made(X509_new());
    if (!key || !made) return base::fail(not_made());
    set_time(X509_getm_notBefore(made.get()), now - valid_before_now);
    set_time(X509_getm_notAfter(made.get()), now + valid_after_now);
    const openssl::bio chain(BIO_new(BIO_s_mem()));
    const openssl::bio secret(BIO_new(BIO_s_secmem()));
    if (!set_identity(*made, *key, host_name) || !add_extensions(*made, host_name) ||
        X509_sign(made.get(), key.get(), EVP_sha256()) == 0 ||
        PEM_write_bio_X509(chain.get(), made.get()) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return base::fail(not_made());
    return self_made_certificate{.chain_pem = text_of(*chain), .key_pem = text_of(*secret)};
}

} // namespace net
