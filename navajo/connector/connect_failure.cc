#include "navajo/connector/connect_failure.h"

#include <cerrno>

namespace navajo::connector {
namespace {

using reactor::IoStatus;

// Errors of this process or machine: no backend is to blame.
bool is_ours(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS || error == EADDRNOTAVAIL;
}

}  // namespace

Failure connect_failure(const reactor::IoResult& result) {
  switch (result.status) {
    case IoStatus::ok: return {};
    case IoStatus::timed_out: return {Cause::connect_timeout, "no answer to the connect"};
    case IoStatus::cancelled: return {Cause::client_gone, "while connecting"};
    case IoStatus::stopping: return {Cause::stopping, "while connecting"};
    default:
      if (is_ours(result.error)) return {Cause::out_of_resources, result.what()};
      return {result.error == ECONNREFUSED ? Cause::connect_refused : Cause::connect_failed, result.what()};
  }
}

Failure handshake_failure(tls::Handshake done) {
  using Outcome = tls::Handshake::Outcome;
  const auto failure = [&](Cause cause) {
    return Failure{cause, "", std::make_shared<const std::string>(std::move(done.text))};
  };
  switch (done.outcome) {
    case Outcome::done: return {};
    case Outcome::certificate_refused: return failure(Cause::certificate_refused);
    case Outcome::timed_out: return failure(Cause::connect_timeout);
    case Outcome::cancelled: return {Cause::client_gone, "within the TLS handshake"};
    case Outcome::stopping: return {Cause::stopping, "within the TLS handshake"};
    case Outcome::failed: break;
  }
  return failure(Cause::tls_failed);
}

}  // namespace navajo::connector
