#include "admin/why/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/log_options.hpp"
#include "admin/terminal.hpp"
#include "admin/why/why.hpp"

namespace badclients::admin::why {

namespace {

/// The argument, in the words of the usage.
constexpr const char* argument = "USER|SESSION|ADDRESS";

CommandLine command_line() {
  CommandLine line{"why USER|SESSION|ADDRESS [OPTION]...",
                   "Explains the last login of a user, of a session of Dovecot's, or from an\n"
                   "address, that was refused or would have been; where none was, the last.",
                   {argument}};
  add_log(line);
  add_range(line);
  line.value("last", "NUMBER", "so many logins, the last first, whatever became of them")
      .flag("json", "print one JSON object");
  return line;
}

bool is_of_interest(const logs::Login& login) {
  return speaks_against(login.outcome) || login.outcome == logs::Outcome::undecided;
}

/// Finds logins while the log is read.
class Search {
 public:
  /// `last`: 0 for the last that was refused, else the last.
  Search(std::string who, std::size_t last) : who_(std::move(who)), last_(last) {
    if (const auto address = net::Address::parse(who_)) address_ = address->str();
  }

  void look_at(const logs::Login& login) {
    if (login.user != who_ && (login.session != who_ || who_.empty()) && login.ip != who_ &&
        (address_.empty() || login.ip != address_)) {
      return;
    }
    ++found_;
    if (is_of_interest(login)) ++refused_;
    const bool better =
        last_ != 0 || is_of_interest(login) || kept_.empty() || !is_of_interest(kept_.front());
    if (!better) return;
    kept_.push_front(login);
    if (kept_.size() > std::max(last_, std::size_t{1})) kept_.pop_back();
  }

  [[nodiscard]] std::uint64_t found() const { return found_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] const std::deque<logs::Login>& kept() const { return kept_; }

 private:
  std::string who_, address_;
  std::size_t last_;
  std::deque<logs::Login> kept_;
  std::uint64_t found_ = 0, refused_ = 0;
};

void print(const std::vector<Explanation>& all, const Search& search, const Call& call) {
  auto& out = call.context.out;
  if (call.has("json")) {
    nlohmann::ordered_json json;
    json["who"] = call.text(argument);
    json["found"] = search.found();
    json["refused"] = search.refused();
    json["logins"] = nlohmann::ordered_json::array();
    for (const auto& one : all) json["logins"].push_back(as_json(one));
    out << json_text(json);
    return;
  }
  if (all.empty()) {
    const auto about_local = lines_of_local(call.config);
    out << fmt::format("The log has no login of '{}'{}.\n", printable(call.text(argument)),
                       about_local.empty() ? "" : "; " + about_local);
    return;
  }
  for (const auto& one : all) out << as_text(one) << '\n';
  out << fmt::format("{} of '{}' in the log, {} refused, undecided, or would have been refused.\n",
                     counted(search.found(), "login", "logins"), printable(call.text(argument)),
                     search.refused());
}

std::vector<Explanation> explained(const Search& search, const replay::Rules& rules,
                                   const Call& call) {
  const auto clients = take_inventory({call.config.general.list_path, BADCLIENTS_CATALOGUE});
  std::vector<Explanation> all;
  for (const auto& login : search.kept()) {
    all.push_back(explain(login, rules, call.config, clients));
  }
  return all;
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto wrong = [&](const std::string& what) {
    context.complain("why: " + what);
    return exit_usage;
  };
  const auto range = read_range(*call);
  if (!range) return wrong(range.error());
  const auto last = read_count(*call, "last", 0);
  if (!last) return wrong(last.error());
  const auto rules = replay::Rules::read(call->config.general.list_path);
  if (!rules) return wrong(rules.error());

  Search search{call->text(argument), *last};
  const auto tally =
      read_log(*call, *range, [&](const logs::Login& login) { search.look_at(login); });
  if (!tally) return wrong(tally.error());
  print(explained(search, *rules, *call), search, *call);
  return std::ranges::any_of(search.kept(), is_of_interest) ? exit_bad : exit_good;
}

}  // namespace badclients::admin::why
