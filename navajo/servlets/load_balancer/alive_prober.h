// Asks targets that are down for IsAliveURI until they answer 200: on a fiber of its own, never on a client's request.
// The fibers of all probers of a child share one thread and reactor. Of all children one asks a target at a time,
// whichever sees first that it is due. start() and stop() belong to the start and end of a child, on its main thread;
// the first stop() ends the thread for all.
#pragma once

#include <future>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/connector/backend_list.h"

namespace navajo::servlets::load_balancer {

class ProbeThread;

class AliveProber {
 public:
  // limit: for one question. The targets and servlets outlive this object.
  AliveProber(connector::BackendList& targets, const std::vector<api::Servlet*>& servlets, std::string uri,
              base::Duration retry_timeout, base::Duration limit);
  ~AliveProber() { stop(); }

  void start();
  void stop();
  // Asks every target that is down and due, one after the other; on any fiber or thread.
  void probe_all();

 private:
  static void main(void* self);
  bool answers(api::Servlet& servlet);

  connector::BackendList& targets_;
  const std::vector<api::Servlet*>& servlets_;
  std::string uri_;
  base::Duration retry_timeout_, limit_;
  ProbeThread* thread_ = nullptr;
  std::promise<void> ended_;
};

}  // namespace navajo::servlets::load_balancer
