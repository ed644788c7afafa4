#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "admin/update/fetch.hpp"
#include "admin/update/list_file.hpp"
#include "admin/update/network_sets.hpp"
#include "admin/update/source.hpp"

/// One list, from its source to its place.
namespace badclients::admin::update {

/// One thing to do.
struct Job {
  Target target;
  Source source;
};

/// What all jobs have in common.
struct Surroundings {
  std::string list_path, state_path;
  std::vector<net::Address> own_addresses;
  std::string now;  ///< RFC 3339
  std::function<tl::expected<Response, std::string>(const Request&)> fetch;
  bool dry_run = false;  ///< write nothing
  bool force = false;    ///< a list may change a lot, and take the place of a file made by hand
};

struct Outcome {
  enum class Kind {
    written,       ///< a dry run: would have been
    same,          ///< the networks are those that the list has
    not_modified,  ///< the server says that nothing changed since the list was made
  };
  Kind kind = Kind::same;
  std::string path;           ///< of the list
  std::size_t published = 0;  ///< networks before aggregation; 0 where not_modified
  std::size_t networks = 0;   ///< after it: the lines of the list
  Difference difference;
  std::vector<std::string> warnings;
};

/// Where the list of `target` is.
std::string path_of(const Target& target, const std::string& list_path);

/// Brings one list up to date, or leaves it as it is.
/// Error: why it was left, with the URL where it is the source's fault.
tl::expected<Outcome, std::string> refresh(const Job& job, const Surroundings& surroundings);

}  // namespace badclients::admin::update
