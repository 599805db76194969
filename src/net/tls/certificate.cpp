// Parsing of certificates: every fault is found at once, and none is only "bad file".
#include "net/tls/certificate.hpp"

#include "net/address.hpp"

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
    const auto& why = file.octets.error();
    return why.operator_text + (why.kind == base::failure::malformed ? "; name a PEM file" : "");
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

void read_chain(const pem_file& file, certificate& into, findings& found)
{
    if (!file.octets) {
        found.faults.push_back(fault_of(file));
        return;
    }
    ERR_clear_error();
    const auto source = openssl::reading(*file.octets);
    while (auto* const next = PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr))
        into.chain.emplace_back(next);
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = openssl::take_error();
    if (into.chain.empty())
        found.faults.push_back(file.name + " holds no certificate in PEM (BEGIN CERTIFICATE)" +
                               (at_the_end ? "" : ": " + reason));
    else if (!at_the_end)
        found.faults.push_back(file.name + ": a certificate of the chain is broken: " + reason);
}

void read_key(const pem_file& file, certificate& into, findings& found)
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
    into.key.reset(PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase, nullptr));
    const auto reason = openssl::take_error();
    if (into.key) return;
    const bool locked = file.octets->contains("ENCRYPTED");
    found.faults.push_back(file.name + (locked
                                            ? " is protected by a passphrase: store it without one, mode 0600"
                                            : " holds no private key in PEM: " + reason));
}

void check_dates(const std::string& path, certificate& of, base::wall_time now, findings& found)
{
    of.valid_from = base::wall_time::min();
    of.valid_until = base::wall_time::max();
    for (const auto& one : of.chain) {
        of.valid_from = std::max(of.valid_from, to_wall_time(X509_get0_notBefore(one.get())));
        of.valid_until = std::min(of.valid_until, to_wall_time(X509_get0_notAfter(one.get())));
    }
    if (of.valid_until < now) found.warnings.push_back(path + " has expired: clients refuse it; renew it");
    if (of.valid_from > now)
        found.warnings.push_back(path + " is not valid yet: clients refuse it; look at this machine's clock");
}

/// Adds what `file` holds to `into`; nothing where it cannot be read or is broken: then the reason.
std::string add_authorities(const pem_file& file, std::vector<openssl::certificate>& into)
{
    if (!file.octets) return fault_of(file);
    ERR_clear_error();
    const auto source = openssl::reading(*file.octets);
    std::vector<openssl::certificate> all;
    // With what OpenSSL calls trusted certificates (BEGIN TRUSTED CERTIFICATE), as its own readers of such files.
    while (auto* const next = PEM_read_bio_X509_AUX(source.get(), nullptr, &no_passphrase, nullptr))
        all.emplace_back(next);
    const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = openssl::take_error();
    if (all.empty() || !at_the_end)
        return file.name + " holds no certificates of authorities in PEM: " + reason;
    std::ranges::move(all, std::back_inserter(into));
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

bool holds_name(const certificate& from, const std::string& name)
{
    auto* const leaf = from.chain.front().get();
    if (parse_address(name)) return X509_check_ip_asc(leaf, name.c_str(), 0) == 1;
    return X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1;
}

bool is_self_signed(const certificate& from)
{
    return X509_self_signed(from.chain.front().get(), 0) == 1;
}

} // namespace net
