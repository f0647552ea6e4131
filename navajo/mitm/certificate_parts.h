// Pieces that certificates are made of and read into (RFC 5280). Any thread; what fails answers false or nothing and
// leaves OpenSSL's reason for tls::take_error_text().
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <span>
#include <string>

#include "navajo/tls/handles.h"

namespace navajo::mitm {

using Digest256 = std::array<uint8_t, 32>;

// A positive number of 16 octets, 126 bits of it random (CA/Browser baseline 7.1: at least 64).
bool set_random_serial(X509* certificate);
// The first 20 octets of SHA-256 over the key's bits (RFC 7093, method 1); empty: the key cannot be written.
std::string key_id_of(X509* certificate);
// What the certificate says of its own key; of one that says nothing, key_id_of.
std::string own_key_id(X509* certificate);
bool set_validity(X509* certificate, time_t not_before, time_t not_after);
bool add_basic_constraints(X509* certificate, bool ca);
// usage: "critical,keyCertSign,cRLSign" and the like; nid: of the extension. Never with text from outside.
bool add_extension(X509* certificate, int nid, const char* value);
bool add_subject_key_id(X509* certificate);
bool add_authority_key_id(X509* certificate, const std::string& key_id);

// Lets a certificate refer to `key` instead of a copy of its own, which is most of its memory. False: it has another
// key.
bool share_key(X509* certificate, EVP_PKEY* key);

// Seconds since 1970; 0 for a time that is none.
time_t seconds_of(const ASN1_TIME* time);
Digest256 fingerprint_of(const X509* certificate);
// "CN = a, O = b", control characters escaped.
std::string name_text(const X509_NAME* name);
// "2026-11-28 13:00:00 UTC"
std::string time_text(time_t when);
std::string to_der(const X509* certificate);
// Null for bytes that are no whole certificate.
tls::CertificateHandle from_der(std::span<const char> der);

}  // namespace navajo::mitm
