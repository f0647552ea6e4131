#include "navajo/mitm/ticket_keys.h"

#include <cstring>

#include "navajo/shm/arena.h"
#include "navajo/shm/forked.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::shm::Forked;

TEST_GROUP(TicketKeys) {
  navajo::base::ManualClock clock;
  navajo::shm::Arena arena = std::move(*navajo::shm::Arena::create(sizeof(TicketKeysShm)));
  TicketKeysShm* memory = arena.make<TicketKeysShm>("test");
  TicketKeys keys{*memory, 1h};
  unsigned char name[16] = {}, iv[16] = {};
  void setup() override { CHECK(keys.initialise(clock.now())); }

  int use(TicketKeys & of, bool encrypt) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* mac_context = EVP_MAC_CTX_new(mac);
    EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
    const int answer = of.use(name, iv, cipher, mac_context, encrypt, clock.now());
    EVP_CIPHER_CTX_free(cipher);
    EVP_MAC_CTX_free(mac_context);
    EVP_MAC_free(mac);
    return answer;
  }
};

TEST(TicketKeys, read_what_they_wrote_for_two_turns) {
  LONGS_EQUAL(1, use(keys, true));
  LONGS_EQUAL(1, use(keys, false));
  clock.advance(1h);
  LONGS_EQUAL(2, use(keys, false));
  clock.advance(1h);
  LONGS_EQUAL(2, use(keys, false));
  clock.advance(1h);
  LONGS_EQUAL(0, use(keys, false));
}

TEST(TicketKeys, forget_everything_over_a_long_silence) {
  LONGS_EQUAL(1, use(keys, true));
  clock.advance(100h);
  LONGS_EQUAL(0, use(keys, false));
  LONGS_EQUAL(1, use(keys, true));
  LONGS_EQUAL(1, use(keys, false));
}

TEST(TicketKeys, are_the_same_in_all_children) {
  LONGS_EQUAL(1, use(keys, true));
  Forked child([&] { return use(keys, false) == 1; });
  CHECK(child.succeeded());
}

TEST(TicketKeys, do_not_read_a_name_they_never_gave) { LONGS_EQUAL(0, use(keys, false)); }

TEST(TicketKeys, are_made_anew_when_a_process_died_while_it_changed_them) {
  LONGS_EQUAL(1, use(keys, true));
  Forked child([&] {
    (void)memory->lock.lock();
    memset(memory->keys, 0, sizeof memory->keys[0]);
    return true;
  });
  CHECK(child.succeeded());
  LONGS_EQUAL(0, use(keys, false));
  LONGS_EQUAL(1, use(keys, true));
  LONGS_EQUAL(1, use(keys, false));
}
