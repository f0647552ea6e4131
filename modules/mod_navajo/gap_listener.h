// Closes the gap that a graceful restart leaves, or a child that is replaced: the MPM's old children stop accepting at
// once, and the parent starts new ones up to a second later. Meanwhile a child that ends accepts on its own copies of
// the listening sockets (each such connection gets one response), until its successors are there. Ports that belong to
// mod_http2 are left to the MPM. Made and used on one reactor's thread; ends by itself.
#pragma once

#include <memory>
#include <vector>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/reactor/descriptor.h"
#include "navajo/reactor/timer.h"

namespace navajo::glue {

class ServingThread;

class GapListener final : private reactor::Descriptor::Observer {
 public:
  // Copies of the listening sockets, taken while the MPM still has them open (child_init). Those in excluded ports
  // are left out, and all of them where an accept could block.
  static std::vector<int> copy_sockets(const std::vector<uint16_t>& excluded_ports);

  GapListener(ServingThread& thread, std::vector<int> sockets);
  ~GapListener();

  // Whether this child ends because the next generation takes over, and not because the server stops.
  static bool restart_is_under_way();

 private:
  void on_event(reactor::Descriptor& descriptor) override;
  void look_for_successors();

  ServingThread& thread_;
  std::vector<std::unique_ptr<reactor::Descriptor>> descriptors_;
  std::vector<int> sockets_;
  reactor::Deadline end_;
  bool successors_seen_ = false;
  reactor::Timer timer_;
};

}  // namespace navajo::glue
