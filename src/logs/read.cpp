#include "logs/read.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "logs/journal.hpp"
#include "logs/lines.hpp"

namespace badclients::logs {

namespace {

using Use = std::function<void(const Login&)>;
using UseGeo = std::function<void(const Geo&)>;

/// Of one place.
class PlaceReader {
 public:
  PlaceReader(Writer writer, const Range& range, facts::Time now, const Use& use,
              const UseGeo& use_geo)
      : writer_(writer), range_(range), now_(now), use_(use), use_geo_(use_geo) {}

  void read(const Source& source) {
    tally_.sources.push_back(source.name());
    switch (source.kind) {
      case Source::Kind::file:
        return read_file(source);
      case Source::Kind::input:
        return read_descriptor(base::Descriptor{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)},
                               source.name());
      case Source::Kind::journal:
        return read_journal();
    }
  }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  void read_lines(Lines& lines, Reader reader, const std::string& name) {
    while (const auto line = lines.next()) {
      if (reader.read(*line, login_)) {
        count();
      } else if (use_geo_ && read_geo(*line, geo_)) {
        use_geo_(geo_);
      }
    }
    if (!lines.trouble().empty()) {
      tally_.troubles.push_back(fmt::format("{}: {}", name, lines.trouble()));
    }
  }

  void count() {
    const auto& time = login_.time;
    if (time &&
        ((range_.since && *time < *range_.since) || (range_.until && *time >= *range_.until))) {
      tally_.outside = true;
      return;
    }
    ++tally_.logins;
    use_(login_);
  }

  void read_descriptor(base::Descriptor descriptor, const std::string& name) {
    auto lines = Lines::from(std::move(descriptor));
    if (!lines) {
      tally_.troubles.push_back(fmt::format("{}: {}", name, lines.error()));
      return;
    }
    read_lines(*lines, Reader{Times{now_}, writer_}, name);
  }

  void read_file(const Source& source) {
    const auto latest = source.modified.value_or(now_);
    const auto first_year = turns_of(source.path).first_year(latest);
    auto lines = Lines::of(source.path);
    if (!lines) {
      tally_.troubles.push_back(lines.error());
      return;
    }
    read_lines(*lines, Reader{Times{latest, first_year}, writer_}, source.path);
  }

  /// Looked through before it is read, where its times have no year.
  static Turns turns_of(const std::string& path) {
    Turns turns;
    auto lines = Lines::of(path);
    if (!lines) return turns;
    while (const auto line = lines->next()) {
      const bool has_year =
          !line->empty() && (base::is_digit(line->front()) || line->front() == '{');
      if (has_year) return turns;
      turns.look_at(*line);
    }
    return turns;
  }

  void read_journal() {
    std::string options;
    const auto add = [&](const char* option, const std::optional<facts::Time>& time) {
      if (time)
        options += fmt::format(" {}=@{}", option, std::chrono::system_clock::to_time_t(*time));
    };
    add("--since", range_.since);
    add("--until", range_.until);
    Journal journal{options, writer_};
    auto lines = journal.lines();
    if (lines.is_open()) read_descriptor(std::move(lines), "the journal");
    // A failure of before the range tells nobody where the log is, and may be nowhere.
    const bool asks_for_any = writer_ != Writer::failed_policy;
    if (!tally_.any() && !options.empty() && asks_for_any) tally_.outside = journal_has_any();
  }

  /// Whether the journal has an audit line of any time.
  bool journal_has_any() {
    const Journal journal{"", writer_};
    auto lines = Lines::from(journal.lines());
    if (!lines) return false;
    Reader reader{Times{now_}, writer_};
    while (const auto line = lines->next()) {
      if (reader.read(*line, login_)) return true;
    }
    return false;
  }

  Writer writer_;
  const Range& range_;
  facts::Time now_;
  const Use& use_;
  const UseGeo& use_geo_;
  Tally tally_;
  Login login_;
  Geo geo_;
};

Tally read_first(Writer writer, const std::vector<Place>& places, const Range& range,
                 facts::Time now, const Use& use, const UseGeo& use_geo) {
  Tally all;
  for (const auto& place : places) {
    PlaceReader reader{writer, range, now, use, use_geo};
    for (const auto& source : place) reader.read(source);
    const auto& tally = reader.tally();
    if (tally.any()) return tally;
    all.sources.insert(all.sources.end(), tally.sources.begin(), tally.sources.end());
    all.troubles.insert(all.troubles.end(), tally.troubles.begin(), tally.troubles.end());
  }
  return all;
}

}  // namespace

std::string Tally::why_none() const {
  if (!troubles.empty()) return fmt::format("{}", fmt::join(troubles, "; "));
  if (sources.empty()) return "there is no log";
  return fmt::format("there is no audit line in {}", fmt::join(sources, ", "));
}

Tally read(const std::vector<Place>& places, const Range& range, facts::Time now, const Use& use,
           const UseGeo& use_geo) {
  return read_first(Writer::badclients, places, range, now, use, use_geo);
}

Tally read_dovecots(const std::vector<Place>& places, const Range& range, facts::Time now,
                    const Use& use) {
  return read_first(Writer::dovecot, places, range, now, use, {});
}

Tally read_failed_policy(const std::vector<Place>& places, const Range& range, facts::Time now,
                         const Use& use) {
  return read_first(Writer::failed_policy, places, range, now, use, {});
}

}  // namespace badclients::logs
