#include "navajo/filters/session_management/session_management_filter.h"

#include <map>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/session/store_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using api::Outcome;
using api::SessionUse;

namespace {

class StoreServlet final : public api::Servlet, public session::HoldsSessionStore {
 public:
  explicit StoreServlet(session::SessionStore& of) : store_(of) {}
  Outcome service(api::Request&, api::Response&) override { return Outcome::refused(404, "no_page"); }
  session::SessionStore& store() override { return store_; }
  session::SessionLimits limits() const override { return session::StoreFixture::kLimits; }

 private:
  session::SessionStore& store_;
};

class NoStore final : public api::Servlet {
  Outcome service(api::Request&, api::Response&) override { return Outcome::answered(); }
};

class Names final : public api::Components {
 public:
  std::map<std::string, api::Servlet*, std::less<>> servlets;
  api::Servlet* servlet(std::string_view name) const override {
    const auto found = servlets.find(name);
    return found == servlets.end() ? nullptr : found->second;
  }
  api::Filter* filter(std::string_view) const override { return nullptr; }
};

using Values = std::map<std::string, std::string, std::less<>>;

}  // namespace

TEST_GROUP(SessionManagementFilter) {
  session::StoreFixture fixture;
  std::unique_ptr<StoreServlet> servlet;
  NoStore no_store;
  Names names;
  config::Diagnostics diagnostics;
  std::unique_ptr<api::Filter> filter;
  api::FakeChain chain;
  std::string seen_cookies, seen_value;
  std::function<void(api::Request&, api::Response&)> inside;

  void setup() override {
    servlet = std::make_unique<StoreServlet>(*fixture.open());
    names.servlets = {{"Store", servlet.get()}, {"None", &no_store}};
    chain.rest = [this](api::Request& request, api::Response& response) {
      seen_cookies = request.headers().get("Cookie").value_or("(none)");
      if (inside) inside(request, response);
      return Outcome::answered();
    };
  }
  void teardown() override {
    filter.reset();
    session::KeyTable::close_unused();
  }
  void make(Values values = {}) {
    values.emplace("Servlet", "Store");
    std::map<std::string, config::ParamValue, std::less<>> params;
    for (auto& [name, value] : values) params[name] = {value, {"web.xml", 10, 20}};
    const container::FilterRow& row = filters::session_management_rows()[0];
    filter = row.make({.name = "f"}, config::Params("filter 'f'", {"web.xml", 1, 1}, row.params, params, diagnostics));
    if (diagnostics.ok()) filter->link(names);
  }
  std::string fault_of(Values values) {
    diagnostics = {};
    make(std::move(values));
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line();
  }
  // One request through the filter; what it sets goes into set_cookie.
  std::string set_cookie;
  Outcome run(api::FakeRequest& request) {
    if (!filter) make();
    api::FakeResponse response;
    const Outcome outcome = filter->filter(request, response, chain);
    if (outcome.is_answered()) chain.complete(response);
    set_cookie = response.fields.get("Set-Cookie").value_or("");
    return outcome;
  }
  // As a container does it: what the chain answered is committed on the wrapper.
  Outcome get(const std::string& cookies) {
    api::FakeRequest request("GET", "/app");
    if (!cookies.empty()) request.with("Cookie", cookies);
    return run(request);
  }
  void asks(SessionUse use) {
    inside = [this, use](api::Request& request, api::Response& response) {
      api::Session* session = request.session(use);
      seen_value = session ? std::string(session->get("value").value_or("(unset)")) : "(no session)";
      (void)response.commit();
    };
  }
  void sets(const char* value) {
    inside = [value](api::Request& request, api::Response& response) {
      CHECK_TRUE(request.session(SessionUse::create)->set("value", value));
      (void)response.commit();
    };
  }
  // The id out of Set-Cookie, with its name: a Cookie field.
  std::string cookie() const { return set_cookie.substr(0, set_cookie.find(';')); }
  std::string new_session(const char* value = "one") {
    sets(value);
    (void)get("");
    CHECK_FALSE(set_cookie.empty());
    return cookie();
  }
};

TEST(SessionManagementFilter, nobody_who_does_not_ask_gets_a_session) {
  inside = [](api::Request&, api::Response& response) { (void)response.commit(); };
  (void)get("a=b");
  STRCMP_EQUAL("", set_cookie.c_str());
  asks(SessionUse::existing);
  (void)get("a=b");
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  STRCMP_EQUAL("", set_cookie.c_str());
  LONGS_EQUAL(0, fixture.store->numbers().created);
}

TEST(SessionManagementFilter, a_session_is_found_again_by_its_cookie) {
  const std::string id = new_session();
  STRCMP_CONTAINS("__Host-NavajoSession=", id.c_str());
  STRCMP_CONTAINS("; Path=/; Secure; HttpOnly; SameSite=Lax", set_cookie.c_str());
  asks(SessionUse::existing);
  (void)get(id);
  STRCMP_EQUAL("one", seen_value.c_str());
  STRCMP_EQUAL("", set_cookie.c_str());
}

TEST(SessionManagementFilter, no_backend_sees_the_id_and_other_cookies_stay) {
  const std::string id = new_session();
  (void)get("a=b; " + id + "; c=d");
  STRCMP_EQUAL("a=b; c=d", seen_cookies.c_str());
  (void)get(id);
  STRCMP_EQUAL("(none)", seen_cookies.c_str());
}

TEST(SessionManagementFilter, no_backend_sets_the_cookie) {
  inside = [](api::Request&, api::Response& response) {
    response.headers().add("Set-Cookie", "__Host-NavajoSession=planted");
    response.headers().add("Set-Cookie", "other=1; Path=/");
    (void)response.commit();
  };
  (void)get("");
  STRCMP_EQUAL("other=1; Path=/", set_cookie.c_str());
}

TEST(SessionManagementFilter, ids_that_clients_make_up_never_become_sessions) {
  asks(SessionUse::create);
  const std::string made_up = "__Host-NavajoSession=" + std::string(32, 'A');
  (void)get(made_up);
  CHECK_FALSE(cookie() == made_up);
  CHECK_FALSE(set_cookie.empty());
}

TEST(SessionManagementFilter, of_cookies_of_two_living_sessions_none_is_believed) {
  const std::string one = new_session("one"), two = new_session("two");
  asks(SessionUse::existing);
  (void)get(one + "; " + two);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  LONGS_EQUAL(1, fixture.count_of(observe::id::session_cookie_ambiguous));
  asks(SessionUse::create);
  (void)get(one + "; " + two);
  CHECK_FALSE(cookie() == one || cookie() == two);
  CHECK_FALSE(set_cookie.empty());
}

TEST(SessionManagementFilter, a_cookie_of_no_session_beside_the_right_one_does_no_harm) {
  const std::string one = new_session("one");
  asks(SessionUse::existing);
  const std::string junk = "__Host-NavajoSession=junk";
  for (const std::string& both : {junk + "; " + one, one + "; " + junk, one + "; " + one}) {
    (void)get(both);
    STRCMP_EQUAL_TEXT("one", seen_value.c_str(), both.c_str());
  }
}

TEST(SessionManagementFilter, a_renewed_session_is_known_by_its_old_id_for_a_while_from_the_same_address) {
  make({{"Cookie.KeepOldCookieTimeout", "30"}});
  const std::string old_id = new_session();
  inside = [](api::Request& request, api::Response& response) {
    CHECK_TRUE(request.session(SessionUse::existing)->renew());
    (void)response.commit();
  };
  (void)get(old_id);
  const std::string new_id = cookie();
  CHECK_FALSE(new_id == old_id);
  asks(SessionUse::existing);
  (void)get(old_id);
  STRCMP_EQUAL("one", seen_value.c_str());
  STRCMP_EQUAL("", set_cookie.c_str());  // who holds the old id is not told the new one
  api::FakeRequest elsewhere("GET", "/app");
  elsewhere.the_client_address = "198.51.100.1";
  elsewhere.with("Cookie", old_id);
  (void)run(elsewhere);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  LONGS_EQUAL(1, fixture.count_of(observe::id::session_id_from_elsewhere));
  fixture.clock.advance(31s);
  (void)get(old_id);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  (void)get(new_id);
  STRCMP_EQUAL("one", seen_value.c_str());
}

TEST(SessionManagementFilter, an_invalid_cookie_may_be_a_conflict) {
  make({{"Cookie.OnInvalid", "409"}, {"Cookie.KeepOldCookieTimeout", "0"}});
  const std::string old_id = new_session();
  inside = [](api::Request& request, api::Response& response) {
    CHECK_TRUE(request.session(SessionUse::existing)->renew());
    (void)response.commit();
  };
  (void)get(old_id);
  fixture.clock.advance(1s);
  const size_t calls = chain.calls;
  LONGS_EQUAL(409, get(old_id).status);
  STRCMP_EQUAL("", set_cookie.c_str());  // the client may have the new one by now
  LONGS_EQUAL(409, get("__Host-NavajoSession=" + std::string(32, 'A')).status);
  STRCMP_CONTAINS("__Host-NavajoSession=; Path=/; Max-Age=0", set_cookie.c_str());
  LONGS_EQUAL(calls, chain.calls);
  inside = nullptr;
  CHECK_TRUE(get("").is_answered());
}

TEST(SessionManagementFilter, an_ended_session_deletes_its_cookie) {
  const std::string id = new_session();
  inside = [](api::Request& request, api::Response& response) {
    request.session(SessionUse::existing)->invalidate();
    (void)response.commit();
  };
  (void)get(id);
  STRCMP_CONTAINS("__Host-NavajoSession=; Path=/; Max-Age=0", set_cookie.c_str());
  asks(SessionUse::existing);
  (void)get(id);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
}

TEST(SessionManagementFilter, a_session_that_took_an_ended_ones_place_gets_its_own_cookie) {
  const std::string id = new_session();
  inside = [](api::Request& request, api::Response& response) {
    request.session(SessionUse::existing)->invalidate();
    CHECK_TRUE(request.session(SessionUse::create)->set("value", "two"));
    (void)response.commit();
  };
  (void)get(id);
  const std::string second = cookie();
  CHECK_FALSE(second == id);
  asks(SessionUse::existing);
  (void)get(second);
  STRCMP_EQUAL("two", seen_value.c_str());
}

TEST(SessionManagementFilter, a_refusal_carries_the_cookie_too) {
  chain.rest = [](api::Request& request, api::Response&) {
    CHECK_TRUE(request.session(SessionUse::create) != nullptr);
    return Outcome::refused(401, "login_required");
  };
  LONGS_EQUAL(401, get("").status);
  STRCMP_CONTAINS("__Host-NavajoSession=", set_cookie.c_str());
}

TEST(SessionManagementFilter, no_session_is_made_when_nobody_can_be_told_its_id) {
  inside = [](api::Request& request, api::Response& response) {
    (void)response.commit();
    CHECK_TRUE(request.session(SessionUse::create) == nullptr);
  };
  (void)get("");
  LONGS_EQUAL(0, fixture.store->numbers().created);
}

TEST(SessionManagementFilter, after_the_filter_there_is_no_session) {
  api::FakeRequest request("GET", "/app");
  asks(SessionUse::create);
  (void)run(request);
  CHECK_TRUE(request.sessions == nullptr);
}

TEST(SessionManagementFilter, a_session_without_requests_ends_after_its_interval) {
  make({{"MaxInactiveInterval", "100"}, {"MaxLifetime", "250"}});
  const std::string id = new_session();
  asks(SessionUse::existing);
  fixture.clock.advance(99s);
  (void)get(id);
  STRCMP_EQUAL("one", seen_value.c_str());
  fixture.clock.advance(99s);
  (void)get(id);
  STRCMP_EQUAL("one", seen_value.c_str());
  fixture.clock.advance(60s);  // its lifetime
  (void)get(id);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
}

TEST(SessionManagementFilter, requests_in_the_background_do_not_keep_a_session_alive) {
  const auto lives_on_by = [this](api::FakeRequest& request) {
    const std::string id = new_session();
    asks(SessionUse::existing);
    fixture.clock.advance(60s);
    request.with("Cookie", id);
    (void)run(request);
    STRCMP_EQUAL("one", seen_value.c_str());
    fixture.clock.advance(60s);
    (void)get(id);
    return seen_value == "one";
  };
  make({{"MaxInactiveInterval", "100"}, {"NoUpdate.Ajax", "true"}, {"NoUpdate.WebSocket", "true"},
        {"NoUpdate.Path", "^/poll\nGLOB/**/*.css/"}});
  api::FakeRequest page("GET", "/app"), ajax("GET", "/app"), socket("GET", "/app"), poll("GET", "/poll/1"),
      style("GET", "/a/b.css");
  ajax.with("X-Requested-With", "XMLHttpRequest");
  socket.with("Upgrade", "websocket");
  CHECK_TRUE(lives_on_by(page));
  CHECK_FALSE(lives_on_by(ajax));
  CHECK_FALSE(lives_on_by(socket));
  CHECK_FALSE(lives_on_by(poll));
  CHECK_FALSE(lives_on_by(style));
}

TEST(SessionManagementFilter, a_header_may_identify_the_client) {
  make({{"Identification", "HEADER:X-Device"}});
  sets("one");
  api::FakeRequest first("GET", "/app"), second("GET", "/app"), other("GET", "/app"), none("GET", "/app");
  first.with("X-Device", "abc");
  second.with("X-Device", "abc");
  other.with("X-Device", "abcd");
  (void)run(first);
  STRCMP_EQUAL("", set_cookie.c_str());
  asks(SessionUse::existing);
  (void)run(second);
  STRCMP_EQUAL("one", seen_value.c_str());
  (void)run(other);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  asks(SessionUse::create);
  (void)run(none);
  STRCMP_EQUAL("(no session)", seen_value.c_str());
}

TEST(SessionManagementFilter, the_TLS_session_and_the_authorization_may_identify_the_client) {
  for (const bool tls : {true, false}) {
    make({{"Identification", tls ? "SSL" : "authorization"}});
    const auto request = [tls](const char* value) {
      auto made = std::make_unique<api::FakeRequest>("GET", "/app");
      if (tls)
        made->variables["SSL_SESSION_ID"] = value;
      else
        made->with("Authorization", value);
      return made;
    };
    sets("one");
    (void)run(*request("Basic abc"));
    asks(SessionUse::existing);
    (void)run(*request("Basic abc"));
    STRCMP_EQUAL("one", seen_value.c_str());
    (void)run(*request("Basic abd"));
    STRCMP_EQUAL("(no session)", seen_value.c_str());
  }
}

TEST(SessionManagementFilter, a_full_store_gives_no_new_sessions) {
  asks(SessionUse::create);
  while (fixture.store->create({60s, 60s}).ok()) {
  }
  (void)get("");
  STRCMP_EQUAL("(no session)", seen_value.c_str());
  STRCMP_EQUAL("", set_cookie.c_str());
  LONGS_EQUAL(1, fixture.count_of(observe::id::session_refused));
}

TEST(SessionManagementFilter, attributes_are_found_by_prefix) {
  const std::string id = new_session();
  std::string all;
  inside = [&](api::Request& request, api::Response& response) {
    api::Session& session = *request.session(SessionUse::existing);
    CHECK_TRUE(session.set("cookie.a", "1") && session.set("cookie.b", "2"));
    session.for_each("cookie.", [&](std::string_view name, std::string_view value) {
      all.append(name).append("=").append(value).append(" ");
      return true;
    });
    (void)response.commit();
  };
  (void)get(id);
  CHECK_TRUE_TEXT(all == "cookie.a=1 cookie.b=2 " || all == "cookie.b=2 cookie.a=1 ", all.c_str());
}

TEST(SessionManagementFilter, the_cookie_is_as_it_was_configured) {
  make({{"Cookie.Name", "SID"}, {"Cookie.Path", "/app"}, {"Cookie.Domain", "example.test"}, {"Cookie.Secure", "auto"},
        {"Cookie.HttpOnly", "false"}, {"Cookie.SameSite", "Strict"}});
  (void)new_session();
  STRCMP_CONTAINS("; Path=/app; Domain=example.test; SameSite=Strict", set_cookie.c_str());
  api::FakeRequest over_tls("GET", "/app");
  over_tls.is_secure = true;
  (void)run(over_tls);
  STRCMP_CONTAINS("; Secure", set_cookie.c_str());
}

TEST(SessionManagementFilter, the_names_prefix_follows_what_browsers_allow) {
  make({{"Cookie.Path", "/app"}});
  STRCMP_CONTAINS("NavajoSession=", new_session().c_str());
  CHECK_FALSE(set_cookie.starts_with("__Host-"));
}

TEST(SessionManagementFilter, faults_name_what_is_wrong) {
  const std::pair<Values, const char*> cases[] = {
      {{{"Cookie.Name", "__Host-x"}, {"Cookie.Path", "/app"}}, "__Host- only"},
      {{{"Cookie.Name", "__Secure-x"}, {"Cookie.Secure", "auto"}}, "__Secure- only"},
      {{{"Cookie.Name", "a b"}}, "no name of a cookie"},
      {{{"Cookie.Path", "app"}}, "is no path"},
      {{{"Cookie.Path", "/a;b"}}, "is no path"},
      {{{"Cookie.Domain", "a b"}}, "is no domain"},
      {{{"Cookie.SameSite", "None"}, {"Cookie.Secure", "auto"}}, "None only with"},
      {{{"Cookie.OnInvalid", "200"}}, "from 400 to 499"},
      {{{"Cookie.OnInvalid", "ask"}}, "from 400 to 499"},
      {{{"Identification", "MAGIC"}}, "is none of"},
      {{{"Identification", "HEADER:"}}, "is none of"},
      {{{"NoUpdate.Path", "a\n("}}, "NoUpdate.Path"},
  };
  for (const auto& [values, text] : cases) STRCMP_CONTAINS(text, fault_of(values).c_str());
  STRCMP_EQUAL("", fault_of({}).c_str());
}

TEST(SessionManagementFilter, a_servlet_that_keeps_no_sessions_is_no_store) {
  diagnostics = {};
  CHECK_THROWS(api::LinkFault, make({{"Servlet", "None"}}));
}

TEST(SessionManagementFilter, tells_its_numbers) {
  (void)new_session();
  asks(SessionUse::existing);
  (void)get("__Host-NavajoSession=junk");
  api::FakeStatusWriter writer;
  filter->report(writer);
  CHECK_TRUE(writer.has("sessions_created 1"));
  CHECK_TRUE(writer.has("cookies_without_session 1"));
}
