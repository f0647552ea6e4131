// Credits on disk, so that they outlive the server, a kill and a power cut. One file, opened by the parent, whose
// descriptor every child inherits: a child that may not write to the folder (it runs as another user) saves all the
// same, and nothing has to be renamed. The file has a head with the secret of the keys, twice, and two sets of blocks
// in turn: a save writes one set, the next one the other, so one whole set is always on the disk. Every record has a
// checksum made with the secret. Reading takes all sound records of both sets: of a key the later window counts, and
// of one window the greater use, so an older record takes nothing away, and nothing says which set is the newer.
//
// open() in the parent, one thread. save() by one thread of one process at a time; two at once would do no harm.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/limits/credit_table.h"

namespace navajo::limits {

class CreditsFile {
 public:
  struct Loaded {
    uint64_t records = 0;  // sound ones, of both sets
    uint64_t damaged = 0;
    bool head_damaged = false;  // then nothing can be read
  };

  // The secret of the file at that path, if there is a sound one; nothing is changed.
  static std::optional<KeySecret> peek_secret(const std::string& path);
  // Opens it for reading and writing, or makes it (mode 0600). With a head that is damaged or of another secret the
  // file is moved aside (path.damaged) and begun anew; `loaded` tells.
  static base::Result<std::unique_ptr<CreditsFile>> open(const std::string& path, const KeySecret& secret,
                                                         Loaded& loaded);
  ~CreditsFile();
  CreditsFile(const CreditsFile&) = delete;
  CreditsFile& operator=(const CreditsFile&) = delete;

  // Adds to `loaded`.
  void load(base::FunctionRef<void(const CreditRecord&)> take, Loaded& loaded) const;
  // What was read of it is kept in path.damaged as well; the file is empty afterwards.
  base::Status<> set_aside();
  // All records there are; returns when they are on the disk.
  base::Status<> save(const CreditTable& table, uint32_t set);

  static constexpr uint64_t kHeadBytes = 4096, kBlockBytes = 65536;
  static constexpr size_t kRecordsPerBlock = kBlockBytes / sizeof(CreditRecord);

 private:
  CreditsFile(int descriptor, std::string path, const KeySecret& secret)
      : descriptor_(descriptor), path_(std::move(path)), secret_(secret) {}
  base::Status<> begin();
  bool clear_from(uint64_t block, uint32_t set);
  static uint64_t place(uint64_t block, uint32_t set) { return 2 * kHeadBytes + (2 * block + set) * kBlockBytes; }

  int descriptor_;
  std::string path_;
  KeySecret secret_;
};

}  // namespace navajo::limits
