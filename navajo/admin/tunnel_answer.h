// tunnel list and kill: the open tunnels of all children (navajo/tunnel/tunnel_list.h), the oldest first, and the end
// of one of them, which its child carries out within a second. One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"

namespace navajo::admin {

constexpr bool is_about_tunnels(Command command) {
  return command == Command::tunnel_list || command == Command::tunnel_kill;
}

class TunnelAnswer final : public Answer {
 public:
  TunnelAnswer(Request request, Peer peer) : request_(std::move(request)), peer_(std::move(peer)) {}
  bool more(std::string& out) override;

 private:
  void list(std::string& out) const;
  void kill(std::string& out) const;

  const Request request_;
  const Peer peer_;
};

}  // namespace navajo::admin
