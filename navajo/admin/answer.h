// What a request is answered with, made step by step: a million sessions are listed in pieces that fit a small buffer,
// none of which takes longer than a millisecond or so. The last line of an answer is always "end" or "error"; one
// without was cut off. One thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/limits/limits.h"
#include "navajo/route/router.h"
#include "navajo/rules/rule_store.h"
#include "navajo/session/session_store.h"

namespace navajo::admin {

struct NamedStore {
  std::string name;
  std::shared_ptr<session::SessionStore> store;
};

using RuleStores = std::vector<std::shared_ptr<rules::RuleStore>>;
using Routers = std::vector<std::shared_ptr<route::Router>>;

// Who asks: as the kernel says, or as the admin API has found out.
struct Peer {
  pid_t process = 0;
  uid_t user = 0;
  std::string name{};         // "operator anna from 127.0.0.1"; empty: the process
  bool sees_people = true;    // users and addresses of clients are shown
};
// "process 123 of user 0", or the name.
std::string who(const Peer& peer);

class Answer {
 public:
  virtual ~Answer() = default;
  // Appends the next lines, perhaps none. False: that was all.
  virtual bool more(std::string& out) = 0;
};

// request: one line without its newline, from anybody. The stores and limits (null: none) outlive the answer. Never
// null.
std::unique_ptr<Answer> answer(std::string_view request, const std::vector<NamedStore>& stores, const Peer& peer,
                               const RuleStores& rules = {}, const Routers& routers = {},
                               limits::Limits* limits = nullptr);
// That says only what is wrong.
std::unique_ptr<Answer> refusal(const char* code, std::string_view text);

}  // namespace navajo::admin
