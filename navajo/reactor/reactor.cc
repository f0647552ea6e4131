#include "navajo/reactor/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "navajo/observe/log.h"
#include "navajo/reactor/current.h"
#include "navajo/reactor/sanitizer.h"

namespace navajo::reactor {
namespace {

namespace context = boost::context;

thread_local Reactor* t_reactor = nullptr;
thread_local Fiber* t_fiber = nullptr;

// The reactor takes stacks back itself once a fiber is done.
struct BorrowedStack {
  context::stack_context allocate() { throw std::bad_alloc(); }
  void deallocate(context::stack_context&) noexcept {}
};

constexpr int kBatch = 256;
constexpr std::chrono::seconds kTrimEvery{1};

}  // namespace

Reactor* Reactor::current() { return t_reactor; }
Fiber* Fiber::current() { return t_fiber; }
bool on_fiber() { return t_fiber != nullptr; }
size_t current_reactor_number() { return t_reactor ? t_reactor->number() : 0; }

void set_fiber_label(std::initializer_list<std::string_view> parts) {
  if (t_fiber) t_fiber->set_label(parts);
}

void Fiber::set_label(std::initializer_list<std::string_view> parts) {
  size_t length = 0;
  for (const std::string_view part : parts) {
    const size_t room = std::min(part.size(), sizeof label_ - 1 - length);
    memcpy(label_ + length, part.data(), room);
    length += room;
  }
  label_[length] = 0;  // the last byte of the array is never written otherwise
}

void Fiber::cancel() {
  cancelled_ = true;
  if (!parked_ || !interruptible_) return;
  ReactorStats::add(reactor_->stats_.cancellations);
  reactor_->make_runnable(*this, Wake::cancelled);
}

void Fiber::on_deadline(void* fiber) {
  Fiber& self = *static_cast<Fiber*>(fiber);
  ReactorStats::add(self.reactor_->stats_.timeouts);
  self.reactor_->make_runnable(self, Wake::timed_out);
}

Reactor::Reactor(ReactorOptions options)
    : options_(options),
      clock_(options.clock ? options.clock : &base::system_clock()),
      stacks_(options.stack_size, options.hot_stacks),
      wheel_(clock_->now()) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  bell_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ < 0 || bell_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "reactor: epoll");
  stacks_.paint(options.paint_stacks);
}

Reactor::~Reactor() {
  // A fiber that never came back is abandoned: unwinding it would run through C frames.
  live_.for_each([](Fiber& fiber) { new context::fiber(std::move(fiber.self_)); });
  if (epoll_ >= 0) close(epoll_);
  if (bell_ >= 0) close(bell_);
}

// ---------------------------------------------------------------- descriptors

bool Reactor::add(Descriptor& descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &descriptor;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor.fd_, &event) == 0;
}

void Reactor::remove(Descriptor& descriptor) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor.fd_, nullptr);
}

void Reactor::mark(Descriptor& descriptor, uint32_t events) {
  if (events & (EPOLLIN | EPOLLRDHUP)) descriptor.readable_ = true;
  if (events & EPOLLOUT) descriptor.writable_ = true;
  if (events & EPOLLRDHUP) descriptor.peer_finished_ = true;
  if (events & (EPOLLHUP | EPOLLERR)) {
    descriptor.hung_up_ = true;
    descriptor.readable_ = descriptor.writable_ = true;
  }
  bool waited_for = false;
  if (descriptor.reader_ && descriptor.readable_) {
    make_runnable(*descriptor.reader_, Wake::ready);
    waited_for = true;
  }
  if (descriptor.writer_ && descriptor.writable_) {
    make_runnable(*descriptor.writer_, Wake::ready);
    waited_for = true;
  }
  if (descriptor.cancels_ &&
      (descriptor.hung_up_ || (descriptor.cancel_on_fin_ && (events & EPOLLRDHUP))))
    descriptor.cancels_->cancel();
  if (!waited_for && descriptor.observer_ && !descriptor.event_link_.linked())
    events_.push_back(descriptor.event_link_);
}

// ---------------------------------------------------------------- other threads

void Reactor::ring() {
  if (rung_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  (void)!write(bell_, &one, sizeof one);
}

void Reactor::post(Message& message) {
  Message* head = inbox_.load(std::memory_order_relaxed);
  do message.next = head;
  while (!inbox_.compare_exchange_weak(head, &message, std::memory_order_release, std::memory_order_relaxed));
  ring();
}

void Reactor::wake(Fiber& fiber, uint64_t ticket) {
  if (t_reactor == this) {
    if (fiber.parked_ && fiber.ticket_ == ticket) make_runnable(fiber, Wake::ready);
    return;
  }
  {
    std::lock_guard lock(late_guard_);
    late_wakes_.push_back({&fiber, ticket});
  }
  ring();
}

void Reactor::stop(Deadline deadline) {
  stop_deadline_.store(deadline.when().time_since_epoch().count());
  stopping_.store(true);
  ring();
}

void Reactor::read_inbox() {
  Message* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
  Message* oldest = nullptr;
  while (newest) {
    Message* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest) {
    Message* next = oldest->next;  // run() may free the message
    ReactorStats::add(stats_.posts);
    oldest->run(oldest);
    oldest = next;
  }
  std::vector<LateWake> late;
  {
    std::lock_guard lock(late_guard_);
    if (late_wakes_.empty()) return;
    late.swap(late_wakes_);
  }
  for (const LateWake& entry : late) wake(*entry.fiber, entry.ticket);
}

// ---------------------------------------------------------------- fibers

Fiber* Reactor::take_fiber() {
  if (!idle_fibers_.empty()) {
    Fiber* fiber = idle_fibers_.back();
    idle_fibers_.pop_back();
    return fiber;
  }
  if (fibers_.size() >= options_.max_fibers) return nullptr;
  fibers_.emplace_back(new Fiber(this));
  ReactorStats::add(stats_.fibers_created);
  return fibers_.back().get();
}

bool Reactor::spawn(Fiber::Entry entry, void* argument, void* owner) {
  Fiber* fiber = take_fiber();
  Stack stack = fiber ? stacks_.take() : Stack{};
  if (!stack.low) {
    if (fiber) idle_fibers_.push_back(fiber);
    if (stats_.fibers_refused.load(std::memory_order_relaxed) % 1000 == 0)
      observe::log(observe::id::fiber_limit, "reactor %zu has no fiber or stack left (%zu fibers, %zu stacks): refused",
                   options_.number, fibers_.size(), stacks_.mapped());
    ReactorStats::add(stats_.fibers_refused);
    return false;
  }
  Fiber& f = *fiber;
  f.stack_ = stack;
  f.entry_ = entry;
  f.argument_ = argument;
  f.owner = owner;
  f.done_ = f.cancelled_ = f.in_before_park_ = false;
  f.before_park_ = nullptr;
  f.label_[0] = 0;
  f.sanitizer_state_ = nullptr;
  context::stack_context sc;
  sc.sp = stack.top();
  sc.size = stack.size;
  f.self_ = context::fiber(std::allocator_arg, context::preallocated(sc.sp, sc.size, sc), BorrowedStack{},
                           [this, &f](context::fiber&& scheduler) {
                             sanitizer::arrived(nullptr, &scheduler_bottom_, &scheduler_size_);
                             f.scheduler_ = std::move(scheduler);
                             f.entry_(f.argument_);
                             f.done_ = true;
                             sanitizer::leaving(nullptr, scheduler_bottom_, scheduler_size_);
                             return std::move(f.scheduler_);
                           });
  live_.push_back(f.live_link_);
  ReactorStats::set(stats_.fibers_live, stats_.fibers_live.load(std::memory_order_relaxed) + 1);
  if (t_fiber)
    runnable_.push_back(f.run_link_);
  else
    resume(f);
  return true;
}

void Reactor::make_runnable(Fiber& fiber, Wake wake) {
  if (!fiber.parked_) return;
  fiber.parked_ = false;
  fiber.wake_ = wake;
  runnable_.push_back(fiber.run_link_);
}

void Reactor::resume(Fiber& fiber) {
  if (options_.after_resume) options_.after_resume();
  t_fiber = &fiber;
  running_.store(&fiber, std::memory_order_release);
  begin_step();
  ReactorStats::add(stats_.fiber_switches);
  sanitizer::leaving(&scheduler_state_, fiber.stack_.low, fiber.stack_.size);
  fiber.self_ = std::move(fiber.self_).resume();
  sanitizer::arrived(scheduler_state_, nullptr, nullptr);
  end_step();
  running_.store(nullptr, std::memory_order_release);
  t_fiber = nullptr;
  if (!fiber.done_) return;
  fiber.live_link_.unlink();
  fiber.ticket_++;  // whoever still holds the old ticket wakes nobody
  stacks_.give(fiber.stack_);
  if (stacks_.pooled() > options_.hot_stacks && !trim_timer_.armed()) trim_timer_.arm(Deadline::after(kTrimEvery));
  idle_fibers_.push_back(&fiber);
  ReactorStats::set(stats_.fibers_live, stats_.fibers_live.load(std::memory_order_relaxed) - 1);
}

void Reactor::trim_stacks() {
  if (stacks_.trim()) trim_timer_.arm(Deadline::after(kTrimEvery));
}

void Reactor::flush_before_park() {
  Fiber* fiber = t_fiber;
  if (!fiber->before_park_ || fiber->in_before_park_) return;
  fiber->in_before_park_ = true;
  fiber->before_park_(fiber->before_park_context_);
  fiber->in_before_park_ = false;
}

Wake Reactor::park(Deadline deadline, Interruptible interruptible) {
  Fiber& fiber = *t_fiber;
  fiber.ticket_++;
  fiber.interruptible_ = interruptible == Interruptible::yes;
  if (fiber.interruptible_ && stopping()) return Wake::stopping;
  if (!deadline.is_never()) {
    if (deadline.passed(coarse_now())) return Wake::timed_out;
    fiber.deadline_timer_.arm(deadline);
  }
  ReactorStats::add(stats_.parks);
  const int kept_errno = errno;
  fiber.parked_ = true;
  sanitizer::leaving(&fiber.sanitizer_state_, scheduler_bottom_, scheduler_size_);
  fiber.scheduler_ = std::move(fiber.scheduler_).resume();
  sanitizer::arrived(fiber.sanitizer_state_, &scheduler_bottom_, &scheduler_size_);
  errno = kept_errno;
  fiber.deadline_timer_.disarm();
  return fiber.wake_;
}

void Reactor::yield() {
  flush_before_park();
  Fiber& fiber = *t_fiber;
  // Runnable at once, but behind everybody else: the running list of this pass was taken already.
  fiber.ticket_++;
  fiber.wake_ = Wake::ready;
  runnable_.push_back(fiber.run_link_);
  sanitizer::leaving(&fiber.sanitizer_state_, scheduler_bottom_, scheduler_size_);
  fiber.scheduler_ = std::move(fiber.scheduler_).resume();
  sanitizer::arrived(fiber.sanitizer_state_, &scheduler_bottom_, &scheduler_size_);
}

void yield() {
  if (t_fiber) t_reactor->yield();
}

Wake sleep_until(Deadline deadline) {
  if (t_fiber) {
    t_reactor->flush_before_park();
    const Wake wake = t_reactor->park(deadline);
    return wake == Wake::timed_out ? Wake::ready : wake;
  }
  while (true) {
    const auto left = deadline.when() - base::system_clock().now();
    if (left.count() <= 0) return Wake::ready;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec pause{seconds.count(), (left - seconds).count()};
    nanosleep(&pause, nullptr);
  }
}

Deadline Deadline::after(Duration from_now) {
  const base::TimePoint now = t_reactor ? t_reactor->deadline_base() : base::system_clock().now();
  // "Never" as a duration must not overflow into the past.
  return Deadline(from_now >= TimePoint::max() - now ? TimePoint::max() : now + from_now);
}

// Deadlines are many and seconds away: the cheap clock does, and errs to the late side.
TimePoint Reactor::coarse_now() const { return options_.clock ? now() : base::coarse_now(); }
TimePoint Reactor::deadline_base() const { return options_.clock ? now() : base::coarse_now() + base::kCoarseTick; }

void Timer::arm(Deadline deadline) {
  if (!t_reactor || deadline.is_never()) return disarm();
  t_reactor->timers().insert(*this, deadline.when());
}

// ---------------------------------------------------------------- the loop

int Reactor::sleep_milliseconds() {
  if (!runnable_.empty() || !events_.empty()) return 0;
  TimePoint due = wheel_.next_due();
  if (stopping()) {
    if (live_.empty()) return 0;
    due = std::min(due, TimePoint(Duration(stop_deadline_.load())));
  }
  const TimePoint now_point = now();
  if (due <= now_point) return 0;
  const Duration pause = std::min(due - now_point, Duration(std::chrono::minutes(1)));
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(pause);
  return static_cast<int>(wait.count());
}

void Reactor::collect_events() {
  epoll_event batch[kBatch];
  const int timeout = sleep_milliseconds();
  if (timeout != 0 && before_sleep_) before_sleep_(before_sleep_context_);
  // The system call itself: a preloaded shim may stand in front of epoll_wait (../../modules/mod_navajo/poll_shim.c).
  const int count = static_cast<int>(syscall(SYS_epoll_pwait, epoll_, batch, kBatch, timeout, nullptr, 8));
  ReactorStats::add(stats_.epoll_waits);
  if (count <= 0) return;
  ReactorStats::add(stats_.events, count);
  for (int i = 0; i < count; i++) {
    if (batch[i].data.ptr) {
      mark(*static_cast<Descriptor*>(batch[i].data.ptr), batch[i].events);
      continue;
    }
    uint64_t rings;
    (void)!read(bell_, &rings, sizeof rings);
    rung_.store(false, std::memory_order_release);
  }
}

void Reactor::tell_observers() {
  // What an observer does can only remove from this list or add to it; each is told once per pass.
  List<Descriptor> told;
  told.take_all(events_);
  while (Descriptor* descriptor = told.pop_front())
    if (descriptor->observer_) descriptor->observer_->on_event(*descriptor);
}

void Reactor::run_fibers() {
  List<Fiber> now_running;
  now_running.take_all(runnable_);
  while (Fiber* fiber = now_running.pop_front()) resume(*fiber);
}

void Reactor::fail_waits() {
  waits_failed_ = true;
  live_.for_each([this](Fiber& fiber) {
    if (fiber.interruptible_) make_runnable(fiber, Wake::stopping);
  });
}

void Reactor::run() {
  t_reactor = this;
  thread_id_.store(static_cast<int>(syscall(SYS_gettid)));
  while (true) {
    collect_events();
    const TimePoint pass_start = now();
    begin_step();
    wheel_.advance(pass_start);
    end_step();
    begin_step();
    read_inbox();
    end_step();
    begin_step();
    tell_observers();
    end_step();
    run_fibers();
    const auto pass = std::chrono::duration_cast<std::chrono::microseconds>(now() - pass_start).count();
    if (static_cast<uint64_t>(pass) > stats_.pass_max_us.load(std::memory_order_relaxed))
      ReactorStats::set(stats_.pass_max_us, pass);
    ReactorStats::set(stats_.stacks_pooled, stacks_.pooled());
    ReactorStats::set(stats_.stacks_mapped, stacks_.mapped());
    ReactorStats::set(stats_.deepest_stack, stacks_.deepest_use());
    if (!stopping()) continue;
    if (!waits_failed_) fail_waits();
    if (live_.empty() && !inbox_.load()) break;
    if (Deadline::at(TimePoint(Duration(stop_deadline_.load()))).passed(now())) break;
  }
  t_reactor = nullptr;
}

}  // namespace navajo::reactor
