#include "navajo/tls/error_text.h"

#include <openssl/err.h>

#include <cstring>

namespace navajo::tls {

std::string take_error_text() {
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (!reason && ERR_SYSTEM_ERROR(error)) reason = strerrordesc_np(ERR_GET_REASON(error));
    if (!reason || text.find(reason) != std::string::npos) continue;
    if (!text.empty()) text += ", ";
    text += reason;
  }
  return text.empty() ? "no reason given" : text;
}

}  // namespace navajo::tls
