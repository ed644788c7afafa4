#include "lists/rulebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/nearest.hpp"
#include "config/values.hpp"
#include "lists/client_file.hpp"
#include "lists/dependencies.hpp"
#include "lists/entry.hpp"
#include "lists/file.hpp"
#include "lists/known_files.hpp"
#include "lists/name_file.hpp"
#include "lists/source_file.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using Severity = config::Problem::Severity;

/// A file's name without its extension.
std::string_view id_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

/// Whether a file puts a client in monitor mode. A typing error in its name must not refuse
/// anybody.
bool is_monitor_file(std::string_view name) {
  const auto extension = name.substr(id_of(name).size());
  return !is_set_aside(name) && extension.size() > 1 &&
         config::is_near(extension.substr(1), "monitor");
}

std::string without_last_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// Whether `path` is the list of that name, or in its folder.
bool is_of_list(std::string_view path, const std::string& stem) {
  const auto folder = path.substr(0, path.rfind('/'));
  const auto ends = [](std::string_view text, const std::string& end) {
    return text == end || text.ends_with('/' + end);
  };
  return ends(path, stem + ".lst") || (path.ends_with(".lst") && ends(folder, stem + ".d"));
}

/// What to write if `@example.org` was meant for all users of a domain.
std::string hint_at_domain(std::string_view name) {
  if (name.find('.') == name.npos || name.find('/') != name.npos) return {};
  std::string pattern = ".*%@";
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c)) pattern += '%';
    pattern += c;
  }
  return fmt::format(" (what ends so is {})", pattern);
}

class ListReader {
 public:
  ListReader(std::string root, Dependencies& dependencies, RuleSink& sink)
      : ListReader(root, root, dependencies, sink) {}
  /// Looks for files of names in another folder.
  ListReader(std::string root, std::string root_of_names, Dependencies& dependencies,
             RuleSink& sink)
      : root_(std::move(root)),
        dependencies_(dependencies),
        sink_(sink),
        name_files_(std::move(root_of_names), dependencies, sink) {}

  void lists() {
    // Folders first: their stamps tell of lists that come while we look.
    auto all = look_into("");
    auto in_maxmind = look_into("maxmind");
    const bool missing = all.error && all.error->missing();
    const auto names = readable("", std::move(all));
    // If the folder can be searched but not read, lists can still be read by their names.
    if (!names && missing) return;
    for (std::size_t i = 0; i < field_count; ++i) {
      for (const auto action : {Action::deny, Action::allow}) {
        if (has_list(static_cast<Field>(i), action)) list(static_cast<Field>(i), action);
      }
    }
    clients("clients");
    if (names) strangers("", *names);
    if (const auto inner = readable("maxmind", std::move(in_maxmind))) {
      strangers("maxmind/", *inner);
    }
  }

  void clients_only() { clients(""); }

  /// False: its name is neither a list's nor a client file's.
  bool one(const std::string& path) {
    if (path.ends_with(client_extension)) {
      ClientReader{root_, dependencies_, name_files_, sink_}.read(path, false);
      return true;
    }
    for (std::size_t i = 0; i < field_count; ++i) {
      for (const auto action : {Action::deny, Action::allow}) {
        const auto field = static_cast<Field>(i);
        if (!has_list(field, action) || !is_of_list(path, list_stem(field, action))) continue;
        file(field, action, path);
        return true;
      }
    }
    return false;
  }

 private:
  void report(Severity severity, const std::string& path, std::string text) {
    sink_.report({severity, path.empty() ? root_ : full_path(root_, path), 0, std::move(text)});
  }

  using Names = std::vector<std::string>;
  Reading<Names> look_into(const std::string& path) {
    return dependencies_.folder(path.empty() ? root_ : full_path(root_, path), path.empty());
  }

  // Nothing: there is no such folder, or it cannot be read, which is reported.
  std::optional<Names> readable(const std::string& path, Reading<Names> names) {
    if (names.error && (names.error->is_told_here() || path.empty())) {
      report(Severity::error, path, unread_text(*names.error, names.kept));
    }
    return std::move(names.value);
  }

  std::optional<Names> names_in(const std::string& path) { return readable(path, look_into(path)); }

  void list(Field field, Action action) {
    const auto stem = list_stem(field, action);
    file(field, action, stem + ".lst");
    const auto folder = stem + ".d";
    const auto names = names_in(folder);
    if (!names) return;
    for (const auto& base : *names) {
      const auto path = folder + "/" + base;
      if (is_set_aside(base)) continue;
      if (base.ends_with(".lst")) {
        file(field, action, path);
      } else if (!lowered(base).starts_with("readme")) {
        report(Severity::warning, path, "is not read: its name does not end with .lst");
      }
    }
  }

  void file(Field field, Action action, const std::string& path) {
    auto source = SourceFile::open(sink_, dependencies_, root_, path, false);
    if (!source) return;
    const auto use = action == Action::deny ? Use::deny_list : Use::allow_list;
    auto lines = source->lines();
    while (const auto line = lines.next()) {
      const auto text = trimmed(line->text);
      if (text.empty() || is_comment(text)) continue;
      if (const auto file = name_file_of(text); file && field == Field::user) {
        names(*source, line->number, action, std::string(*file));
        continue;
      }
      auto parsed = parse_entry(field, use, line->text);
      for (const auto& remark : parsed.remarks) source->report(remark, line->number);
      if (!parsed.value) continue;
      const Where where{source->index(), line->number};
      sink_.add(Entry{field, action, where, std::move(*parsed.value)});
      for (auto& value : parsed.more) {
        sink_.add(Entry{field, action, where, std::move(value)});
      }
    }
    source->finish();
  }

  /// The line `@FILE` of a list.
  void names(SourceFile& list, std::uint32_t line, Action action, const std::string& path) {
    if (auto fault = line_fault(path)) return list.report(Severity::error, line, std::move(*fault));
    if (path.empty()) {
      return list.report(Severity::error, line, "there is no file name behind the @");
    }
    const auto& names = name_files_.read(path);
    if (!names.readable) {
      return list.report(
          Severity::error, line,
          fmt::format("{} names a file, which cannot be read: nobody in it is let in{}",
                      config::quote('@' + path), hint_at_domain(path)));
    }
    for (std::size_t i = 0; i < names.lines.size(); ++i) {
      sink_.add(Entry{Field::user_name, action, {names.file, names.lines[i]}, names.all->names[i]});
    }
  }

  void strangers(const std::string& prefix, const std::vector<std::string>& names) {
    for (const auto& base : names) {
      const auto path = prefix + base;
      if (name_files_.has(path)) continue;
      if (auto advice = advice_about(path)) report(advice->severity, path, std::move(advice->text));
    }
  }

  void clients(const std::string& folder) {
    const auto names = names_in(folder);
    if (!names) return;
    ClientReader reader{root_, dependencies_, name_files_, sink_};
    const auto is_there = [&](std::string_view id) {
      return std::binary_search(names->begin(), names->end(),
                                fmt::format("{}{}", id, client_extension));
    };
    for (const auto& base : *names) {
      const auto path = folder.empty() ? base : folder + "/" + base;
      const auto id = id_of(base);
      if (is_set_aside(base)) continue;
      if (base.ends_with(client_extension)) {
        const bool monitored = std::any_of(names->begin(), names->end(), [&](const auto& other) {
          return id_of(other) == id && is_monitor_file(other);
        });
        reader.read(path, monitored);
      } else if (is_monitor_file(base)) {
        if (!is_there(id)) {
          report(Severity::warning, path,
                 fmt::format("has no effect: there is no {}{} beside it", id, client_extension));
        } else if (!base.ends_with(monitor_extension)) {
          report(Severity::error, path,
                 fmt::format("is taken for {}{}, so {}{} refuses nobody", id, monitor_extension, id,
                             client_extension));
        }
      } else if (base.find(".cl") != std::string::npos || base.find("client") != base.npos) {
        report(Severity::warning, path, "is not read: its name does not end with .client");
      }
    }
  }

  std::string root_;
  Dependencies& dependencies_;
  RuleSink& sink_;
  NameFiles name_files_;
};

/// Keeps everything in memory.
class RuleBookMaker final : public RuleSink {
 public:
  explicit RuleBookMaker(RuleBook& book) : book_(book) {}

  std::uint32_t add_file(const std::string& path) override {
    book_.files.push_back(path);
    return static_cast<std::uint32_t>(book_.files.size() - 1);
  }
  void add(Entry entry) override { book_.entries.push_back(std::move(entry)); }
  std::uint32_t add(Client client) override {
    book_.clients.push_back(std::move(client));
    return static_cast<std::uint32_t>(book_.clients.size() - 1);
  }
  void add(ClientRule rule) override {
    for (auto& clause : rule.clauses) {
      for (const auto& file : std::exchange(clause.files, {})) {
        for (const auto& network : *file) clause.values.push_back(network.str());
      }
    }
    book_.client_rules.push_back(std::move(rule));
  }
  void report(config::Problem problem) override { book_.problems.push_back(std::move(problem)); }

 private:
  RuleBook& book_;
};

}  // namespace

void read_lists(const std::string& list_path, Dependencies& dependencies, RuleSink& sink) {
  ListReader{without_last_slashes(list_path), dependencies, sink}.lists();
}

RuleBook read_lists(const std::string& list_path) {
  RuleBook book;
  RuleBookMaker maker(book);
  Dependencies dependencies;
  read_lists(list_path, dependencies, maker);
  return book;
}

bool read_rules_file(const std::string& path, const std::string& list_path,
                     Dependencies& dependencies, RuleSink& sink) {
  return ListReader{".", without_last_slashes(list_path), dependencies, sink}.one(path);
}

RuleBook read_clients(const std::string& folder) {
  RuleBook book;
  RuleBookMaker maker(book);
  Dependencies dependencies;
  ListReader{without_last_slashes(folder), dependencies, maker}.clients_only();
  return book;
}

}  // namespace badclients::lists
