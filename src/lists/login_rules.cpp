#include "lists/login_rules.hpp"

#include <fmt/format.h>

#include <cstring>
#include <new>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

#include "lists/index_maker.hpp"
#include "lists/index_store.hpp"

namespace badclients::lists {

namespace {

using Clock = LoginRules::Clock;
using Outcome = IndexMaker::Outcome;

constexpr std::chrono::milliseconds pause{5};
/// How long to wait for another process' index if there is an old one: a small one takes no time.
constexpr std::chrono::milliseconds patience{20};

}  // namespace

class RulesOpener {
 public:
  explicit RulesOpener(const LoginRules::Request& request)
      : request_(request), store_(request.state_path) {}

  tl::expected<LoginRules, std::string> open() {
    const auto begin = Clock::now();
    if (!request_.trust_verified) store_.forget_verified();
    while (true) {
      auto current = look();
      if (current.rules) return *std::move(current.rules);
      if (store_.is_anothers()) return without_writing(std::move(current), {});

      auto right = store_.take_right();
      if (!right) return without_writing(std::move(current), right.error());
      if (*right) return with_right(std::move(**right), begin);
      const auto now = Clock::now();
      if (current.is_old && now >= begin + patience) {
        if (!store_.maker_gets_on(request_.clock())) return older(held_up());
        if (auto rules = look(true).rules) return *std::move(rules);
      }
      if (now >= request_.deadline) {
        return tl::unexpected(
            fmt::format("{}: another login is making it, and takes too long", store_.path()));
      }
      std::this_thread::sleep_for(pause);
    }
  }

 private:
  /// lists.index.
  struct Current {
    std::optional<IndexFile> unverified;  ///< it does not count before it is verified
    /// Nothing: there is no index, or it is not verified, of another list_path, old, or too large
    /// to be mapped.
    std::optional<LoginRules> rules;
    bool is_old = false;  ///< it has rules, but the lists have changed
  };

  /// `old_too`: gives rules even if the lists have changed. There is room for one mapping at a
  /// time.
  Current look(bool old_too = false) {
    auto file = store_.open();
    if (!file) {
      trouble_ = std::move(file.error());
      return {};
    }
    if (!*file) return {};
    Current current;
    if (sound_ != (*file)->stamp() && !(request_.trust_verified && store_.is_verified(**file))) {
      current.unverified = std::move(**file);
      return current;
    }
    try {
      current.rules = rules_in(**file);
    } catch (const DamagedIndex&) {
      store_.forget_verified();
      return current;
    }
    if (current.rules) tell_of(current.rules->index());
    try {
      if (!old_too && current.rules && current.rules->index_.is_stale()) {
        current.rules.reset();
        current.is_old = true;
      }
    } catch (const DamagedIndex&) {
      store_.forget_verified();
      current.rules.reset();
    }
    return current;
  }

  void tell_of(const Index& last) {
    if (!std::exchange(told_, true)) request_.hear_last(last);
  }

  std::optional<LoginRules> rules_in(const IndexFile& file) {
    auto mapping = file.map();
    if (!mapping) {
      trouble_ = fmt::format("{} cannot be used: {} (it takes {} MiB of address space)",
                             store_.path(), std::strerror(mapping.error()), file.mib());
      return std::nullopt;
    }
    auto index = Index::over(mapping->bytes());
    if (!index || index->list_path() != request_.list_path) return std::nullopt;
    LoginRules rules{*index};
    rules.mapping_ = std::move(*mapping);
    rules.path_ = store_.path();
    rules.stamp_ = file.stamp();
    return rules;
  }

  tl::expected<LoginRules, std::string> with_right(Descriptor right, Clock::time_point begin) {
    auto current = verified(look());  // another process may have been faster
    if (current.rules) return *std::move(current.rules);
    auto failure = store_.failure(request_.list_path, request_.clock());
    if (!failure.empty()) return older(std::move(failure));

    const auto half = begin + (request_.deadline - begin) / 2;
    const auto maker =
        IndexMaker::start(store_, std::move(right), request_.list_path, request_.clock);
    if (!maker) return current.is_old ? older(maker.error()) : read_here(maker.error());
    auto result = maker->wait(current.is_old ? half : request_.deadline);
    if (result.outcome == Outcome::failed) {
      return read_here(trouble_.empty() ? std::move(result.reason) : trouble_);
    }
    if (result.outcome == Outcome::lost) return older_or_read(result.reason);
    if (result.outcome != Outcome::made) return older(std::move(result.reason));
    return just_made();
  }

  /// Verifies what is not verified, and remembers that if we can.
  Current verified(Current current) {
    if (!current.unverified || !current.unverified->is_sound()) return current;
    sound_ = current.unverified->stamp();
    store_.remember_verified(*sound_);
    return look();
  }

  /// The index that our maker has made, or another one after it.
  tl::expected<LoginRules, std::string> just_made() {
    const auto file = store_.open();
    auto rules = file && *file ? rules_in(**file) : std::nullopt;
    if (!rules) {
      return read_here(trouble_.empty()
                           ? fmt::format("{}: was taken away as soon as it was made", store_.path())
                           : trouble_);
    }
    const auto folder = stamp_of(request_.state_path.c_str());
    if (folder && rules->index().is_made_from(*folder)) {
      rules->trouble_ = fmt::format(
          "{}: lies in a folder of lists; every login reads the lists anew (set another "
          "state_path)",
          store_.path());
    }
    return *std::move(rules);
  }

  /// If the lists themselves are not the reason: the old rules, or those that we read ourselves.
  tl::expected<LoginRules, std::string> older_or_read(const std::string& reason) {
    auto rules = older(reason);
    return rules ? std::move(rules) : read_here(reason);
  }

  /// The old rules, because of `reason`.
  tl::expected<LoginRules, std::string> older(std::string reason) {
    auto rules = look(true).rules;
    if (!rules) return tl::unexpected(std::move(reason));
    rules->trouble_ = fmt::format("{}; the lists count as they were at {}", reason,
                                  date_and_time(rules->index_.made()));
    rules->old_ = true;
    return *std::move(rules);
  }

  /// If this user may not write to the folder, for the reason `trouble`.
  tl::expected<LoginRules, std::string> without_writing(Current current, std::string trouble) {
    current = verified(std::move(current));
    if (current.rules) return *std::move(current.rules);
    return read_here(trouble_.empty() ? std::move(trouble) : trouble_);
  }

  tl::expected<LoginRules, std::string> read_here(std::string trouble) {
    try {
      auto bytes =
          std::make_unique<std::string>(IndexWriter(request_.list_path, request_.clock).image());
      auto index = Index::over(std::as_bytes(std::span(*bytes)));
      if (!index) return tl::unexpected(std::move(index.error()));
      LoginRules rules{*index};
      rules.read_ = std::move(bytes);
      if (!trouble.empty()) {
        rules.trouble_ = fmt::format("{}; every login reads the lists anew", trouble);
      }
      return rules;
    } catch (const std::bad_alloc&) {
      return older(fmt::format("{}; there is not enough memory to read the lists", trouble));
    } catch (const std::length_error& error) {
      return older(fmt::format("{}; {}", trouble, error.what()));
    }
  }

  [[nodiscard]] std::string held_up() const {
    return fmt::format("{}: the lists have changed, and the process that reads them is held up",
                       store_.path());
  }

  const LoginRules::Request& request_;
  IndexStore store_;
  std::optional<Stamp> sound_;  // the stamp of an index that we have verified
  bool told_ = false;           // hear_last() was called
  std::string trouble_;
};

bool LoginRules::hold(const Request& request) const try {
  if (!request.trust_verified || !stamp_ || !trouble_.empty() || old_) return false;
  // Comes before any mapped byte is read: the file may have been cut short.
  if (!IndexStore::is_path_in(request.state_path, path_)) return false;
  if (stamp_of(path_.c_str()) != stamp_ || index_.list_path() != request.list_path) return false;
  request.hear_last(index_);
  if (held_ && held_->mounts_changed()) held_.reset();
  if (held_) return !held_->have_changed();
  HeldFiles held;
  if (index_.is_stale()) return false;
  if (!held.mounts_changed()) {
    held.hold(index_.dependencies());
    held_ = std::move(held);
  }
  return true;
} catch (const DamagedIndex&) {
  return false;
}

tl::expected<LoginRules, std::string> LoginRules::open(const Request& request) {
  return RulesOpener{request}.open();
}

}  // namespace badclients::lists
