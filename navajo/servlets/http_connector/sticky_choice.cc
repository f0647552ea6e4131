#include "navajo/servlets/http_connector/sticky_choice.h"

namespace navajo::servlets::http_connector {

size_t StickyChoice::wished(const connector::BackendList& backends) {
  if (attribute_.empty()) return connector::BackendList::kNone;
  api::Session* session = request_.session(api::SessionUse::existing);
  if (session) stored_ = session->get(attribute_).value_or("");
  return stored_.empty() ? connector::BackendList::kNone : backends.find(stored_);
}

void StickyChoice::keep(const connector::Backend& backend) {
  if (attribute_.empty() || stored_ == backend.address().text) return;
  api::Session* session = request_.session(api::SessionUse::existing);
  // A session that takes no more: the next request chooses anew, which is no worse than having no session.
  if (session && session->set(attribute_, backend.address().text)) stored_ = backend.address().text;
}

}  // namespace navajo::servlets::http_connector
