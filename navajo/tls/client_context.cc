#include "navajo/tls/client_context.h"

#include "navajo/observe/status_segment.h"
#include "navajo/tls/certificate_check.h"
#include "navajo/tls/error_text.h"

namespace navajo::tls {
namespace {

using reactor::IoResult;
using reactor::IoStatus;
using Outcome = Handshake::Outcome;

// What a connection hands its sessions in with; freed with its SSL.
struct SessionPlace {
  std::shared_ptr<SessionCache> sessions;
  std::string key;
  uint64_t generation;
};

int place_in_ssl() {
  static const int place =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, [](void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<SessionPlace*>(object);
      });
  return place;
}

std::string failure_text(const Stream& stream, const IoResult& result) {
  switch (result.status) {
    case IoStatus::end:
    case IoStatus::truncated: return "closed the connection within the TLS handshake";
    case IoStatus::timed_out: return "no answer to the TLS handshake";
    case IoStatus::tls_failed: break;
    default: return std::string(result.what()) + " within the TLS handshake";
  }
  const std::string& said = stream.error_text();
  if (said == "wrong version number" || said == "packet length too long") return said + " (does it speak TLS?)";
  return said;
}

Outcome outcome_of(IoStatus status) {
  switch (status) {
    case IoStatus::ok: return Outcome::done;
    case IoStatus::timed_out: return Outcome::timed_out;
    case IoStatus::cancelled: return Outcome::cancelled;
    case IoStatus::stopping: return Outcome::stopping;
    default: return Outcome::failed;
  }
}

}  // namespace

base::Result<std::shared_ptr<ClientContext>, LoadFault> ClientContext::make(ClientOptions options) {
  std::shared_ptr<ClientContext> made(new ClientContext(std::move(options)));
  auto context = load_client_context(made->options_);
  if (!context.ok()) return base::Failed{context.error()};
  made->put_to_use(std::move(*context));
  return made;
}

ClientContext::ClientContext(ClientOptions options)
    : options_(std::move(options)),
      files_("TLS setup of " + options_.owner, files_of(options_),
             {observe::id::tls_files_kept, observe::id::tls_files_kept, observe::id::tls_files_reloaded,
              "certificates and keys"}),
      sessions_(std::make_shared<SessionCache>(options_.reuse == SessionReuse::off ? 0 : options_.max_sessions)) {}

ClientContext::~ClientContext() = default;

void ClientContext::put_to_use(SslContextHandle context) {
  CertificateCheck::prepare(context.get());
  if (options_.reuse != SessionReuse::off) {
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), &ClientContext::on_session);
  }
  const uint64_t generation = generation_.fetch_add(1) + 1;
  // Who was let in, or trusted, with the files of before is no more.
  sessions_->begin_generation(generation);
  loaded_ = std::make_shared<const Loaded>(Loaded{std::move(context), generation});
}

std::shared_ptr<const ClientContext::Loaded> ClientContext::current() {
  if (options_.look_interval > base::Duration::zero())
    files_.look(base::system_clock().now(), options_.look_interval, [this](config::Diagnostics& faults) {
      auto context = load_client_context(options_);
      if (context.ok()) return put_to_use(std::move(*context));
      faults.fault({options_.owner, 0, 0}, observe::id::tls_files_kept, context.error().text);
    });
  return loaded_.load();
}

std::string ClientContext::session_key(const std::string& name, const PeerName& peer) const {
  if (options_.reuse == SessionReuse::off) return {};
  if (options_.reuse == SessionReuse::session && peer.scope.empty()) return {};
  std::string key = name;
  (key += '\0') += peer.address;
  if (options_.reuse == SessionReuse::session) (key += '\0') += peer.scope;
  return key;
}

int ClientContext::on_session(SSL* ssl, SSL_SESSION* session) {
  const auto* place = static_cast<SessionPlace*>(SSL_get_ex_data(ssl, place_in_ssl()));
  if (!place) return 0;
  SSL_SESSION_up_ref(session);
  place->sessions->put(place->key, place->generation, SessionHandle(session));
  return 0;
}

Handshake ClientContext::handshake(Stream& stream, const PeerName& peer, reactor::Deadline deadline) {
  const std::string name = options_.server_name.empty() ? std::string(peer.name) : options_.server_name;
  const std::shared_ptr<const Loaded> loaded = current();
  SslHandle ssl(SSL_new(loaded->context.get()));
  if (!ssl) return {Outcome::failed, "no memory for TLS: " + take_error_text()};
  CertificateCheck check(name, options_);
  if (!check.attach(ssl.get())) return {Outcome::failed, "'" + name + "' can stand in no certificate"};
  if (!name.empty() && !is_address(name)) SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  const std::string key = session_key(name, peer);
  if (!key.empty()) {
    SSL_set_ex_data(ssl.get(), place_in_ssl(), new SessionPlace{sessions_, key, loaded->generation});
    if (const SessionHandle session = sessions_->get(key)) SSL_set_session(ssl.get(), session.get());
  }
  const IoResult result = stream.handshake(std::move(ssl), Role::client, deadline);
  if (!result.ok()) {
    // Perhaps it was the session they did not like.
    sessions_->remove(key);
    Handshake failed{outcome_of(result.status), failure_text(stream, result)};
    if (!check.refusal().empty()) failed = {Outcome::certificate_refused, check.refusal()};
    if (failed.outcome != Outcome::cancelled && failed.outcome != Outcome::stopping)
      observe::count(observe::Counter::backend_tls_failures);
    stream.close();
    return failed;
  }
  CertificateCheck::detach(stream.ssl());
  const bool resumed = SSL_session_reused(stream.ssl()) == 1;
  observe::count(resumed ? observe::Counter::backend_resumptions : observe::Counter::backend_handshakes);
  return {};
}

TlsFacts facts_of(const SSL* ssl) {
  return {SSL_get_version(ssl), SSL_get_cipher_name(ssl), SSL_session_reused(ssl) == 1};
}

}  // namespace navajo::tls
