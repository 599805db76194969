// Parsing of certificates: every fault is found at once, and none is only "bad file".
#include "net/tls/certificate.hpp"

#include "net/address.hpp"
#include "net/tls/context.hpp"
#include "net/tls/openssl.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <utility>

namespace net {

namespace {

/// Others may do nothing with a key, and its group may only read it.
constexpr std::uint32_t key_mode_forbidden = 0037;

std::string octal(std::uint32_t mode)
{
    std::array<char, 8> digits{};
    const int octets = std::snprintf(digits.data(), digits.size(), "%04o", static_cast<unsigned>(mode));
    return {digits.data(), static_cast<std::size_t>(octets)};
}

/// Why `file` could not be read; `malformed` is what is no file, or too large a one.
std::string fault_of(const pem_file& file)
{
    const auto& error = file.octets.error();
    return error.operator_text + (error.kind == base::failure::malformed ? "; name a PEM file" : "");
}

base::wall_time to_wall_time(const ASN1_TIME* time)
{
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

/// Without it OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

void read_chain(const pem_file& file, certificate& out, findings& found)
{
    if (!file.octets) {
        found.faults.push_back(fault_of(file));
        return;
    }
    ERR_clear_error();
    const auto source = openssl::reading(*file.octets);
    while (auto* const next = PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr))
        out.chain.emplace_back(next);
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = openssl::take_error();
    if (out.chain.empty())
        found.faults.push_back(file.name + " holds no certificate in PEM (BEGIN CERTIFICATE)" +
                               (at_the_end ? "" : ": " + reason));
    else if (!at_the_end)
        found.faults.push_back(file.name + ": a certificate of the chain is broken: " + reason);
}

void read_key(const pem_file& file, certificate& out, findings& found)
{
    if (!file.octets) {
        found.faults.push_back(fault_of(file));
        return;
    }
    if ((file.permissions & key_mode_forbidden) != 0)
        found.faults.push_back(file.name + " holds a private key and is open to others (mode " +
                               octal(file.permissions) + "): chmod 0640 or 0600");
    ERR_clear_error();
    const auto source = openssl::reading(*file.octets);
    out.key.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, nullptr));
    const auto reason = openssl::take_error();
    if (out.key) return;
    const bool locked = file.octets->contains("ENCRYPTED");
    found.faults.push_back(file.name + (locked
                                            ? " is protected by a passphrase: store it without one, mode 0600"
                                            : " holds no private key in PEM: " + reason));
}

void check_dates(const std::string& path, certificate& pair, base::wall_time now, findings& found)
{
    pair.valid_from = base::wall_time::min();
    pair.valid_until = base::wall_time::max();
    for (const auto& x509 : pair.chain) {
        pair.valid_from = std::max(pair.valid_from, to_wall_time(X509_get0_notBefore(x509.get())));
        pair.valid_until = std::min(pair.valid_until, to_wall_time(X509_get0_notAfter(x509.get())));
    }
    if (pair.valid_until < now) found.warnings.push_back(path + " has expired: clients refuse it; renew it");
    if (pair.valid_from > now)
        found.warnings.push_back(path + " is not valid yet: clients refuse it; check this machine's clock");
}

/// Adds what `file` holds to `out`; nothing where it cannot be read or is broken: then the reason.
std::string add_authorities(const pem_file& file, std::vector<openssl::certificate>& out)
{
    if (!file.octets) return fault_of(file);
    ERR_clear_error();
    const auto source = openssl::reading(*file.octets);
    std::vector<openssl::certificate> authorities;
    // With what OpenSSL calls trusted certificates (BEGIN TRUSTED CERTIFICATE), as its own readers of such files.
    while (auto* const next = PEM_read_bio_X509_AUX(source.get(), nullptr, &no_passphrase, nullptr))
        authorities.emplace_back(next);
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = openssl::take_error();
    if (authorities.empty() || !at_the_end)
        return file.name + " holds no certificates of authorities in PEM: " + reason;
    std::ranges::move(authorities, std::back_inserter(out));
    return {};
}

} // namespace

certificate_pem::certificate_pem(pem_file its_chain, pem_file its_key)
    : chain(std::move(its_chain)), key(std::move(its_key))
{
}

certificate_pem::~certificate_pem()
{
    if (key.octets) OPENSSL_cleanse(key.octets->data(), key.octets->size());
}

certificate read_certificate(const certificate_pem& pem, base::wall_time now, findings& found)
{
    certificate read;
    read_chain(pem.chain, read, found);
    read_key(pem.key, read, found);
    if (read.chain.empty()) return read;
    check_dates(pem.chain.name, read, now, found);
    if (read.key && X509_check_private_key(read.chain.front().get(), read.key.get()) != 1) {
        openssl::take_error();
        found.faults.push_back(pem.key.name + " is not the key of the first certificate in " +
                               pem.chain.name +
                               ": the server's own certificate must come first, and the two belong together");
    }
    return read;
}

std::vector<openssl::certificate> read_authorities(const authorities_pem& pem, std::string& fault)
{
    std::vector<openssl::certificate> out;
    for (const auto& file : pem.files)
        if (auto reason = add_authorities(file, out); fault.empty()) fault = std::move(reason);
    if (!out.empty())
        fault.clear();
    else if (fault.empty())
        fault = pem.name + " holds no certificates of authorities";
    return out;
}

bool holds_name(const certificate& pair, const std::string& name)
{
    auto* const leaf = pair.chain.front().get();
    if (parse_address(name)) return X509_check_ip_asc(leaf, name.c_str(), 0) == 1;
    return X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
}

bool is_self_signed(const certificate& pair)
{
    return X509_self_signed(pair.chain.front().get(), 0) == 1;
}

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
