#include "navajo/servlets/load_balancer/alive_prober.h"

#include <pthread.h>
#include <signal.h>

#include <mutex>
#include <thread>
#include <utility>

#include "navajo/api/head_only_response.h"
#include "navajo/reactor/current.h"
#include "navajo/reactor/reactor.h"
#include "navajo/servlets/load_balancer/probe.h"

namespace navajo::servlets::load_balancer {
namespace {

// How often a child looks whether a target is down: a few loads.
constexpr std::chrono::seconds kLook{1};

// The fiber's waits come back when the time is over.
class TimeLimit {
 public:
  explicit TimeLimit(base::Duration limit) : fiber_(reactor::Fiber::current()) {
    if (fiber_) timer_.arm(reactor::Deadline::after(limit));
  }
  ~TimeLimit() {
    timer_.disarm();
    if (fiber_) fiber_->clear_cancelled();
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

 private:
  reactor::Fiber* fiber_;
  reactor::Timer timer_{[](void* fiber) { static_cast<reactor::Fiber*>(fiber)->cancel(); }, fiber_};
};

}  // namespace

class ProbeThread {
 public:
  // One for all who hold it.
  static ProbeThread* acquire() {
    std::lock_guard lock(g_guard);
    if (g_holders++ == 0) g_thread = new ProbeThread;
    return g_thread;
  }
  static void release() {
    std::lock_guard lock(g_guard);
    if (--g_holders == 0) delete std::exchange(g_thread, nullptr);
  }
  reactor::Reactor& reactor() { return reactor_; }

 private:
  ProbeThread() {
    // Signals are for the threads of httpd.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { reactor_.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~ProbeThread() {
    reactor_.stop(reactor::Deadline::after(std::chrono::seconds(1)));
    thread_.join();
  }

  static std::mutex g_guard;
  static size_t g_holders;
  static ProbeThread* g_thread;
  // A number that no serving thread of the child has: connectors keep a pool of connections for each.
  reactor::Reactor reactor_{{.number = reactor::kMaxReactors}};
  std::thread thread_;
};

std::mutex ProbeThread::g_guard;
size_t ProbeThread::g_holders = 0;
ProbeThread* ProbeThread::g_thread = nullptr;

AliveProber::AliveProber(connector::BackendList& targets, const std::vector<api::Servlet*>& servlets, std::string uri,
                         base::Duration retry_timeout, base::Duration limit)
    : targets_(targets), servlets_(servlets), uri_(std::move(uri)), retry_timeout_(retry_timeout), limit_(limit) {}

void AliveProber::start() {
  struct Begin : reactor::Reactor::Message {
    AliveProber* prober;
  };
  thread_ = ProbeThread::acquire();
  ended_ = {};
  auto* begin = new Begin;
  begin->prober = this;
  begin->run = [](reactor::Reactor::Message* message) {
    const std::unique_ptr<Begin> self(static_cast<Begin*>(message));
    AliveProber* prober = self->prober;
    if (!prober->thread_->reactor().spawn(&AliveProber::main, prober)) prober->ended_.set_value();
  };
  thread_->reactor().post(*begin);
}

void AliveProber::stop() {
  if (!thread_) return;
  thread_->reactor().stop(reactor::Deadline::after(std::chrono::seconds(1)));
  // A fiber that waits for a name to be looked up cannot be ended; the process ends now anyway.
  (void)ended_.get_future().wait_for(std::chrono::seconds(2));
  thread_ = nullptr;
  ProbeThread::release();
}

void AliveProber::main(void* self) {
  auto& prober = *static_cast<AliveProber*>(self);
  reactor::set_fiber_label({"IsAliveURI ", prober.uri_});
  while (reactor::sleep_until(reactor::Deadline::after(kLook)) != reactor::Wake::stopping) prober.probe_all();
  prober.ended_.set_value();
}

void AliveProber::probe_all() {
  for (size_t i = 0; i < targets_.size(); i++) {
    connector::Backend& target = targets_[i];
    if (!target.bad() || !target.claim(base::system_clock().now(), retry_timeout_)) continue;
    if (answers(*servlets_[i])) targets_.probed_well(i);
  }
}

bool AliveProber::answers(api::Servlet& servlet) {
  ProbeRequest request(uri_);
  // How long the body may take is bounded by the limit of the whole.
  api::HeadOnlyResponse response(UINT64_MAX, std::chrono::hours(24));
  const TimeLimit limit(limit_);
  return servlet.service(request, response).is_answered() && response.status() == 200 && !response.torn();
}

}  // namespace navajo::servlets::load_balancer
