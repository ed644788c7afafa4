#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lists/name_file.hpp"
#include "lists/remark.hpp"
#include "lists/rulebook.hpp"
#include "lists/source_file.hpp"

namespace badclients::lists {

/// Reads client files; rulebook.hpp describes them.
class ClientReader {
 public:
  /// `root` is list_path. All else must outlive the reader.
  ClientReader(std::string root, Dependencies& dependencies, NameFiles& names, RuleSink& sink);

  /// `path`: a client file, relative to `root` or absolute. `monitored`: the client is in monitor
  /// mode, whatever its header says.
  void read(const std::string& path, bool monitored);

 private:
  struct Header;
  struct Networks {
    NetworkFile all;
    bool readable = false;
    std::uint64_t errors = 0;  // bad lines
  };
  void header_line(SourceFile& file, const Line& line, Header& header);
  void rule_line(SourceFile& file, const Line& line, std::vector<ClientRule>& rules);
  bool add_networks(SourceFile& file, Clause& clause, const std::string& path, std::string& fault);
  bool add_names(Clause& clause, const std::string& path, std::string& fault);
  bool add_value(SourceFile& file, const Line& line, Clause& clause, const std::string& value,
                 Remarks& remarks);
  [[nodiscard]] std::string find_data(SourceFile& client_file, const std::string& data);
  const Networks& networks(const std::string& path);

  std::string root_;
  Dependencies& dependencies_;
  NameFiles& names_;
  RuleSink& sink_;
  std::map<std::string, Networks> data_files_;  // one may serve several rules
};

}  // namespace badclients::lists
