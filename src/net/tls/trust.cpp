// The client's check of a server's certificate.
#include "net/tls/trust.hpp"

#include "base/encoding.hpp"
#include "net/address.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace net {

namespace {

/// Of a certificate's names, so many are told.
constexpr int names_shown_max = 5;
/// A subject longer than this is clipped: it is a stranger's text.
constexpr std::size_t name_shown_octets_max = 200;

/// A stranger's octets, fit for a terminal and a log.
std::string printable(std::string text)
{
    if (text.size() > name_shown_octets_max) text.replace(name_shown_octets_max, std::string::npos, "...");
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

std::string text_of(const X509_NAME* name)
{
    const openssl::bio written(BIO_new(BIO_s_mem()));
    if (!written || X509_NAME_print_ex(written.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) < 0)
        return {};
    char* octets = nullptr;
    const long size = BIO_get_mem_data(written.get(), &octets);
    return printable({octets, static_cast<std::size_t>(std::max(size, 0L))});
}

std::string date_of(const ASN1_TIME* time)
{
    std::tm parts{};
    std::array<char, 16> text{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

std::string address_text(const ASN1_OCTET_STRING& octets)
{
    address_octets address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(&octets));
    if (size != 4 && size != address.size()) return {};
    std::copy_n(ASN1_STRING_get0_data(&octets), size, address.end() - static_cast<std::ptrdiff_t>(size));
    return format_address(address);
}

std::string text_of(const GENERAL_NAME& name)
{
    if (name.type == GEN_IPADD) return address_text(*name.d.iPAddress);
    if (name.type != GEN_DNS) return {};
    const auto* const text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName));
    return printable({text, static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))});
}

/// The hosts that a certificate is for: "mail.example.org, pop.example.org"; empty where it names none.
std::string names_of(X509* certificate)
{
    const openssl::general_names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::string out;
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < std::min(count, names_shown_max); ++i) {
        const auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i));
        if (!text.empty()) out += (out.empty() ? "" : ", ") + text;
    }
    return count > names_shown_max ? out + " and more" : out;
}

std::string pin_advice(const tls_verdict& verdict)
{
    return "if you know that this is your server, set `trust` to pinned and `pins` to " + verdict.pin;
}

std::string advice_for(int reason, X509* leaf, const tls_verdict& verdict)
{
    switch (reason) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
        const auto names = names_of(leaf);
        if (names.empty())
            return "it names no host in its subjectAltName; the server's operator must get one that does, or: " +
                   pin_advice(verdict);
        return "it is for " + names + "; write one of these as the server's name, if that is your provider's";
    }
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the server's operator must renew it; if others can still connect, check this machine's clock";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "check this machine's clock";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return pin_advice(verdict);
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "its authority is unknown here; set `ca` to a file with the authority's certificate, or, " +
               pin_advice(verdict);
    default: return "inform the server's operator, or, " + pin_advice(verdict);
    }
}

std::string refusal(const tls_verdict& verdict, const std::string& reason, const std::string& advice)
{
    return "the certificate of " + verdict.name + " is not trusted: " + reason + " (" + verdict.subject +
           "); " + advice;
}

void evaluate_chain(X509_STORE_CTX* shown, X509* leaf, tls_verdict& verdict)
{
    if (X509_verify_cert(shown) == 1) return;
    const int reason = X509_STORE_CTX_get_error(shown);
    verdict.refusal =
        refusal(verdict, X509_verify_cert_error_string(reason), advice_for(reason, leaf, verdict));
    ERR_clear_error();
}

void evaluate_pins(X509_STORE_CTX* shown, tls_verdict& verdict)
{
    if (std::ranges::find(verdict.settings->pins, verdict.pin) != verdict.settings->pins.end()) return;
    X509_STORE_CTX_set_error(shown, X509_V_ERR_APPLICATION_VERIFICATION);
    verdict.refusal =
        refusal(verdict, "its key is not one of `pins`",
                "someone may be between you and the server; if its operator confirms a new key, "
                "add " +
                    verdict.pin + " to `pins`");
}

} // namespace

int evaluate_certificate(X509_STORE_CTX* shown, void*)
{
    const auto* const connection =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(shown, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& verdict = *static_cast<tls_verdict*>(SSL_get_app_data(connection));
    X509* const leaf = X509_STORE_CTX_get0_cert(shown);
    const auto& settings = *verdict.settings;
    verdict.pin = pin_of(leaf);
    verdict.subject = describe_certificate(leaf);
    verdict.refusal.clear();
    if (settings.trust == trust::verified) evaluate_chain(shown, leaf, verdict);
    if (verdict.refusal.empty() && (settings.trust == trust::pinned || !settings.pins.empty()))
        evaluate_pins(shown, verdict);
    if (verdict.refusal.empty()) X509_STORE_CTX_set_error(shown, X509_V_OK);
    return verdict.refusal.empty() ? 1 : 0;
}

bool expect_name(SSL* connection, const std::string& name)
{
    auto* const expected = SSL_get0_param(connection);
    if (parse_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
           SSL_set_tlsext_host_name(connection, name.c_str()) == 1;
}

std::string pin_of(X509* certificate)
{
    unsigned char* info = nullptr;
    const int octets = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &info);
    if (octets <= 0) return {};
    std::string hash(static_cast<std::size_t>(EVP_MD_get_size(EVP_sha256())), '\0');
    const int hashed =
        EVP_Digest(info, static_cast<std::size_t>(octets), reinterpret_cast<unsigned char*>(hash.data()),
                   nullptr, EVP_sha256(), nullptr);
    OPENSSL_free(info);
    return hashed == 1 ? "sha256/" + base::to_base64(hash) : std::string();
}

std::string describe_certificate(X509* certificate)
{
    auto subject = text_of(X509_get_subject_name(certificate));
    if (subject.empty()) subject = names_of(certificate);
    const bool self_signed =
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
    return subject +
           (self_signed ? ", self-signed" : ", issued by " + text_of(X509_get_issuer_name(certificate))) +
           ", from " + date_of(X509_get0_notBefore(certificate)) + " until " +
           date_of(X509_get0_notAfter(certificate));
}

} // namespace net
