#include "lists/client_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"
#include "lists/client_rule.hpp"
#include "lists/entry.hpp"
#include "lists/known_files.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using config::quote;
using Severity = config::Problem::Severity;

constexpr std::size_t longest_message = 400;  // bytes; what Dovecot can hand on in one line

// Known headers that do not matter for a login.
constexpr std::array<std::string_view, 4> informational{"password", "evidence", "date", "source"};

std::string client_id(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  if (path.ends_with(client_extension)) path.remove_suffix(client_extension.size());
  return std::string{path};
}

std::string folder_of(std::string_view path) {
  return std::string{path.substr(0, path.rfind('/'))};
}

// At a boundary between characters of UTF-8.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && base::is_continuation(text[most])) --most;
  return text.substr(0, most);
}

bool looks_like_a_rule(std::string_view line) {
  const auto word = first_word(line);
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  auto field = word.substr(0, equals);
  if (field.ends_with('!')) field.remove_suffix(1);
  return field_by_name(field).has_value();
}

/// Whether a line that is neither header nor rule was meant to be `Mode: monitor`. A typing error
/// must not refuse anybody.
bool is_meant_for_mode(std::string_view line) {
  return config::is_near(line.substr(line.find_last_of(":= \t") + 1), "monitor");
}
constexpr const char* taken_for_monitor = "; it is taken for Mode: monitor";

std::optional<Field> field_of(std::string_view name_text, std::string& fault) {
  const auto field = field_by_name(name_text);
  if (field) return field;
  fault = fmt::format("{} is no field{}", quote(name_text), hint_at_field(lowered(name_text)));
  return std::nullopt;
}

using HeaderTexts = std::array<std::pair<std::string_view, std::string*>, 6>;

/// What is wrong with an unknown header. One that may mean `mode` puts the client in monitor mode.
std::string unknown_header(const std::string& key, std::string_view value, const HeaderTexts& texts,
                           Client& client) {
  config::Nearest nearest{key};
  for (const auto& known : texts) nearest.offer(known.first);
  for (const auto known : informational) nearest.offer(known);
  nearest.offer("mode");
  nearest.offer("monitor");
  auto fault = fmt::format("{} is no header of a client file{}", quote(key), nearest.hint());
  if (nearest.name() == "mode" || nearest.name() == "monitor" || is_meant_for_mode(value)) {
    client.mode = ClientMode::monitor;
    fault += taken_for_monitor;
  }
  return fault;
}

/// What is wrong with `Confidence:`; empty: nothing.
std::string set_confidence(std::string_view value, Client& client) {
  auto word = lowered(value);
  if (std::ranges::find(confidences, word) != confidences.end()) {
    client.confidence = std::move(word);
    return "";
  }
  config::Nearest nearest{word};
  for (const auto known : confidences) nearest.offer(known);
  return fmt::format("confidence: {} is none of {}{}", quote(value), fmt::join(confidences, ", "),
                     nearest.hint());
}

}  // namespace

struct ClientReader::Header {
  Client client;
  bool begun = false;           // a blank line now ends it
  std::set<std::string> given;  // lower case
};

ClientReader::ClientReader(std::string root, Dependencies& dependencies, NameFiles& names,
                           RuleSink& sink)
    : root_(std::move(root)), dependencies_(dependencies), names_(names), sink_(sink) {}

/// The file that `ip_net=@DATA` means, beside the link to the client file, or beside the file
/// itself.
std::string ClientReader::find_data(SourceFile& client_file, const std::string& data) {
  if (data.starts_with('/')) return data;
  const auto near = folder_of(client_file.path()) + "/" + data;
  struct stat ignored {};
  // A file that is there but cannot be read is used, and reported. If it cannot even be seen, what
  // was there last counts.
  if (::lstat(near.c_str(), &ignored) == 0) return near;
  const bool missing = errno == ENOENT || errno == ENOTDIR;
  if (!missing && dependencies_.has_last(near)) return near;
  if (missing) dependencies_.missing(near);
  const auto target = dependencies_.link_target(client_file.path());
  if (target.error) {
    client_file.report(Severity::error, 0,
                       fmt::format("the link cannot be followed: {}", target.error->reason));
  }
  return folder_of(target.value.value_or(client_file.path())) + "/" + data;
}

void ClientReader::read(const std::string& path, bool monitored) {
  auto file = SourceFile::open(sink_, dependencies_, root_, path, true);
  if (!file) return;

  Header header;
  header.client.id = client_id(path);
  std::vector<ClientRule> rules;
  bool in_header = true;
  auto lines = file->lines();
  while (const auto line = lines.next()) {
    const auto text = trimmed(line->text);
    if (is_comment(text)) continue;
    if (text.empty()) {
      in_header = in_header && !header.begun;
      continue;
    }
    if (in_header && looks_like_a_rule(text)) {
      file->report(Severity::warning, line->number,
                   "this is a rule: there should be a blank line between the header and the rules");
      in_header = false;
    }
    if (in_header) {
      header_line(*file, *line, header);
    } else if (!looks_like_a_rule(text) && is_meant_for_mode(text)) {
      header.client.mode = ClientMode::monitor;
      file->report(Severity::error, line->number,
                   fmt::format("{} is no rule{}", quote(text), taken_for_monitor));
    } else {
      rule_line(*file, *line, rules);
    }
  }

  if (monitored) header.client.mode = ClientMode::monitor;
  if (header.client.name.empty()) {
    file->report(Severity::error, 0, "has no 'Name:' in its header, so its rules are not used");
  } else {
    if (!rules.empty() && !header.client.no_rule.empty()) {
      file->report(Severity::warning, 0, "has rules, although 'No-Rule:' says why it has none");
    }
    const auto client = sink_.add(std::move(header.client));
    for (auto& rule : rules) {
      rule.client = client;
      sink_.add(std::move(rule));
    }
  }
  file->finish();
}

void ClientReader::header_line(SourceFile& file, const Line& line, Header& header) {
  const auto wrong = [&](std::string text) {
    file.report(Severity::error, line.number, std::move(text));
  };
  header.begun = true;
  const auto text = trimmed(line.text);
  if (auto fault = line_fault(line.text)) {
    if (is_meant_for_mode(text)) header.client.mode = ClientMode::monitor;
    return wrong(std::move(*fault));
  }
  const auto colon = text.find(':');
  const auto key = lowered(trimmed(text.substr(0, colon)));
  if (colon == std::string_view::npos) {
    const bool mode = is_meant_for_mode(text);
    if (mode) header.client.mode = ClientMode::monitor;
    return wrong(fmt::format("{} is no header line (try Name: Some App){}", quote(text),
                             mode ? taken_for_monitor : ""));
  }
  const auto value = trimmed(text.substr(colon + 1));

  auto& client = header.client;
  const HeaderTexts texts{{{"name", &client.name},
                           {"vendor", &client.vendor},
                           {"about", &client.about},
                           {"message", &client.message},
                           {"confidence", &client.confidence},
                           {"no-rule", &client.no_rule}}};
  const auto* wanted = std::find_if(texts.begin(), texts.end(),
                                    [&](const auto& known) { return known.first == key; });
  const bool inert =
      std::find(informational.begin(), informational.end(), key) != informational.end();
  if (wanted == texts.end() && key != "mode" && !inert) {
    auto fault = unknown_header(key, value, texts, client);
    return wrong(std::move(fault));
  }
  if (!header.given.insert(key).second && key != "source") {
    return wrong(fmt::format("there is a second '{}:'; the first counts", key));
  }
  if (key == "mode") {
    // Whoever mistypes `monitor` does not want users refused.
    client.mode = ClientMode::monitor;
    if (lowered(value) != "monitor") {
      wrong(fmt::format("mode: {} is not known; it is taken for monitor, the only one",
                        quote(value)));
    }
  } else if (key == "confidence") {
    auto fault = set_confidence(value, client);
    if (!fault.empty()) wrong(std::move(fault));
  } else if (wanted != texts.end()) {
    *wanted->second = value;
    if (key == "message" && value.size() > longest_message) {
      client.message = cut(value, longest_message);
      file.report(Severity::warning, line.number,
                  fmt::format("message: cut to {} bytes", longest_message));
    }
  }
}

// A rule is used whole, or not at all: without one of its clauses it would match more than was
// written.
void ClientReader::rule_line(SourceFile& file, const Line& line, std::vector<ClientRule>& rules) {
  const auto wrong = [&](const std::string& text) {
    file.report(Severity::error, line.number, fmt::format("{}; the rule is not used", text));
  };
  if (const auto fault = line_fault(line.text)) return wrong(*fault);
  const auto clauses = split_rule(line.text);
  if (!clauses) return wrong(clauses.error());

  ClientRule rule;
  rule.where = {file.index(), line.number};
  Remarks remarks;
  bool good = true;
  for (const auto& text : *clauses) {
    std::string fault;
    const auto field = field_of(text.field, fault);
    if (!field) {
      wrong(fault);
      good = false;
      continue;
    }
    auto clause = std::find_if(rule.clauses.begin(), rule.clauses.end(), [&](const Clause& known) {
      return known.field == *field && known.negated == text.negated;
    });
    if (clause == rule.clauses.end()) {
      clause = rule.clauses.insert(clause, Clause{*field, text.negated, {}});
    }
    good &= add_value(file, line, *clause, text.value, remarks);
  }
  for (const auto& remark : remarks) {
    if (remark.matches_all && rule.clauses.size() > 1) continue;
    file.report(remark, line.number);
  }
  if (good) rules.push_back(std::move(rule));
}

namespace {

/// Whether a rule can use a file of `what` that could be read; else `fault` says why not.
bool is_usable(const Clause& clause, const std::string& path, std::string_view what, bool empty,
               std::uint64_t errors, std::string& fault) {
  if (empty) fault = fmt::format("{} holds no {}", quote(path), what);
  if (clause.negated && errors > 0) {
    fault = fmt::format("{} has bad lines, without which it would match more", quote(path));
  }
  return fault.empty();
}

}  // namespace

bool ClientReader::add_networks(SourceFile& file, Clause& clause, const std::string& path,
                                std::string& fault) {
  const auto& data = networks(find_data(file, path));
  if (!data.readable) {
    fault = fmt::format("{} cannot be read", quote(path));
    return false;
  }
  if (!is_usable(clause, path, "network", data.all->empty(), data.errors, fault)) return false;
  clause.files.push_back(data.all);
  return true;
}

bool ClientReader::add_names(Clause& clause, const std::string& path, std::string& fault) {
  const auto& names = names_.read(path);
  if (!names.readable) {
    fault = fmt::format("{} cannot be read", quote(path));
    return false;
  }
  if (!is_usable(clause, path, "name", names.lines.empty(), names.errors, fault)) return false;
  if (std::ranges::find(clause.names, names.all) == clause.names.end()) {
    clause.names.push_back(names.all);
  }
  return true;
}

bool ClientReader::add_value(SourceFile& file, const Line& line, Clause& clause,
                             const std::string& value, Remarks& remarks) {
  const auto wrong = [&](std::string_view text) {
    file.report(Severity::error, line.number,
                fmt::format("{}: {}; the rule is not used", name(clause.field), text));
    return false;
  };
  const auto add = [&](const std::string& one) {
    const auto known = std::find(clause.values.begin(), clause.values.end(), one);
    if (known == clause.values.end()) clause.values.push_back(one);
  };

  const bool takes_file = clause.field == Field::ip_net || clause.field == Field::user;
  if (takes_file && value.starts_with('@')) {
    const auto path = value.substr(1);
    if (path.empty()) return wrong("there is no file name behind the @");
    std::string fault;
    const bool good = clause.field == Field::user ? add_names(clause, path, fault)
                                                  : add_networks(file, clause, path, fault);
    return good || wrong(fault);
  }
  auto parsed = parse_entry(clause.field, Use::client_rule, value);
  if (!parsed.value) return wrong(parsed.remarks.front().text);
  add(*parsed.value);
  for (const auto& more : parsed.more) add(more);
  std::move(parsed.remarks.begin(), parsed.remarks.end(), std::back_inserter(remarks));
  return true;
}

const ClientReader::Networks& ClientReader::networks(const std::string& path) {
  const auto [found, fresh] = data_files_.try_emplace(path);
  auto& data = found->second;
  if (!fresh) return data;
  const auto below = root_ + "/";
  auto file = SourceFile::open(sink_, dependencies_, root_,
                               path.starts_with(below) ? path.substr(below.size()) : path, true);
  if (!file) return data;
  auto all = std::make_shared<std::deque<net::Network>>();
  data.readable = true;
  auto lines = file->lines();
  while (const auto line = lines.next()) {
    const auto text = trimmed(line->text);
    if (text.empty() || is_comment(text)) continue;
    auto parsed = parse_entry(Field::ip_net, Use::deny_list, text);
    for (const auto& remark : parsed.remarks) file->report(remark, line->number);
    if (!parsed.value) continue;
    all->push_back(net::Network::parse(*parsed.value).value());
    for (const auto& more : parsed.more) all->push_back(net::Network::parse(more).value());
  }
  data.all = std::move(all);
  data.errors = file->errors();
  file->finish();
  return data;
}

}  // namespace badclients::lists
