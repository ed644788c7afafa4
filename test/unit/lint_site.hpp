#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "admin/lint.hpp"
#include "catch.hpp"
#include "temp_folder.hpp"

/// A site in a fresh folder: configuration, lists, state, helper.
class LintSite {
 public:
  LintSite() {
    std::filesystem::create_directories(folder_ / "lists/clients");
    std::filesystem::create_directory(folder_ / "lists/maxmind");
    std::filesystem::create_directory(folder_ / "state");
    folder_.write("helper", "#!/bin/sh\n", 0755);
    configure("");
  }

  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  /// Lines from the sixth on, in section `general` to begin with.
  void configure(const std::string& more) const {
    write("conf", "[lookup]\nhelper = " + path("helper") + "\n[general]\nlist_path = " +
                      path("lists") + "\nstate_path = " + path("state") + "\n" + more);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] badclients::admin::Findings lint() const {
    return badclients::admin::find_faults(path("conf"), room);
  }
  /// lint's output without the folder's name.
  [[nodiscard]] std::string text() const {
    auto all = badclients::admin::as_text(lint());
    const auto folder = folder_.path() + "/";
    for (auto at = all.find(folder); at != std::string::npos; at = all.find(folder)) {
      all.erase(at, folder.size());
    }
    return all;
  }

  std::optional<badclients::admin::Room> room = badclients::admin::Room{};

 private:
  TempFolder folder_;
};

/// What lint says about one entry of a list: "error: ...".
inline std::string about(const std::string& list, const std::string& entry) {
  const LintSite site;
  site.configure("[dns]\nnameserver = 127.0.0.1\n");  // and not this machine's
  site.write("lists/" + list + ".lst", "\n" + entry + "\n");
  std::string said;
  const auto text = site.text();
  const auto begin = "lists/" + list + ".lst:2: ";
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    said += text.substr(at, text.find('\n', at) - at) + "\n";
  }
  return said;
}

/// A list, an entry, and parts of what lint says about it; none: it says nothing.
struct Said {
  const char* list;
  const char* entry;
  std::vector<const char*> parts{};
};

/// Each of them, with `kind` ("error: ") in it and, where that is one, nothing worse.
inline void check_said(const char* kind, const std::vector<Said>& cases) {
  for (const auto& [list, entry, parts] : cases) {
    const auto said = about(list, entry);
    INFO(list << " " << entry << "\n" << said);
    CHECK_THAT(said, ContainsSubstring(kind));
    for (const auto* part : parts) CHECK_THAT(said, ContainsSubstring(part));
    if (std::string_view(kind) == "warning: ") CHECK_THAT(said, !ContainsSubstring("error: "));
    if (parts.empty()) CHECK(said.empty());
  }
}

/// Entries of a list that lint says nothing about.
inline void check_silent(const char* list, const std::vector<const char*>& entries) {
  for (const auto* entry : entries) check_said("", {{list, entry}});
}
