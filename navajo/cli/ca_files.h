// The files of an issuing CA, as `navajo ca` makes and shows them: ca.pem and ca.key in one folder, or any two. Nothing
// is ever overwritten; the key is written for its owner alone and shown to nobody.
#pragma once

#include <ctime>
#include <string>

#include "navajo/base/result.h"
#include "navajo/mitm/issuer.h"
#include "navajo/mitm/make_ca.h"

namespace navajo::cli {

inline constexpr char kCaCertificateFile[] = "ca.pem", kCaKeyFile[] = "ca.key";

// Makes the folder (0700) if it is not there, then both files, or none of them.
base::Status<> create_ca(const std::string& folder, const mitm::CaWish& wish, time_t now);

// The certificate for people, a line for each fact. Of a key file it is said whether it can be used; without one it is
// not looked at. usable: not expired, and nothing is wrong with the key.
struct CaDescription {
  std::string text;
  bool usable = true;
};
base::Result<CaDescription> describe_ca(const mitm::IssuerFiles& files, time_t now);

// The issuing certificate alone: what clients are to trust.
base::Result<std::string> export_ca(const std::string& certificate_file, bool der);

// At most `text`, at a path where nothing is yet, with exactly this mode.
base::Status<> write_new_file(const std::string& path, const std::string& text, mode_t mode);

}  // namespace navajo::cli
