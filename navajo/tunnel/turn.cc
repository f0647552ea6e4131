#include "navajo/tunnel/turn.h"

#include "navajo/reactor/reactor.h"

namespace navajo::tunnel {
namespace {

// One message for all that ask on one thread: a message must live until it was run, and a tunnel may not.
struct Turns {
  reactor::Reactor::Message message;
  reactor::List<Turn> asked;
  reactor::Reactor* posted_at = nullptr;

  static void run(reactor::Reactor::Message*);
};
thread_local Turns t_turns;

void Turns::run(reactor::Reactor::Message*) {
  t_turns.posted_at = nullptr;
  reactor::List<Turn> now;
  now.take_all(t_turns.asked);
  while (Turn* turn = now.pop_front()) turn->take_turn();
}

}  // namespace

void Turn::ask_for_turn() {
  if (link_.linked()) return;
  t_turns.asked.push_back(link_);
  reactor::Reactor* reactor = reactor::Reactor::current();
  if (!reactor || t_turns.posted_at == reactor) return;
  t_turns.posted_at = reactor;
  t_turns.message.run = &Turns::run;
  reactor->post(t_turns.message);
}

}  // namespace navajo::tunnel
