// backend list, drain and undrain: the addresses of servlets (HttpConnectorServlet and its kind, LoadBalancerServlet),
// one `address` line for each, and which of them are out of service. Done at once: addresses are few. One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"
#include "navajo/connector/backend_list.h"

namespace navajo::admin {

constexpr bool is_about_backends(Command command) {
  return command == Command::backend_list || command == Command::backend_drain || command == Command::backend_undrain;
}

class BackendAnswer final : public Answer {
 public:
  BackendAnswer(Request request, Peer peer) : request_(std::move(request)), peer_(std::move(peer)) {}
  bool more(std::string& out) override;

 private:
  bool is_meant(const connector::BackendList& list) const;
  void show(const connector::BackendList& list, size_t index, std::string& out) const;
  void list_all(std::string& out) const;
  // The two ends of a change: what is meant, and what came of it.
  void change(std::string& out) const;
  void carry_out(connector::BackendList& list, size_t index, std::string& out) const;
  void refuse(const char* code, std::string_view text, std::string& out) const;

  const Request request_;
  const Peer peer_;
};

}  // namespace navajo::admin
