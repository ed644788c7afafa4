#include "registry/compile/compilation.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "registry/compile/as_names.hpp"
#include "registry/compile/routes.hpp"

namespace badclients::registry {

namespace {

net::Family family_of(std::string_view kind) {
  return kind == "inetnum" ? net::Family::v4 : net::Family::v6;
}

/// Several, one behind the other.
class Chain : public Stretches {
 public:
  explicit Chain(std::vector<std::unique_ptr<Stretches>> parts) : parts_(std::move(parts)) {}
  std::optional<Stretch> next() override {
    for (; at_ < parts_.size(); ++at_) {
      if (auto stretch = parts_[at_]->next()) return stretch;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::unique_ptr<Stretches>> parts_;
  std::size_t at_ = 0;
};

}  // namespace

Compilation::Compilation(Settings settings, Store* before)
    : settings_(std::move(settings)), before_(before) {
  if (before_ == nullptr) return;
  auto files = before_->files();
  if (!files) throw std::runtime_error(files.error());
  for (auto& state : *files) states_before_.emplace(state.name, std::move(state));
}

Compilation::~Compilation() = default;

const FileState* Compilation::kept(std::string_view file) const {
  if (states_.contains(file)) return nullptr;
  const auto before = states_before_.find(file);
  return before == states_before_.end() ? nullptr : &before->second;
}

/// Why what was read must not take the place of what is there; empty: it may.
std::string Compilation::fault(const Publication& publication, const FileState& state) const {
  if (settings_.force) return {};
  constexpr std::string_view hint = "(--force takes it all the same)";
  const auto count = [](const Counts& counts, std::string_view kind) {
    const auto found = counts.find(kind);
    return found == counts.end() ? 0 : found->second;
  };
  const auto before = states_before_.find(publication.name);
  for (const auto& floor : publication.floors) {
    const auto now = count(state.counts, floor.kind);
    if (now < floor.least) {
      return fmt::format("it has only {} of {}, and never less than {} when it is whole {}", now,
                         floor.kind, floor.least, hint);
    }
    const auto had = before == states_before_.end() ? 0 : count(before->second.counts, floor.kind);
    if (now < had - had / 10) {
      return fmt::format("it has {} of {}, where it had {} before {}", now, floor.kind, had, hint);
    }
  }
  if (before != states_before_.end() && state.made < before->second.made) {
    return fmt::format("it is older than what is there {}", hint);
  }
  // A day for time zones, and one for clocks. What came later would be older, for good.
  if (state.made > settings_.now + std::chrono::hours{48}) {
    return fmt::format("it says that it will be made, on {:%Y-%m-%d} {}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(state.made)), hint);
  }
  return {};
}

/// Which other file is needed, and not there; empty: none.
std::string Compilation::missing(const Publication& publication) const {
  const auto known = [&](std::string_view file) {
    return states_.contains(file) || kept(file) != nullptr;
  };
  for (const auto& each : publications()) {
    const bool spaces =
        each.form == Form::delegated &&
        ((publication.form == Form::registrations && each.registry == publication.registry) ||
         (publication.form == Form::as_names && each.registry == Registry::ripencc));
    if (spaces && !known(each.name)) return std::string(each.name);
    // What it says is not kept: it has to come each time.
    const bool contacts = each.form == Form::organisations &&
                          publication.form == Form::registrations &&
                          each.registry == publication.registry;
    if (contacts && !states_.contains(each.name)) return std::string(each.name);
  }
  return {};
}

std::unique_ptr<Sorter> Compilation::sorter() const {
  return std::make_unique<Sorter>(settings_.state_path, settings_.memory);
}

void Compilation::settle_delegations() {
  if (std::exchange(settled_, true)) return;
  std::optional<std::vector<Delegations::Block>> old;
  for (const auto& each : publications()) {
    if (each.form != Form::delegated) continue;
    const auto registry = *each.registry;
    if (kept(each.name) != nullptr) {
      if (!old) old = old_blocks(*before_);
      auto& delegations = delegations_[registry];
      std::ranges::copy_if(*old, std::back_inserter(delegations.blocks),
                           [&](const auto& block) { return block.to.registry == registry; });
      delegations.asns = old_asns(*before_, each);
    }
    spaces_.emplace(registry, DelegatedSpace(delegations_[registry].blocks, registry));
  }
}

tl::expected<Reading, std::string> Compilation::read(const Publication& publication, Input& input,
                                                     Content& content) {
  if (publication.form == Form::delegated) {
    return read_delegated(input, *publication.registry, content.delegations);
  }
  settle_delegations();
  if (const auto file = missing(publication); !file.empty()) {
    return tl::unexpected(fmt::format("it needs {}, which is not there", file));
  }
  if (publication.form == Form::as_names) {
    return read_as_names(input, delegations_[Registry::ripencc].asns, content.as_names);
  }
  if (publication.form == Form::organisations) {
    return read_organisations(input, content.organisations);
  }
  content.sorted = sorter();
  auto reading =
      publication.form == Form::routes
          ? read_routes(input, publication.name == routes_v4 ? net::Family::v4 : net::Family::v6,
                        *content.sorted)
          : read_registrations(input, spaces_[*publication.registry],
                               organisations_[*publication.registry], *content.sorted);
  if (reading) content.sorted->finish();
  return reading;
}

void Compilation::accept(const Publication& publication, Content content) {
  if (publication.form == Form::delegated) {
    delegations_[*publication.registry] = std::move(content.delegations);
  } else if (publication.form == Form::as_names) {
    as_names_ = std::move(content.as_names);
  } else if (publication.form == Form::organisations) {
    organisations_[*publication.registry] = std::move(content.organisations);
  } else {
    sorted_[std::string(publication.name)] = std::move(content.sorted);
  }
}

tl::expected<Compilation::Taken, std::string> Compilation::take(const Given& given) {
  const auto& publication = given.publication;
  Input input{given.descriptor, publication.most_text, given.progress};
  Content content;
  auto reading = read(publication, input, content);
  if (!reading) return tl::unexpected(reading.error());
  if (reading->lines_left_out > 0 && reading->counts.empty()) {
    return tl::unexpected("it is no such file: " + reading->first_left_out);
  }
  FileState state{std::string(publication.name),
                  reading->made.value_or(given.made),
                  settings_.now,
                  std::move(reading->counts),
                  given.etag,
                  given.last_modified};
  if (const auto why = fault(publication, state); !why.empty()) return tl::unexpected(why);
  accept(publication, std::move(content));
  states_.insert_or_assign(state.name, state);
  std::string warning;
  if (reading->lines_left_out > 0) {
    warning = fmt::format("{} not understood and left out ({})",
                          reading->lines_left_out == 1
                              ? "a line was"
                              : fmt::format("{} lines were", reading->lines_left_out),
                          reading->first_left_out);
  }
  return Taken{std::move(state), std::move(warning)};
}

void Compilation::leave_out(const Publication& publication) {
  if (const auto found = states_before_.find(publication.name); found != states_before_.end()) {
    states_before_.erase(found);
  }
}

std::unique_ptr<Stretches> Compilation::routes() {
  std::vector<std::unique_ptr<Stretches>> families;
  for (const auto file : {routes_v4, routes_v6}) {
    const auto family = file == routes_v4 ? net::Family::v4 : net::Family::v6;
    if (const auto taken = sorted_.find(file); taken != sorted_.end()) {
      families.push_back(std::make_unique<Routes>(*taken->second));
    } else if (kept(file) != nullptr) {
      families.push_back(std::make_unique<OldRoutes>(*before_, family));
    }
  }
  return std::make_unique<Chain>(std::move(families));
}

std::unique_ptr<Stretches> Compilation::blocks() {
  std::vector<Delegations::Block> all;
  for (auto& [registry, delegations] : delegations_) {
    all.insert(all.end(), delegations.blocks.begin(), delegations.blocks.end());
    delegations.blocks = std::vector<Delegations::Block>();
  }
  return std::make_unique<DelegatedStretches>(std::move(all));
}

std::unique_ptr<Stretches> Compilation::holdings() {
  std::vector<std::unique_ptr<Sorter>> sorters;
  for (const auto& each : publications()) {
    if (each.form != Form::registrations) continue;
    if (const auto taken = sorted_.find(each.name); taken != sorted_.end()) {
      sorters.push_back(std::move(taken->second));
    } else if (kept(each.name) != nullptr) {
      auto old = sorter();
      for (const auto& floor : each.floors) {
        old_registrations(*before_, family_of(floor.kind), *each.registry, spaces_[*each.registry],
                          *old);
      }
      old->finish();
      sorters.push_back(std::move(old));
    }
  }
  return std::make_unique<SortedStretches>(std::move(sorters));
}

std::vector<FileState> Compilation::files() const {
  std::vector<FileState> files;
  for (const auto& each : publications()) {
    const auto taken = states_.find(each.name);
    const auto* const state = taken != states_.end() ? &taken->second : kept(each.name);
    if (state != nullptr) files.push_back(*state);
  }
  return files;
}

Compilation::Summary Compilation::write(const std::string& path, const Progress& progress) {
  settle_delegations();
  Summary summary{files(), 0};
  std::uint64_t registrations = 0;
  for (const auto& file : summary.files) {
    if (find_publication(file.name)->form != Form::registrations) continue;
    for (const auto& [kind, count] : file.counts) registrations += count;
  }
  StoreWriter writer{path, registrations};
  writer.add(summary.files);
  for (const auto& each : publications()) {
    if (each.form != Form::delegated) continue;
    writer.add_asns(each, encode(delegations_[*each.registry].asns));
  }
  if (kept(as_names_file) != nullptr) as_names_ = old_as_names(*before_);
  writer.add(as_names_);

  const auto route = routes(), block = blocks(), holding = holdings();
  Merge merge{{route.get(), block.get(), holding.get()}};
  while (merge.advance()) {
    const auto& [origins, delegation, held] = merge.said();
    Segment segment;
    if (origins) {
      const auto decoded = decode_origins(origins->payload);
      segment.route = Route{writer.origin(decoded.asns), decoded.prefix};
    }
    if (delegation) segment.delegation = decode_delegation(delegation->payload);
    if (held) {
      const auto decoded = decode_holding(held->payload, held->range);
      segment.holder = Holder{writer.holder(decoded.text), *decoded.range};
    }
    writer.add(merge.at(), segment);
    constexpr std::uint64_t now_and_again = 10'000;
    if (++summary.segments % now_and_again == 0 && progress) progress(summary.segments);
  }
  writer.finish();
  return summary;
}

}  // namespace badclients::registry
