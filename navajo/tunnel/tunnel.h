// Relays bytes between two connected streams until both are done, without a fiber, a thread, or a buffer while idle: it
// is woken by the events of its two descriptors and by one timer. Either end, or both, may speak TLS.
//
// Half-close goes through in both directions: on a TLS leg close_notify, then FIN. A tunnel one end of which is done
// has a limit of its own and is still watched for resets. An end that makes no room stops the reading from the other
// one. A wake-up moves a byte, changes a state, or counts as fruitless; kFruitlessLimit of those in a row end the
// tunnel (docs/decisions/0011).
//
// Reactor thread only. Numbers: the counters and gauges tunnel* of the status segment.
#pragma once

#include <cstdint>
#include <memory>

#include "navajo/base/clock.h"
#include "navajo/reactor/descriptor.h"
#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/timer.h"
#include "navajo/tls/stream.h"
#include "navajo/tunnel/one_way.h"
#include "navajo/tunnel/tunnel_end.h"
#include "navajo/tunnel/tunnel_list.h"
#include "navajo/tunnel/turn.h"

namespace navajo::tunnel {

// Duration::max(): no limit.
struct TunnelLimits {
  base::Duration idle = std::chrono::minutes(10);        // without a byte in either direction
  base::Duration half_closed = std::chrono::seconds(60);  // the same once one end is done
  base::Duration write = std::chrono::seconds(60);       // without room at an end that bytes are for
  base::Duration age = base::Duration::max();            // since its start, whatever it does
  bool half_close = true;  // false: when one end is done and the other has been told, the tunnel ends
};

class Tunnel final : private reactor::Descriptor::Observer, private Turn {
 public:
  class Owner {
   public:
    // Called once, from the reactor's loop, never inside of start() or stop(). The origin's connection is closed, the
    // client's is the caller's again, as the end left it (finished: its writing side is shut down already). May
    // destroy the tunnel.
    virtual void tunnel_ended(Tunnel& tunnel) = 0;

   protected:
    ~Owner() = default;
  };

  // Open: both ends may send. half_closed_*: that end is done.
  enum class State : uint8_t { ready, open, half_closed_client, half_closed_origin, finishing, ended };
  enum class Stop : uint8_t { when_quiet, at_once };

  static constexpr int kFruitlessLimit = 16;
  // Bytes in one direction before others have their turn.
  static constexpr size_t kShare = 128 * 1024;

  // Both streams are connected and belong to this thread's reactor; bytes that were read already are in their unread().
  // The client's stays the caller's and outlives the tunnel; its descriptor is observed by the tunnel until the end.
  Tunnel(tls::Stream& client, std::unique_ptr<tls::Stream> origin, const TunnelLimits& limits, Owner& owner);
  // The same with an origin that somebody else keeps, for as long as the tunnel.
  Tunnel(tls::Stream& client, tls::Stream& origin, const TunnelLimits& limits, Owner& owner);
  ~Tunnel();  // before its end: without a word to the owner

  // Is shown all bytes the client takes, in order. Before start(); it outlives the tunnel.
  void show_down_to(Tap& tap) { down_.show_to(&tap); }
  // Where it is seen while it is open. Before start().
  void list_as(Listing listing) { listing_ = std::move(listing); }
  void start();
  // when_quiet: as soon as nothing is held that an end has yet to take; within the write limit in any case.
  void stop(Stop how);

  State state() const { return state_; }
  End end() const { return end_; }
  uint64_t bytes_up() const { return up_.bytes(); }  // from the client, taken by the origin's socket
  uint64_t bytes_down() const { return down_.bytes(); }
  base::TimePoint started() const { return started_; }
  // Events, and those of them that moved and changed nothing.
  uint32_t wake_ups() const { return wake_ups_; }
  uint32_t fruitless() const { return fruitless_; }
  const tls::Stream& origin() const { return origin_; }

 private:
  friend void end_killed_tunnels();
  friend struct TunnelProbe;  // unit tests: events nobody had a reason to send

  void on_event(reactor::Descriptor& descriptor) override;
  void take_turn() override;
  void on_timer();
  void pass(reactor::Descriptor* woken_by);
  bool note_hang_ups();
  End verdict(bool more) const;
  End failure_of(const OneWay& way, bool from_client) const;
  bool is_to_wait_for(const OneWay& way, bool more) const;
  bool is_stuck(const reactor::Descriptor& woken_by);
  void enter(State state);
  void set_timer();
  base::TimePoint due(End& reason) const;
  void finish(End end);

  tls::Stream& client_;
  const std::unique_ptr<tls::Stream> owned_;
  tls::Stream& origin_;
  const TunnelLimits limits_;
  Owner& owner_;
  OneWay up_, down_;
  Listing listing_;
  reactor::ListLink link_{this};  // of those of this thread that are listed
  reactor::Timer timer_;
  base::TimePoint armed_for_{}, started_{}, last_moved_{};
  uint32_t wake_ups_ = 0, fruitless_ = 0;
  uint8_t fruitless_in_a_row_ = 0;
  State state_ = State::ready;
  End end_ = End::none;
  bool client_gone_ = false, origin_gone_ = false, stopping_ = false, stopping_at_once_ = false, killed_ = false;
};

// On a reactor's thread: ends those of its tunnels that an operator wants to end (TunnelList::kills() has changed).
void end_killed_tunnels();

// Ends a connection so that a plain peer, too, sees that something is missing.
void close_with_reset(tls::Stream& stream);

}  // namespace navajo::tunnel
