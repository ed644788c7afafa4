#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "admin/update/fetch.hpp"
#include "admin/update/folder.hpp"

namespace badclients::admin::update {

/// What one update leaves for the next, in `state_path/update/NAME.state`: which version of which
/// file a list was made from, as a JSON object. Losing it costs one download.
struct Remembered {
  std::string source;  ///< Source::str()
  Validators validators;
  std::string list_digest;        ///< digest() of the list that was made from it
  std::string client_request_id;  ///< a random UUID, once for all time

  friend bool operator==(const Remembered&, const Remembered&) = default;
};

/// What the last update of the list called `name` left in `state_path`. Nothing known is no error,
/// and whatever keeps it from being read is reported when it is written.
Remembered recall(const std::string& state_path, const std::string& name);

/// Error: why it cannot be kept.
tl::expected<void, std::string> remember(const std::string& state_path, const std::string& name,
                                         const Remembered& remembered);

/// The folder in `state_path` where that is kept, made where it is missing. Error: path and reason.
tl::expected<Folder, std::string> state_folder(const std::string& state_path);

/// Tells whether a file was changed since, by accident or by hand; no protection from malice.
/// base::hash, in hexadecimal.
std::string digest(std::string_view text);

}  // namespace badclients::admin::update
