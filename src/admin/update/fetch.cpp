#include "admin/update/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace badclients::admin::update {

namespace {

constexpr unsigned most_redirects = 5;
constexpr std::chrono::minutes longest_silence{1};

/// Validators go back into a request, and into a file: only short, printable ones count.
std::string validator(std::string value) {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return value.size() <= 256 && std::ranges::all_of(value, printable) ? std::move(value) : "";
}

std::vector<std::string> conditions(const Validators& validators) {
  std::vector<std::string> headers;
  if (!validators.etag.empty()) headers.push_back("If-None-Match: " + validators.etag);
  if (!validators.last_modified.empty()) {
    headers.push_back("If-Modified-Since: " + validators.last_modified);
  }
  return headers;
}

}  // namespace

tl::expected<Response, std::string> fetch(const Request& request, const Transport& transport) {
  network::HttpsRequest question{request.url, "badclientsctl", conditions(request.validators)};
  question.contact = BADCLIENTS_URL;
  question.https_only = true;
  question.most_redirects = most_redirects;
  if (!transport.proxy.empty()) question.proxy = transport.proxy;
  question.time = transport.whole_time;
  question.connect_time = transport.connect_time;
  question.stalled = longest_silence;
  question.longest = transport.most_bytes;
  question.as_it_is = transport.as_it_is;
  question.take = transport.take;
  question.progress = transport.progress;

  auto answer = transport.https.get(question);
  if (!answer.trouble.empty()) return tl::unexpected(std::move(answer.trouble));
  const bool not_modified = answer.status == 304 && !request.validators.empty();
  if (answer.status != 200 && !not_modified) {
    return tl::unexpected(fmt::format("the server answered with HTTP status {}", answer.status));
  }
  return Response{not_modified,
                  not_modified ? "" : std::move(answer.body),
                  {validator(std::move(answer.etag)), validator(std::move(answer.last_modified))},
                  answer.modified};
}

}  // namespace badclients::admin::update
