#include "navajo/reactor/offload.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/reactor/reactor.h"

namespace navajo::reactor {
namespace {

HelperPool* g_current = nullptr;

// Lives on the stack of the fiber that waits for it.
struct Job {
  base::FunctionRef<void()> work;
  Fiber* fiber;
  uint64_t ticket = 0;
  std::atomic<bool> done{false};
  ListLink link{this};
};

}  // namespace

struct HelperPool::State {
  explicit State(HelperPoolOptions given) : options(std::move(given)) {}
  HelperPoolOptions options;
  mutable std::mutex guard;
  std::condition_variable wanted;
  List<Job> queue;
  size_t queued = 0, idle = 0;
  bool ending = false;
  std::atomic<uint64_t> completed{0};  // counted before whoever waits for the job goes on
  uint64_t refused = 0;
  std::vector<std::function<void()>> joins;

  void help() {
    std::unique_lock lock(guard);
    while (true) {
      idle++;
      wanted.wait(lock, [this] { return ending || !queue.empty(); });
      idle--;
      Job* job = queue.pop_front();
      if (!job) return;
      queued--;
      lock.unlock();
      job->work();
      Fiber& fiber = *job->fiber;
      const uint64_t ticket = job->ticket;
      completed.fetch_add(1, std::memory_order_relaxed);
      job->done.store(true, std::memory_order_release);  // from here on the job may be gone
      fiber.reactor().wake(fiber, ticket);
      lock.lock();
    }
  }

  // Guard held. Threads start when there is work for them, not with the child.
  void start_one() {
    auto body = [this] { help(); };
    if (options.start_thread) {
      joins.push_back(options.start_thread(body));
    } else {
      auto thread = std::make_shared<std::thread>(body);
      joins.push_back([thread] { thread->join(); });
    }
  }
};

HelperPool::HelperPool(HelperPoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}

HelperPool::~HelperPool() {
  {
    std::lock_guard lock(state_->guard);
    state_->ending = true;
  }
  state_->wanted.notify_all();
  for (const auto& join : state_->joins) join();
}

bool HelperPool::run(base::FunctionRef<void()> work) {
  Fiber* fiber = Fiber::current();
  if (!fiber) {
    work();
    return true;
  }
  Reactor& reactor = fiber->reactor();
  reactor.flush_before_park();
  if (state_->options.before_sharing) state_->options.before_sharing();
  Job job{work, fiber, reactor.next_ticket()};
  {
    std::lock_guard lock(state_->guard);
    if (state_->queued >= state_->options.queue_limit || state_->ending) {
      if (state_->refused++ % 1000 == 0)
        observe::log(observe::id::helper_queue_full, "helper pool has %zu jobs queued: work refused", state_->queued);
      return false;
    }
    state_->queue.push_back(job.link);
    state_->queued++;
    if (state_->idle < state_->queued && state_->joins.size() < state_->options.threads) state_->start_one();
  }
  state_->wanted.notify_one();
  // Never abandoned, whatever happens to the client or the server: the job stands on this stack.
  while (!job.done.load(std::memory_order_acquire)) {
    (void)reactor.park(Deadline::never(), Reactor::Interruptible::no);
  }
  return true;
}

HelperPoolStats HelperPool::stats() const {
  std::lock_guard lock(state_->guard);
  return {state_->completed.load(std::memory_order_relaxed), state_->refused, state_->queued, state_->joins.size()};
}

void HelperPool::set_current(HelperPool* pool) { g_current = pool; }
HelperPool* HelperPool::current() { return g_current; }

bool offload(base::FunctionRef<void()> fn) {
  if (g_current) return g_current->run(fn);
  if (on_fiber()) return false;
  fn();
  return true;
}

}  // namespace navajo::reactor
