#include "admin/update/refresh.hpp"

#include <fmt/format.h>

#include <boost/uuid/uuid_generators.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <optional>
#include <utility>

#include "admin/update/folder.hpp"
#include "admin/update/remembered.hpp"
#include "admin/update/safety.hpp"

namespace badclients::admin::update {

namespace {

constexpr auto parent = Folder::Parent::own;

using Text = std::optional<std::string>;

/// The list as it is now; nothing where there is none.
tl::expected<Text, std::string> read_present(const Target& target, const Surroundings& around) {
  const auto folder = Folder::find(around.list_path + "/" + target.folder, parent);
  if (!folder) return tl::unexpected(folder.error());
  return *folder ? (*folder)->read(target.file) : Text{};
}

tl::expected<void, std::string> write(const Target& target, const Surroundings& around,
                                      const std::string& text) {
  // "clients/data": one after the other.
  for (auto slash = target.folder.find('/'); slash != std::string::npos;
       slash = target.folder.find('/', slash + 1)) {
    const auto above =
        Folder::make(around.list_path + "/" + target.folder.substr(0, slash), parent);
    if (!above) return tl::unexpected(above.error());
  }
  const auto folder = Folder::make(around.list_path + "/" + target.folder, parent);
  if (!folder) return tl::unexpected(folder.error());
  return folder->replace(target.file, text);
}

/// The networks of what was fetched, as a list may have them.
tl::expected<ListFile, std::string> make_list(const Source& source, const Published& published,
                                              const Surroundings& around) {
  if (published.entries == 0) return tl::unexpected(std::string("it has no network at all"));
  if (published.networks.empty()) {
    return tl::unexpected(fmt::format("the filter {} leaves none of its {} networks",
                                      source.filter.str(), published.entries));
  }
  auto networks = aggregate(published.networks);
  if (const auto reason = danger(networks, around.own_addresses)) return tl::unexpected(*reason);
  return ListFile{source.str(), around.now, published.networks.size(), std::move(networks)};
}

/// One refresh: its steps, and what they leave for each other.
class Refresh {
 public:
  Refresh(const Job& job, const Surroundings& around) : job_(job), around_(around) {
    outcome_.path = path_of(job.target, around.list_path);
  }

  tl::expected<Outcome, std::string> run() {
    const auto text = read_present(job_.target, around_);
    if (!text) return tl::unexpected(text.error());
    if (*text) present_ = parse_list(**text);
    if (*text && !present_.ours && !around_.force) {
      return tl::unexpected(fmt::format(
          "{} was not written by badclientsctl update (--force takes its place)", outcome_.path));
    }
    auto response = fetch(*text);
    if (!response) return of_source(response.error());
    if (response->not_modified) return not_modified();
    return use(*text, *response);
  }

 private:
  tl::expected<Outcome, std::string> of_source(const std::string& fault) const {
    return tl::unexpected(fmt::format("{}: {}", job_.source.url, fault));
  }

  /// Asks only for what is newer, where the list is as the last update left it.
  tl::expected<Response, std::string> fetch(const Text& text) {
    const auto before = recall(around_.state_path, job_.target.name);
    remembered_.client_request_id =
        before.client_request_id.empty()
            ? boost::uuids::to_string(boost::uuids::random_generator()())
            : before.client_request_id;
    Request request{request_url(job_.source, remembered_.client_request_id), {}};
    const bool current =
        text && before.source == job_.source.str() && before.list_digest == digest(*text);
    if (current) request.validators = before.validators;
    return around_.fetch(request);
  }

  tl::expected<Outcome, std::string> not_modified() {
    outcome_.kind = Outcome::Kind::not_modified;
    outcome_.networks = present_.networks.size();
    return std::move(outcome_);
  }

  tl::expected<Outcome, std::string> use(const Text& text, const Response& response) {
    const auto& source = job_.source;
    const auto published = source.provider->read(response.body, source.filter);
    if (!published) {
      return of_source(
          fmt::format("not what {} publishes: {}", source.provider->name, published.error()));
    }
    for (const auto& fault : published->faults) {
      outcome_.warnings.push_back(
          fmt::format("{}:{}: {}; the line is left out", source.url, fault.line, fault.text));
    }
    const auto list = make_list(source, *published, around_);
    if (!list) return of_source(list.error());
    const auto doubt =
        present_.ours ? leap(present_.networks, list->networks) : hugeness(list->networks);
    if (doubt && !around_.force) return of_source(*doubt);

    outcome_.published = list->published;
    outcome_.networks = list->networks.size();
    outcome_.difference = compare(present_.networks, list->networks);
    const bool same = text && present_.ours && outcome_.difference.none() && !present_.edited &&
                      present_.source == list->source;
    outcome_.kind = same ? Outcome::Kind::same : Outcome::Kind::written;
    if (around_.dry_run) return std::move(outcome_);
    return keep(same ? *text : list->str(), response);
  }

  tl::expected<Outcome, std::string> keep(const std::string& text, const Response& response) {
    if (outcome_.kind == Outcome::Kind::written) {
      const auto written = write(job_.target, around_, text);
      if (!written) return tl::unexpected(written.error());
    }
    remembered_.source = job_.source.str();
    remembered_.validators = response.validators;
    remembered_.list_digest = digest(text);
    const auto kept = remember(around_.state_path, job_.target.name, remembered_);
    if (!kept) {
      outcome_.warnings.push_back(
          fmt::format("{}; the next update has to fetch the whole file again", kept.error()));
    }
    return std::move(outcome_);
  }

  const Job& job_;
  const Surroundings& around_;
  PresentList present_;
  Remembered remembered_;
  Outcome outcome_;
};

}  // namespace

std::string path_of(const Target& target, const std::string& list_path) {
  return fmt::format("{}/{}/{}", list_path, target.folder, target.file);
}

tl::expected<Outcome, std::string> refresh(const Job& job, const Surroundings& surroundings) {
  return Refresh(job, surroundings).run();
}

}  // namespace badclients::admin::update
